// The broker's own buckets, each kept in the store as one moment. Which of them a registration takes from is decided in quotas.ts.
import { createKeptBuckets, type KeptBuckets } from '../quota/kept-buckets.ts'
import type { Limit } from '../quota/bucket.ts'
import type { Clock } from '../../core/clock.ts'
import type { BrokerSection } from '../config.ts'
import type { QuotaKind, RegistrationStore } from '../store/sqlite-registrations.ts'

/** How full a bucket is. */
export interface BucketState {
  /** Rounded up. */
  readonly used: number
  readonly limit: number
  /** How long until there is a place, milliseconds; 0 where there is one. */
  readonly waitMs: number
}

/** Buckets by kind and key. */
export interface Buckets extends Pick<KeptBuckets<QuotaKind>, 'wait' | 'take' | 'giveBack'> {
  state(kind: QuotaKind, key: string): Promise<BucketState>
}

const DAY_MS = 24 * 3_600_000

/** So far back Let's Encrypt looks for a certificate of the same names; what is older counts as new (Boulder, 2026-08). */
export const KNOWN_MS = 120 * DAY_MS

/** The part of all known peers that may come back in a week: twice as many as certificates of 45 days make come. */
const RETURNING_SHARE = 1 / 2

/** Makes the buckets. */
export function createBuckets(init: {
  readonly limits: BrokerSection['limits']
  readonly store: RegistrationStore
  readonly clock: Clock
}): Buckets {
  const { limits, store, clock } = init
  const windowMs = limits.days * DAY_MS

  const limitOf = async (kind: QuotaKind): Promise<Limit> => {
    if (kind === 'new') return { count: limits.newPeers, windowMs }
    if (kind === 'prefix') return { count: limits.newPerPrefix, windowMs }
    if (kind === 'peer') return { count: limits.perPeerAndDay, windowMs: DAY_MS }
    if (limits.returning !== undefined) return { count: limits.returning, windowMs }
    const known = await store.countKnown(clock.now() - KNOWN_MS)
    return { count: Math.max(limits.newPeers, Math.ceil(known * RETURNING_SHARE)), windowMs }
  }

  const buckets = createKeptBuckets<QuotaKind>({ store, limitOf, clock })
  return {
    ...buckets,
    state: async (kind, key) => ({
      used: await buckets.used(kind, key),
      limit: (await limitOf(kind)).count,
      waitMs: await buckets.wait(kind, key),
    }),
  }
}
