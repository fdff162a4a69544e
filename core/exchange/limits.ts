// How much peers may ask of each other, and how much an answer may bring. An answer costs the asker a signature check for each record
// and us a hash for each that we hold, so both are counted: by connection, by network and in all.
import type { NeighbourLimits } from '../discovery/neighbours.ts'
import type { DialLimits } from './../net/dial-limits.ts'
import type { Rate } from '../leaky-bucket.ts'
import type { ProtocolRates } from '../net/protocol-rates.ts'

/** Peers in one question; what a dial of a DHT or a page of a window wants at once. */
export const MAX_ASKED = 128

/** Records in one answer. */
export const MAX_TOLD = 128

/** Addresses of a peer without a record: nobody vouches for them, and each may cost a dial. */
export const MAX_PLAIN_ADDRESSES = 16

/** Records that a summary is made of, and that are looked through for somebody: those heard last. More would be old. */
export const MAX_SUMMARISED = 2_048

/** Whoever is asked begins to answer within this, and goes on as quickly, milliseconds. */
export const ANSWER_IDLE_MS = 4_000

/** A question is one message, and its answer another: on a slow line both are there in this time, milliseconds. */
export const EXCHANGE_IDLE_MS = 5_000

/** Whoever meets us asks once; a dial asks again, and so does a person who looks for somebody. */
export const EXCHANGE_RATES: ProtocolRates = {
  connection: { burst: 12, perSecond: 1 / 10 },
  all: { burst: 100, perSecond: 5, free: 1 },
  refusals: { burst: 64, perSecond: 1 },
}

/** Streams of one connection at the same time. */
export const MAX_EXCHANGE_STREAMS = 2

/** What one network is told: four full answers at once, then one in a quarter of an hour. */
export const NETWORK_BYTES: Rate = { burst: 524_288, perSecond: 146 }

/** What all together are told: a megabit in a second. */
export const ALL_BYTES: Rate = { burst: 4_194_304, perSecond: 131_072 }

/** What an answer costs at least: the look through what we hold. */
export const MIN_COST_BYTES = 2_048

/** Networks of whom it is remembered what they were told. */
export const MAX_NETWORKS = 4_096

/**
 * What partners may bring, as in `NEIGHBOUR_LIMITS` of the topic: one full answer of unknown peers from each and then two a minute, so
 * that who makes up a hundred thousand of them needs a month and a network of his own to tell them, and the book has a bound besides.
 */
export const PARTNER_LIMITS: NeighbourLimits = {
  messages: { burst: 60, perSecond: 1 },
  bytes: { burst: 1_048_576, perSecond: 8_192 },
  knownChecks: { burst: 256, perSecond: 1 },
  newChecks: { burst: MAX_TOLD, perSecond: 1 / 30 },
  allKnownChecks: { burst: 1_024, perSecond: 10 },
  allNewChecks: { burst: 1_024, perSecond: 1 },
  networkShare: 2,
  remembered: 4_096,
  // three faults outweigh two for an hour and more
  faultHalfLifeMs: 3 * 60 * 60_000,
}

/** Partners whom we ask as they come, by network: who connects again and again is not asked each time. */
export const ASK_LIMITS: DialLimits = {
  network: { count: 12, windowMs: 600_000 },
  all: { count: 240, windowMs: 600_000 },
}
