// What a name by key says: records, pins, the peer behind it. The shape that events are read into and written from.
import type { PeerId } from '@libp2p/interface'
import type { IpAddress } from '../../proto/ip.ts'

/** A record of a name. `name` is `@` for the name itself or what stands before it; `ttl` in seconds. */
export type NameRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly address: IpAddress }
  | { readonly type: 'CNAME'; readonly target: string }
  | { readonly type: 'TXT'; readonly text: string }
  | {
      readonly type: 'SRV'
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: string
    }
)

/** The key that is served at a port: SHA-256 over its SubjectPublicKeyInfo (TLSA 3 1 1, RFC 6698). */
export interface Pin {
  readonly port: number
  /** 64 small hexadecimal digits. */
  readonly sha256: string
}

/** What was passed over, and why. */
export interface LeftOut {
  readonly what: string
  readonly why: string
}

/** What the newest event of a name says. */
export interface NameFacts {
  readonly pubkey: string
  readonly npub: string
  /** Seconds since 1970: of the newest event that it comes from. */
  readonly createdAt: number
  readonly eventId: string
  readonly kind: number
  /** `legacy`: addresses and certificate come from two events that nothing ties together. */
  readonly layout: 'native' | 'legacy'
  readonly records: readonly NameRecord[]
  readonly pins: readonly Pin[]
  /** The peer behind it, where each of the two keys has signed the other. */
  readonly peer: PeerId | undefined
  /** Seconds since 1970: nothing of it counts afterwards. Undefined where the author gave no end. */
  readonly expiresAt: number | undefined
  /** A certificate that is published whole, as the older layouts do: a hint, since it is worth what its pin is worth. */
  readonly certificatePem: string | undefined
  readonly left: readonly LeftOut[]
}

/** The kind that holds all of a name in one event, replaceable. */
export const NAME_KIND = 11_111
/** The same, addressable: several events, each with some records. */
export const NAME_PARTS_KIND = 31_111
/** The first proof of concept: an address as JSON, and a certificate. They share their kinds with people's lists (NIP-51). */
export const LEGACY_ADDRESS_KIND = 30_000
export const LEGACY_CERTIFICATE_KIND = 30_001
/** A certificate by nodns-server, in a kind of people's lists. */
export const CERTIFICATE_HINT_KIND = 30_003
/** The Nostr Name System's draft (NIP-97). */
export const NIP97_KIND = 30_053
/** Where an author writes and reads (NIP-65). */
export const RELAY_LIST_KIND = 10_002
/** A request to delete (NIP-09). */
export const DELETION_KIND = 5

/** All kinds that may say something of a name. */
export const READ_KINDS: readonly number[] = [
  ...[NAME_KIND, NAME_PARTS_KIND, LEGACY_ADDRESS_KIND, LEGACY_CERTIFICATE_KIND, CERTIFICATE_HINT_KIND, NIP97_KIND],
]

/** An event may be so far ahead of our clock, in seconds: clocks of homes differ by minutes. */
export const MAX_AHEAD_S = 15 * 60

/** Without an end of its own a pin counts for so long, in seconds: our events live a week and come daily. */
export const PIN_LIFE_S = 30 * 24 * 3_600
