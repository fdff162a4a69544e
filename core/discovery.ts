// The pubsub topic on which nodes tell their address. Every party checks a record before it passes it on, so a forged one
// dies at the first honest neighbour; the servers take part only as meeting points.
import { gossipsub, type GossipSub, type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import { DISCOVERY_TOPIC, MAX_PEER_RECORD_BYTES } from '../proto/protocols.ts'
import { type OpenedPeerRecord, openPeerRecord, PeerRecordError } from './peer-record.ts'
import type { Clock } from './clock.ts'
import type { PeerId } from '@libp2p/interface'

/** Author, key, signature, topic and sequence number of a pubsub message need about 250 bytes. */
const MAX_MESSAGE_BYTES = MAX_PEER_RECORD_BYTES + 512

/** A subscription costs 1 KiB of this budget by the library's count; one topic is all there is. */
const MAX_TOPIC_BYTES_PER_PEER = 16_384

/** What the discovery topic needs to know when it is joined. */
export interface DiscoveryInit {
  readonly pubsub: GossipSub
  readonly clock: Clock
  /** Called for each record that was checked, except our own; `from` is the neighbour that passed it on. */
  readonly onRecord?: (record: OpenedPeerRecord, from: PeerId) => void
  /** Called for each record that was refused. */
  readonly onRefused?: (error: PeerRecordError, from: PeerId) => void
}

/** Gossipsub for the discovery topic and no other. */
export function discoveryPubsub(): ReturnType<typeof gossipsub> {
  return gossipsub({
    allowPublishToZeroTopicPeers: true,
    allowedTopics: [DISCOVERY_TOPIC],
    globalSignaturePolicy: 'StrictSign',
    maxInboundDataLength: MAX_MESSAGE_BYTES,
    maxTopicBytesPerPeer: MAX_TOPIC_BYTES_PER_PEER,
    doPX: false,
    // a home node must not become a relay for peers it has nothing to do with
    runOnLimitedConnection: false,
  })
}

/**
 * Subscribes to the topic, checks what comes and passes good records on.
 *
 * @returns a function that leaves the topic
 */
export function joinDiscovery(init: DiscoveryInit): () => void {
  const { pubsub, clock } = init
  const validate = async (source: PeerId, message: Message): Promise<TopicValidatorResult> => {
    try {
      const record = await openPeerRecord(message.data, clock.now())
      // the author of the message is known by its signature: a record is broadcast by its owner or not at all
      const author = message.type === 'signed' ? message.from : undefined
      if (!author?.equals(record.peer)) throw new PeerRecordError('signer', 'the record was broadcast by somebody else')
      init.onRecord?.(record, source)
      return TopicValidatorResult.Accept
    } catch (error) {
      if (error instanceof PeerRecordError) init.onRefused?.(error, source)
      return TopicValidatorResult.Reject
    }
  }
  pubsub.topicValidators.set(DISCOVERY_TOPIC, validate)
  pubsub.subscribe(DISCOVERY_TOPIC)
  return () => {
    pubsub.topicValidators.delete(DISCOVERY_TOPIC)
    pubsub.unsubscribe(DISCOVERY_TOPIC)
  }
}
