// Events that strangers cause as often as they like (a new key is a new peer), thinned for whoever reads or keeps what a node prints: twenty
// of each kind at once and one more a minute, and what was left out as a number, once a minute.
import type { Clock } from '../core/clock.ts'
import type { NodeEventLine } from '../proto/node-events.ts'

/** Enough for a household or a sandbox to be told whole. */
const AT_ONCE = 20

const PAUSE_MS = 60_000

/** What is said of those that were left out. */
const LEFT_OUT = {
  discovered: 'learned of more peers, or of more addresses of theirs',
  connected: 'connected to more peers',
  'dial-failed': 'could not reach more peers',
} as const

type Kind = keyof typeof LEFT_OUT

const KINDS = ['discovered', 'connected', 'dial-failed'] as const satisfies readonly Kind[]

/**
 * Passes events on, few of those that strangers cause.
 *
 * @param clock  waits without keeping the process alive, where it can
 * @param tell  gets the events that are left, and a `note` with the number of others
 */
export function crowdLines(clock: Clock, tell: (line: NodeEventLine) => void): (line: NodeEventLine) => void {
  const states = { discovered: fresh(), connected: fresh(), 'dial-failed': fresh() }
  let waiting = false

  const minuteOver = (): void => {
    waiting = false
    for (const kind of KINDS) {
      const state = states[kind]
      if (state.left === 0) state.room = Math.min(AT_ONCE, state.room + 1)
      else {
        const message = `${LEFT_OUT[kind]}, ${state.left} times in a minute`
        state.left = 0
        // the note is this minute's line
        tell({ at: new Date(clock.now()).toISOString(), event: 'note', message })
      }
    }
    if (KINDS.some((kind) => states[kind].room < AT_ONCE)) wait()
  }

  const wait = (): void => {
    if (waiting) return
    waiting = true
    const rest = clock.rest ? clock.rest(PAUSE_MS) : clock.sleep(PAUSE_MS)
    void rest.then(minuteOver, () => undefined)
  }

  return (line) => {
    const kind = KINDS.find((one) => one === line.event)
    if (kind === undefined) return tell(line)
    const state = states[kind]
    wait()
    if (state.room === 0) {
      state.left++
      return
    }
    state.room--
    tell(line)
  }
}

function fresh() {
  return { room: AT_ONCE, left: 0 }
}
