// Six digits for a call that cannot be undone. A window gets its code from the system's own dialog; a page in a browser does
// not get it at all: a person reads it off the tray or the terminal, which no other page and no other user can do.
import { randomInt, timingSafeEqual } from 'node:crypto'
import type { CallerKind, ConfirmAction } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'

/** Long enough to look at the tray and type. */
export const CODE_LIFE_MS = 2 * 60_000

/** Slips of the finger are forgiven; a million codes are not tried five at a time. */
export const MAX_WRONG_TRIES = 5

/** After so many wrong tries no new code is made for a page for a while: else it could ask for one after the other. */
export const PAUSE_MS = 10 * 60_000

/** A code that waits to be typed. */
export interface PendingCode {
  readonly action: ConfirmAction
  readonly code: string
  /** Wall clock, milliseconds. */
  readonly until: number
}

/** The codes of one node. */
export interface Confirmations {
  /**
   * Makes a code for one action; an older one of the same kind of caller ends.
   *
   * @param caller  only a caller of this kind can use it
   * @returns undefined where too many wrong ones were tried lately
   */
  issue(action: ConfirmAction, caller: CallerKind): PendingCode | undefined
  /** Uses a code up; false where it is wrong, too old, used, or for something else. */
  use(action: ConfirmAction, code: string, caller: CallerKind): boolean
  /** The code that a person has to type into a page; undefined where none waits. */
  shown(): PendingCode | undefined
}

/** What codes need. */
export interface ConfirmationsInit {
  readonly clock: Clock
  /** A number from 0 to below `max`, not to be guessed. @default crypto's */
  readonly random?: (max: number) => number
}

interface Waiting extends PendingCode {
  wrongTries: number
}

/** Makes the codes of one node. */
export function createConfirmations({ clock, random = (max) => randomInt(max) }: ConfirmationsInit): Confirmations {
  const waiting = new Map<CallerKind, Waiting>()
  let pausedUntil = -Infinity

  const find = (caller: CallerKind): Waiting | undefined => {
    const found = waiting.get(caller)
    // a clock that was set back must not make a code live longer
    const inTime = found && clock.now() < found.until && found.until - clock.now() <= CODE_LIFE_MS
    if (found && !inTime) waiting.delete(caller)
    return inTime ? found : undefined
  }

  return {
    issue(action, caller) {
      const now = clock.now()
      const paused = now < pausedUntil && pausedUntil - now <= PAUSE_MS
      if (paused && !hasDialog(caller)) return undefined
      const made = { action, code: String(random(1_000_000)).padStart(6, '0'), until: now + CODE_LIFE_MS }
      waiting.set(caller, { ...made, wrongTries: 0 })
      return made
    },
    use(action, code, caller) {
      const found = find(caller)
      if (!found) return false
      if (found.action === action && isSame(found.code, code)) {
        waiting.delete(caller)
        return true
      }
      found.wrongTries += 1
      if (found.wrongTries >= MAX_WRONG_TRIES) {
        waiting.delete(caller)
        if (!hasDialog(caller)) pausedUntil = clock.now() + PAUSE_MS
      }
      return false
    },
    shown() {
      const found = find('bridge') ?? find('cli')
      return found && { action: found.action, code: found.code, until: found.until }
    },
  }
}

/** Whoever sits in front of a native dialog has answered it already. */
export function hasDialog(caller: CallerKind): boolean {
  return caller === 'ipc' || caller === 'tray'
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
