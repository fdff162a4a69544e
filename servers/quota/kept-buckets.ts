// Buckets by kind and key whose moments are in a store, so that a restart forgets nothing. Looking and taking are separate: whoever
// must not be torn apart between them does both in one lane (core/lanes.ts).
import { afterGivingBack, afterTaking, type Limit, readMoment, usedOf, waitFor, wholeUsedOf } from './bucket.ts'
import type { Clock } from '../../core/clock.ts'

/** Where the moments are. */
export interface MomentStore<Kind> {
  moment(kind: Kind, key: string): Promise<number | undefined>
  setMoment(kind: Kind, key: string, at: number): Promise<void>
}

/** The buckets. */
export interface KeptBuckets<Kind> {
  /** How long until there is a place, milliseconds; 0 where there is one. @param share  the part that may be used, 0 to 1 */
  wait(kind: Kind, key: string, share?: number): Promise<number>
  /** How many places are used, whole ones. */
  used(kind: Kind, key: string): Promise<number>
  /** Takes one, whether there is one left or not. */
  take(kind: Kind, key: string): Promise<void>
  /** Gives one back, where any is used. */
  giveBack(kind: Kind, key: string): Promise<void>
}

/** Makes them. @param init.limitOf  how much there is of a kind; may depend on what is in the store */
export function createKeptBuckets<Kind>(init: {
  readonly store: MomentStore<Kind>
  readonly limitOf: (kind: Kind) => Limit | Promise<Limit>
  readonly clock: Clock
}): KeptBuckets<Kind> {
  const { store, limitOf, clock } = init
  const look = async (kind: Kind, key: string) => {
    const limit = await limitOf(kind)
    const kept = { read: () => store.moment(kind, key), write: (at: number) => store.setMoment(kind, key, at) }
    const now = clock.now()
    return { limit, now, emptyAt: await readMoment(kept, limit, now) }
  }
  return {
    async wait(kind, key, share) {
      const { limit, now, emptyAt } = await look(kind, key)
      return waitFor(limit, emptyAt, now, share)
    },
    async used(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      return wholeUsedOf(limit, emptyAt, now)
    },
    async take(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      await store.setMoment(kind, key, afterTaking(limit, emptyAt, now))
    },
    async giveBack(kind, key) {
      const { limit, now, emptyAt } = await look(kind, key)
      if (usedOf(limit, emptyAt, now) > 0) await store.setMoment(kind, key, afterGivingBack(limit, emptyAt, now))
    },
  }
}
