// How often a method may be called: a bucket each that fills evenly over a minute. A clock that was set back stops no bucket.
import type { Clock } from '../../core/clock.ts'

const MINUTE_MS = 60_000

/** The buckets of all methods. */
export interface RateLimits {
  /**
   * Takes one call.
   *
   * @returns how long to wait, milliseconds; 0 where the call may be made
   */
  take(name: string, perMinute: number): number
}

interface Bucket {
  left: number
  filledAt: number
}

/** Makes full buckets. */
export function createRateLimits(clock: Clock): RateLimits {
  const buckets = new Map<string, Bucket>()
  return {
    take(name, perMinute) {
      const now = clock.now()
      const bucket = buckets.get(name) ?? { left: perMinute, filledAt: now }
      buckets.set(name, bucket)
      const passed = Math.max(0, now - bucket.filledAt)
      bucket.left = Math.min(perMinute, bucket.left + (passed * perMinute) / MINUTE_MS)
      bucket.filledAt = now
      if (bucket.left < 1) return Math.ceil(((1 - bucket.left) * MINUTE_MS) / perMinute)
      bucket.left -= 1
      return 0
    },
  }
}
