// Names in strangers' records that lead into our own network: a DNS server of the test, listeners that must not be knocked at, and the
// real hosts that would.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import packet from 'dns-packet'
import * as v from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { joinDiscovery } from '../../core/discovery.ts'
import { createResolver } from '../../core/dns/index.ts'
import { type Host, stopHost } from '../../core/host.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { createDialGuard, DialRefusedError } from '../../core/net/dial-guard.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { createApp } from '../../main/app.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { createDialler } from '../../main/peers/dial/dialler.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { fakeBook, known } from '../peers/dial-scene.ts'
import { createConnector } from '../../main/peers/connect.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { collectEvents, LOOPBACK, manualClock, newIdentity, startHost, temporaryDir, until } from '../main/support.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { LookupFunction } from 'node:net'

const PUBLIC: readonly AddressClass[] = ['public']
const { signal } = new AbortController()
const inTime = { signal, withinMs: 20_000 }

/** A DNS server to which every name is this machine. */
async function startDns(t: TestContext) {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const query = packet.decode(message)
    const [question] = query.questions ?? []
    if (!question) return
    asked.push(question.name)
    const { name, type } = question
    const answers = type === 'A' ? [{ type, name, ttl: 0, data: '127.0.0.1' } as const] : []
    const flags = packet.AUTHORITATIVE_ANSWER
    socket.send(
      packet.encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers }),
      from.port,
      from.address,
    )
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.after(() => void socket.close())
  const { port } = socket.address()
  const { lookup } = createResolver({ servers: [{ host: '127.0.0.1', port }] })
  return { lookup, port, asked }
}

/** A program in our own network that nobody outside should reach. */
async function startVictim(t: TestContext) {
  const knocks: Socket[] = []
  const server = createServer((socket) => {
    knocks.push(socket.on('error', () => undefined))
    socket.destroy()
  })
  t.after(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  assert.ok(typeof bound === 'object' && bound)
  return { port: bound.port, knocks }
}

async function startNode(t: TestContext, dialClasses: readonly AddressClass[], lookup?: LookupFunction) {
  const identity = await newIdentity()
  const node = await createNodeHost({ identity, listen: [], wss: [], discovery: false, lookup, dialClasses })
  t.after(() => stopHost(node.host))
  return node
}

/** Hears a record with this address, and says why it was not reached. */
async function hear(t: TestContext, host: Host, address: string, addressClasses: readonly AddressClass[] = PUBLIC) {
  const events = collectEvents()
  const { book, set } = fakeBook()
  const clock = manualClock()
  const policy = (name = 'default') => policyNamed(name)
  const dialler = createDialler({ host, book, clock, policy, addressClasses })
  const connector = createConnector({ host, dialler, policy, clock, emit: events.emit, wasVerified: () => false })
  t.after(() => connector.stop())
  const { peerId: peer } = await newIdentity()
  set([known(address)], peer)
  connector.heard({ peer })
  await until('the dial has failed', () => events.of('dial-failed').length > 0)
  return events.of('dial-failed')[0]?.message ?? ''
}

describe('A8 a name that a stranger told us', () => {
  it('is not followed into our own network', async (t) => {
    const { lookup, asked } = await startDns(t)
    const { port, knocks } = await startVictim(t)
    const { host } = await startNode(t, PUBLIC, lookup)
    const why = await hear(t, host, `/dns4/router.stranger.example/tcp/${port}/tls/ws`)
    assert.match(why, /127\.0\.0\.1 is a loopback address/)
    assert.deepEqual([...new Set(asked)], ['router.stranger.example'])
    assert.equal(knocks.length, 0)
  })

  it('is followed there where that is the network', async (t) => {
    const { lookup } = await startDns(t)
    const { port, knocks } = await startVictim(t)
    const { host } = await startNode(t, ['loopback'], lookup)
    await hear(t, host, `/dns4/node.stranger.example/tcp/${port}/tls/ws`, ['public', 'loopback'])
    assert.ok(knocks.length > 0)
  })

  it('is not followed as the server name behind a public address', async (t) => {
    const { lookup } = await startDns(t)
    const { port, knocks } = await startVictim(t)
    const { host } = await startNode(t, PUBLIC, lookup)
    const why = await hear(t, host, `/ip4/8.8.8.8/tcp/${port}/tls/sni/router.stranger.example/ws`)
    assert.match(why, /router\.stranger\.example is not dialled/)
    assert.equal(knocks.length, 0)
  })

  it('is not followed where it means this machine without any DNS', async (t) => {
    const { port, knocks } = await startVictim(t)
    const { host } = await startNode(t, PUBLIC)
    for (const disguise of ['2130706433', '0x7f.1', '127.1', '0177.0.0.1', 'localhost', 'a.localhost.'])
      for (const way of ['/tls/ws', '/ws', '']) {
        const address = multiaddr(`/dns4/${disguise}/tcp/${port}${way}`)
        await assert.rejects(dialMany(host, [address], { ...inTime, namedBy: 'stranger' }), Error, disguise)
      }
    assert.equal(knocks.length, 0)
  })

  it('is not followed when a peer gives it by identify, over TCP either, nor an address of our network or a socket file', async (t) => {
    const { port, knocks } = await startVictim(t)
    const { host } = await startNode(t, PUBLIC)
    const { peerId } = await newIdentity()
    const told = [`/dns4/localhost/tcp/${port}`, `/ip4/127.0.0.1/tcp/${port}`, `/ip6/::ffff:127.0.0.1/tcp/${port}`]
    await host.peerStore.merge(peerId, { multiaddrs: [...told, '/unix/tmp%2Fx'].map((text) => multiaddr(text)) })
    await assert.rejects(host.dial(peerId))
    assert.equal(knocks.length, 0)
  })

  it('is not followed by a whole node that hears it', async (t) => {
    const { asked, port: dns } = await startDns(t)
    const { port, knocks } = await startVictim(t)
    const app = createApp(
      v.parse(NodeConfigSchema, {
        dir: await temporaryDir(t),
        network: { resolver: `127.0.0.1:${dns}` },
        discovery: { connect: 'certified' },
        listen: { addresses: LOOPBACK[0], wss: '/ip4/127.0.0.1/tcp/0/tls/ws' },
      }),
    )
    const events = collectEvents()
    app.events.on((line) => events.emit(line))
    t.after(() => app.stop())
    await app.start()
    const { key: privateKey } = await newIdentity()
    const relay = await startHost(t, { listen: LOOPBACK, discovery: true })
    const stranger = await startHost(t, { privateKey, discovery: true })
    const [between, pubsub] = [relay.services.pubsub, stranger.services.pubsub]
    assert.ok(between && pubsub)
    joinDiscovery({ pubsub: between, clock: systemClock })
    pubsub.subscribe(DISCOVERY_TOPIC)
    const node = app.state().addresses.map((text) => multiaddr(text))
    await dialMany(relay, node, { ...inTime, namedBy: 'chosen' })
    await dialMany(stranger, relay.getMultiaddrs(), { ...inTime, namedBy: 'chosen' })
    await until('all are on the topic', () => between.getSubscribers(DISCOVERY_TOPIC).length === 2)
    await until('the relay is on the topic', () => pubsub.getSubscribers(DISCOVERY_TOPIC).length > 0)
    const record = [multiaddr(`/dns4/router.stranger.example/tcp/${port}/tls/ws`)]
    await pubsub.publish(DISCOVERY_TOPIC, await sealPeerRecord(privateKey, record, BigInt(Date.now())))
    await until('the dial has failed', () => events.of('dial-failed').length > 0)
    assert.match(events.of('dial-failed')[0]?.message ?? '', /127\.0\.0\.1 is a loopback address/)
    assert.ok(asked.length > 0)
    assert.equal(knocks.length, 0)
  })

  it('does not keep us from what a person chose', async (t) => {
    const server = await startHost(t, { listen: [...LOOPBACK, '/ip4/127.0.0.1/tcp/0/ws'] })
    const { host } = await startNode(t, PUBLIC)
    for (const address of server.getMultiaddrs()) {
      const named = multiaddr(address.toString().replace('/ip4/127.0.0.1/', '/dns4/localhost/'))
      for (const chosen of [address, named]) {
        await assert.rejects(dialMany(host, [chosen], { ...inTime, namedBy: 'stranger', force: true }))
        await dialMany(host, [chosen], { ...inTime, namedBy: 'chosen', force: true })
        // it may be told by somebody else as well
        await dialMany(host, [chosen], { ...inTime, namedBy: 'stranger', force: true })
      }
    }
  })
})

describe('A8 what a name leads to', () => {
  const address = multiaddr('/dns4/n.example/tcp/443/tls/ws')
  const guarded = (answers: readonly string[], all: boolean) => {
    const lookup: LookupFunction = (_name, options, done) => {
      const found = answers.map((text) => ({ address: text, family: text.includes(':') ? 6 : 4 }))
      if (options.all) done(null, found)
      else done(null, found[0]?.address ?? '', found[0]?.family ?? 4)
    }
    const { promise, resolve } = Promise.withResolvers<unknown>()
    createDialGuard(PUBLIC).lookupFor(address, 'n.example', lookup)?.('n.example', { all }, (error, found) =>
      resolve(error ?? found),
    )
    return promise
  }

  it('is judged address by address, whatever order they come in', async () => {
    const good = { address: '8.8.8.8', family: 4 }
    assert.deepEqual(await guarded(['127.0.0.1', '8.8.8.8', '10.0.0.1'], true), [good])
    assert.equal(await guarded(['127.0.0.1', '8.8.8.8'], false), '8.8.8.8')
    for (const bad of ['192.168.1.1', '169.254.169.254', '100.64.0.1', '::1', 'fe80::1', 'fd00::1', '0.0.0.0', '::'])
      assert.ok((await guarded([bad], true)) instanceof DialRefusedError, bad)
  })

  it('is what a translator makes of it', async () => {
    assert.ok((await guarded(['64:ff9b::a00:1', '2002:a00:1::1', '::ffff:10.0.0.1'], true)) instanceof DialRefusedError)
    assert.equal(await guarded(['64:ff9b::808:808'], false), '64:ff9b::808:808')
  })

  it('may be anything for two thousand addresses that a person chose, and no more', () => {
    const guard = createDialGuard(PUBLIC)
    const chosen = Array.from({ length: 2_500 }, (_, one) => multiaddr(`/ip4/127.0.0.1/tcp/${one + 1}`))
    for (const one of chosen) guard.trust([one])
    assert.equal(guard.size(), 2_000)
    assert.throws(() => guard.lookupFor(multiaddr('/ip4/127.0.0.1/tcp/1'), '127.0.0.1'), DialRefusedError)
    assert.equal(guard.lookupFor(multiaddr('/ip4/127.0.0.1/tcp/2500'), '127.0.0.1'), undefined)
  })
})
