// A clock that goes as the system's does and can be moved ahead at once: for tests in which other parts, sockets among them, take
// the time that they take.
import { type Clock, systemClock } from '../../core/clock.ts'

export interface WalkingClock extends Clock {
  /** Is later by so much from now on; who would have woken meanwhile wakes. */
  jump(ms: number): void
}

export function walkingClock(): WalkingClock {
  let ahead = 0
  let jumped = new AbortController()
  const now = () => Date.now() + ahead
  return {
    now,
    jump(ms) {
      ahead += ms
      const waking = jumped
      jumped = new AbortController()
      waking.abort()
    },
    async sleep(ms, signal) {
      for (const end = now() + ms; now() < end;) {
        const ends = signal ? AbortSignal.any([signal, jumped.signal]) : jumped.signal
        await systemClock.sleep(end - now(), ends).catch(() => signal?.throwIfAborted())
      }
      signal?.throwIfAborted()
    },
  }
}
