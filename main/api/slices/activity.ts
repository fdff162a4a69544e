// What happened lately, for people: the node's events without repetitions and without what only programs care about. A
// crowd of peers cannot push out what happened to the certificate.
import { sentence } from '../../tell.ts'
import { listedCode } from './problems.ts'
import type { Params, State } from '../../../proto/api/index.ts'
import type { NodeEventLine } from '../../../proto/node-events.ts'

type Entry = State['activity']['entries'][number]

const MAX_ENTRIES = 200
/** Of those, at most so many about other peers. */
const MAX_CROWD = 100
const MAX_DETAIL = 2_000
const MAX_PARAM = 500

/** What was kept of the events, newest first, and what a repetition is told by. */
export interface Activity {
  readonly entries: readonly Entry[]
  readonly nextId: number
  readonly lastSeq: string
}

export const NO_ACTIVITY: Activity = { entries: [], nextId: 1, lastSeq: '' }

const CROWD = new Set<string>(['discovered', 'connected', 'dial-failed', 'broadcast'])

/** The activity after one more event. */
export function activityAfter(activity: Activity, line: NodeEventLine): Activity {
  if (line.event === 'broadcast' && line.seq === activity.lastSeq) return activity
  const lastSeq = line.event === 'broadcast' ? line.seq : activity.lastSeq
  const detail = sentence(line)
  if (detail === undefined || (line.event === 'step' && line.status === 'progress')) return { ...activity, lastSeq }
  const code = codeOf(line).slice(0, 100)
  const entry: Entry = {
    ...{ id: activity.nextId, at: Date.parse(line.at), level: levelOf(line), code, params: paramsOf(line) },
    detail: detail.trim().slice(0, MAX_DETAIL),
  }
  return { entries: bounded([entry, ...activity.entries]), nextId: activity.nextId + 1, lastSeq }
}

function codeOf(line: NodeEventLine): string {
  if (line.event === 'failed') return `failed:${listedCode(line.code)}`
  return line.event === 'note' && line.about !== undefined ? `note:${line.about}` : line.event
}

function bounded(entries: readonly Entry[]): readonly Entry[] {
  let crowd = 0
  const kept = entries.filter(({ code }) => !CROWD.has(code) || ++crowd <= MAX_CROWD)
  return kept.slice(0, MAX_ENTRIES)
}

function levelOf(line: NodeEventLine): Entry['level'] {
  switch (line.event) {
    case 'certificate':
    case 'wss':
      return 'good'
    case 'connected':
      return line.verified ? 'good' : 'info'
    case 'failed':
      return 'attention'
    case 'step':
      return line.status === 'failed' && line.step !== 'proof' ? 'attention' : 'info'
    default:
      return 'info'
  }
}

/** Fields of an event as values for a sentence; lists are counted and joined. */
function paramsOf(line: NodeEventLine): Params {
  const entries = Object.entries(line).flatMap(([key, value]): [string, string | number][] => {
    if (key === 'at' || key === 'event' || key === 'message' || key === 'detail') return []
    if (typeof value === 'number') return [[key, value]]
    if (Array.isArray(value)) return [[key, value.join(', ').slice(0, MAX_PARAM)]]
    return typeof value === 'string' || typeof value === 'boolean' ? [[key, String(value).slice(0, MAX_PARAM)]] : []
  })
  return Object.fromEntries(entries)
}
