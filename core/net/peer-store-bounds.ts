// Bounds what strangers put into js-libp2p's peer store by identify: ages there are infinite (docs/decisions.md), each connection may bring
// ten messages of addresses and protocols, and whoever has gone stays. Everything that is written passes here, whoever writes it.
import type { Connection, Libp2pEvents, PeerData, PeerId, PeerStore } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'

/** What a signed record may have too; Go keeps 64 addresses of an unconnected peer. */
const MAX_ADDRESSES = 32

/** Kubo speaks some twenty protocols, with names of thirty characters. */
const MAX_PROTOCOLS = 100
const MAX_PROTOCOL_LENGTH = 200

/** `AgentVersion` and the like. */
const MAX_METADATA_BYTES = 256

/** Peers that are not connected any more and were so once. */
export const MAX_GONE_PEERS = 1_000

/** What libp2p gives a service. */
interface Components {
  readonly peerId: PeerId
  readonly peerStore: PeerStore
  readonly events: TypedEventTarget<Libp2pEvents>
}

/** The peers that have gone, for those who count them. */
export interface PeerStoreBounds {
  readonly gone: () => number
}

/** The service. */
export function peerStoreBounds({ peerId, peerStore, events }: Components): PeerStoreBounds {
  const patch = peerStore.patch.bind(peerStore)
  const merge = peerStore.merge.bind(peerStore)
  const save = peerStore.save.bind(peerStore)
  const bounded = (id: PeerId, data: PeerData) => (id.equals(peerId) ? data : withinBounds(data))
  peerStore.patch = (id, data, options) => patch(id, bounded(id, data), options)
  peerStore.merge = (id, data, options) => merge(id, bounded(id, data), options)
  peerStore.save = (id, data, options) => save(id, bounded(id, data), options)

  const gone = new Map<string, PeerId>()
  events.addEventListener('connection:open', ({ detail }: CustomEvent<Connection>) => {
    gone.delete(detail.remotePeer.toString())
  })
  events.addEventListener('peer:disconnect', ({ detail }) => {
    gone.set(detail.toString(), detail)
    for (const [oldest, peer] of gone) {
      if (gone.size <= MAX_GONE_PEERS) break
      gone.delete(oldest)
      peerStore.delete(peer).catch(() => undefined) // it is not there, which is what is wanted
    }
  })
  return { gone: () => gone.size }
}

/** The same without what is too much. */
export function withinBounds(data: PeerData): PeerData {
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
