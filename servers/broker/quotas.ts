// How many registrations there are: for a peer, for a network, for all, and of the zone's week, whose new certificates a CA
// counts. Peers that were here lately cost the zone nothing, because their certificate is a renewal; a reserve is kept for those who
// come back after months. All of it is in the store, so that a restart forgets nothing.
import { afterGivingBack, afterTaking, type Limit, usedOf, waitFor, wholeUsedOf } from '../quota/bucket.ts'
import { inWords } from '../quota/words.ts'
import { RegistrationRefusedError } from './body.ts'
import type { Week } from '../quota/week.ts'
import type { Clock } from '../../core/clock.ts'
import type { BrokerSection } from '../config.ts'
import type { QuotaKind, RegistrationStore } from '../store/sqlite-registrations.ts'

/** What a registration took: of the zone's week, which the issue server shares, or of a bucket of the broker's own. */
export type Taken =
  { readonly kind: 'zone'; readonly share: number | undefined } | { readonly kind: QuotaKind; readonly key: string }

/** How much of the week there is left. */
export interface QuotaState {
  readonly days: number
  readonly newPeers: number
  readonly used: number
  /** New certificates of the zone, those of the issue server among them. */
  readonly week: { readonly days: number; readonly newCertificates: number; readonly used: number }
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

/** The broker's own bucket of new peers is one for all. */
const ALL = ''

const EXPLANATIONS: Readonly<Record<Taken['kind'], string>> = {
  zone: "the zone's new certificates of this week are used up, the rest is kept for renewals",
  new: 'this week had all the new peers that the broker takes',
  prefix: 'your network had all the new peers that one network gets in a week',
  peer: 'this peer had all the registrations that one peer gets in a day',
}

/** Makes the quotas. */
export function createQuotas(init: {
  readonly limits: BrokerSection['limits']
  readonly week: Week
  readonly store: RegistrationStore
  readonly clock: Clock
}): Quotas {
  const { limits: given, week, store, clock } = init
  const windowMs = given.days * DAY_MS
  const limits: Readonly<Record<QuotaKind, Limit>> = {
    new: { count: given.newPeers, windowMs },
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

  const costs = async (peer: string, prefixes: readonly string[]): Promise<readonly Taken[]> => {
    const own = { kind: 'peer', key: peer } as const
    const at = await store.lastOf(peer)
    if (at === undefined) {
      const networks = [...new Set(prefixes)].map((key) => ({ kind: 'prefix', key }) as const)
      return [own, { kind: 'zone', share: week.newShare }, { kind: 'new', key: ALL }, ...networks]
    }
    // who comes back after months counts as new at the CA, and is what the reserve is for
    return clock.now() - at <= KNOWN_MS ? [own] : [own, { kind: 'zone', share: undefined }]
  }

  const waitOf = async (wanted: Taken): Promise<number> =>
    wanted.kind === 'zone'
      ? await week.wait(wanted.share)
      : waitFor(limits[wanted.kind], await store.moment(wanted.kind, wanted.key), clock.now())

  return {
    take: (peer, prefixes) =>
      alone(async () => {
        const wanted = await costs(peer, prefixes)
        let longest = { kind: wanted[0]?.kind ?? 'peer', ms: 0 }
        for (const one of wanted) {
          const ms = await waitOf(one)
          if (ms > longest.ms) longest = { kind: one.kind, ms }
        }
        refuseOver(longest)
        // first, because somebody else may have taken the last one since
        for (const one of wanted) if (one.kind === 'zone') refuseOver({ kind: 'zone', ms: await week.take(one.share) })
        for (const one of wanted) {
          if (one.kind === 'zone') continue
          const { kind, key } = one
          await store.setMoment(kind, key, afterTaking(limits[kind], await store.moment(kind, key), clock.now()))
        }
        return wanted
      }),
    giveBack: (taken) =>
      alone(async () => {
        for (const one of taken) {
          if (one.kind === 'zone') await week.giveBack()
          if (one.kind === 'zone' || one.kind === 'peer') continue
          const { kind, key } = one
          const emptyAt = await store.moment(kind, key)
          if (usedOf(limits[kind], emptyAt, clock.now()) === 0) continue
          await store.setMoment(kind, key, afterGivingBack(limits[kind], emptyAt, clock.now()))
        }
      }),
    async state() {
      const emptyAt = await store.moment('new', ALL)
      return {
        days: given.days,
        newPeers: given.newPeers,
        used: wholeUsedOf(limits.new, emptyAt, clock.now()),
        week: {
          days: week.limit.windowMs / DAY_MS,
          newCertificates: week.limit.count,
          used: await week.used(),
        },
        waitMs: Math.max(waitFor(limits.new, emptyAt, clock.now()), await week.wait(week.newShare)),
      }
    },
  }
}

/** @throws RegistrationRefusedError 429 where there is a wait */
function refuseOver({ kind, ms }: { readonly kind: Taken['kind']; readonly ms: number }): void {
  if (ms === 0) return
  const words = `${EXPLANATIONS[kind]}: there is room in ${inWords(ms)}`
  throw new RegistrationRefusedError(429, `429 Too Many Requests: ${words}`, { retryAfterMs: ms })
}
