// libp2p's Kademlia as this house uses it: the routing table and the walk through the network are the library's; what is stored, dialled,
// answered and believed is ours. It has no store and no dials of its own, and adds nobody to its table who was merely told of: a walk
// reaches others by the book and the policy of dials, and every record that it meets is in the book before the walk goes on.
import { kadDHT, passthroughMapper, type KadDHT } from '@libp2p/kad-dht'
import { BlackHoleDatastore } from 'datastore-core/black-hole'
import { DHT_PROTOCOL, MAX_MESSAGE_BYTES } from '../../../proto/protocols.ts'
import { wireStream } from '../../../proto/wire/codec.ts'
import { nodetrust } from '../../../proto/wire/nodetrust.js'
import { overlaid } from '../../../core/overlaid.ts'
import { peerOfMultihash } from '../../../core/records/signer-key.ts'
import { CLOSEST, type DhtMessageFields } from './answer.ts'
import { peerStoreOf } from './peer-store.ts'
import { NAMESPACE, newest, validator } from './values.ts'
import type { Host } from '../../../core/host.ts'
import type { Connection, PeerId, PrivateKey, Startable, Stream, StreamHandler } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

const { DhtMessage } = nodetrust
const { Type } = DhtMessage

/** What it stands on. */
export interface KademliaInit {
  readonly host: Host
  readonly key: PrivateKey
  /** Answers others. */
  readonly handler: (closest: Closest) => StreamHandler
  /** Addresses at which a peer could be dialled. */
  readonly addressesOf: (peer: PeerId) => readonly Multiaddr[]
  /** A connection to a peer, under the policy of dials. */
  readonly reach: (peer: PeerId, signal: AbortSignal) => Promise<Connection>
  /** Takes what an answer says of peers, before the walk goes on with it. */
  readonly take: (asked: DhtMessageFields, answer: nodetrust.DhtMessage, connection: Connection) => Promise<void>
  readonly now: () => number
  /** How soon after the start the first look for our neighbours comes, milliseconds. @default 1000 */
  readonly firstLookMs?: number | undefined
}

/** The peers of the routing table that are closest to a key, by its hash. */
export type Closest = (kadId: Uint8Array, most: number, except: readonly PeerId[]) => readonly PeerId[]

/** A running Kademlia. */
export interface Kademlia {
  readonly dht: KadDHT & Startable
  /** Peers in the routing table. */
  size(): number
}

/** @libp2p/kad-dht works differently inside; pin the version that was tested. */
export class KademliaChangedError extends Error {
  override readonly name = 'KademliaChangedError'

  constructor(what: string) {
    super(`@libp2p/kad-dht has no ${what}: this version was not tested, pin 16.4.5`)
  }
}

/** Peers that are asked at once, and ways that do not cross: Kademlia's alpha, and a liar on one way does not hide what is on the others. */
const ALPHA = 3
const DISJOINT_PATHS = 3

/** The table has 2^6 buckets of twenty: 1,280 peers. */
const PREFIX_BITS = 6

/** Peers that wait to be looked at before they enter the table; each costs a dial at most. */
const MAX_WAITING = 128
const AT_ONCE = 4

/** Looks for our neighbours and for holes in the table, milliseconds. The library's five minutes keep a node of a small network busy. */
const LOOK_MS = 30 * 60_000
const FIRST_LOOK_MS = 1_000

/** How long one answer may take, milliseconds. */
const ANSWER_MS = 5_000

/** Makes it; it is started by `dht.start()`. @throws KademliaChangedError */
export function createKademlia(init: KademliaInit): Kademlia {
  const { host, reach } = init
  const { parts } = host.services
  const connections = new WeakMap<Stream, Connection>()

  const openStream: ConnectionManager['openStream'] = async (to, protocol, options = {}) => {
    const signal = options.signal ?? AbortSignal.timeout(ANSWER_MS)
    if (typeof to !== 'object' || !('toMultihash' in to)) throw new TypeError('the DHT opens streams to peers')
    const connection = await reach(to, signal)
    const stream = await connection.newStream(protocol, { signal })
    connections.set(stream, connection)
    return stream
  }
  const converse = async (
    stream: Stream,
    asked: DhtMessageFields,
    signal?: AbortSignal,
  ): Promise<nodetrust.DhtMessage> => {
    const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.dhtResponse, idleMs: ANSWER_MS, signal })
    await wire.write(DhtMessage, asked)
    return wire.read(DhtMessage)
  }
  const ping = async (peer: PeerId, options: { readonly signal?: AbortSignal } = {}): Promise<number> => {
    const began = performance.now()
    const stream = await openStream(peer, DHT_PROTOCOL, options)
    await converse(stream, { type: Type.PING }, options.signal)
    await stream.close(options)
    return performance.now() - began
  }

  const handle: Registrar['handle'] = (protocol, _, options) =>
    parts.registrar.handle(protocol, init.handler(closest), { ...options, maxInboundStreams: AT_ONCE })
  const dht = kadDHT({
    ...{ protocol: DHT_PROTOCOL, clientMode: true, kBucketSize: CLOSEST, alpha: ALPHA, disjointPaths: DISJOINT_PATHS },
    ...{
      prefixLength: PREFIX_BITS,
      routingTableUpdateQueueConcurrency: AT_ONCE,
      routingTableUpdateMaxQueueSize: MAX_WAITING,
    },
    ...{ pingNewContactConcurrency: AT_ONCE, pingNewContactMaxQueueSize: MAX_WAITING },
    ...{ pingOldContactConcurrency: AT_ONCE, pingOldContactMaxQueueSize: MAX_WAITING },
    ...{ querySelfInterval: LOOK_MS, initialQuerySelfInterval: init.firstLookMs ?? FIRST_LOOK_MS },
    peerInfoMapper: passthroughMapper,
    validators: { [NAMESPACE]: validator(init.now) },
    selectors: { [NAMESPACE]: newest },
  })({
    ...{ peerId: host.peerId, privateKey: init.key, logger: host.logger, datastore: new BlackHoleDatastore() },
    ...{ addressManager: parts.addressManager, events: parts.events },
    ping: { ping },
    peerStore: peerStoreOf(init.addressesOf),
    connectionManager: overlaid(parts.connectionManager, 'openStream', openStream),
    registrar: overlaid(parts.registrar, 'handle', handle),
  })
  const table = partOf(dht, 'routingTable')
  const closestPeers = methodOf(table, 'closestPeers')
  const closest: Closest = (kadId, count, exclude) => peersOf(closestPeers(kadId, { count, exclude }))

  Reflect.set(partOf(dht, 'routingTableRefresh'), 'refreshInterval', LOOK_MS)
  const network = partOf(dht, 'network')
  methodOf(network, '_writeReadMessage')
  Reflect.set(network, '_writeReadMessage', async (stream: Stream, message: LibraryMessage, options: Signalled) => {
    const connection = connections.get(stream)
    if (!connection) throw new KademliaChangedError('stream that was opened by our openStream()')
    const asked = { type: Type[message.type], key: message.key ?? EMPTY, record: message.record ?? EMPTY }
    const answer = await converse(stream, asked, options.signal)
    await init.take(asked, answer, connection)
    return { type: message.type, closer: knownOf(answer, init.addressesOf), providers: [], record: recordIn(answer) }
  })
  return { dht: startable(dht), size: () => Number(Reflect.get(table, 'size')) }
}

const EMPTY = new Uint8Array()

/** What the library sends. */
interface LibraryMessage {
  readonly type: keyof typeof Type
  readonly key?: Uint8Array
  readonly record?: Uint8Array
}

interface Signalled {
  readonly signal?: AbortSignal
}

/** The peers of an answer with the addresses that the book gives for them now; the walk leaves out those without any. */
function knownOf(answer: nodetrust.DhtMessage, addressesOf: KademliaInit['addressesOf']) {
  return answer.closer.slice(0, CLOSEST + 1).flatMap(({ id }) => {
    const peer = peerOfMultihash(id ?? new Uint8Array())
    return peer ? [{ id: peer.toMultihash().bytes, multiaddrs: addressesOf(peer).map(({ bytes }) => bytes) }] : []
  })
}

function recordIn({ record }: nodetrust.DhtMessage): Uint8Array | undefined {
  return record.length > 0 ? record : undefined
}

function partOf(owner: object, name: string): object {
  const part: unknown = Reflect.get(owner, name)
  if (typeof part !== 'object' || part === null) throw new KademliaChangedError(name)
  return part
}

function methodOf(owner: object, name: string): (...values: readonly unknown[]) => unknown {
  const method: unknown = Reflect.get(owner, name)
  if (typeof method !== 'function') throw new KademliaChangedError(`${name}()`)
  return (...values) => Reflect.apply(method, owner, values)
}

function peersOf(found: unknown): PeerId[] {
  return Array.isArray(found) ? found : []
}

function startable(dht: KadDHT): KadDHT & Startable {
  if ('start' in dht && 'stop' in dht) return dht as KadDHT & Startable
  throw new KademliaChangedError('start()')
}
