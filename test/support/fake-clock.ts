// A clock that stands still until a test moves it; sleepers wake when their time has come.
import type { Clock } from '../../core/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class FakeClock implements Clock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** Moves the clock, forward or backward, and wakes who has slept long enough. */
  advance(ms: number): void {
    this.#now += ms
    for (const sleeper of [...this.#sleepers].sort((one, other) => one.at - other.at)) {
      if (sleeper.at <= this.#now) sleeper.wake()
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const done = (settle: () => void) => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const onAbort = () => done(() => reject(signal?.reason))
      const sleeper: Sleeper = { at: this.#now + ms, wake: () => done(resolve) }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}
