// What clients of the relay may make us do, by network and in all: frames to read, searches, signatures to check, answers to hold. What is
// too much waits rather than being refused where waiting costs us nothing. A search is counted by the time that it took: no form of a
// question is cheap because nobody thought of it.
import { putNewest } from '../../core/bounded.ts'
import { LeakyBucket, type Rate } from '../../core/leaky-bucket.ts'
import type { Clock } from '../../core/clock.ts'

/** Frames to read, in units of one frame and its size in 4 KiB: who publishes and asks as often as is allowed uses a third. */
const FRAMES: Rate = { burst: 400, perSecond: 20 }
const UNIT_BYTES = 4_096

/** Milliseconds of searching: of one network three hundredths of a processor, of all together a third. */
const SEARCHES: Rate = { burst: 1_000, perSecond: 30 }
const ALL_SEARCHES: Rate = { burst: 4_000, perSecond: 300 }
/** Whoever has used less than this is answered all the same: a few questions by author. */
const FREE_SEARCH_MS = 20

/** Signatures, a millisecond or two each, of all together: a tenth of a processor. */
const ALL_EVENTS: Rate = { burst: 200, perSecond: 50 }

/** Bytes that clients leave unread, of one network and in all. */
const UNREAD_OF_NETWORK = 8 * 1024 * 1024
const UNREAD_OF_ALL = 64 * 1024 * 1024

/** Networks that are remembered, the newest. */
const MAX_NETWORKS = 4_096

/** A connection, as far as it is looked at here. */
export interface Unread {
  readonly bufferedAmount: number
}

/** The counters of a relay. */
export interface RelayWork {
  /** Waits until a frame of a network may be read. @throws the signal's reason */
  frame(network: string, bytes: number, signal: AbortSignal): Promise<void>
  /** Waits until a signature may be checked. @throws the signal's reason */
  signature(signal: AbortSignal): Promise<void>
  /** How long a network has to wait before it is searched for, milliseconds; 0 where it need not. */
  searchWait(network: string): number
  /** So much time went into a search. */
  searched(network: string, ms: number): void
  /** Counts a connection until it has gone. @returns whether it and those of its network leave too much unread, and what ends the count */
  watch(network: string, connection: Unread): { readonly isTooMuch: () => boolean; readonly end: () => void }
}

/** Makes the counters. */
export function createRelayWork(clock: Clock): RelayWork {
  const frames = byNetwork(FRAMES)
  const searches = byNetwork(SEARCHES)
  const allSearches = new LeakyBucket(ALL_SEARCHES)
  const allEvents = new LeakyBucket(ALL_EVENTS)
  const connections = new Map<Unread, string>()

  const takeInTime = async (bucket: LeakyBucket, amount: number, { burst, perSecond }: Rate, signal: AbortSignal) => {
    const most = Math.min(amount, burst)
    while (!bucket.take(most, clock.now())) {
      const excess = bucket.level(clock.now()) + most - burst
      await clock.sleep(Math.max(1, (excess / perSecond) * 1_000), signal)
    }
  }

  return {
    frame: (network, bytes, signal) => takeInTime(frames(network), 1 + bytes / UNIT_BYTES, FRAMES, signal),
    signature: (signal) => takeInTime(allEvents, 1, ALL_EVENTS, signal),
    searchWait(network) {
      const now = clock.now()
      const own = searches(network).level(now)
      const all = allSearches.level(now)
      if (own < FREE_SEARCH_MS) return 0
      const excess = Math.max(
        (own - SEARCHES.burst) / SEARCHES.perSecond,
        (all - ALL_SEARCHES.burst) / ALL_SEARCHES.perSecond,
      )
      return excess < 0 ? 0 : Math.ceil(excess * 1_000) + 1_000
    },
    searched(network, ms) {
      searches(network).add(ms, clock.now())
      allSearches.add(ms, clock.now())
    },
    watch(network, connection) {
      connections.set(connection, network)
      return {
        isTooMuch() {
          let [own, all] = [0, 0]
          for (const [{ bufferedAmount }, of] of connections) {
            all += bufferedAmount
            if (of === network) own += bufferedAmount
          }
          return own > UNREAD_OF_NETWORK || all > UNREAD_OF_ALL
        },
        end: () => connections.delete(connection),
      }
    },
  }
}

function byNetwork(rate: Rate): (network: string) => LeakyBucket {
  const buckets = new Map<string, LeakyBucket>()
  return (network) => {
    const bucket = buckets.get(network) ?? new LeakyBucket(rate)
    putNewest(buckets, network, bucket, MAX_NETWORKS)
    return bucket
  }
}
