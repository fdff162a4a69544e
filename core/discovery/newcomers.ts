// Tells a neighbour that has just joined what came in lately. Gossipsub takes it into its mesh at once and then tells it nothing of
// that ("I have" goes to those outside alone), while its stream may not be open yet: what comes in between would be lost to it.
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import type { GossipSub } from '@libp2p/gossipsub'

/** Heartbeats, of a second each, during which a neighbour is one who has just joined. */
const TOLD_HEARTBEATS = 3

/** More join at the same moment only where a meeting point has just come back; they are told with the next repetition. */
const MAX_NEWCOMERS = 200

/** Most ids in one "I have": the newest ones are told. */
const MAX_IDS = 256

/** Listens for neighbours that join, from now on. */
export function tellNewcomers(pubsub: GossipSub, onJoined: () => void): void {
  const newcomers = new Map<string, number>()
  pubsub.addEventListener('subscription-change', ({ detail }) => {
    if (!detail.subscriptions.some(({ subscribe }) => subscribe)) return
    onJoined()
    if (newcomers.size < MAX_NEWCOMERS) newcomers.set(detail.peerId.toString(), TOLD_HEARTBEATS)
  })
  pubsub.addEventListener('gossipsub:heartbeat', () => {
    if (newcomers.size === 0) return
    const messageIDs = recentIds(pubsub)
    for (const [peer, left] of newcomers) {
      if (messageIDs.length > 0) send(pubsub, peer, messageIDs)
      if (left > 1) newcomers.set(peer, left - 1)
      else newcomers.delete(peer)
    }
  })
}

/** What gossipsub keeps for those who ask; nothing where it keeps it otherwise than it did. */
function recentIds(pubsub: GossipSub): Uint8Array[] {
  const cache: unknown = Reflect.get(pubsub, 'mcache')
  const list: unknown = cache instanceof Object ? Reflect.get(cache, 'getGossipIDs') : undefined
  if (typeof list !== 'function') return []
  const found: unknown = Reflect.apply(list, cache, [new Set([DISCOVERY_TOPIC])])
  const ids: unknown = found instanceof Map ? found.get(DISCOVERY_TOPIC) : undefined
  return Array.isArray(ids) ? ids.filter((id) => id instanceof Uint8Array).slice(0, MAX_IDS) : []
}

function send(pubsub: GossipSub, peer: string, messageIDs: readonly Uint8Array[]): void {
  const sendRpc: unknown = Reflect.get(pubsub, 'sendRpc')
  if (typeof sendRpc !== 'function') return
  const control = { ihave: [{ topicID: DISCOVERY_TOPIC, messageIDs }], iwant: [], graft: [], prune: [], idontwant: [] }
  Reflect.apply(sendRpc, pubsub, [peer, { subscriptions: [], messages: [], control }])
}
