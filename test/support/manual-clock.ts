// A clock for tests: it stands still until a test moves it, and sleepers wake in their order when their time has come.
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'

/** Some day; what matters is that it stands still. */
const START = Date.parse('2026-11-20T12:00:00Z')

/** A clock that moves by hand alone. */
export interface ManualClock extends Clock {
  /** Goes on, waking sleepers in their order, and lets what they do settle. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock without waking anybody: it was wrong, or the machine slept. */
  set(now: number): void
  /** How many callers sleep. */
  readonly sleeping: number
}

export function manualClock(start = START): ManualClock {
  let now = start
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  return {
    now: () => now,
    set(time) {
      now = time
    },
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const sleeper = { at: now + ms, wake: resolve }
      const stop = () => {
        sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      if (signal?.aborted) stop()
      else {
        sleepers.add(sleeper)
        signal?.addEventListener('abort', stop, { once: true })
      }
      return promise
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        sleepers.delete(next)
        next.wake()
        await settle()
      }
      now = end
      await settle()
    },
    get sleeping() {
      return sleepers.size
    },
  }
}

/** Lets everything that waits for nothing but its turn go on; files are written in a few turns. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}
