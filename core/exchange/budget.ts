// What answers cost, in bytes: each network has so many, and all together; whoever has none left is told when to come again.
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { putNewest } from '../bounded.ts'
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'
import * as limits from './limits.ts'

/** The accounts of a server. */
export interface Budget {
  /** @throws ProblemError */
  check(network: string, nowMs: number): void
  spend(network: string, bytes: number, nowMs: number): void
  size(): number
}

/** Makes them. */
export function createBudget({
  networkBytes,
  allBytes,
}: {
  readonly networkBytes: Rate
  readonly allBytes: Rate
}): Budget {
  const networks = new Map<string, LeakyBucket>()
  const all = new LeakyBucket(allBytes)
  const bucketOf = (network: string) => networks.get(network) ?? new LeakyBucket(networkBytes)
  return {
    check(network, nowMs) {
      const own = bucketOf(network).hasRoom(limits.MIN_COST_BYTES, nowMs)
      if (own && all.hasRoom(limits.MIN_COST_BYTES, nowMs)) return
      const rate = own ? allBytes : networkBytes
      const retryAfterMs = Math.ceil((limits.MIN_COST_BYTES / rate.perSecond) * 1_000)
      throw new ProblemError(ErrorCode.RATE_LIMIT, 'more peer records were asked for than are given in a while', {
        retryAfterMs,
      })
    },
    spend(network, bytes, nowMs) {
      const bucket = bucketOf(network)
      const cost = Math.max(limits.MIN_COST_BYTES, bytes)
      bucket.add(cost, nowMs)
      all.add(cost, nowMs)
      putNewest(networks, network, bucket, limits.MAX_NETWORKS)
    },
    size: () => networks.size,
  }
}
