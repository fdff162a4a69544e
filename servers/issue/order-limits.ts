// How many orders the CA is asked for, counted as the CA counts them: per account, whatever comes of them, and failed validations per
// name. What may have reached the CA stays spent. A part of the account's orders is for renewals alone, and of the rest a network gets
// less the more of it is used, so that nobody can use it up for the others. All of it is in the ledger: a restart forgets nothing.
import { oneAtATime } from '../../core/lanes.ts'
import { problem } from '../serve-protocol.ts'
import { createKeptBuckets } from '../quota/kept-buckets.ts'
import { fairShare } from '../../core/fair-share.ts'
import { inWords } from '../quota/words.ts'
import type { Limit } from '../quota/bucket.ts'
import type { Clock } from '../../core/clock.ts'
import type { IssueSection } from '../config.ts'
import type { Ledger, OrderLimitKind } from '../store/store.ts'

/** Who wants an order. */
export interface Orderer {
  readonly peer: string
  readonly names: readonly string[]
  /** The networks of the proved addresses, and the machines in them (core/net/network.ts). */
  readonly networks: readonly string[]
  readonly machines: readonly string[]
  /** Names that had a certificate lately; `free` where the CA counts no order for it, because it is inside its window. */
  readonly kind: 'new' | 'renewal' | 'free'
}

/** Where the places of orders are taken. */
export interface OrderLimits {
  /** Whether an order has a chance now; takes nothing. @throws ProblemError RATE_LIMIT with the time at which asking again succeeds */
  check(orderer: Orderer): Promise<void>
  /** Takes an order, before the CA hears of it. @throws ProblemError RATE_LIMIT */
  take(orderer: Orderer): Promise<void>
  /** The CA surely heard nothing: the account has its order back. Peer and network have tried, and that stays counted. */
  giveBack(orderer: Orderer): Promise<void>
  /** The CA was asked for one more than had been taken; it is counted, whether there was one left or not. */
  countMore(orderer: Orderer): Promise<void>
  /** The CA looked for the value of a name and did not find it. */
  countFailure(name: string): Promise<void>
  /** Orders of the account that are used, whole ones, and how many there are. */
  state(): Promise<{ readonly used: number; readonly limit: number }>
}

const HOUR_MS = 3_600_000

/** Let's Encrypt, 2026-08: failed validations of one name by one account. */
const FAILURES: Limit = { count: 5, windowMs: HOUR_MS }

/** One machine leaves half of what its network has to the others in it, for as long as they want it. */
const MACHINE_SHARE = 1 / 2

/** The one key of what belongs to the account: a ledger is about one CA, where we have one account. */
const ACCOUNT = ''

const EXPLANATIONS: Readonly<Record<OrderLimitKind, string>> = {
  orders: 'the account has made all the orders that the CA takes in a while, the rest is kept for renewals',
  'orders-peer': 'this peer has made all the orders that one peer gets in a while',
  'orders-machine': 'this address has made all the orders that one address gets in a while',
  'orders-network': 'your network has made all the orders that one network gets in a while',
  'renewals-network': 'your network has made all the renewals that one network gets in a while',
  failed: 'the CA could not validate one of these names several times',
}

interface Place {
  readonly kind: OrderLimitKind
  readonly key: string
  /** Of the limit, so much may be used. */
  readonly places: number
}

/** Makes the limits. */
export function createOrderLimits(init: {
  readonly section: IssueSection['budget']
  readonly ledger: Ledger
  readonly clock: Clock
}): OrderLimits {
  const { section, ledger, clock } = init
  const windowMs = section.ordersHours * HOUR_MS
  const forNew = Math.max(1, Math.floor(section.orders * section.newOrdersShare))
  const perMachine = Math.max(1, Math.ceil(section.ordersPerNetwork * MACHINE_SHARE))
  const limits: Readonly<Record<OrderLimitKind, Limit>> = {
    orders: { count: section.orders, windowMs },
    'orders-peer': { count: section.ordersPerPeer, windowMs },
    'orders-machine': { count: perMachine, windowMs },
    'orders-network': { count: section.ordersPerNetwork, windowMs },
    'renewals-network': { count: section.ordersPerNetwork, windowMs },
    failed: FAILURES,
  }
  // looking and taking must not be torn apart by another client
  const alone = oneAtATime()
  const buckets = createKeptBuckets<OrderLimitKind>({ store: ledger, limitOf: (kind) => limits[kind], clock })
  const full = (kind: OrderLimitKind, key: string): Place => ({ kind, key, places: limits[kind].count })

  const placesOfNetwork = async (orderer: Orderer): Promise<readonly Place[]> => {
    const all = orderer.kind === 'new' ? forNew : section.orders
    const kind = orderer.kind === 'new' ? 'orders-network' : 'renewals-network'
    const places = fairShare({ own: section.ordersPerNetwork, all, used: await buckets.used('orders', ACCOUNT) })
    return unique(orderer.networks).map((key) => ({ kind, key, places }))
  }

  /** A machine has its share of what is left to the network of its address; renewals are too few to be worth it. */
  const placesOfMachines = async (orderer: Orderer): Promise<readonly Place[]> => {
    if (orderer.kind !== 'new') return []
    const inNetworks = await Promise.all(unique(orderer.networks).map((key) => buckets.used('orders-network', key)))
    const most = Math.max(0, ...inNetworks)
    const places = fairShare({ own: perMachine, all: section.ordersPerNetwork, used: most })
    return unique(orderer.machines).map((key) => ({ kind: 'orders-machine', key, places }))
  }

  const placesFor = async (orderer: Orderer): Promise<readonly Place[]> => {
    const { kind, peer } = orderer
    const account = { ...full('orders', ACCOUNT), places: kind === 'new' ? forNew : section.orders }
    return [
      ...(kind === 'free' ? [] : [account]),
      full('orders-peer', peer),
      ...(await placesOfNetwork(orderer)),
      ...(await placesOfMachines(orderer)),
    ]
  }

  const waitAt = ({ kind, key, places }: Place): Promise<number> => buckets.wait(kind, key, places / limits[kind].count)

  /** @throws ProblemError RATE_LIMIT with the longest wait */
  const refuseFull = async (places: readonly Place[]): Promise<void> => {
    const waits = await Promise.all(places.map(async (place) => ({ kind: place.kind, ms: await waitAt(place) })))
    const { kind, ms } = waits.reduce((a, b) => (b.ms > a.ms ? b : a), { kind: 'orders', ms: 0 })
    if (ms > 0) throw problem('RATE_LIMIT', `${EXPLANATIONS[kind]}: there is room in ${inWords(ms)}`, ms)
  }

  const failuresOf = (names: readonly string[]) =>
    unique(names.map((name) => baseOf(name))).map((key) => full('failed', key))

  const check = async (orderer: Orderer): Promise<readonly Place[]> => {
    const places = await placesFor(orderer)
    await refuseFull([...places, ...failuresOf(orderer.names)])
    return places
  }

  return {
    check: (orderer) => alone(async () => void (await check(orderer))),
    take: (orderer) =>
      alone(async () => {
        for (const { kind, key } of await check(orderer)) await buckets.take(kind, key)
      }),
    giveBack: ({ kind }) =>
      alone(async () => {
        if (kind !== 'free') await buckets.giveBack('orders', ACCOUNT)
      }),
    countMore: (orderer) =>
      alone(async () => {
        await buckets.take('orders', ACCOUNT)
        for (const { kind, key } of await placesOfNetwork(orderer)) await buckets.take(kind, key)
      }),
    countFailure: (name) => alone(() => buckets.take('failed', baseOf(name))),
    async state() {
      return { used: await buckets.used('orders', ACCOUNT), limit: section.orders }
    },
  }
}

/** Base and wildcard are validated as the same name. */
function baseOf(name: string): string {
  return name.startsWith('*.') ? name.slice(2) : name
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
