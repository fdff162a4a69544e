// Dialling what was discovered: real WSS between two hosts where it works, and a host that only pretends where the order and
// number of dials count.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { stopHost } from '../../core/host.ts'
import { backOffMs, createConnector } from '../../main/peers/connect.ts'
import { createDialTargets } from '../../main/peers/dial-targets.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { collectEvents, makeBundle, manualClock, namesOf, newIdentity, NOW } from './support.ts'
import { settle, testAuthority, until } from './support.ts'
import type { Host } from '../../core/host.ts'
import type { KnownPeer } from '../../main/peers/book/index.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '@libp2p/interface'

const known = (peer: PeerId, ...addresses: readonly string[]): KnownPeer => ({
  ...{ peer, seq: 1n, envelope: new Uint8Array(), heardAt: NOW },
  addresses: addresses.map((text) => multiaddr(text)),
})

const WSS = '/dns4/node.example.org/tcp/443/tls/ws'

/** A connector over a host whose dials do as they are told. */
function scene() {
  const clock = manualClock()
  const events = collectEvents()
  const dials: { readonly targets: readonly string[]; readonly end: (error?: Error) => void }[] = []
  const connected = new Set<string>()
  const host = {
    getConnections: (peer: PeerId) => (connected.has(peer.toString()) ? [{}] : []),
    dial(targets: Multiaddr[]) {
      const { promise, resolve, reject } = Promise.withResolvers<{ remoteAddr: Multiaddr | undefined }>()
      dials.push({
        targets: targets.map((target) => target.toString()),
        end: (error) => (error ? reject(error) : resolve({ remoteAddr: targets[0] })),
      })
      return promise
    },
    services: { ping: { ping: () => Promise.resolve(7) } },
  } as unknown as Host
  const connector = createConnector({
    ...{ host, clock, emit: events.emit, addressClasses: ['public'], wasVerified: () => true },
  })
  return { clock, events, dials, connected, connector }
}

describe('a discovered peer', () => {
  test('is dialled over WSS, pinged, and its certificate verified', async (t) => {
    const authority = await testAuthority(Date.now())
    const [server, client] = [await newIdentity(), await newIdentity()]
    const wss = ['/ip4/127.0.0.1/tcp/0/tls/ws']
    const lookup = (_name: string, options: { all?: boolean }, answer: (...args: unknown[]) => void) =>
      options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)
    const common = { listen: [], wss, discovery: false, trustAnchorPem: authority.rootPem, lookup: lookup as never }
    const serving = await createNodeHost({ ...common, identity: server })
    const dialling = await createNodeHost({ ...common, identity: client })
    t.after(() => Promise.all([stopHost(serving.host), stopHost(dialling.host)]))
    await serving.serve(await makeBundle({ authority, names: namesOf(server.peerId), now: Date.now() }))
    const events = collectEvents()
    const connector = createConnector({
      ...{ host: dialling.host, clock: manualClock(), emit: events.emit, addressClasses: ['loopback'] },
      wasVerified: (address) => dialling.wasVerified(address),
    })
    t.after(() => connector.stop())
    connector.heard(known(server.peerId, ...serving.announced().map((address) => address.toString())))
    await until('a connection', () => events.all.length > 0)
    const [connected] = events.of('connected')
    assert.equal(connected?.peer, server.peerId.toString())
    assert.equal(connected.name, `127-0-0-1.${namesOf(server.peerId)[0]}`)
    assert.equal(connected.verified, true)
    assert.ok(connected.pingMs >= 0)
  })

  test('is dialled at its WSS addresses alone, each with its peer id', async () => {
    const { connector, dials } = scene()
    const { peerId } = await newIdentity()
    connector.heard(known(peerId, WSS, '/ip4/8.8.8.8/tcp/1', '/ip4/8.8.8.8/tcp/1/ws'))
    assert.deepEqual(dials[0]?.targets, [`${WSS}/p2p/${peerId.toString()}`])
  })

  test('is not dialled at an address of a class that is not allowed', async () => {
    const { connector, dials } = scene()
    const { peerId } = await newIdentity()
    const own = namesOf(peerId)[0]
    connector.heard(known(peerId, `/dns4/192-168-1-1.${own}/tcp/1/tls/ws`, '/ip4/10.0.0.1/tcp/1/tls/ws'))
    assert.equal(dials.length, 0)
  })

  test('A8 that shares its network with a thousand made-up ones is dialled there a few times, and again later', async () => {
    const { connector, dials, clock } = scene()
    const hear = async (count: number) => {
      for (let made = 0; made < count; made++) {
        const { peerId } = await newIdentity()
        connector.heard(known(peerId, `/ip4/8.8.8.${made % 250}/tcp/4430/tls/sni/a.example.org/ws`))
        for (const { end } of dials) end(new Error('nobody there'))
        await settle()
      }
    }
    await hear(40)
    assert.equal(dials.length, 6)
    clock.set(NOW + 200_000)
    await hear(10)
    assert.equal(dials.length, 8)
  })

  test('A8 makes nobody dial more than four addresses, a port of another program, or one domain for ever', () => {
    const owner = peerIdFromString('12D3KooWQKm3oyGpXrkcg3Wh94eAfVydke36b2SSgCsTKorYTWRU')
    const targets = createDialTargets()
    const choose = (...texts: string[]) =>
      targets(
        texts.map((text) => multiaddr(text)),
        owner,
        NOW,
      ).length
    assert.equal(choose(...Array.from({ length: 32 }, (_, one) => `/ip4/9.9.${one}.9/tcp/4430/tls/ws`)), 4)
    assert.equal(choose('/ip4/9.9.9.9/tcp/22/tls/ws', '/ip4/9.9.9.9/tcp/25/tls/ws'), 0)
    const names = Array.from({ length: 40 }, (_, one) => choose(`/dns4/n${one}.victim.example/tcp/443/tls/ws`))
    assert.equal(names.filter((count) => count > 0).length, 6)
  })

  test('is not dialled where it is connected, or being dialled', async () => {
    const { connector, dials, connected } = scene()
    const [one, other] = [(await newIdentity()).peerId, (await newIdentity()).peerId]
    connected.add(one.toString())
    connector.heard(known(one, WSS))
    connector.heard(known(other, WSS))
    connector.heard(known(other, WSS))
    assert.equal(dials.length, 1)
  })

  test('waits while four others are dialled', async () => {
    const { connector, dials } = scene()
    for (let peers = 0; peers < 6; peers++) connector.heard(known((await newIdentity()).peerId, WSS))
    assert.equal(dials.length, 4)
    dials[0]?.end()
    await settle()
    assert.equal(dials.length, 5)
  })

  test('that failed tells why, and is left alone for its back-off although it is heard again', async () => {
    const { connector, dials, events, clock } = scene()
    const { peerId } = await newIdentity()
    const heard = () => connector.heard(known(peerId, WSS))
    heard()
    dials[0]?.end(new AggregateError([new Error('certificate has expired')], 'all failed'))
    await settle()
    const [failed] = events.of('dial-failed')
    assert.equal(failed?.message, 'certificate has expired')
    assert.deepEqual(failed.addresses, [WSS])
    assert.equal(Date.parse(failed.retryAt), NOW + backOffMs(1))
    clock.set(NOW + backOffMs(1) - 1)
    heard()
    assert.equal(dials.length, 1)
    clock.set(NOW + backOffMs(1))
    heard()
    assert.equal(dials.length, 2)
    dials[1]?.end(new Error('still'))
    await settle()
    assert.equal(Date.parse(events.of('dial-failed')[1]?.retryAt ?? ''), NOW + backOffMs(1) + backOffMs(2))
  })

  test('is forgiven its failures once it is connected', async () => {
    const { connector, dials, events, clock } = scene()
    const { peerId } = await newIdentity()
    connector.heard(known(peerId, WSS))
    dials[0]?.end(new Error('no'))
    await settle()
    await clock.advance(backOffMs(1))
    connector.heard(known(peerId, WSS))
    dials[1]?.end()
    await settle()
    assert.equal(events.of('connected').length, 1)
    connector.heard(known(peerId, WSS))
    dials[2]?.end(new Error('no'))
    await settle()
    assert.equal(Date.parse(events.of('dial-failed')[1]?.retryAt ?? ''), clock.now() + backOffMs(1))
  })

  test('waits longer with each failure, up to six hours', () => {
    assert.deepEqual([1, 2, 3, 4, 9].map(backOffMs), [60_000, 600_000, 3_600_000, 21_600_000, 21_600_000])
  })
})
