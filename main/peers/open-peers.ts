// Everything about other peers, opened in its order: the book of addresses, which every node has, and where the node takes part in
// discovery, the topic and the dialling of what was found.
import { countedLog } from '../../core/counted-log.ts'
import { bringerOf, createPeerBook, feedBook, type PeerBook } from './book/index.ts'
import { type Connector, createConnector } from './connect.ts'
import { createDialler, type Dialler, type DiallerInit } from './dial/dialler.ts'
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
import type { Dial } from './dht/reach.ts'
import type { LibraryDials } from './dial/library-dials.ts'

/** What it needs. */
export interface PeersInit {
  readonly dir: string
  readonly identity: Identity
  readonly node: NodeHost
  readonly config: NodeConfig['discovery']
  /** Peers that lead into the network, besides the configured ones. */
  readonly meetingPoints: readonly string[]
  /** Dial policies by their names; the chosen one where none is named. */
  readonly policy: DiallerInit['policy']
  /** What the library dials by itself, made to obey the policy. */
  readonly libraryDials?: Pick<LibraryDials, 'use'> | undefined
  /** Addresses of peers that a person has added, with /p2p/; asked whenever it matters. @default the book's own word */
  readonly addedPeers?: (() => readonly string[]) | undefined
  readonly clock: Clock
  readonly monotonic?: (() => number) | undefined
  readonly log: Log
  readonly events: NodeEvents
}

/** What runs. */
export interface Peers {
  readonly book: PeerBook
  readonly own: OwnRecord
  readonly list: PeerList
  readonly dialler: Dialler
  /** Undefined where the node takes no part in it. */
  readonly discovery: Discovery | undefined
  /** Undefined there as well: the exchange of records, and the DHT. */
  readonly others: Others | undefined
  stop(): Promise<void>
}

/** Opens it. */
export async function openPeers(init: PeersInit): Promise<Peers> {
  const { dir, config, clock, log, events, node, policy } = init
  const { host } = node
  const { addressClasses } = config
  const own = createOwnRecord({
    ...{ host, key: init.identity.key, seq: createSeqClock({ dir, clock }), clock, log, addressClasses },
  })
  let connector: Connector | undefined
  let others: Others | undefined
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
  const dialler = createDialler({
    ...{ host, book, policy, clock, monotonic: init.monotonic, addressClasses: config.addressClasses },
    seek: async (peer, signal) => await others?.seek(peer, signal),
  })
  const { singleDials } = host.services
  init.libraryDials?.use({ book, singleDials, policy: () => policy(), now: () => clock.now() })
  if (config.enabled && config.connect === 'certified') {
    connector = createConnector({
      ...{ host, dialler, clock, emit: events.emit, policy: () => policy() },
      wasVerified: (address) => node.wasVerified(address),
    })
  }
  const unfed = feedBook({ host, book, log: countedLog(log, clock) })
  const discovery = config.enabled ? startDiscovery({ ...init, book, own, dialler, emit: events.emit }) : undefined
  others = discovery && (await startOthers({ ...init, host, book, own, dial: dialForWalks(dialler) }))
  const list = createPeerList({ host, book, events, clock })
  return {
    ...{ book, own, list, dialler, discovery, others },
    async stop() {
      list.stop()
      unfed()
      own.stop()
      dialler.stop()
      await Promise.all([discovery?.stop(), others?.stop(), connector?.stop()])
      await book.stop()
    },
  }
}

/** Walks through the DHT are led by what strangers say: a few addresses of each node, and no walk to find one. */
function dialForWalks(dialler: Dialler): Dial {
  return async (peer, signal) => {
    const options = { signal, most: MAX_WALK_ADDRESSES, withinMs: WALK_DIAL_MS, seek: false, cause: 'walk' } as const
    return (await dialler.dial(peer, options)).connection
  }
}

/** Both families, at two ports. */
const MAX_WALK_ADDRESSES = 4

/** A walk has other nodes to ask. */
const WALK_DIAL_MS = 10_000
