// The numbers of the book of addresses, each with its reason. Strangers fill it, so everything has an end.
import type { Provenance, Teller } from './types.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Every node seals a new record twice a day; one that is silent for a month is gone. */
export const CERTIFIED_FOR_MS = 30 * DAY_MS

/**
 * How long what nobody signed is believed. Identify's addresses live as long as the connection and an hour more, in which whoever was cut
 * off comes back; what third parties say is told again within a day or is out of date; an address that a connection was made to may be
 * a router's for an hour. What a person typed in never ends.
 */
export const BELIEVED_FOR_MS: Readonly<Record<Teller, number | undefined>> = {
  user: undefined,
  identify: HOUR_MS,
  exchange: DAY_MS,
  dht: DAY_MS,
  broadcast: DAY_MS,
  observed: HOUR_MS,
}

/**
 * Addresses of one peer for one reason, so that ten thousand for one push out nothing of another. A record holds 32 (core/records/peer-record.ts),
 * and identify may name as many; third parties repeat those; a machine has been met at a few.
 */
export const MAX_OF_SOURCE: Readonly<Record<Provenance, number>> = {
  user: 32,
  certified: 32,
  identify: 32,
  exchange: 16,
  dht: 16,
  broadcast: 16,
  observed: 8,
}

/** A name has 254 characters at most, a relay's address two peer ids of 60. */
export const MAX_ADDRESS_CHARS = 512

/** Peers in memory: more than a window shows or a home dials in a day. The others are on disk. */
export const MAX_AT_HAND = 1_000

/** Peers on disk. A public network of this kind has tens of thousands; a peer takes 700 bytes. */
export const MAX_ON_DISK = 100_000

/** Peers that we have spoken with and that stay for it: more than are dialled in a month, and few enough to leave room for others. */
export const MAX_MET_PEERS = 200

/** Who was not heard for so long goes before others: two missed seals. */
export const LONG_SILENCE_MS = 26 * HOUR_MS

/** A number is kept much longer than the peer: forgetting it is what lets an old record in again. */
export const MAX_SEQS_AT_HAND = 5_000
export const MAX_SEQS_ON_DISK = 50_000

/** That a peer was heard again is worth a line on disk once a day. */
export const HEARD_AGAIN_MS = DAY_MS

/** An address that has failed so often in a row, and for so long, sinks below all others: a signature is no proof of control. */
export const SINKS_AFTER_FAILURES = 3
export const SINKS_AFTER_MS = DAY_MS

/** A row that ends within the hour is written anew where its peer does not. */
export const LAST_HOUR_MS = HOUR_MS

/** Peers are heard every few minutes, and one that is not written yet is heard again after a crash. */
export const WRITE_EVERY_MS = 5 * 60_000

/**
 * Peers that are written at a time, those that matter first. Each costs some four pages of four kilobytes, twice: with `WRITE_EVERY_MS`
 * that is 6 MB an hour whatever strangers do, and a flood of a hundred thousand takes ten days to reach the disk.
 */
export const MAX_ROWS_AT_ONCE = 16

/**
 * Peers on disk of whom something newer is known and for whom there is no place in memory: they wait here until they are written, which
 * takes 80 minutes when it is full. Of more, what is on disk stays in force.
 */
export const MAX_ASIDE = 256

/** What is written when the node stops: a person's doing, so it may be more. */
export const MAX_LAST_ROWS = 2_000

/** Peers that wait to be written: all at hand, and numbers of those that were; what is beyond is heard again. */
export const MAX_WAITING = 4_000
