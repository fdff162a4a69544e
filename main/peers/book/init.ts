// What the book of addresses is made of.
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { Clock } from '../../../core/clock.ts'
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { Log } from '../../../core/log.ts'
import type { OpenedPeerRecord } from '../../../core/records/peer-record.ts'
import type { DiscoveredVia } from '../../../proto/node-events.ts'
import type { Networks } from './networks.ts'
import type { BookStore } from './store.ts'
import type { KnownAddress, KnownPeer } from './types.ts'

/** What the book needs. */
export interface PeerBookInit {
  /** The data folder. */
  readonly dir: string
  readonly self: PeerId
  readonly peerStore: PeerStore
  /** A connected peer is never pushed out, nor taken out of the peer store. */
  readonly isConnected: (peer: PeerId) => boolean
  readonly clock: Clock
  readonly log: Log
  /** Something a person should know, in a sentence. @default it is logged */
  readonly tell?: ((message: string) => void) | undefined
  /** What a person has typed in, with /p2p/, where that is kept elsewhere: read when the book is loaded. @default the book's own word */
  readonly added?: (() => readonly string[]) | undefined
  /** Who brings what identify says. */
  readonly bringerOf?: ((peer: PeerId) => Bringer) | undefined
  /** Told of each record of another peer that was stored or repeated. */
  readonly onHeard?: ((known: KnownPeer, via: DiscoveredVia, changed: boolean) => void) | undefined
  /** Told of a record of our own that somebody else has. */
  readonly onOwn?: ((record: OpenedPeerRecord) => void) | undefined
  /** Our own record, for who asks for it. */
  readonly ownRecord?: (() => Uint8Array | undefined) | undefined
  /** Whether an address that nobody signed may be handed on. @default public ones and relays' */
  readonly mayTell?: ((address: KnownAddress, peer: PeerId) => boolean) | undefined
  /** @default the machine's */
  readonly networks?: Networks | undefined
  /** @default one in the data folder */
  readonly store?: BookStore | undefined
}
