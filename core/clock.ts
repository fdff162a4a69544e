// Time comes from a clock that is passed in, so that a test can move it. The system clock is the only place that touches
// the platform's timers.

import { setTimeout as setTimeoutPromise } from 'node:timers/promises'

/** What the rest of the house may know about time. */
export interface Clock {
  /** Milliseconds since 1970 by the wall clock; it can jump. */
  now(): number
  /**
   * Waits.
   *
   * @param ms  how long; at most 24 days, longer waits belong into a stored date
   * @throws the signal's reason when it is aborted
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Waits as `sleep` does, but does not keep the process alive for it: for what may be left undone. */
  rest?(ms: number): Promise<void>
}

/** The last moment that a date can name (ECMA-262 section 21.4.1.1): a number beyond it throws wherever it is made one. */
export const LAST_MOMENT_MS = 8.64e15

/** Node fires timers above 2^31-1 ms at once; nothing here may ask for one. */
const MAX_TIMER_MS = 24 * 24 * 3_600_000

export const systemClock: Clock = {
  now: () => Date.now(),
  rest: (ms) => setTimeoutPromise(ms, undefined, { ref: false }),
  sleep(ms, signal) {
    if (!(ms <= MAX_TIMER_MS)) throw new RangeError(`cannot sleep ${ms} ms: a timer reaches at most ${MAX_TIMER_MS} ms`)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.max(0, ms),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}

/** Before this program was made: a machine without a battery wakes up in 1970 and learns the time from the network. */
const MADE_MS = Date.parse('2026-01-01T00:00:00Z')

/**
 * Says what is wrong with the wall clock, where that is certain.
 *
 * @param now  milliseconds since 1970
 * @returns a sentence without its full stop; undefined where nothing is wrong
 */
export function clockFault(now: number): string | undefined {
  if (now >= MADE_MS) return undefined
  const day = new Date(now).toISOString().slice(0, 10)
  return `this computer's clock says ${day}, which is before this program was made: certificates are judged wrongly until it is set right`
}
