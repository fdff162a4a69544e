// Stands before gossipsub: what a neighbour sends is counted, and echoes, old records and whatever is beyond a budget are dropped
// before any signature is checked. Gossipsub has no place for this, so its own entry is replaced (pinned version, see docs/decisions.md).
import { createHash } from 'node:crypto'
import { addressClass } from '../net/address-class.ts'
import { publicIpOf } from '../net/multiaddr-ip.ts'
import { networkOf } from '../net/network.ts'
import { parseIp, unmapIp } from '../../proto/ip.ts'
import { type Authors, createAuthors } from './authors.ts'
import type { Bringer } from './fair-map.ts'
import { createNeighbours, type Neighbours } from './neighbours.ts'
import { hex, peekPeerRecord } from './peek.ts'
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerId } from '@libp2p/interface'

/** What the gate keeps, for those who check and for those who ask. */
export interface DiscoveryGate {
  readonly authors: Authors
  readonly neighbours: Neighbours
  /** How a neighbour counts as the one who brought something. */
  bringerOf(neighbour: PeerId): Bringer
  /** How many messages were dropped unchecked since the start, and how many neighbours were cut off. */
  readonly counts: { readonly dropped: number; readonly cutOff: number }
  /** How many messages are known, byte by byte. */
  known(): number
}

/** Messages that are known, byte by byte: what all budgets let in within the two minutes in which gossipsub knows them too. */
const MAX_KNOWN_MESSAGES = 8_192

/** All neighbours that have no public address are one network: what they bring is told apart by neighbour. */
const SHARED_NETWORK = ''

/** Control entries count like messages, in groups, since none of them costs a signature. */
const CONTROL_PER_MESSAGE = 16

/** @libp2p/gossipsub works differently inside; pin the version that was tested. */
export class GossipsubChangedError extends Error {
  override readonly name = 'GossipsubChangedError'

  constructor(what: string) {
    super(`@libp2p/gossipsub has no ${what}: this version was not tested, pin 17.1.1`)
  }
}

/** Makes the gate of a host. @param now  milliseconds */
export function createGate(components: GossipSubComponents, now: () => number = Date.now) {
  const known = new Set<string>()
  const self = hex(components.peerId.toMultihash().bytes)
  const counts = { dropped: 0, cutOff: 0 }
  const authors = createAuthors()
  const neighbours = createNeighbours({ publicNetworkOf: (neighbour) => publicNetworkOf(components, neighbour) })

  const mayPass = (neighbour: string, message: RPC.Message): boolean => {
    const author = message.from ? hex(message.from) : ''
    const digest = digestOfMessage(message)
    if (author === self || known.has(digest)) return false
    const peeked = peekPeerRecord(message.data ?? new Uint8Array())
    const isOwn = peeked !== undefined && peeked.peer === author
    // one that is no record of its author is looked at as one of an unknown author, and costs its neighbour the score
    const standing = isOwn ? authors.standing({ author, seq: peeked.seq }, now()) : 'new'
    if (standing === 'stale' || standing === 'too-soon') return false
    if (!neighbours.check(neighbour, standing === 'new' ? 'new' : 'known', now())) return false
    known.add(digest)
    const oldest = known.size > MAX_KNOWN_MESSAGES ? known.values().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return true
  }

  const cutOff = (from: PeerId): void => {
    counts.cutOff++
    components.connectionManager.closeConnections(from).catch(() => undefined)
  }

  const gate: DiscoveryGate = {
    ...{ authors, neighbours, counts, known: () => known.size },
    bringerOf(peer) {
      const neighbour = peer.toString()
      return { network: neighbours.networkOf(neighbour) ?? SHARED_NETWORK, neighbour }
    },
  }

  /** @returns the messages that gossipsub should see; undefined where it should see nothing of all this */
  const admit = (from: PeerId, rpc: RPC): RPC.Message[] | undefined => {
    const neighbour = from.toString()
    const spent = neighbours.traffic(neighbour, costOf(rpc), now())
    if (spent === 'gross') cutOff(from)
    if (spent !== 'within') {
      counts.dropped += rpc.messages.length
      return undefined
    }
    return rpc.messages.filter((message) => mayPass(neighbour, message))
  }

  /** Puts the gate before the entry of gossipsub. @throws GossipsubChangedError */
  const guard = (pubsub: GossipSub): void => {
    const handle: unknown = Reflect.get(pubsub, 'handleReceivedRpc')
    const tracer: unknown = Reflect.get(pubsub, 'gossipTracer')
    const score: unknown = Reflect.get(pubsub, 'score')
    if (typeof handle !== 'function') throw new GossipsubChangedError('handleReceivedRpc()')
    const delivered = method(tracer, 'deliverMessage', 'gossipTracer.deliverMessage()')
    const markInvalid = method(score, 'markInvalidMessageDelivery', 'score.markInvalidMessageDelivery()')
    Reflect.set(pubsub, 'handleReceivedRpc', async (from: PeerId, rpc: RPC): Promise<void> => {
      const messages = admit(from, rpc)
      if (!messages) return
      for (const message of rpc.messages) {
        if (messages.includes(message)) continue
        counts.dropped++
        // whoever was asked for it has sent it: what we do with it is not their fault
        delivered(messageIdText(message), true)
      }
      await Reflect.apply(handle, pubsub, [from, { ...rpc, messages }])
    })
    Reflect.set(Object(score), 'markInvalidMessageDelivery', (from: string, topic: string): void => {
      neighbours.fault(from, now())
      markInvalid(from, topic)
    })
  }

  return { gate, guard }
}

/** How gossipsub writes the id of a message here: what it is made of in js-libp2p is the author's key and the number. */
export function messageIdToText(id: Uint8Array): string {
  return hex(id)
}

/** The same for the same bytes alone, so that nobody can have a message taken for another one. */
function digestOfMessage({ from, data, seqno, signature, key }: RPC.Message): string {
  const hash = createHash('sha256')
  for (const part of [from, data, seqno, signature, key]) hash.update(`${part?.length ?? -1}:`).update(part ?? '')
  return hash.digest('base64')
}

function messageIdText({ from, key, seqno }: RPC.Message): string {
  // without a key the author's id is the key, behind the two bytes that say so
  const author = key && key.length > 0 ? key : from?.subarray(2)
  return `${author ? hex(author) : ''}${seqno ? hex(seqno) : ''}`
}

function method(owner: unknown, name: string, what: string): (...values: readonly unknown[]) => void {
  const found: unknown = typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined
  if (typeof found !== 'function') throw new GossipsubChangedError(what)
  return (...values) => void Reflect.apply(found, owner, values)
}

/** What an RPC costs by what is in it; the bytes are within a few of what came over the wire. */
function costOf({ messages, subscriptions, control }: RPC): { readonly messages: number; readonly bytes: number } {
  let bytes = 0
  for (const { from, data, seqno, signature, key } of messages) {
    for (const part of [from, data, seqno, signature, key]) bytes += part?.length ?? 0
  }
  const groups = [control?.ihave, control?.iwant, control?.idontwant].flatMap((group) => group ?? [])
  const ids = groups.flatMap(({ messageIDs }) => messageIDs)
  for (const id of ids) bytes += id.length
  const changes = (control?.graft.length ?? 0) + (control?.prune.length ?? 0)
  const others = subscriptions.length + groups.length + ids.length + changes
  return { messages: 1 + messages.length + Math.floor(others / CONTROL_PER_MESSAGE), bytes: bytes + others * 8 }
}

/** Whether many may share this address, so that it says nothing of who somebody is. */
export function isSharedAddress(text: string): boolean {
  const ip = parseIp(text)
  return ip === undefined || addressClass(unmapIp(ip)) !== 'public'
}

function publicNetworkOf({ connectionManager }: GossipSubComponents, neighbour: string): string | undefined {
  const connection = connectionManager.getConnections().find(({ remotePeer }) => remotePeer.toString() === neighbour)
  const ip = connection && publicIpOf(connection.remoteAddr)
  return ip && networkOf(ip)
}
