// What the gate before gossipsub remembers, filled by more neighbours and authors than there are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { createGate } from '../../core/discovery/gate.ts'
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'

const SELF = '12D3KooWQKm3oyGpXrkcg3Wh94eAfVydke36b2SSgCsTKorYTWRU'

test('A8 knows eight thousand messages byte by byte, the newest', async () => {
  let now = 0
  const components = {
    ...{ peerId: peerIdFromString(SELF), connectionManager: { getConnections: () => [] } },
  } as unknown as GossipSubComponents
  const { gate, guard } = createGate(components, () => now)
  let passed = 0
  const pubsub = {
    gossipTracer: { deliverMessage: () => undefined },
    score: { markInvalidMessageDelivery: () => undefined },
    handleReceivedRpc: (_from: PeerId, { messages }: { messages: unknown[] }) => void (passed += messages.length),
  }
  guard(pubsub as unknown as GossipSub)
  const neighbour = { toString: () => 'a neighbour' } as PeerId
  const send = async (author: number) => {
    now += 1_000
    const message = { topic: 't', from: Buffer.from(`made up ${author}`), data: new Uint8Array(10) }
    const before = passed
    await Reflect.apply(pubsub.handleReceivedRpc, pubsub, [neighbour, { subscriptions: [], messages: [message] }])
    return passed > before
  }

  for (let author = 0; author < 9_000; author++) await send(author)

  assert.ok(passed > 8_500, `${passed} were let in`)
  assert.equal(gate.known(), 8_192)
  assert.deepEqual([await send(8_999), await send(0)], [false, true])
})
