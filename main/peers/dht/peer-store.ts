// The peer store that the DHT's library sees: the book's addresses, and nowhere to write. Its tags would keep connections alive that
// strangers have chosen by their ids, and its addresses are anybody's word.
import { NotFoundError, type Peer, type PeerId, type PeerStore } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Makes it. */
export function peerStoreOf(addressesOf: (peer: PeerId) => readonly Multiaddr[]): PeerStore {
  const peerOf = (id: PeerId): Peer => ({
    ...{ id, protocols: [], metadata: new Map(), tags: new Map() },
    addresses: addressesOf(id).map((multiaddr) => ({ multiaddr, isCertified: false })),
  })
  const has = (id: PeerId) => addressesOf(id).length > 0
  const get = async (id: PeerId): Promise<Peer> => {
    if (!has(id)) throw new NotFoundError(`nothing is known of ${id.toString()}`)
    return peerOf(id)
  }
  return {
    get,
    has: async (id) => has(id),
    getInfo: async (id) => ({ id, multiaddrs: (await get(id)).addresses.map(({ multiaddr }) => multiaddr) }),
    all: async () => [],
    forEach: async () => undefined,
    delete: async () => undefined,
    save: async (id) => peerOf(id),
    patch: async (id) => peerOf(id),
    merge: async (id) => peerOf(id),
    consumePeerRecord: async () => false,
  }
}
