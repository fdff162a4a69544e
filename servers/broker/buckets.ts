// The broker's own buckets, each kept in the store as one moment. Which of them a registration takes from is decided in quotas.ts.
import { afterGivingBack, afterTaking, type Limit, readMoment, usedOf, waitFor, wholeUsedOf } from '../quota/bucket.ts'
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
export interface Buckets {
  state(kind: QuotaKind, key: string): Promise<BucketState>
  take(kind: QuotaKind, key: string): Promise<void>
  giveBack(kind: QuotaKind, key: string): Promise<void>
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

  const look = async (kind: QuotaKind, key: string) => {
    const limit = await limitOf(kind)
    const kept = { read: () => store.moment(kind, key), write: (at: number) => store.setMoment(kind, key, at) }
    const now = clock.now()
    return { limit, now, emptyAt: await readMoment(kept, limit, now) }
  }

  return {
    async state(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      return { used: wholeUsedOf(limit, emptyAt, now), limit: limit.count, waitMs: waitFor(limit, emptyAt, now) }
    },
    async take(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      await store.setMoment(kind, key, afterTaking(limit, emptyAt, now))
    },
    async giveBack(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      if (usedOf(limit, emptyAt, now) === 0) return
      await store.setMoment(kind, key, afterGivingBack(limit, emptyAt, now))
    },
  }
}
