// A network of nodes in one process: each runs the gossip code of this house (core/discovery.ts with gossipsub under it) on streams that are
// two queues with a delay between them. What is real: records, signatures, gates, budgets, scores, meshes. What is not: sockets, noise and
// yamux, of which the bytes that a frame would cost on a line are counted.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { discoveryPubsub, type DiscoveryPubsub, joinDiscovery } from '../../core/discovery.ts'
import { sealPeerRecord, type OpenedPeerRecord } from '../../core/records/peer-record.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import type { VirtualTime } from './virtual-time.ts'
import { type PeerId, type PrivateKey, start, StreamMessageEvent } from '@libp2p/interface'

/** Of TCP and IP 40, of yamux 12, of noise 18, a frame in a packet of its own. */
const FRAME_OVERHEAD_BYTES = 70

/** One node. */
export interface SimulatedNode {
  readonly peer: PeerId
  readonly pubsub: DiscoveryPubsub
  /** What it has sent and received, with the overhead of its frames. */
  readonly traffic: { sent: number; received: number; frames: number }
  /** Publishes a record with the next sequence number, or repeats the last one. */
  publish(isNew: boolean): Promise<bigint>
}

/** How a network is made. */
export interface GossipNetworkInit {
  readonly nodes: number
  /** Connections that each node opens. */
  readonly dials: number
  readonly time: VirtualTime
  /** One way, milliseconds. */
  readonly delayMs: () => number
  readonly random: () => number
  /** Told when a node has checked a record of another one and passes it on. */
  readonly onRecord: (node: number, record: OpenedPeerRecord) => void
}

interface Ends {
  readonly key: PrivateKey
  readonly peer: PeerId
  readonly address: string
  readonly handlers: Map<string, (stream: unknown, connection: unknown) => void>
  readonly topologies: { onConnect(peer: PeerId, connection: unknown): void }[]
  readonly connections: { readonly remotePeer: PeerId }[]
  readonly traffic: SimulatedNode['traffic']
}

/** Makes the nodes and connects them at random. */
export async function makeGossipNetwork(init: GossipNetworkInit): Promise<readonly SimulatedNode[]> {
  const { time, random } = init
  const ends: Ends[] = []
  for (let number = 0; number < init.nodes; number++) ends.push(await endsOf(number))
  const nodes = await Promise.all(ends.map((own, number) => nodeOf(own, number, init)))
  for (const [number, own] of ends.entries()) {
    for (let count = 0; count < init.dials; count++) {
      const other = ends[Math.floor(random() * ends.length)]
      const isNew = other && other !== own && own.connections.every(({ remotePeer }) => !remotePeer.equals(other.peer))
      // homes come up over a minute
      if (isNew) time.later(number * 2 + count * 50, () => connect(own, other, init))
    }
  }
  return nodes
}

async function endsOf(number: number): Promise<Ends> {
  const key = await generateKeyPair('Ed25519')
  return {
    ...{ key, peer: peerIdFromPrivateKey(key), handlers: new Map(), topologies: [], connections: [] },
    // a network each, as homes have
    address: `/ip4/${20 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.7/tcp/4430`,
    traffic: { sent: 0, received: 0, frames: 0 },
  }
}

async function nodeOf(own: Ends, number: number, { time, onRecord }: GossipNetworkInit): Promise<SimulatedNode> {
  const components = {
    ...{ peerId: own.peer, privateKey: own.key, logger: { forComponent: () => SILENT } },
    registrar: {
      handle: async (protocol: string, handler: (stream: unknown, connection: unknown) => void) =>
        void own.handlers.set(protocol, handler),
      register: async (_: string, topology: Ends['topologies'][number]) => String(own.topologies.push(topology)),
      unregister: () => undefined,
      unhandle: async () => undefined,
      getTopologies: () => own.topologies,
    },
    connectionManager: { getConnections: () => own.connections, closeConnections: async () => undefined },
    peerStore: { merge: async () => undefined, get: async () => undefined },
  }
  const pubsub = discoveryPubsub()(components as never)
  await start(pubsub)
  const clock = { now: () => time.now(), sleep: () => new Promise<void>(() => undefined) }
  joinDiscovery({ pubsub, clock, onRecord: (record) => onRecord(number, record) })
  let seq = BigInt(time.now())
  let envelope: Uint8Array | undefined
  return {
    ...{ peer: own.peer, pubsub, traffic: own.traffic },
    async publish(isNew) {
      if (isNew || !envelope) {
        seq = BigInt(time.now()) > seq ? BigInt(time.now()) : seq + 1n
        // plain and secure, both families, as a home with a certificate has them
        const addresses = [own.address, `${own.address}/ws`, `/dns4/n${number}.example.net/tcp/4431/tls/ws`]
        envelope = await sealPeerRecord(
          own.key,
          addresses.map((text) => multiaddr(text)),
          seq,
        )
      }
      await pubsub.publish(DISCOVERY_TOPIC, envelope)
      return seq
    },
  }
}

function connect(one: Ends, other: Ends, init: GossipNetworkInit): void {
  const delay = init.delayMs()
  const toOther = connectionOf(one, other, 'outbound', delay, init.time)
  const toOne = connectionOf(other, one, 'inbound', delay, init.time)
  Object.assign(toOther, { back: toOne })
  Object.assign(toOne, { back: toOther })
  one.connections.push(toOther)
  other.connections.push(toOne)
  one.topologies[0]?.onConnect(other.peer, toOther)
  other.topologies[0]?.onConnect(one.peer, toOne)
}

function connectionOf(own: Ends, other: Ends, direction: string, delay: number, time: VirtualTime) {
  const connection = {
    ...{ remotePeer: other.peer, remoteAddr: multiaddr(other.address), direction, status: 'open', streams: [] },
    back: undefined as unknown,
    async newStream(protocols: readonly string[]) {
      const protocol = protocols[0] ?? ''
      const [here, there] = streamsOf(own, other, protocol, delay, time)
      time.later(delay, () => other.handlers.get(protocol)?.(there, connection.back))
      return here
    },
  }
  return connection
}

function streamsOf(own: Ends, other: Ends, protocol: string, delay: number, time: VirtualTime) {
  const [here, there] = [new SimulatedStream(protocol), new SimulatedStream(protocol)]
  const join = (from: SimulatedStream, sender: Ends, to: SimulatedStream, receiver: Ends): void => {
    from.onSend = (bytes) => {
      const size = bytes.length + FRAME_OVERHEAD_BYTES
      sender.traffic.sent += size
      sender.traffic.frames++
      time.later(delay, () => {
        receiver.traffic.received += size
        to.receive(bytes)
      })
    }
  }
  join(here, own, there, other)
  join(there, other, here, own)
  return [here, there] as const
}

/** As much of a stream as gossipsub uses. */
class SimulatedStream extends EventTarget {
  readonly protocol: string
  readonly status = 'open'
  readonly direction = 'outbound'
  onSend: (bytes: Uint8Array) => void = () => undefined
  constructor(protocol: string) {
    super()
    this.protocol = protocol
  }

  send(data: Uint8Array | Uint8ArrayList): boolean {
    this.onSend(data instanceof Uint8Array ? data : data.subarray())
    return true
  }

  receive(bytes: Uint8Array): void {
    this.dispatchEvent(new StreamMessageEvent(new Uint8ArrayList(bytes)))
  }

  async close(): Promise<void> {}
  abort(): void {}
}

const SILENT = Object.assign(() => undefined, {
  ...{ error: () => undefined, trace: () => undefined, enabled: false },
  newScope: () => SILENT,
})
