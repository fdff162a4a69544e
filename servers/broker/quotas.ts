// How many registrations there are: for a peer, for a network, for all, and of the zone's week, whose new certificates a CA counts.
// Peers that were here lately cost the zone nothing, because their certificate is a renewal; a reserve is kept for those who come
// back after months. What counts is in the store before a value is in the DNS: a restart forgets nothing, and a broker that is
// killed in between has counted one too many, which refills by itself, and never one too few.
import { inWords } from '../quota/words.ts'
import { RegistrationRefusedError } from './body.ts'
import { type BucketState, createBuckets, KNOWN_MS } from './buckets.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { createUnderWay } from './under-way.ts'
import type { Week } from '../quota/week.ts'
import type { Clock } from '../../core/clock.ts'
import type { BrokerSection } from '../config.ts'
import type { QuotaKind, RegistrationStore } from '../store/sqlite-registrations.ts'

/** What is taken: of the zone's week, which the issue server shares, or of a bucket of the broker's own. */
type Taken =
  { readonly kind: 'zone'; readonly share: number | undefined } | { readonly kind: QuotaKind; readonly key: string }

/** What a registration took; nothing where the peer tries again what it was counted for lately. */
export interface Charge {
  readonly peer: string
  readonly taken: readonly Taken[]
}

/** How much of the week there is left. */
export interface QuotaState {
  readonly days: number
  readonly newPeers: BucketState
  /** Known peers that came back. */
  readonly returning: BucketState
  /** New certificates of the zone, those of the issue server among them. */
  readonly week: {
    readonly days: number
    readonly limit: number
    /** The part that new names get. */
    readonly newShare: number
    readonly used: number
  }
  /** How long a peer that never was here would have to wait, milliseconds. */
  readonly waitMs: number
}

/** The broker's quotas. */
export interface Quotas {
  /**
   * Looks whether a registration has a chance, and counts the peer's try. Nothing else is taken before the peer was reached; but
   * one network has no more new peers under way than it has places left.
   *
   * @param network  the caller's
   * @returns what is disposed of when the peer was dialled
   * @throws RegistrationRefusedError 429 with the time at which asking again succeeds; 503 where others are under way
   */
  begin(peer: string, network: string): Promise<Disposable>
  /**
   * Takes what a registration costs. Charges of one peer must not overlap until they are given back or their registration is noted.
   *
   * @param networks  the caller's, and that of the address which was reached
   * @throws RegistrationRefusedError 429
   */
  charge(peer: string, networks: readonly string[]): Promise<Charge>
  /** Gives back what was taken for a registration of which nothing is in the DNS; once for each charge. */
  giveBack(charge: Charge): Promise<void>
  /** How long a peer that never was here would have to wait, milliseconds. */
  waitForNew(): Promise<number>
  state(): Promise<QuotaState>
}

const DAY_MS = 24 * 3_600_000

/** For so long a peer that was counted tries the same order again: clients do after minutes, hours, and a day or so. */
const PAID_MS = 2 * DAY_MS

/** Certificates of 45 days are renewed after 30, those of 90 after 60; who comes back sooner is not renewing one. */
const SOON_MS = 21 * DAY_MS

/** Some buckets are one for all. */
const ALL = ''

const EXPLANATIONS: Readonly<Record<Taken['kind'], string>> = {
  zone: "the zone's new certificates of this week are used up, the rest is kept for renewals",
  new: 'this week had all the new peers that the broker takes',
  returning: 'this week had all the known peers that the broker lets come back',
  prefix: 'your network had all the new peers that one network gets in a week, or peers that came back too soon',
  peer: 'this peer had all the registrations that one peer gets in a day',
}

/** Makes the quotas. */
export function createQuotas(init: {
  readonly limits: BrokerSection['limits']
  /** When asking again helps where others are being dialled: how long a dial-back takes, milliseconds. */
  readonly busyMs: number
  readonly week: Week
  readonly store: RegistrationStore
  readonly clock: Clock
}): Quotas {
  const { limits, busyMs, week, store, clock } = init
  const buckets = createBuckets({ limits, store, clock })
  const underWay = createUnderWay()
  // looking and taking must not be torn apart by another registration
  const alone = oneAtATime()

  const ageOf = async (peer: string): Promise<'new' | 'paid' | 'soon' | 'known' | 'returning'> => {
    const paid = ((await store.moment('paid', peer)) ?? 0) - clock.now()
    if (paid > 0 && paid <= PAID_MS) return 'paid' // more was written by a clock that was ahead
    const at = await store.lastOf(peer)
    if (at === undefined) return 'new'
    const since = clock.now() - at
    if (since >= 0 && since < SOON_MS) return 'soon'
    return since <= KNOWN_MS ? 'known' : 'returning'
  }

  const costs = async (peer: string, networks: readonly string[]): Promise<readonly Taken[]> => {
    const age = await ageOf(peer)
    if (age === 'paid') return []
    // a renewal, or the first certificate of one that only registered: we cannot tell, so all together are bounded
    if (age === 'known') return [{ kind: 'returning', key: ALL }]
    const prefixes = [...new Set(networks)].map((key) => ({ kind: 'prefix', key }) as const)
    // no renewal is due: on the account of its network, or a few peers could take all that others need for theirs
    if (age === 'soon') return [{ kind: 'returning', key: ALL }, ...prefixes]
    // who comes back after months counts as new at the CA, and is what the reserve is for
    if (age === 'returning') return [{ kind: 'zone', share: undefined }]
    return [{ kind: 'zone', share: week.newShare }, { kind: 'new', key: ALL }, ...prefixes]
  }

  const waitOf = async (wanted: Taken): Promise<number> =>
    wanted.kind === 'zone' ? week.wait(wanted.share) : buckets.wait(wanted.kind, wanted.key)

  /** @throws RegistrationRefusedError 429 with the longest wait */
  const refuseFull = async (wanted: readonly Taken[]): Promise<void> => {
    const waits = await Promise.all(wanted.map(async (one) => ({ kind: one.kind, ms: await waitOf(one) })))
    refuseOver(waits.reduce((a, b) => (b.ms > a.ms ? b : a), { kind: 'peer', ms: 0 }))
  }

  /** @throws RegistrationRefusedError 503 where all places that the network has left are under way */
  const enter = async (peer: string, network: string): Promise<Disposable> => {
    if ((await ageOf(peer)) !== 'new') return { [Symbol.dispose]: () => undefined }
    const { used, limit } = await buckets.state('prefix', network)
    if (used + underWay.of(network) >= limit)
      throw new RegistrationRefusedError(503, '503 Service Unavailable: others of your network are being dialled', {
        retryAfterMs: busyMs,
      })
    return underWay.enter(network)
  }

  const waitForNew = async (): Promise<number> =>
    Math.max(await waitOf({ kind: 'new', key: ALL }), await waitOf({ kind: 'zone', share: week.newShare }))

  return {
    begin: (peer, network) =>
      alone(async () => {
        const attempt = { kind: 'peer', key: peer } as const
        await refuseFull([attempt, ...(await costs(peer, [network]))])
        const entered = await enter(peer, network)
        await buckets.take(attempt.kind, attempt.key)
        return entered
      }),
    charge: (peer, networks) =>
      alone(async () => {
        const taken = await costs(peer, networks)
        await refuseFull(taken)
        // first, because the issue server may have taken the last one since
        for (const one of taken) if (one.kind === 'zone') refuseOver({ kind: 'zone', ms: await week.take(one.share) })
        for (const one of taken) if (one.kind !== 'zone') await buckets.take(one.kind, one.key)
        if (taken.length > 0) await store.setMoment('paid', peer, clock.now() + PAID_MS)
        return { peer, taken }
      }),
    giveBack: ({ peer, taken }) =>
      alone(async () => {
        if (taken.length > 0) await store.setMoment('paid', peer, clock.now())
        for (const one of taken) await (one.kind === 'zone' ? week.giveBack() : buckets.giveBack(one.kind, one.key))
      }),
    waitForNew,
    async state() {
      return {
        days: limits.days,
        newPeers: await buckets.state('new', ALL),
        returning: await buckets.state('returning', ALL),
        week: {
          ...{ days: week.limit.windowMs / DAY_MS, limit: week.limit.count, newShare: week.newShare },
          used: await week.used(),
        },
        waitMs: await waitForNew(),
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
