// Discovery over the real topic: three hosts in a row, where the outer two know nothing of each other but by broadcast.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { joinDiscovery } from '../../core/discovery.ts'
import { silentLog } from '../../core/log.ts'
import { sealPeerRecord } from '../../core/peer-record.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { startDiscovery } from '../../main/peers/discovery.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { stopHost, type Host } from '../../core/host.ts'
import { collectEvents, LOOPBACK, manualClock, newIdentity, startHost, temporaryDir, until } from '../main/support.ts'
import type { PeerRecordError } from '../../core/peer-record.ts'
import type { GossipSub } from '@libp2p/gossipsub'

async function startNode(t: TestContext, meetingPoint: Host, clock: Clock = systemClock) {
  const identity = await newIdentity()
  const node = await createNodeHost({ identity, listen: LOOPBACK, wss: [], discovery: true })
  const events = collectEvents()
  const discovery = await startDiscovery({
    ...{ dir: await temporaryDir(t), identity, node, clock, log: silentLog, emit: events.emit },
    config: { enabled: true, bootstrap: [], intervalMs: 60_000, addressClasses: ['loopback'], connect: 'none' },
    meetingPoints: meetingPoint.getMultiaddrs().map((address) => address.toString()),
  })
  t.after(async () => {
    await discovery.stop()
    await stopHost(node.host)
  })
  return { ...identity, ...node, discovery, events }
}

/** A host that only passes on, as the servers do. */
async function startRelay(t: TestContext) {
  const { key: privateKey } = await newIdentity()
  const host = await startHost(t, { listen: LOOPBACK, discovery: true, privateKey })
  const refused: PeerRecordError[] = []
  const { pubsub } = host.services
  assert.ok(pubsub)
  joinDiscovery({ pubsub, clock: systemClock, onRefused: (error) => void refused.push(error) })
  return { host, pubsub, refused, privateKey }
}

const publishers = (pubsub: GossipSub | undefined) => pubsub?.getSubscribers(DISCOVERY_TOPIC).length ?? 0

describe('discovery', () => {
  test('lets C learn A through a relay alone, and dial it by its peer id', async (t) => {
    const relay = await startRelay(t)
    const a = await startNode(t, relay.host)
    const c = await startNode(t, relay.host)
    const aId = a.peerId.toString()
    await until('C hears of A', () => c.events.of('discovered').some(({ peer }) => peer === aId))
    const found = c.events.of('discovered').find(({ peer }) => peer === aId)
    assert.equal(found?.via, 'broadcast')
    assert.equal(found?.certified, true)
    assert.deepEqual(
      found?.addresses,
      a.announced().map((address) => address.toString()),
    )
    assert.deepEqual(c.host.getConnections(a.peerId), [])
    const connection = await c.host.dial(a.peerId)
    assert.ok(connection.remotePeer.equals(a.peerId))
  })

  test('stops a record that somebody else broadcasts at the first neighbour', async (t) => {
    const relay = await startRelay(t)
    const c = await startNode(t, relay.host)
    const { pubsub, ...forger } = await startPublisher(t, relay.host)
    const owner = await newIdentity()
    const stolen = await sealPeerRecord(owner.key, forger.host.getMultiaddrs(), BigInt(Date.now()))
    await pubsub.publish(DISCOVERY_TOPIC, stolen)
    await until('the relay refuses it', () => relay.refused.length > 0)
    assert.equal(relay.refused[0]?.fault, 'signer')
    assert.deepEqual(
      c.discovery.book.known().filter(({ peer }) => peer.equals(owner.peerId)),
      [],
    )
  })

  test('stops what is no record', async (t) => {
    const relay = await startRelay(t)
    const { pubsub } = await startPublisher(t, relay.host)
    await pubsub.publish(DISCOVERY_TOPIC, new TextEncoder().encode('hello'))
    await until('the relay refuses it', () => relay.refused.length > 0)
    assert.equal(relay.refused[0]?.fault, 'envelope')
  })

  test('finds its way back into the network after the meeting point was away', async (t) => {
    const relay = await startRelay(t)
    const clock = manualClock(Date.now())
    const a = await startNode(t, relay.host, clock)
    const connections = () => a.host.getConnections(relay.host.peerId).length
    await until('A is connected', () => connections() > 0)
    const listen = relay.host.getMultiaddrs().map((address) => address.decapsulate('/p2p').toString())
    await stopHost(relay.host)
    await until('A has lost the relay', () => connections() === 0)
    await startHost(t, { listen, privateKey: relay.privateKey, discovery: true })
    await clock.advance(30_000)
    await until('A is connected again', () => connections() > 0)
  })
})

/** A host on the topic that publishes whatever it is told. */
async function startPublisher(t: TestContext, relay: Host) {
  const host = await startHost(t, { listen: LOOPBACK, discovery: true })
  const { pubsub } = host.services
  assert.ok(pubsub)
  pubsub.subscribe(DISCOVERY_TOPIC)
  await host.dial(relay.getMultiaddrs())
  await until('the relay is on the topic', () => publishers(pubsub) > 0)
  return { host, pubsub }
}
