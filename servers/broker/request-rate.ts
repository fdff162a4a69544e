// How often one network may ask, before anything is computed for it: a handshake costs a signature or two, a flood of them
// would cost the machine. Kept in memory, for as many networks as were seen lately and no more than there is room for.
import { afterTaking, believable, waitFor } from '../quota/bucket.ts'
import type { Clock } from '../../core/clock.ts'

const MINUTE_MS = 60_000

/** At a hundred bytes each, a megabyte; a flood from more networks than this is not stopped by counting networks. */
const MAX_NETWORKS = 10_000

/** Counts a request; says how long the network has to wait, milliseconds, 0 where it may go on. */
export type RequestRate = (prefix: string) => number

/**
 * Makes the counter.
 *
 * @param perMinute  requests that one network may make in a minute
 */
export function createRequestRate(perMinute: number, clock: Clock): RequestRate {
  const limit = { count: perMinute, windowMs: MINUTE_MS }
  const moments = new Map<string, number>()
  return (prefix) => {
    const now = clock.now()
    const kept = moments.get(prefix)
    const emptyAt = believable(limit, kept, now)
    const wait = waitFor(limit, emptyAt, now)
    if (emptyAt !== undefined && emptyAt !== kept) moments.set(prefix, emptyAt)
    if (wait > 0) return wait
    moments.delete(prefix)
    moments.set(prefix, afterTaking(limit, emptyAt, now))
    if (moments.size > MAX_NETWORKS) {
      const [oldest] = moments.keys()
      if (oldest !== undefined) moments.delete(oldest)
    }
    return 0
  }
}
