// Discovery over the real topic: three hosts in a row, where the outer two know nothing of each other but by broadcast.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type DiscoveryPubsub, joinDiscovery, SCORE_THRESHOLDS } from '../../core/discovery.ts'
import { silentLog } from '../../core/log.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { createPeerBook } from '../../main/peers/book/index.ts'
import { createDialler } from '../../main/peers/dial/dialler.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { startDiscovery } from '../../main/peers/discovery.ts'
import { createOwnRecord } from '../../main/peers/own-record.ts'
import { createSeqClock } from '../../main/peers/seq-clock.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { stopHost, type Host } from '../../core/host.ts'
import { collectEvents, LOOPBACK, manualClock, newIdentity, startHost, temporaryDir, until } from '../main/support.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { PeerRecordError } from '../../core/records/peer-record.ts'
import type { GossipSub } from '@libp2p/gossipsub'

async function startNode(t: TestContext, meetingPoint: Host, clock: Clock = systemClock) {
  const identity = await newIdentity()
  const node = await createNodeHost({ identity, listen: LOOPBACK, wss: [], discovery: true })
  const events = collectEvents()
  const { host } = node
  const dir = await temporaryDir(t)
  const book = createPeerBook({
    ...{ dir, self: host.peerId, peerStore: host.peerStore, clock, log: silentLog },
    isConnected: (peer) => host.getConnections(peer).length > 0,
    onHeard: ({ peer, addresses }, via, changed) => {
      const texts = addresses.map((address) => address.toString())
      if (changed) events.emit({ event: 'discovered', peer: peer.toString(), via, certified: true, addresses: texts })
    },
  })
  const policy = (name = 'default') => policyNamed(name)
  const dialler = createDialler({ host, book, clock, policy, addressClasses: ['loopback'] })
  const own = createOwnRecord({
    ...{ host, key: identity.key, seq: createSeqClock({ dir, clock }), clock, log: silentLog },
    addressClasses: ['loopback'],
  })
  const discovery = startDiscovery({
    ...{ node, book, own, dialler, policy, clock, log: silentLog, emit: events.emit },
    config: {
      enabled: true,
      bootstrap: [],
      intervalMs: 60_000,
      addressClasses: ['loopback'],
      dht: false,
      connect: 'none',
    },
    meetingPoints: meetingPoint.getMultiaddrs().map((address) => address.toString()),
  })
  t.after(async () => {
    own.stop()
    await discovery.stop()
    await stopHost(node.host)
  })
  return { ...identity, ...node, book, discovery, events }
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

  test('A8 tells a neighbour what came in while its streams were opened', async (t) => {
    const relay = await startRelay(t)
    const a = await startPublisher(t, relay.host)
    const c = await startHost(t, { listen: LOOPBACK, discovery: true })
    const heard: bigint[] = []
    assert.ok(c.services.pubsub)
    joinDiscovery({ pubsub: c.services.pubsub, clock: systemClock, onRecord: ({ seq }) => void heard.push(seq) })
    // the relay takes C into its mesh at once, and has nothing yet to send to it by
    relay.pubsub.addEventListener(
      'subscription-change',
      () =>
        void sealPeerRecord(a.key, a.host.getMultiaddrs(), 5n).then((record) =>
          a.pubsub.publish(DISCOVERY_TOPIC, record),
        ),
      { once: true },
    )
    await c.dial(relay.host.getMultiaddrs())
    await until('C hears of A', () => heard.includes(5n))
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
      c.book.known().filter(({ peer }) => peer.equals(owner.peerId)),
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

  test('A8 passes on no old record and no echo, and takes nobody’s score for them', async (t) => {
    const relay = await startRelay(t)
    const listener = await startListener(t, relay.host)
    const { pubsub, host, key } = await startPublisher(t, relay.host)
    const seq = BigInt(Date.now())
    const seal = (number: bigint) => sealPeerRecord(key, host.getMultiaddrs(), number)
    const current = await seal(seq)
    await pubsub.publish(DISCOVERY_TOPIC, current)
    await until('the record comes through', () => listener.heard.length === 1)
    for (let again = 0; again < 10; again++) {
      await pubsub.publish(DISCOVERY_TOPIC, current)
      await pubsub.publish(DISCOVERY_TOPIC, await seal(seq - BigInt(again) - 1n))
    }
    await pubsub.publish(DISCOVERY_TOPIC, await seal(seq + 1n))
    await until('a newer one comes through', () => listener.heard.length > 1)
    assert.deepEqual(listener.heard, [seq, seq + 1n])
    assert.equal(relay.pubsub.gate.counts.dropped, 20)
    assert.equal(scoreAt(relay.pubsub, host), 0)
  })

  test('A8 judges a record whose signature was checked once more: old, other and too frequent ones go no further', async (t) => {
    const relay = await startRelay(t)
    const author = await newIdentity()
    const validate = relay.pubsub.topicValidators.get(DISCOVERY_TOPIC)
    assert.ok(validate)
    const from = author.peerId
    const check = async (seq: bigint, port: number) => {
      const data = await sealPeerRecord(author.key, [multiaddr(`/ip4/127.0.0.1/tcp/${port}`)], seq)
      const signed = { sequenceNumber: seq, signature: new Uint8Array(64), key: author.key.publicKey }
      return validate(relay.host.peerId, { type: 'signed', from, topic: DISCOVERY_TOPIC, data, ...signed })
    }
    assert.equal(await check(10n, 1), TopicValidatorResult.Accept)
    assert.equal(await check(9n, 1), TopicValidatorResult.Ignore)
    // the gate before it reads numbers alone, and cannot tell this one from an echo
    assert.equal(await check(10n, 2), TopicValidatorResult.Ignore)
    assert.equal(await check(10n, 1), TopicValidatorResult.Ignore)
    const outcomes: unknown[] = []
    for (let change = 11n; change < 31n; change++) outcomes.push(await check(change, 1))
    assert.ok(outcomes.filter((outcome) => outcome === TopicValidatorResult.Accept).length <= 7)
    assert.equal(outcomes.at(-1), TopicValidatorResult.Ignore)
    assert.deepEqual(relay.refused, [])
  })

  test('A8 passes on a few changes of an author who has a new record every moment', async (t) => {
    const relay = await startRelay(t)
    const listener = await startListener(t, relay.host)
    const author = await startPublisher(t, relay.host)
    const seq = BigInt(Date.now())
    for (let change = 0n; change < 40n; change++)
      await author.pubsub.publish(
        DISCOVERY_TOPIC,
        await sealPeerRecord(author.key, author.host.getMultiaddrs(), seq + change),
      )
    const other = await startPublisher(t, relay.host)
    await other.pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(other.key, other.host.getMultiaddrs(), 7n))
    await until('somebody else comes through', () => listener.heard.includes(7n))
    assert.ok(listener.heard.length <= 7, `${listener.heard.length} records came through`)
  })

  test('A8 takes the score for forged records, and hears a forger no more', async (t) => {
    const relay = await startRelay(t)
    const { pubsub, host, key } = await startPublisher(t, relay.host)
    const owner = await newIdentity()
    for (let forged = 1n; forged <= 9n; forged++)
      await pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(owner.key, host.getMultiaddrs(), forged))
    await until('the relay has refused them', () => relay.refused.length === 9)
    assert.ok(scoreAt(relay.pubsub, host) < SCORE_THRESHOLDS.graylistThreshold)
    // gossipsub looks at a score once a second
    await until(
      'it is not heard',
      () => Reflect.apply(Reflect.get(relay.pubsub, 'acceptFrom'), relay.pubsub, [host.peerId.toString()]) === false,
    )
    await pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(key, host.getMultiaddrs(), 10n))
    const other = await startPublisher(t, relay.host)
    const before = relay.pubsub.gate.authors.size
    await other.pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(other.key, other.host.getMultiaddrs(), 11n))
    await until('another one is heard', () => relay.pubsub.gate.authors.size > before)
    assert.equal(relay.pubsub.gate.authors.size, before + 1)
  })

  test('A8 takes a clock that is ahead for no forgery', async (t) => {
    const relay = await startRelay(t)
    const { pubsub, host, key } = await startPublisher(t, relay.host)
    const inTwoDays = BigInt(Date.now() + 2 * 24 * 3_600_000)
    await pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(key, host.getMultiaddrs(), inTwoDays))
    await until('the relay refuses it', () => relay.refused.length > 0)
    assert.equal(relay.refused[0]?.fault, 'seq')
    assert.equal(scoreAt(relay.pubsub, host), 0)
  })

  test('A8 checks no more made-up authors of a neighbour than its budget, and cuts off whoever goes on', async (t) => {
    const relay = await startRelay(t)
    const { pubsub, host } = await startPublisher(t, relay.host)
    const junk = (count: number, from: number) =>
      Array.from({ length: count }, (_, index) => ({
        topic: DISCOVERY_TOPIC,
        from: Buffer.from(`made up ${from + index}`),
        data: new Uint8Array(100),
        seqno: new Uint8Array(8),
        signature: new Uint8Array(64),
      }))
    const send: unknown = Reflect.get(pubsub, 'sendRpc')
    assert.ok(typeof send === 'function')
    const isConnected = () => relay.host.getConnections(host.peerId).length > 0
    for (let frame = 0; frame < 30 && isConnected(); frame++) {
      Reflect.apply(send, pubsub, [
        relay.host.peerId.toString(),
        { subscriptions: [], messages: junk(100, frame * 100) },
      ])
      await setImmediate()
    }
    await until('it is cut off', () => !isConnected())
    const { counts } = relay.pubsub.gate
    assert.equal(counts.cutOff, 1)
    assert.ok(counts.dropped > 1_000, `${counts.dropped} were dropped`)
    assert.ok(scoreAt(relay.pubsub, host) < 0)
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

/** What a host thinks of another one. */
function scoreAt({ gate }: DiscoveryPubsub, { peerId }: Host): number {
  return gate.neighbours.score(peerId.toString(), Date.now())
}

/** A host on the topic that hears the numbers of records. */
async function startListener(t: TestContext, relay: Host) {
  const host = await startHost(t, { listen: LOOPBACK, discovery: true })
  const { pubsub } = host.services
  assert.ok(pubsub)
  const heard: bigint[] = []
  joinDiscovery({ pubsub, clock: systemClock, onRecord: ({ seq }) => void heard.push(seq) })
  await host.dial(relay.getMultiaddrs())
  await until('the relay is on the topic', () => publishers(pubsub) > 0)
  return { host, heard }
}

/** A host on the topic that publishes whatever it is told. */
async function startPublisher(t: TestContext, relay: Host) {
  const { key } = await newIdentity()
  const host = await startHost(t, { listen: LOOPBACK, discovery: true, privateKey: key })
  const { pubsub } = host.services
  assert.ok(pubsub)
  pubsub.subscribe(DISCOVERY_TOPIC)
  await host.dial(relay.getMultiaddrs())
  await until('the relay is on the topic', () => publishers(pubsub) > 0)
  return { host, pubsub, key }
}
