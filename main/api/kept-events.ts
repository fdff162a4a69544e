// What happened to the node as lines for `nodetrust logs`: the sentences that Activity has, few of those that strangers can cause.
import { crowdLines } from '../crowd-lines.ts'
import { activityAfter, NO_ACTIVITY } from './slices/activity.ts'
import type { Clock } from '../../core/clock.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'
import type { RecentLines } from './recent-lines.ts'

/** Takes events and keeps what a person should know of them. */
export function keptEvents(clock: Clock, keep: RecentLines['keepEvent']): (line: NodeEventLine) => void {
  let last = NO_ACTIVITY
  return crowdLines(clock, (line) => {
    const next = activityAfter(last, line)
    const [entry] = next.entries
    if (entry && next.nextId !== last.nextId)
      keep({ event: line.event, at: line.at, isBad: entry.level === 'attention', say: entry.detail })
    // a repetition is told by the one before it
    last = { ...next, entries: [] }
  })
}
