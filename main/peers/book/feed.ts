// What the host learns of peers by itself, told to the book: what identify says, the addresses that connections were made to, and who is
// connected. Signed records of identify come by the writer of the peer store, which identify hands them to.
import { networkOf } from '../../../core/net/network.ts'
import { publicIpOf } from '../../../core/net/multiaddr-ip.ts'
import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { Host } from '../../../core/host.ts'
import type { Log } from '../../../core/log.ts'
import type { PeerBook } from './types.ts'

/** What it needs. */
export interface FeedInit {
  readonly host: Host
  readonly book: PeerBook
  /** Many strangers may cause the same line. */
  readonly log: Pick<Log, 'debug'>
}

/** Begins to feed. @returns a function that ends it */
export function feedBook({ host, book, log }: FeedInit): () => void {
  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
    const { peerId, listenAddrs, connection } = detail
    book
      .add(peerId, listenAddrs, { provenance: 'identify', bringer: bringerBy(connection) })
      .catch((error: unknown) => log.debug({ peer: peerId.toString(), error: String(error) }, 'addresses not taken'))
  }
  const onOpen = ({ detail: connection }: CustomEvent<Connection>) => {
    // what somebody came from is a port that nobody listens at
    if (connection.direction !== 'outbound') return
    const { open, upgraded = open } = connection.timeline
    const latencyMs = Math.max(0, upgraded - open)
    book.observe(connection.remotePeer, connection.remoteAddr, { kind: 'reached', latencyMs })
  }
  const onConnect = ({ detail: peer }: CustomEvent<PeerId>) => book.connected(peer, true)
  const onDisconnect = ({ detail: peer }: CustomEvent<PeerId>) => book.connected(peer, false)
  host.addEventListener('peer:identify', onIdentify)
  host.addEventListener('connection:open', onOpen)
  host.addEventListener('peer:connect', onConnect)
  host.addEventListener('peer:disconnect', onDisconnect)
  return () => {
    host.removeEventListener('peer:identify', onIdentify)
    host.removeEventListener('connection:open', onOpen)
    host.removeEventListener('peer:connect', onConnect)
    host.removeEventListener('peer:disconnect', onDisconnect)
  }
}

/** Who gives up a place for what a connected peer says: its public network, or all that have none. */
export function bringerOf(host: Pick<Host, 'getConnections'>, peer: PeerId): Bringer {
  const [connection] = host.getConnections(peer)
  return connection ? bringerBy(connection) : { network: '', neighbour: '' }
}

function bringerBy({ remoteAddr, direction }: Connection): Bringer {
  const ip = publicIpOf(remoteAddr)
  return { network: ip ? networkOf(ip) : '', neighbour: direction }
}
