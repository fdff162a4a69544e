// Bounds what strangers leave behind in js-libp2p's peer store. Ages there are infinite (docs/decisions.md), a connection may bring ten
// messages of addresses and protocols by identify, and whoever comes with a new key each time is a new peer. So everything that is
// written passes here, whoever writes it, and of peers that have gone only the last ones are remembered.
import { putNewest } from '../bounded.ts'
import type { Libp2pEvents, PeerData, PeerId, PeerStore } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import type { TypedEventTarget } from 'main-event'

/** What a signed record may have too; Go keeps 64 addresses of an unconnected peer. */
const MAX_ADDRESSES = 32

/** Kubo speaks some twenty protocols, with names of thirty characters. */
const MAX_PROTOCOLS = 100
const MAX_PROTOCOL_LENGTH = 200

/** `AgentVersion` and the like. */
const MAX_METADATA_BYTES = 256

/** Peers that come back find themselves known; so many have gone within the last minutes. At 30 KB each they are 8 MB. */
export const MAX_GONE_PEERS = 256

/** What this stands on: the parts of a host, by the library's names. */
export interface PeerStoreComponents {
  readonly peerId: PeerId
  readonly peerStore: PeerStore
  readonly connectionManager: Pick<ConnectionManager, 'getConnections'>
  readonly events: TypedEventTarget<Libp2pEvents>
}

/** Keeps the peer store small. */
export interface PeerStoreBounds {
  /** Somebody else bounds and forgets these: the book of peers known by their records. */
  spare(isSpared: (peer: PeerId) => boolean): void
}

/** The service of a host; it sees to the host's own peer store from now on. */
export function peerStoreBounds(components: PeerStoreComponents): PeerStoreBounds {
  const { peerId, peerStore, connectionManager, events } = components
  boundWrites(peerId, peerStore)
  const spared: ((peer: PeerId) => boolean)[] = []
  const gone = new Map<string, PeerId>()

  const forget = async (peer: PeerId): Promise<void> => {
    const isNeeded = () =>
      connectionManager.getConnections(peer).length > 0 || spared.some((isSpared) => isSpared(peer))
    if (isNeeded() || !(await peerStore.has(peer))) return
    // whoever tags a peer wants it to be known
    const { tags } = await peerStore.get(peer)
    if (tags.size === 0 && !isNeeded()) await peerStore.delete(peer)
  }

  events.addEventListener('peer:disconnect', ({ detail: peer }) => {
    // the store is a map in memory: it fails for a peer that is gone from it already
    for (const oldest of putNewest(gone, peer.toString(), peer, MAX_GONE_PEERS)) forget(oldest).catch(() => undefined)
  })
  return { spare: (isSpared) => void spared.push(isSpared) }
}

/** There is no option for it, so the writers of the store are exchanged; what the host says of itself is its own matter. */
function boundWrites(self: PeerId, peerStore: PeerStore): void {
  const patch = peerStore.patch.bind(peerStore)
  const merge = peerStore.merge.bind(peerStore)
  const save = peerStore.save.bind(peerStore)
  const bounded = (id: PeerId, data: PeerData) => (id.equals(self) ? data : withinBounds(data))
  peerStore.patch = (id, data, options) => patch(id, bounded(id, data), options)
  peerStore.merge = (id, data, options) => merge(id, bounded(id, data), options)
  peerStore.save = (id, data, options) => save(id, bounded(id, data), options)
}

/** The same without what is too much. */
function withinBounds(data: PeerData): PeerData {
  const { addresses, multiaddrs, protocols, metadata } = data
  return {
    ...data,
    ...(addresses ? { addresses: addresses.slice(0, MAX_ADDRESSES) } : {}),
    ...(multiaddrs ? { multiaddrs: multiaddrs.slice(0, MAX_ADDRESSES) } : {}),
    ...(protocols
      ? { protocols: protocols.filter(({ length }) => length <= MAX_PROTOCOL_LENGTH).slice(0, MAX_PROTOCOLS) }
      : {}),
    ...(metadata ? { metadata: smallOnes(metadata) } : {}),
  }
}

function smallOnes(metadata: NonNullable<PeerData['metadata']>): NonNullable<PeerData['metadata']> {
  const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata)
  const small = entries.filter(([, value]) => value === undefined || value.length <= MAX_METADATA_BYTES)
  return Object.fromEntries(small)
}
