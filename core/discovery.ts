// The pubsub topic on which nodes tell their address. Every party checks a record before it passes it on, so a forged one
// dies at the first honest neighbour, and what is old, an echo or too much is dropped there as well; the servers take part only as
// meeting points.
import {
  gossipsub,
  type GossipSub,
  type GossipSubComponents,
  type Message,
  TopicValidatorResult,
} from '@libp2p/gossipsub'
import { DISCOVERY_TOPIC } from '../proto/protocols.ts'
import { createGate, type DiscoveryGate, isSharedAddress, messageIdToText } from './discovery/gate.ts'
import { tellNewcomers } from './discovery/newcomers.ts'
import { digestOf, hex } from './discovery/peek.ts'
import { isBlamable, type OpenedPeerRecord, openPeerRecord, PeerRecordError } from './records/peer-record.ts'
import type { Bringer } from './discovery/fair-map.ts'
import type { Clock } from './clock.ts'
import type { PeerId } from '@libp2p/interface'

/**
 * What a neighbour may put into one frame. An answer to "I want" holds whatever came in within three seconds and was asked for, 150 records
 * as a rule and 450 at most (neighbours.ts); gossipsub drops the whole neighbour over a larger frame.
 */
const MAX_FRAME_BYTES = 262_144

/** What is waiting for a neighbour that does not read; the next repetition comes anyway. */
const MAX_WAITING_BYTES = 2 * MAX_FRAME_BYTES

/** A subscription costs 1 KiB of this budget by the library's count; one topic is all there is. */
const MAX_TOPIC_BYTES_PER_PEER = 16_384

/** One stream is used; a second one is there for the moment in which a peer is connected twice. */
const MAX_STREAMS = 4

/** Entries of an RPC that are read at all. An honest one tells a neighbour of what came in within three seconds. */
const RPC_LIMITS = {
  maxSubscriptions: 8,
  maxMessages: 512,
  maxIhaveMessageIDs: 2_048,
  maxIwantMessageIDs: 2_048,
  maxIdontwantMessageIDs: 64,
  maxControlMessages: 8,
  maxPeerInfos: 0,
}

/**
 * Peers of one public address before it counts against them (gossipsub's P6): a carrier's address has many homes behind it, and a home
 * a few machines. Eleven cost 5, fourteen 80: those are not heard any more than one that forges.
 */
const PEERS_PER_ADDRESS = 10

/**
 * A forged message costs 1, four cost 16: the square, halved twice in ten minutes (neighbours.ts). Below -10 a neighbour is told nothing and
 * asked for nothing, below -40 our own record is not sent to it, below -80 (nine forged messages, or one flood and four) nothing of it is
 * looked at. Nothing earns points: a good name that can be earned is one that can be spent on forging.
 */
export const SCORE_THRESHOLDS = {
  gossipThreshold: -10,
  publishThreshold: -40,
  graylistThreshold: -80,
  // peers that others propose are never dialled: a score above 0 does not exist
  acceptPXThreshold: 1_000,
  opportunisticGraftThreshold: 0,
}

/** Gossipsub keeps the score of who is gone for so long; what counts is kept by neighbours.ts, which is bounded. */
const RETAIN_SCORE_MS = 10_000

/** Gossipsub for the discovery topic, with its gate. */
export type DiscoveryPubsub = GossipSub & { readonly gate: DiscoveryGate }

/** What the discovery topic needs to know when it is joined. */
export interface DiscoveryInit {
  readonly pubsub: DiscoveryPubsub
  readonly clock: Clock
  /** Called for each record that was checked and is passed on, except our own; `from` is the neighbour that brought it. */
  readonly onRecord?: (record: OpenedPeerRecord, from: PeerId, bringer: Bringer) => void
  /** Called for each record that was refused. */
  readonly onRefused?: (error: PeerRecordError, from: PeerId) => void
}

/**
 * Gossipsub for the discovery topic and no other.
 *
 * @throws GossipsubChangedError where another version is installed
 */
export function discoveryPubsub(): (components: GossipSubComponents) => DiscoveryPubsub {
  return (components) => {
    const { gate, guard } = createGate(components)
    const create = gossipsub({
      allowPublishToZeroTopicPeers: true,
      allowedTopics: [DISCOVERY_TOPIC],
      globalSignaturePolicy: 'StrictSign',
      maxInboundDataLength: MAX_FRAME_BYTES,
      maxOutboundBufferSize: MAX_WAITING_BYTES,
      maxInboundStreams: MAX_STREAMS,
      maxOutboundStreams: MAX_STREAMS,
      maxTopicBytesPerPeer: MAX_TOPIC_BYTES_PER_PEER,
      decodeRpcLimits: RPC_LIMITS,
      msgIdToStrFn: messageIdToText,
      // ours are small: nobody need be told that they are not wanted
      idontwantMinDataSize: MAX_FRAME_BYTES,
      idontwantMaxMessages: RPC_LIMITS.maxIdontwantMessageIDs,
      // its peers get everything, outside the mesh and without a score
      fallbackToFloodsub: false,
      doPX: false,
      scoreThresholds: SCORE_THRESHOLDS,
      scoreParams: {
        appSpecificScore: (neighbour) => gate.neighbours.score(neighbour, Date.now()),
        appSpecificWeight: 1,
        IPColocationFactorThreshold: PEERS_PER_ADDRESS,
        IPColocationFactorWeight: -5,
        IPColocationFactorWhitelist: new SharedAddresses(),
        // broken promises and grafts that come too soon; a busy machine breaks a few
        behaviourPenaltyThreshold: 6,
        behaviourPenaltyWeight: -1,
        behaviourPenaltyDecay: 0.99,
        retainScore: RETAIN_SCORE_MS,
      },
      // a home node must not become a relay for peers it has nothing to do with
      runOnLimitedConnection: false,
    })
    const pubsub = create(components)
    guard(pubsub)
    tellNewcomers(pubsub, () => gate.authors.joined(Date.now()))
    return Object.assign(pubsub, { gate })
  }
}

/** Addresses that many have at once: everybody in a sandbox is 127.0.0.1, everybody behind a proxy or a bridge is that one. */
class SharedAddresses extends Set<string> {
  override has(ip: string): boolean {
    return isSharedAddress(ip)
  }
}

/**
 * Subscribes to the topic, checks what comes and passes good records on.
 *
 * @returns a function that leaves the topic
 */
export function joinDiscovery(init: DiscoveryInit): () => void {
  const { pubsub, clock } = init
  const { authors } = pubsub.gate
  const validate = async (source: PeerId, message: Message): Promise<TopicValidatorResult> => {
    if (message.type !== 'signed') return TopicValidatorResult.Reject
    const author = hex(message.from.toMultihash().bytes)
    try {
      const record = await openPeerRecord(message.data, clock.now())
      // the author of the message is known by its signature: a record is broadcast by its owner or not at all
      if (!message.from.equals(record.peer)) {
        throw new PeerRecordError('signer', 'the record was broadcast by somebody else')
      }
      const claim = { author, seq: record.seq, digest: digestOf(message.data) }
      const standing = authors.standing(claim, Date.now())
      if (standing === 'stale' || standing === 'too-soon') return TopicValidatorResult.Ignore
      const bringer = pubsub.gate.bringerOf(source)
      authors.accept(claim, bringer, Date.now())
      init.onRecord?.(record, source, bringer)
      return TopicValidatorResult.Accept
    } catch (error) {
      if (!(error instanceof PeerRecordError)) return TopicValidatorResult.Ignore
      init.onRefused?.(error, source)
      return isBlamable(error.fault) ? TopicValidatorResult.Reject : TopicValidatorResult.Ignore
    }
  }
  pubsub.topicValidators.set(DISCOVERY_TOPIC, validate)
  pubsub.subscribe(DISCOVERY_TOPIC)
  return () => {
    pubsub.topicValidators.delete(DISCOVERY_TOPIC)
    pubsub.unsubscribe(DISCOVERY_TOPIC)
  }
}
