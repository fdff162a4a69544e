// What the book of addresses says and can be asked: for each peer a set of addresses, each with where it came from, since and until
// when, where it leads, and what dialling it showed.
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { OpenedPeerRecord } from '../../../core/records/peer-record.ts'
import type { AddressKind, Provenance } from '../../../proto/peers.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export type { AddressKind, Provenance } from '../../../proto/peers.ts'

/** One reason for which an address is known. Times are wall clock, milliseconds. */
export interface Source {
  readonly provenance: Provenance
  readonly sinceMs: number
  /** Undefined where it never ends. */
  readonly untilMs: number | undefined
}

/** What dialling an address has shown. */
export interface Experience {
  /** The peer has proved its key there. */
  readonly lastSuccessMs?: number | undefined
  readonly lastFailureMs?: number | undefined
  /** In a row, until now. */
  readonly failures: number
  /** When the first of them was. */
  readonly failingSinceMs?: number | undefined
  /** Of the last success: until the connection was there. */
  readonly latencyMs?: number | undefined
}

/** An address of a peer. */
export interface KnownAddress {
  /** Without the peer's own /p2p/ at its end. */
  readonly address: Multiaddr
  readonly sources: readonly Source[]
  readonly kind: AddressKind
  /** Of a private one: the network that it was learnt in, and is used in alone. */
  readonly network?: string | undefined
  readonly experience: Experience
}

/** Who told us something that is not signed, or handed on what is. */
export type Teller = Exclude<Provenance, 'certified'>

/** How a record came. */
export type RecordVia = 'identify' | 'exchange' | 'dht' | 'broadcast'

/** A peer whose signed record we hold. */
export interface KnownPeer {
  readonly peer: PeerId
  readonly seq: bigint
  readonly addresses: readonly Multiaddr[]
  /** What may be passed on. */
  readonly envelope: Uint8Array
  /** Wall clock, milliseconds: when its owner was last heard with it. */
  readonly heardAt: number
}

/** What became of a record. */
export type Consumed =
  /** Stored; `changed` where the peer or its certified addresses were not known so. */
  | { readonly kind: 'stored'; readonly known: KnownPeer; readonly changed: boolean }
  /** The very number we hold: its owner still lives. */
  | { readonly kind: 'repeated'; readonly known: KnownPeer }
  | { readonly kind: 'stale' }
  /** Everybody here counts more. */
  | { readonly kind: 'full' }
  | { readonly kind: 'own' }

/** What may be handed to others about a peer. */
export type Told =
  | { readonly peer: PeerId; readonly envelope: Uint8Array }
  | { readonly peer: PeerId; readonly addresses: readonly Multiaddr[] }

/** How a dial of one address ended. */
export type Outcome =
  { readonly kind: 'reached'; readonly latencyMs: number } | { readonly kind: 'failed'; readonly reason: string }

/** The book. */
export interface PeerBook {
  /**
   * Takes a record that was opened strictly: a higher number than any before replaces all certified addresses at once.
   *
   * @param from.bringer  who gives up a place for it when there is none. @default one for all of whom it is not known
   * @throws an error of js-libp2p's peer store
   */
  consume(
    record: OpenedPeerRecord,
    from: { readonly provenance: RecordVia; readonly bringer?: Bringer | undefined },
  ): Promise<Consumed>
  /** Opens an envelope strictly and takes it. @throws PeerRecordError */
  consumeEnvelope(
    envelope: Uint8Array,
    from: { readonly provenance: RecordVia; readonly bringer?: Bringer | undefined },
  ): Promise<Consumed>
  /**
   * Takes addresses that nobody has signed. What identify says is whole: it replaces what identify said before.
   *
   * @param from.forMs  how long they are believed. @default by provenance (limits.ts)
   * @returns how many of them the book holds now for this reason
   */
  add(
    peer: PeerId,
    addresses: readonly Multiaddr[],
    from: { readonly provenance: Teller; readonly forMs?: number | undefined; readonly bringer?: Bringer | undefined },
  ): Promise<number>
  /** Takes back what the user added: one address, or all of a peer. What others say of it stays. */
  remove(peer: PeerId, address?: Multiaddr): Promise<void>
  /** Those that live and can be used in the network we are in; the likeliest first. */
  addresses(peer: PeerId): readonly KnownAddress[]
  /** Of each peer the signed record or, failing that, its plain addresses that may be told; nothing of peers without either. */
  signedRecords(peers: readonly PeerId[]): readonly Told[]
  /** What dialling an address showed; one that was reached and is not known counts as observed. */
  observe(peer: PeerId, address: Multiaddr, outcome: Outcome): void
  /** Called after each change of a peer. @returns a function that ends it */
  watch(listener: (peer: PeerId) => void): () => void
  /** Everybody who is known, those on disk as well. */
  peers(): Iterable<PeerId>
  /** The highest number of a peer's records that was ever seen, also where nothing else is known any more. */
  highestSeq(peer: PeerId): bigint | undefined
  /** Those at hand whose record we hold, the last heard first. */
  known(): readonly KnownPeer[]
  /** How many peers are at hand. */
  size(): number
  /** Those at hand, and when their owners were last heard; the last one first. */
  atHand(): readonly { readonly peer: PeerId; readonly heardMs: number | undefined }[]
  /** Like `addresses`, with the addresses as text: for lists, since parsing costs more than all the rest. */
  describe(peer: PeerId): readonly (Omit<KnownAddress, 'address'> & { readonly address: string })[]
  /** Whether a peer is at hand, with addresses or a record. */
  holds(peer: PeerId): boolean
  /** We are connected with a peer, or not any more. */
  connected(peer: PeerId, isConnected: boolean): void
  /** Reads what an earlier run knew; what cannot be read is left out. Never keeps a node from starting. */
  load(): Promise<void>
  /** Writes what changed and ends the writing in the background. */
  stop(): Promise<void>
}
