// How often a peer may open streams. To open one and reset it at once takes 24 bytes and no place, so that no limit of open streams sees
// it (HTTP/2 has the same, CVE-2023-44487), and costs us a stream, its negotiation and an answer: three megabytes a second of that
// keep a process from everything else.
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'

/** How many streams peers may open. */
export interface StreamRates {
  /** Each connection, whatever the others do. */
  readonly own: Rate
  /** Beyond that, all connections of a host together. */
  readonly shared: Rate
}

/**
 * A peer opens a dozen streams when it connects and then one now and then; an issue server sets the values of some forty orders at once.
 * A stream that comes to nothing costs some 80 microseconds, and some forty kilobytes until its five seconds for a protocol are over.
 */
export const STREAM_RATES: StreamRates = {
  own: { burst: 64, perSecond: 16 },
  shared: { burst: 1_024, perSecond: 128 },
}

/** Open it; reset it; or cut off the connection, whose peer goes on although nothing comes of it. */
export type Opening = 'open' | 'refuse' | 'cut'

/**
 * Makes the count of a host.
 *
 * @returns makes the count of one connection, which is asked with each stream that its peer opens; times in milliseconds of any clock
 */
export function createStreamRate(rates: StreamRates = STREAM_RATES): () => (nowMs: number) => Opening {
  const shared = new LeakyBucket(rates.shared)
  return () => {
    const own = new LeakyBucket(rates.own)
    const refused = new LeakyBucket(rates.own)
    return (nowMs) => {
      if (own.take(1, nowMs) || shared.take(1, nowMs)) return 'open'
      return refused.add(1, nowMs) === 'gross' ? 'cut' : 'refuse'
    }
  }
}
