// Connections for walks through the DHT. A walk touches dozens of nodes once, so those that were dialled for it are closed again when
// enough others have come: a node must not end up connected to the whole network.
import type { Host } from '../../../core/host.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Dials a peer at what the book knows of it. @throws where it cannot be reached, or may not be dialled */
export type Dial = (peer: PeerId, signal: AbortSignal) => Promise<Connection>

/** What reaching needs. */
export interface ReachInit {
  readonly host: Host
  readonly dial: Dial
}

/** Reaches peers. */
export interface Reach {
  connection(peer: PeerId, signal: AbortSignal): Promise<Connection>
  /** Where a connected peer is, whom the book does not know. */
  addressesOf(peer: PeerId): readonly Multiaddr[]
  size(): number
  stop(): Promise<void>
}

/** Connections that were made for walks: the neighbours of one's own key, and as many again. */
const MAX_DIALLED = 32

/** Makes it. */
export function createReach({ host, dial }: ReachInit): Reach {
  const dialled = new Map<string, Connection>()
  const openTo = (peer: PeerId) => host.getConnections(peer).find(({ status, limits }) => status === 'open' && !limits)

  /** Others may use it by now; then it is theirs. */
  const isIdle = (connection: Connection) => connection.streams.every(({ direction }) => direction !== 'outbound')

  const note = (connection: Connection): void => {
    const id = connection.remotePeer.toString()
    dialled.delete(id)
    dialled.set(id, connection)
    for (const [other, old] of dialled) {
      if (dialled.size <= MAX_DIALLED) return
      dialled.delete(other)
      if (old.status === 'open' && isIdle(old)) void old.close().catch(() => undefined)
    }
  }

  return {
    async connection(peer, signal) {
      const open = openTo(peer)
      if (open) {
        if (dialled.has(peer.toString())) note(open)
        return open
      }
      const connection = await dial(peer, signal)
      note(connection)
      return connection
    },
    addressesOf: (peer) => {
      const open = openTo(peer)
      return open ? [open.remoteAddr] : []
    },
    size: () => dialled.size,
    async stop() {
      await Promise.allSettled(
        [...dialled.values()].filter(({ status }) => status === 'open').map((one) => one.close()),
      )
      dialled.clear()
    },
  }
}
