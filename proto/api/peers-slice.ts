// What is known of other peers, as whoever shows it gets it. Times are milliseconds since 1970.
import * as v from 'valibot'
import { ADDRESS_KINDS, PROVENANCES } from '../peers.ts'
import { List, MaybeTime, Text, Time } from './slice-parts.ts'

/** An address: where it came from, where it leads, and what dialling it has shown. */
export const PeerAddressSchema = v.strictObject({
  /** Without the peer's own /p2p/. */
  address: Text,
  /** The best of its reasons in a word. */
  trust: v.picklist(['certified', 'added', 'unverified']),
  kind: v.picklist(ADDRESS_KINDS),
  /** Why it is known, since when, and until when; null for ever. Empty where only a connection shows it. */
  sources: List(
    v.strictObject({ provenance: v.picklist(PROVENANCES), since: Time, until: MaybeTime }),
    PROVENANCES.length,
  ),
  /** When the peer has proved its key there. */
  lastSuccessAt: MaybeTime,
  lastFailureAt: MaybeTime,
  /** In a row, until now. */
  failures: v.number(),
  /** Milliseconds until the connection was there, the last time. */
  latencyMs: v.nullable(v.number()),
  /** Nobody was there for so long that all others are tried before. */
  sunken: v.boolean(),
})
export type PeerAddress = v.InferOutput<typeof PeerAddressSchema>

/** A name that a person gives to a peer, characters. */
export const MAX_PEER_NAME_CHARS = 60

export const PeerSchema = v.strictObject({
  peerId: Text,
  /** What the person calls it. */
  name: v.optional(Text),
  connected: v.boolean(),
  /** Milliseconds of the last ping. */
  pingMs: v.nullable(v.number()),
  lastSeenAt: MaybeTime,
  /** The likeliest first. */
  addresses: List(PeerAddressSchema, 20),
})
export type PeerView = v.InferOutput<typeof PeerSchema>

export const PeersSlice = v.strictObject({
  /** How many are at hand; more may be on disk. */
  known: v.number(),
  connected: v.number(),
  /** Whether peers are looked for in the network's DHT as well. */
  dht: v.boolean(),
  list: List(PeerSchema, 200),
})
