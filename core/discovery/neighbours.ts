// What each neighbour on the topic has cost us and what it has done wrong, per neighbour, per network and for all together. Paid
// before a signature is looked at, kept for a while after the connection ends, so that coming back begins nothing anew.
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'

/** What neighbours may cost. */
export interface NeighbourLimits {
  /** Messages and control entries of one neighbour, whether of use or not; a network of them may have `networkShare` times that. */
  readonly messages: Rate
  readonly bytes: Rate
  /** Records of authors that we know, each of which costs one or two signature checks. */
  readonly knownChecks: Rate
  /** Records of authors that we do not know: those can be made up as fast as keys are. */
  readonly newChecks: Rate
  /** The same of all neighbours together: what the processor of a small machine has to spare. */
  readonly allKnownChecks: Rate
  readonly allNewChecks: Rate
  /** A public network may have so many times what one neighbour may. */
  readonly networkShare: number
  /** Neighbours and networks that are remembered. */
  readonly remembered: number
  /** After this time half of a fault is forgiven, milliseconds. */
  readonly faultHalfLifeMs: number
}

/**
 * A thousand nodes that speak every five minutes are three messages a second; ten thousand, thirty. Nobody of us passes on more than
 * `allKnownChecks` and `allNewChecks` let in, 50 a second, so `messages` and `bytes` are twice that: an honest neighbour never gets there,
 * whoever abuses it.
 */
export const NEIGHBOUR_LIMITS: NeighbourLimits = {
  messages: { burst: 1_200, perSecond: 100 },
  bytes: { burst: 1_048_576, perSecond: 131_072 },
  knownChecks: { burst: 200, perSecond: 30 },
  newChecks: { burst: 60, perSecond: 5 },
  allKnownChecks: { burst: 300, perSecond: 40 },
  allNewChecks: { burst: 150, perSecond: 10 },
  networkShare: 2,
  remembered: 4_096,
  faultHalfLifeMs: 10 * 60_000,
}

/** From here on, as what all share fills, a neighbour may have used less and less of its own: the last places are for the quiet. */
const CROWDED = 0.5

/** One flood counts like so many forged messages. */
const FLOOD_FAULTS = 5

/** The books of all neighbours. */
export interface Neighbours {
  /** Pays for what came in. @returns `gross` for whoever should be cut off */
  traffic(neighbour: string, amount: { readonly messages: number; readonly bytes: number }, nowMs: number): TrafficSpent
  /** Pays for the check of one record. @returns whether it may be checked */
  check(neighbour: string, author: 'known' | 'new', nowMs: number): boolean
  /** Something forged or senseless came from there. */
  fault(neighbour: string, nowMs: number): void
  /** 0 for a good neighbour, less for a bad one: the square of its faults, as gossipsub counts invalid messages (P4). */
  score(neighbour: string, nowMs: number): number
  /** The public network of a neighbour, as it was when it was first heard of. */
  networkOf(neighbour: string): string | undefined
  readonly size: number
}

export type TrafficSpent = 'within' | 'over' | 'gross'

/** What it needs. */
export interface NeighboursInit {
  /** The public network of a neighbour (net/network.ts); undefined for one of loopback or a private network, where many share an address. */
  readonly publicNetworkOf: (neighbour: string) => string | undefined
  readonly limits?: NeighbourLimits | undefined
}

interface Account {
  readonly messages: LeakyBucket
  readonly bytes: LeakyBucket
  readonly known: LeakyBucket
  readonly new: LeakyBucket
}

interface Entry extends Account {
  readonly network: string | undefined
  faults: number
  faultsAtMs: number
}

/** Makes it. */
export function createNeighbours({ publicNetworkOf, limits = NEIGHBOUR_LIMITS }: NeighboursInit): Neighbours {
  const entries = new Map<string, Entry>()
  const networks = new Map<string, Account>()
  const all = { known: new LeakyBucket(limits.allKnownChecks), new: new LeakyBucket(limits.allNewChecks) }

  /** The one that was heard longest ago goes: who floods is heard all the time and stays. */
  const newest = <Value>(map: Map<string, Value>, key: string, make: () => Value): Value => {
    const value = map.get(key) ?? make()
    map.delete(key)
    map.set(key, value)
    const oldest = map.size > limits.remembered ? map.keys().next().value : undefined
    if (oldest !== undefined) map.delete(oldest)
    return value
  }

  const entryOf = (neighbour: string): Entry =>
    newest(entries, neighbour, () => ({
      ...account(limits, 1),
      network: publicNetworkOf(neighbour),
      faults: 0,
      faultsAtMs: 0,
    }))

  const accountsOf = (neighbour: string): readonly Account[] => {
    const entry = entryOf(neighbour)
    if (entry.network === undefined) return [entry]
    return [entry, newest(networks, entry.network, () => account(limits, limits.networkShare))]
  }

  const faultsOf = ({ faults, faultsAtMs }: Entry, nowMs: number) =>
    faults * 0.5 ** (Math.max(0, nowMs - faultsAtMs) / limits.faultHalfLifeMs)

  const blame = (neighbour: string, faults: number, nowMs: number): void => {
    const entry = entryOf(neighbour)
    entry.faults = faultsOf(entry, nowMs) + faults
    entry.faultsAtMs = nowMs
  }

  return {
    traffic(neighbour, { messages, bytes }, nowMs) {
      const spent = accountsOf(neighbour).flatMap((one) => [
        one.messages.add(messages, nowMs),
        one.bytes.add(bytes, nowMs),
      ])
      if (spent.includes('gross')) {
        blame(neighbour, FLOOD_FAULTS, nowMs)
        return 'gross'
      }
      return spent.includes('over') ? 'over' : 'within'
    },
    check(neighbour, author, nowMs) {
      const accounts = accountsOf(neighbour)
      const own = accounts.map((one) => one[author])
      const crowd = all[author].share(nowMs)
      const allowed = crowd < CROWDED ? 1 : Math.max(0, 1 - crowd)
      if (own.some((budget) => !budget.hasRoom(1, nowMs, allowed))) return false
      if (!all[author].take(1, nowMs)) return false
      for (const budget of own) budget.add(1, nowMs)
      return true
    },
    fault: (neighbour, nowMs) => blame(neighbour, 1, nowMs),
    score(neighbour, nowMs) {
      const entry = entries.get(neighbour)
      return entry ? -(faultsOf(entry, nowMs) ** 2) || 0 : 0
    },
    networkOf: (neighbour) => entryOf(neighbour).network,
    get size() {
      return entries.size
    },
  }
}

function account(limits: NeighbourLimits, share: number): Account {
  const of = ({ burst, perSecond }: Rate) => new LeakyBucket({ burst: burst * share, perSecond: perSecond * share })
  return {
    messages: of(limits.messages),
    bytes: of(limits.bytes),
    known: of(limits.knownChecks),
    new: of(limits.newChecks),
  }
}
