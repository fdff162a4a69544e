// What an answer about peers is made from: the book of a node, or what a server holds. Told is a record as its owner signed it, or, of
// whoever has none, the plain addresses; nothing of either that is of use to nobody outside.
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The record of a peer, as it may be passed on. */
export interface HeldRecord {
  readonly peer: PeerId
  readonly seq: bigint
  readonly envelope: Uint8Array
  /** What it says, for those who read no envelopes. */
  readonly addresses: readonly Multiaddr[]
}

/** Addresses of a peer whose record is not held. */
export interface PlainAddresses {
  readonly peer: PeerId
  readonly addresses: readonly Multiaddr[]
}

/** Whoever holds records. */
export interface RecordSource {
  /** Of each peer the record that may be told, else the addresses that may be, else nothing; in any order. */
  recordsOf(peers: readonly PeerId[]): readonly (HeldRecord | PlainAddresses)[]
  /** Records that may be told, those heard last first. @param most  how many */
  recent(most: number): readonly HeldRecord[]
  /** Our own record as it is now; undefined where there is nothing to say of us. */
  own(): HeldRecord | undefined
}

/** Whether it is signed. */
export function isRecord(held: HeldRecord | PlainAddresses): held is HeldRecord {
  return 'envelope' in held
}
