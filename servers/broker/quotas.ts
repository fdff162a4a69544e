// How many registrations there are: for a peer, for a network, and for the zone, whose new certificates a CA counts by the week.
// Peers that were here lately cost the zone nothing, because their certificate is a renewal; a reserve is kept for those who
// come back after months. All of it is in the store, so that a restart forgets nothing.
import { afterGivingBack, afterTaking, type Limit, usedOf, waitFor } from '../issue/bucket.ts'
import { inWords } from '../issue/budget.ts'
import { RegistrationRefusedError } from './body.ts'
import type { Clock } from '../../core/clock.ts'
import type { BrokerSection } from '../config.ts'
import type { QuotaKind, RegistrationStore } from '../store/sqlite-registrations.ts'

/** What a registration took. */
export interface Taken {
  readonly kind: QuotaKind
  readonly key: string
}

/** How much of the week there is left. */
export interface QuotaState {
  readonly days: number
  readonly newPeers: number
  readonly used: number
  /** How long a peer that never was here would have to wait, milliseconds. */
  readonly waitMs: number
}

/** The broker's quotas. */
export interface Quotas {
  /** Takes what a registration costs. @throws RegistrationRefusedError 429 with the time at which asking again succeeds */
  take(peer: string, prefixes: readonly string[]): Promise<readonly Taken[]>
  /** Gives back what a registration that came to nothing took; the peer's own try stays counted. */
  giveBack(taken: readonly Taken[]): Promise<void>
  state(): Promise<QuotaState>
}

const DAY_MS = 24 * 3_600_000

/** So far back Let's Encrypt looks for a certificate of the same names; what is older counts as new (Boulder, 2026-08). */
export const KNOWN_MS = 120 * DAY_MS

/** A broker has one zone. */
const ZONE = ''

const EXPLANATIONS: Readonly<Record<QuotaKind, string>> = {
  zone: 'this week had all the new peers that the zone takes',
  prefix: 'your network had all the new peers that one network gets in a week',
  peer: 'this peer had all the registrations that one peer gets in a day',
}

/** Makes the quotas. */
export function createQuotas(init: {
  readonly limits: BrokerSection['limits']
  readonly store: RegistrationStore
  readonly clock: Clock
}): Quotas {
  const { limits: given, store, clock } = init
  const windowMs = given.days * DAY_MS
  const limits: Readonly<Record<QuotaKind, Limit>> = {
    zone: { count: given.newPeers, windowMs },
    prefix: { count: given.newPerPrefix, windowMs },
    peer: { count: given.perPeerAndDay, windowMs: DAY_MS },
  }
  // looking and taking must not be torn apart by another registration
  let last: Promise<unknown> = Promise.resolve()
  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  const costs = async (
    peer: string,
    prefixes: readonly string[],
  ): Promise<readonly (Taken & { readonly share?: number })[]> => {
    const own = { kind: 'peer', key: peer } as const
    const at = await store.lastOf(peer)
    if (at === undefined) {
      const networks = [...new Set(prefixes)].map((key) => ({ kind: 'prefix', key }) as const)
      return [own, { kind: 'zone', key: ZONE, share: given.newShare }, ...networks]
    }
    return clock.now() - at <= KNOWN_MS ? [own] : [own, { kind: 'zone', key: ZONE }]
  }

  return {
    take: (peer, prefixes) =>
      alone(async () => {
        const wanted = await costs(peer, prefixes)
        let longest = { kind: wanted[0]?.kind ?? 'peer', ms: 0 }
        for (const { kind, key, share } of wanted) {
          const ms = waitFor(limits[kind], await store.moment(kind, key), clock.now(), share)
          if (ms > longest.ms) longest = { kind, ms }
        }
        if (longest.ms > 0) {
          const words = `${EXPLANATIONS[longest.kind]}: there is room in ${inWords(longest.ms)}`
          throw new RegistrationRefusedError(429, `429 Too Many Requests: ${words}`, { retryAfterMs: longest.ms })
        }
        for (const { kind, key } of wanted)
          await store.setMoment(kind, key, afterTaking(limits[kind], await store.moment(kind, key), clock.now()))
        return wanted.map(({ kind, key }) => ({ kind, key }))
      }),
    giveBack: (taken) =>
      alone(async () => {
        for (const { kind, key } of taken) {
          const emptyAt = await store.moment(kind, key)
          if (kind === 'peer' || usedOf(limits[kind], emptyAt, clock.now()) === 0) continue
          await store.setMoment(kind, key, afterGivingBack(limits[kind], emptyAt, clock.now()))
        }
      }),
    async state() {
      const emptyAt = await store.moment('zone', ZONE)
      return {
        days: given.days,
        newPeers: given.newPeers,
        used: Math.ceil(usedOf(limits.zone, emptyAt, clock.now()) - 1e-6),
        waitMs: waitFor(limits.zone, emptyAt, clock.now(), given.newShare),
      }
    },
  }
}
