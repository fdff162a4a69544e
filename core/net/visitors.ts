// What is remembered of peers that have gone. js-libp2p writes down what every peer says of itself by identify, up to 80 KB, and with
// ages that are ours to keep (host.ts) it would never forget one: whoever comes with a new key each time would fill the memory.
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'

/** Peers that come back find themselves known; so many have gone within the last minutes. 80 KB each are 20 MB. */
export const MAX_GONE_PEERS = 256

/** What this stands on: the parts of a host, by the library's names. */
export interface VisitorsComponents {
  readonly peerStore: PeerStore
  readonly connectionManager: ConnectionManager
}

/** Forgets peers that have gone. */
export interface Visitors {
  /** Somebody else bounds and forgets these: the book of peers known by their records. */
  spare(isSpared: (peer: PeerId) => boolean): void
  /** A peer has no connection any more. */
  gone(peer: PeerId): void
}

/** The service of a host. */
export function visitors({ peerStore, connectionManager }: VisitorsComponents): Visitors {
  const spared: ((peer: PeerId) => boolean)[] = []
  const left = new Map<string, PeerId>()

  const forget = async (peer: PeerId): Promise<void> => {
    const isNeeded = () =>
      connectionManager.getConnections(peer).length > 0 || spared.some((isSpared) => isSpared(peer))
    if (isNeeded() || !(await peerStore.has(peer))) return
    // whoever tags a peer wants it to be known
    const { tags } = await peerStore.get(peer)
    if (tags.size === 0 && !isNeeded()) await peerStore.delete(peer)
  }

  return {
    spare: (isSpared) => void spared.push(isSpared),
    gone(peer) {
      const id = peer.toString()
      left.delete(id)
      left.set(id, peer)
      for (const [oldest, who] of left) {
        if (left.size <= MAX_GONE_PEERS) break
        left.delete(oldest)
        // the store is a map in memory: it fails for a peer that is gone from it already
        forget(who).catch(() => undefined)
      }
    },
  }
}
