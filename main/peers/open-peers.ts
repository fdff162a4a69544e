// Everything about other peers, opened in its order: the book of addresses, which every node has, and where the node takes part in
// discovery, the topic and the dialling of what was found.
import { countedLog } from '../../core/counted-log.ts'
import { bringerOf, createPeerBook, feedBook, type PeerBook } from './book/index.ts'
import { createConnector } from './connect.ts'
import { type Discovery, startDiscovery } from './discovery.ts'
import { type Others, startOthers } from './others.ts'
import { createOwnRecord, type OwnRecord } from './own-record.ts'
import { createPeerList, type PeerList } from './peer-list.ts'
import { createSeqClock } from './seq-clock.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { NodeEvents } from '../events.ts'
import type { Identity } from '../identity/identity.ts'
import type { NodeHost } from '../node/node-host.ts'
import type { NodeConfig } from '../settings/config.ts'

/** What it needs. */
export interface PeersInit {
  readonly dir: string
  readonly identity: Identity
  readonly node: NodeHost
  readonly config: NodeConfig['discovery']
  /** Peers that lead into the network, besides the configured ones. */
  readonly meetingPoints: readonly string[]
  /** Addresses of peers that a person has added, with /p2p/; asked whenever it matters. @default the book's own word */
  readonly addedPeers?: (() => readonly string[]) | undefined
  readonly clock: Clock
  readonly log: Log
  readonly events: NodeEvents
}

/** What runs. */
export interface Peers {
  readonly book: PeerBook
  readonly own: OwnRecord
  readonly list: PeerList
  /** Undefined where the node takes no part in it. */
  readonly discovery: Discovery | undefined
  /** Undefined there as well: the exchange of records, and the DHT. */
  readonly others: Others | undefined
  stop(): Promise<void>
}

/** Opens it. */
export async function openPeers(init: PeersInit): Promise<Peers> {
  const { dir, config, clock, log, events, node } = init
  const { host } = node
  const connector =
    config.enabled && config.connect === 'certified'
      ? createConnector({
          ...{ host, clock, emit: events.emit, addressClasses: config.addressClasses },
          wasVerified: (address) => node.wasVerified(address),
        })
      : undefined
  const { addressClasses } = config
  const own = createOwnRecord({
    ...{ host, key: init.identity.key, seq: createSeqClock({ dir, clock }), clock, log, addressClasses },
  })
  const book = createPeerBook({
    ...{ dir, self: host.peerId, peerStore: host.peerStore, clock, log, added: init.addedPeers },
    isConnected: (peer) => host.getConnections(peer).length > 0,
    bringerOf: (peer) => bringerOf(host, peer),
    tell: (message) => events.emit({ event: 'note', message }),
    mayTell: ({ address }, peer) => allowedAddresses([address], peer, addressClasses).length > 0,
    ownRecord: () => own.last()?.envelope,
    onOwn(record) {
      own.learn(record).catch((error: unknown) => log.warn({ error: String(error) }, 'our own record was not renewed'))
    },
    onHeard(known, via, changed) {
      const addresses = known.addresses.map((address) => address.toString())
      if (changed) {
        events.emit({ event: 'discovered', peer: known.peer.toString(), via, certified: true, addresses })
      }
      connector?.heard(known)
    },
  })
  host.services.peerStoreBounds.spare((peer) => book.holds(peer))
  await own.current().catch((error: unknown) => log.warn({ error: String(error) }, 'our own record was not sealed'))
  await book.load()
  const unfed = feedBook({ host, book, log: countedLog(log, clock) })
  const discovery = config.enabled ? startDiscovery({ ...init, book, own, emit: events.emit }) : undefined
  const others = discovery && (await startOthers({ ...init, host, book, own }))
  const list = createPeerList({ host, book, events, clock })
  return {
    ...{ book, own, list, discovery, others },
    async stop() {
      list.stop()
      unfed()
      own.stop()
      await Promise.all([discovery?.stop(), others?.stop(), connector?.stop()])
      await book.stop()
    },
  }
}
