// The week's certificates, counted as Let's Encrypt counts them, so that a client hears from us how long to wait instead of
// using up what everybody shares. New names are given so many that renewals always find room; renewing the same names costs
// nothing of the zone's week. All of it is in the ledger.
import { oneAtATime } from '../../core/lanes.ts'
import { problem } from '../serve-protocol.ts'
import { createKeptBuckets } from '../quota/kept-buckets.ts'
import { fairShare } from '../../core/fair-share.ts'
import { inWords } from '../quota/words.ts'
import type { Week } from '../quota/week.ts'
import type { AcmeProblem } from '../../core/acme/errors.ts'
import type { Limit } from '../quota/bucket.ts'
import type { Clock } from '../../core/clock.ts'
import type { IssueSection } from '../config.ts'
import type { Charge, ChargeKind, Ledger } from '../store/store.ts'

/** A certificate that somebody wants. */
export interface Want {
  readonly peer: string
  readonly names: readonly string[]
  /** The networks of the proved addresses. */
  readonly networks: readonly string[]
}

/** The budget of one issue server. Amounts are taken before an order and given back where it comes to nothing. */
export interface Budget {
  /** How long until names with an address fit, milliseconds; 0 for now, and for names that were issued before. */
  waitForIpNames(names: readonly string[]): Promise<number>
  /** Whether the CA may be asked now. @throws ProblemError RATE_LIMIT while it told us to wait */
  checkCa(names: readonly string[]): Promise<void>
  /** How long the CA wants to hear nothing of anybody or of new names, milliseconds. */
  caWait(): Promise<number>
  /** Whether these names had a certificate lately; `free` where that is inside its window, because then the CA counts nothing. */
  kindOf(names: readonly string[]): Promise<'new' | 'renewal' | 'free'>
  /** Whether a certificate has a chance now; takes nothing. @throws ProblemError as `take` */
  check(want: Want): Promise<void>
  /** Takes what a certificate costs. @throws ProblemError RATE_LIMIT with the time at which asking again succeeds */
  take(want: Want): Promise<readonly Charge[]>
  /** Nothing was signed, surely. What the try cost stays with the limits of orders (order-limits.ts). */
  giveBack(charges: readonly Charge[]): Promise<void>
  /** The CA said that a limit is reached: notes until when it is not asked. */
  heed(refusal: AcmeProblem, names: readonly string[]): Promise<void>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** So far back Let's Encrypt looks for a certificate of the same names; what is older counts as new (Boulder, 2026-08). */
const RENEWAL_LOOKBACK_MS = 120 * DAY_MS

/** A CA's wait is believed between these two; a rate limit without a time may be a pause that only the operator lifts. */
const CA_WAIT_MIN_MS = 60_000
const CA_WAIT_MAX_MS = 8 * DAY_MS
const PAUSE_MS = DAY_MS

const EXPLANATIONS: Readonly<Record<ChargeKind, string>> = {
  zone: "the zone's new certificates of this week are used up, the rest is kept for renewals",
  names: 'these very names had all the certificates that the CA gives in a week',
  peer: 'this peer had all the new certificates that one peer gets in a week',
  prefix: 'your network had all the new certificates that one network gets in a week',
}

/** The one key of the zone's week: a server has one zone. */
const ZONE = ''

/** Makes the budget. */
export function createBudget(init: {
  readonly section: IssueSection['budget']
  /** The zone's, which the broker shares. */
  readonly week: Week
  readonly ledger: Ledger
  readonly clock: Clock
}): Budget {
  const { section, week, ledger, clock } = init
  const windowMs = section.days * DAY_MS
  const limits: Readonly<Record<Exclude<ChargeKind, 'zone'>, Limit>> = {
    names: { count: section.sameNames, windowMs },
    peer: { count: section.newPerPeer, windowMs },
    prefix: { count: section.newPerPrefix, windowMs },
  }
  // looking and taking must not be torn apart by another client
  const alone = oneAtATime()

  const buckets = createKeptBuckets<Exclude<ChargeKind, 'zone'>>({
    store: ledger,
    limitOf: (kind) => limits[kind],
    clock,
  })

  /** The part of its quota that a network may use: less the more of the week is used, so that a few cannot use it up. */
  const networkShare = async (): Promise<number> => {
    const all = Math.floor(week.limit.count * week.newShare)
    return fairShare({ own: section.newPerPrefix, all, used: await week.used() }) / section.newPerPrefix
  }

  const waitOf = async (
    { kind, key }: Charge,
    { share }: { readonly share?: number | undefined } = {},
  ): Promise<number> => {
    if (kind === 'zone') return week.wait(share)
    const part = kind === 'prefix' ? await networkShare() : 1
    return buckets.wait(kind, key, part)
  }

  /** How long the CA wants to hear nothing; no wait that is believed is longer than the longest, whatever the clock said then. */
  const caWaitUntil = (until: number | undefined): number => {
    const left = (until ?? 0) - clock.now()
    return left > CA_WAIT_MAX_MS ? 0 : Math.max(0, left)
  }

  const ageOf = async (names: readonly string[]): Promise<'new' | 'returning' | 'renewal'> => {
    const at = await ledger.lastIssued(names)
    if (at === undefined) return 'new'
    return clock.now() - at <= RENEWAL_LOOKBACK_MS ? 'renewal' : 'returning'
  }

  /** Inside its window a renewal that says what it replaces is free of all limits (Let's Encrypt, 2024-04). */
  const inWindow = async (names: readonly string[]): Promise<boolean> => {
    const old = await ledger.findReplaceable(names, clock.now())
    return old !== undefined && old.renewFrom <= clock.now() && clock.now() <= old.renewUntil
  }

  /** What a certificate takes, with the share of the zone's week that it may use. */
  const costs = async (want: Want): Promise<readonly (Charge & { readonly share?: number })[]> => {
    const age = await ageOf(want.names)
    const names = { kind: 'names', key: namesKey(want.names) } as const
    const same = (await inWindow(want.names)) ? [] : [names]
    if (age === 'renewal') return same
    // known names that count as new again are what the reserve is for
    if (age === 'returning') return [...same, { kind: 'zone', key: ZONE }]
    return [
      ...same,
      { kind: 'zone', key: ZONE, share: week.newShare },
      { kind: 'peer', key: want.peer },
      ...[...new Set(want.networks)].map((key) => ({ kind: 'prefix', key }) as const),
    ]
  }

  const checkCa = async (names: readonly string[]): Promise<void> => {
    const waits: readonly (number | undefined)[] = [
      await ledger.moment('ca', 'all'),
      await ledger.moment('ca-names', namesKey(names)),
      (await ageOf(names)) === 'renewal' ? undefined : await ledger.moment('ca', 'new'),
    ]
    const left = Math.max(...waits.map((until) => caWaitUntil(until)))
    if (left > 0) throw problem('RATE_LIMIT', `the CA asked us to wait ${inWords(left)}`, left)
  }

  /** @throws ProblemError RATE_LIMIT where the CA wants to hear nothing or something is used up; what it costs otherwise */
  const refuseFull = async (want: Want) => {
    await checkCa(want.names)
    const charges = await costs(want)
    const waits = await Promise.all(
      charges.map(async ({ kind, key, share }) => ({ kind, ms: await waitOf({ kind, key }, { share }) })),
    )
    refuseOver(waits.reduce((one, other) => (other.ms > one.ms ? other : one), { kind: 'zone', ms: 0 }))
    return charges
  }

  return {
    async waitForIpNames(names) {
      if ((await ageOf(names)) === 'renewal') return 0
      return waitOf({ kind: 'zone', key: ZONE }, { share: section.ipNamesShare })
    },
    checkCa,
    async caWait() {
      const untils = [await ledger.moment('ca', 'all'), await ledger.moment('ca', 'new')]
      return Math.max(...untils.map((until) => caWaitUntil(until)))
    },
    async kindOf(names) {
      const age = await ageOf(names)
      if (age === 'new') return 'new'
      return age === 'renewal' && (await inWindow(names)) ? 'free' : 'renewal'
    },
    check: (want) => alone(async () => void (await refuseFull(want))),
    take: (want) =>
      alone(async () => {
        const charges = await refuseFull(want)
        // first, because somebody else may have taken the last one since
        const zone = charges.find(({ kind }) => kind === 'zone')
        if (zone) refuseOver({ kind: 'zone', ms: await week.take(zone.share) })
        for (const { kind, key } of charges) {
          if (kind !== 'zone') await buckets.take(kind, key)
        }
        return charges.map(({ kind, key }) => ({ kind, key }))
      }),
    giveBack: (charges) =>
      alone(async () => {
        for (const { kind, key } of charges) {
          await (kind === 'zone' ? week.giveBack() : buckets.giveBack(kind, key))
        }
      }),
    async heed(refusal, names) {
      const asked = refusal.retryAfterMs ?? PAUSE_MS
      const until = clock.now() + Math.min(Math.max(asked, CA_WAIT_MIN_MS), CA_WAIT_MAX_MS)
      const scope = scopeOf(refusal, names)
      if (scope === 'names') await ledger.setMoment('ca-names', namesKey(names), until)
      else await ledger.setMoment('ca', scope, until)
    },
  }
}

/** @throws ProblemError RATE_LIMIT where there is a wait */
function refuseOver({ kind, ms }: { readonly kind: ChargeKind; readonly ms: number }): void {
  if (ms > 0) throw problem('RATE_LIMIT', `${EXPLANATIONS[kind]}: there is room in ${inWords(ms)}`, ms)
}

/**
 * Whom a refusal concerns: these names (a pause, their failures, their own certificates), all new ones (the zone's week,
 * the account's orders), or everybody. The type is the same for all (RFC 8555 section 6.6), only the text tells.
 */
export function scopeOf(refusal: AcmeProblem, names: readonly string[]): 'names' | 'new' | 'all' {
  const { detail, isPause } = refusal
  if (isPause || /exact set/i.test(detail) || names.some((name) => detail.includes(name))) return 'names'
  return /already issued for|new orders/i.test(detail) ? 'new' : 'all'
}

/** Names as one key, the same whatever their order. */
function namesKey(names: readonly string[]): string {
  return names.toSorted().join(' ')
}
