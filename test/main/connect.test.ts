// Dialling what was discovered: real WSS between two hosts where it works, and a host that only pretends where the order and
// number of dials count.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { stopHost } from '../../core/host.ts'
import { backOffMs, createConnector } from '../../main/peers/connect.ts'
import { createDialler } from '../../main/peers/dial/dialler.ts'
import { NAMED, policyNamed } from '../../main/peers/dial/policy.ts'
import { createDialTargets } from '../../main/peers/dial-targets.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { dialScene, fakeBook, known, PEER } from '../peers/dial-scene.ts'
import { collectEvents, makeBundle, manualClock, namesOf, newIdentity, NOW } from './support.ts'
import { settle, testAuthority, until } from './support.ts'
import type { PeerId } from '@libp2p/interface'

const WSS = '/dns4/node.example.org/tcp/443/tls/ws'

/** A connector over a host whose dials do as they are told. */
function scene(policy = NAMED.default) {
  const events = collectEvents()
  const made = dialScene()
  const { host, dialler, clock } = made
  const connector = createConnector({
    ...{ host, dialler, clock, policy: () => policy, emit: events.emit, wasVerified: () => true },
  })
  return {
    ...{ ...made, events, connector },
    /** A peer's signed record was heard; the dial begins a turn later. */
    heard: async (peer: PeerId, ...texts: readonly string[]) => {
      made.set(
        texts.map((text) => known(text)),
        peer,
      )
      connector.heard({ peer })
      await settle(3)
    },
  }
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
    const { book, set } = fakeBook()
    const { host } = dialling
    const clock = manualClock()
    const dialler = createDialler({
      ...{ host, book, clock, addressClasses: ['loopback'], policy: (name = 'default') => policyNamed(name) },
    })
    const connector = createConnector({
      ...{ host, dialler, clock, emit: events.emit, policy: () => NAMED.default },
      wasVerified: (address) => dialling.wasVerified(address),
    })
    t.after(() => connector.stop())
    set(
      serving.announced().map((address) => known(address.toString(), ['certified'], {}, 'loopback')),
      server.peerId,
    )
    connector.heard({ peer: server.peerId })
    await until('a connection', () => events.all.length > 0)
    const [connected] = events.of('connected')
    assert.equal(connected?.peer, server.peerId.toString())
    assert.equal(connected.name, `127-0-0-1.${namesOf(server.peerId)[0]}`)
    assert.equal(connected.verified, true)
    assert.ok(connected.pingMs >= 0)
  })

  test('that failed is not left alone for a year where the clock is set back by one', async () => {
    const { dials, clock, heard } = scene()
    const { peerId } = await newIdentity()
    await heard(peerId, WSS)
    dials[0]?.fail()
    await settle()
    await heard(peerId, WSS)
    assert.equal(dials.length, 1)
    clock.set(clock.now() - 365 * 24 * 3_600_000)
    await heard(peerId, WSS)
    assert.equal(dials.length, 2)
  })

  test('is dialled at its WSS addresses alone, where it has signed them', async () => {
    const { dials, set, connector } = scene()
    const { peerId } = await newIdentity()
    const [told, tcp, ws] = ['/ip4/8.8.8.9/tcp/443/tls/ws', '/ip4/8.8.8.8/tcp/4431', '/ip4/8.8.8.8/tcp/4431/ws']
    set([known(tcp), known(told, ['broadcast']), known(WSS), known(ws)], peerId)
    connector.heard({ peer: peerId })
    await settle()
    assert.deepEqual(
      dials.map(({ address, peer }) => [address, peer.toString()]),
      [[WSS, peerId.toString()]],
    )
  })

  test('is not dialled at an address of a class that is not allowed, nor against the chosen policy', async () => {
    const { heard, dials } = scene()
    const { peerId } = await newIdentity()
    const own = namesOf(peerId)[0]
    await heard(peerId, `/dns4/192-168-1-1.${own}/tcp/4431/tls/ws`, '/ip4/10.0.0.1/tcp/4431/tls/ws')
    const strict = scene(NAMED['user-only'])
    await strict.heard(peerId, WSS)
    assert.deepEqual([dials.length, strict.dials.length], [0, 0])
  })

  test('A8 that shares its network with a thousand made-up ones is dialled there a few times, and again later', async () => {
    const { heard, dials, clock, events, connector } = scene()
    const hear = async (count: number) => {
      for (let made = 0; made < count; made++) {
        const { peerId } = await newIdentity()
        await heard(peerId, `/ip4/8.8.8.${made % 250}/tcp/4430/tls/sni/a.example.org/ws`)
        for (const { fail } of dials) fail(new Error('nobody there'))
        await settle(5)
      }
    }
    await hear(40)
    assert.equal(dials.length, 6)
    // who was not dialled has failed in nothing
    assert.equal(events.of('dial-failed').length, 6)
    assert.equal(connector.sizes().failures, 6)
    clock.set(NOW + 200_000)
    await hear(10)
    assert.equal(dials.length, 8)
  })

  test('A8 makes nobody dial more than four addresses', async () => {
    const { heard, dials, connector } = scene()
    await heard(PEER, ...Array.from({ length: 32 }, (_, one) => `/ip4/9.9.${one}.9/tcp/4430/tls/ws`))
    for (let tried = 0; tried < 6; tried++) {
      dials.at(-1)?.fail()
      await settle(5)
    }
    assert.equal(dials.length, 4)
    await connector.stop()
  })

  test('A8 makes nobody dial a port of another program, or one domain for ever', () => {
    const whyNot = createDialTargets()
    const ask = (text: string) => whyNot(multiaddr(text), PEER, NOW) === undefined
    assert.deepEqual([ask('/ip4/9.9.9.9/tcp/22/tls/ws'), ask('/ip4/9.9.9.9/tcp/25/tls/ws')], [false, false])
    const names = Array.from({ length: 40 }, (_, one) => ask(`/dns4/n${one}.victim.example/tcp/443/tls/ws`))
    assert.equal(names.filter((isAllowed) => isAllowed).length, 6)
  })

  test('is not dialled where it is connected, or being dialled', async () => {
    const { heard, dials } = scene()
    const [one, other] = [(await newIdentity()).peerId, (await newIdentity()).peerId]
    await heard(one, WSS)
    dials[0]?.answer()
    await settle()
    await heard(one, WSS)
    await heard(other, WSS)
    await heard(other, WSS)
    assert.equal(dials.length, 2)
  })

  test('waits while four others are dialled', async () => {
    const { heard, dials } = scene()
    for (let peers = 0; peers < 6; peers++) await heard((await newIdentity()).peerId, WSS)
    assert.equal(dials.length, 4)
    dials[0]?.answer()
    await settle()
    assert.equal(dials.length, 5)
  })

  test('that failed tells why, and is left alone for its back-off although it is heard again', async () => {
    const { heard, dials, events, clock } = scene()
    const { peerId } = await newIdentity()
    await heard(peerId, WSS)
    dials[0]?.fail(new Error('certificate has expired'))
    await settle()
    const [failed] = events.of('dial-failed')
    assert.equal(failed?.message, 'the certificate there has expired: certificate has expired')
    assert.deepEqual(failed.addresses, [WSS])
    assert.equal(Date.parse(failed.retryAt), NOW + backOffMs(1))
    clock.set(NOW + backOffMs(1) - 1)
    await heard(peerId, WSS)
    assert.equal(dials.length, 1)
    clock.set(NOW + backOffMs(1))
    await heard(peerId, WSS)
    assert.equal(dials.length, 2)
    dials[1]?.fail(new Error('still'))
    await settle()
    assert.equal(Date.parse(events.of('dial-failed')[1]?.retryAt ?? ''), NOW + backOffMs(1) + backOffMs(2))
  })

  test('is forgiven its failures once it is connected', async () => {
    const { heard, dials, events, clock, connections } = scene()
    const { peerId } = await newIdentity()
    await heard(peerId, WSS)
    dials[0]?.fail(new Error('no'))
    await settle()
    await clock.advance(backOffMs(1))
    await heard(peerId, WSS)
    dials[1]?.answer()
    await settle()
    assert.equal(events.of('connected').length, 1)
    connections.length = 0
    await heard(peerId, WSS)
    dials[2]?.fail(new Error('no'))
    await settle()
    assert.equal(Date.parse(events.of('dial-failed')[1]?.retryAt ?? ''), clock.now() + backOffMs(1))
  })

  test('waits longer with each failure, up to six hours', () => {
    assert.deepEqual([1, 2, 3, 4, 9].map(backOffMs), [60_000, 600_000, 3_600_000, 21_600_000, 21_600_000])
  })
})
