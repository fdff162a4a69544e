// How often each network may do something that costs us before we know who asks. Kept in memory, for as many networks as were seen
// lately and no more than there is room for; what a restart must not forget is in a store instead.
import { afterTaking, believable, type Limit, waitFor } from './bucket.ts'
import { putNewest } from '../../core/bounded.ts'
import type { Clock } from '../../core/clock.ts'

/** At a hundred bytes each, a megabyte; a flood from more networks than this is not stopped by counting networks. */
export const MAX_NETWORKS = 10_000

/** Counts one more of a network (core/net/network.ts); gives how long it has to wait, milliseconds, 0 where it may go on. */
export type NetworkRate = (network: string) => number

/** Makes the counter. */
export function createNetworkRate(limit: Limit, clock: Clock): NetworkRate & { readonly size: () => number } {
  const moments = new Map<string, number>()
  const count: NetworkRate = (network) => {
    const now = clock.now()
    const kept = moments.get(network)
    const emptyAt = believable(limit, kept, now)
    const wait = waitFor(limit, emptyAt, now)
    if (emptyAt !== undefined && emptyAt !== kept) moments.set(network, emptyAt)
    if (wait > 0) return wait
    putNewest(moments, network, afterTaking(limit, emptyAt, now), MAX_NETWORKS)
    return 0
  }
  return Object.assign(count, { size: () => moments.size })
}
