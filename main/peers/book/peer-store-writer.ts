// The one writer of other peers' addresses and records in js-libp2p's peer store. Whoever else writes there (identify, the dialler, a
// discovery) has that part taken out of what is written, since the library knows no reasons, replaces what it should keep, and never
// takes a record back; the book hears of the same things by its own ways. Envelopes are not put there at all: the library reads them
// only to compare numbers, which it does with a race.
// Faults of libraries that this is a way around (docs/upstream.md): merge-certified, duplicates, certified-claim, scrap-envelope,
// identify-unsigned.
import { createLanes } from '../../../core/lanes.ts'
import type { PeerData, PeerId, PeerStore } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What a peer's addresses are now. */
export interface Writing {
  readonly multiaddr: Multiaddr
  readonly isCertified: boolean
}

/** The writer. */
export interface PeerStoreWriter {
  /** Writes what the book knows of a peer now; of one that it does not know, forgets it unless we are connected. */
  write(peer: PeerId): Promise<void>
  /** Lets everybody write again. */
  stop(): void
}

/** What it needs. */
export interface PeerStoreWriterInit {
  readonly self: PeerId
  readonly peerStore: PeerStore
  readonly isConnected: (peer: PeerId) => boolean
  /** What is known of a peer; undefined where it is not known. */
  readonly addressesOf: (peer: PeerId) => readonly Writing[] | undefined
  /** A record that somebody else would have written. */
  readonly onEnvelope: (peer: PeerId, envelope: Uint8Array) => Promise<void>
}

/** Makes it; from now on nobody else writes addresses. */
export function createPeerStoreWriter(init: PeerStoreWriterInit): PeerStoreWriter {
  const { self, peerStore, isConnected, addressesOf } = init
  const patch = peerStore.patch.bind(peerStore)
  const merge = peerStore.merge.bind(peerStore)
  const save = peerStore.save.bind(peerStore)
  const locked = createLanes()
  /** What was written last of those that are there, so that nothing is written twice. */
  const written = new Map<string, string>()

  const taken = async (peer: PeerId, data: PeerData): Promise<PeerData> => {
    if (peer.equals(self)) return data
    const { peerRecordEnvelope, addresses: _addresses, multiaddrs: _multiaddrs, ...rest } = data
    if (peerRecordEnvelope) await init.onEnvelope(peer, peerRecordEnvelope)
    return rest
  }
  peerStore.patch = async (id, data, options) => patch(id, await taken(id, data), options)
  peerStore.merge = async (id, data, options) => merge(id, await taken(id, data), options)
  peerStore.save = async (id, data, options) => {
    const saved = await save(id, await taken(id, data), options)
    if (written.delete(id.toString())) await write(id)
    return saved
  }

  const writeNow = async (peer: PeerId): Promise<void> => {
    const id = peer.toString()
    const addresses = addressesOf(peer)
    if (!addresses) {
      const wasThere = written.delete(id)
      if (!isConnected(peer)) await peerStore.delete(peer)
      else if (wasThere) await patch(peer, { addresses: [] })
      return
    }
    const text = addresses.map(({ multiaddr, isCertified }) => `${multiaddr.toString()} ${isCertified}`).join('\n')
    if (written.get(id) === text) return
    await patch(peer, { addresses: [...addresses] })
    written.set(id, text)
  }
  const write = (peer: PeerId): Promise<void> => locked(peer.toString(), () => writeNow(peer))

  return {
    write,
    stop() {
      peerStore.patch = patch
      peerStore.merge = merge
      peerStore.save = save
    },
  }
}
