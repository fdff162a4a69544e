// Puts the parts of discovery together for one host: the topic, our broadcast, the address book, and dialling what was
// found. Also keeps a connection to the peers that lead into the network.
import { joinDiscovery } from '../../core/discovery.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { createAddressBook, type AddressBook } from './address-book.ts'
import { startBroadcast } from './broadcast.ts'
import { createConnector } from './connect.ts'
import { createSeqClock } from './seq-clock.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { Emit } from '../events.ts'
import type { Identity } from '../identity/identity.ts'
import type { NodeHost } from '../node/node-host.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { IdentifyResult, PeerId } from '@libp2p/interface'

/** What discovery needs. */
export interface DiscoveryInit {
  readonly dir: string
  readonly identity: Identity
  readonly node: NodeHost
  readonly config: NodeConfig['discovery']
  /** More peers that lead into the network, besides the configured ones. */
  readonly meetingPoints: readonly string[]
  /** Addresses of peers that a person has added, with /p2p/; asked whenever it matters. @default none */
  readonly addedPeers?: (() => readonly string[]) | undefined
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
}

/** Running discovery. */
export interface Discovery {
  readonly book: AddressBook
  /** Publishes our record now. */
  publish(): Promise<void>
  stop(): Promise<void>
}

/** How often a lost way into the network is looked for again. */
const REJOIN_MS = 30_000
const DIAL_TIMEOUT_MS = 10_000

/**
 * Starts discovery.
 *
 * @throws FileError where the file of known peers is there but cannot be read
 */
export async function startDiscovery(init: DiscoveryInit): Promise<Discovery> {
  const { dir, config, clock, log, emit, identity } = init
  const { host } = init.node
  const { pubsub } = host.services
  if (!pubsub) throw new TypeError('discovery needs a host that was made with `discovery: true`')

  const connector =
    config.connect === 'certified'
      ? createConnector({
          ...{ host, clock, emit, addressClasses: config.addressClasses },
          wasVerified: (address) => init.node.wasVerified(address),
          onMet: (peer) => book.met(peer),
        })
      : undefined
  const book = createAddressBook({
    ...{ dir, self: host.peerId, peerStore: host.peerStore, clock, log },
    isConnected: (peer) => host.getConnections(peer).length > 0,
    isAdded: (peer) => (init.addedPeers?.() ?? []).some((address) => address.endsWith(`/p2p/${peer}`)),
    onHeard(known, via, changed) {
      const addresses = known.addresses.map((address) => address.toString())
      if (changed) emit({ event: 'discovered', peer: known.peer.toString(), via, certified: true, addresses })
      connector?.heard(known)
    },
  })
  host.services.peerStoreBounds.spare((peer) => book.holds(peer))
  await book.load()

  const strangers = countedLog(log, clock)
  const onIdentify = (event: CustomEvent<IdentifyResult>) => {
    const { peerId, signedPeerRecord, connection } = event.detail
    if (!signedPeerRecord) return
    const take = async () => {
      const { peerRecordEnvelope } = await host.peerStore.get(peerId)
      if (!peerRecordEnvelope) return
      const { network } = pubsub.gate.bringerOf(peerId)
      await book.consumeEnvelope(peerRecordEnvelope, 'identify', { network, neighbour: connection.direction })
    }
    take().catch((error: unknown) =>
      strangers.debug({ peer: peerId.toString(), error: String(error) }, 'record not taken'),
    )
  }
  host.addEventListener('peer:identify', onIdentify)
  const leave = joinDiscovery({
    ...{ pubsub, clock },
    onRecord(record, _, bringer) {
      book
        .consume(record, 'broadcast', bringer)
        .catch((error: unknown) =>
          strangers.warn({ peer: record.peer.toString(), error: String(error) }, 'record not taken'),
        )
    },
    onRefused: (error, from) =>
      strangers.info({ from: from.toString(), fault: error.fault, reason: error.message }, 'refused a peer record'),
  })
  const broadcast = startBroadcast({
    ...{ host, pubsub, key: identity.key, seq: createSeqClock({ dir, clock }), clock, log, emit },
    ...{ addressClasses: config.addressClasses, intervalMs: config.intervalMs },
  })

  const stopping = new AbortController()
  const joining = keepJoined(init, (peer) => book.met(peer), stopping.signal)

  return {
    book,
    publish: () => broadcast.publish(),
    async stop() {
      stopping.abort(new Error('the node stops'))
      leave()
      host.removeEventListener('peer:identify', onIdentify)
      await Promise.all([broadcast.stop(), connector?.stop(), joining])
      await book.stop()
    },
  }
}

/** Dials every meeting point that we are not connected to, again and again; never rejects. */
async function keepJoined(init: DiscoveryInit, onMet: (peer: PeerId) => void, signal: AbortSignal): Promise<void> {
  const { host } = init.node
  const groups = groupByPeer([...init.config.bootstrap, ...init.meetingPoints])
  if (groups.size === 0) return
  while (!signal.aborted) {
    await Promise.all(
      [...groups].map(async ([peer, addresses]) => {
        if (host.getPeers().some((connected) => connected.toString() === peer)) return
        const parsed = addresses.map((text) => multiaddr(text))
        await dialMany(host, parsed, { signal, withinMs: DIAL_TIMEOUT_MS, namedBy: 'chosen' })
          .then(({ remotePeer }) => onMet(remotePeer))
          .catch((error: unknown) => init.log.info({ peer, error: String(error) }, 'a meeting point cannot be reached'))
      }),
    )
    await init.clock.sleep(REJOIN_MS, signal).catch(() => undefined)
  }
}

function groupByPeer(addresses: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const text of addresses) {
    const peer = multiaddr(text).getComponents().at(-1)?.value ?? ''
    groups.set(peer, [...(groups.get(peer) ?? []), text])
  }
  return groups
}
