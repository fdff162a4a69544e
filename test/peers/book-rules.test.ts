// What the book believes of whom and for how long, what is used where, and what strangers can do to it: nothing of the user's is lost.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { create as createDigest } from 'multiformats/hashes/digest'
import { parseIp } from '../../proto/ip.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { MAX_AT_HAND, MAX_OF_SOURCE } from '../../main/peers/book/limits.ts'
import { createNetworks, privateSubnets } from '../../main/peers/book/networks.ts'
import { createPeerList } from '../../main/peers/peer-list.ts'
import { DAY_MS, newIdentity, NOW } from '../main/support.ts'
import { address, bookScene, BROADCAST, sealed, SEQ } from './book-scene.ts'
import type { PeerId } from '@libp2p/interface'
import type { PeerBook } from '../../main/peers/book/index.ts'

const HOUR_MS = 3_600_000
const typed = { provenance: 'user' } as const

const textsOf = (book: PeerBook, peer: PeerId) => book.addresses(peer).map((one) => one.address.toString())
const why = (book: PeerBook, peer: PeerId) =>
  book.addresses(peer).map((one) => one.sources.map(({ provenance }) => provenance).join(' '))

/** A peer that nobody has a key of. */
function madeUp(index: number): PeerId {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, index)
  return peerIdFromMultihash(createDigest(0x12, bytes))
}

describe('what the book knows of an address', () => {
  test('is every reason for it, and how dialling it went', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    const book = await open()
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await book.add(peer.peerId, [address(1)], typed)
    clock.set(NOW + 5)
    book.observe(peer.peerId, address(1), { kind: 'reached', latencyMs: 12 })
    clock.set(NOW + 9)
    book.observe(peer.peerId, address(1), { kind: 'failed', reason: 'nobody there' })
    const [known] = book.addresses(peer.peerId)
    assert.deepEqual(known?.sources, [
      { provenance: 'certified', sinceMs: NOW, untilMs: NOW + 30 * DAY_MS },
      { provenance: 'user', sinceMs: NOW, untilMs: undefined },
    ])
    assert.equal(known.kind, 'public')
    assert.deepEqual(known.experience, {
      ...{ lastSuccessMs: NOW + 5, latencyMs: 12, lastFailureMs: NOW + 9, failures: 1, failingSinceMs: NOW + 9 },
    })
  })

  const kinds: readonly (readonly [string, string])[] = [
    ['/ip4/8.8.8.8/tcp/1', 'public'],
    ['/dns4/node.example.org/tcp/1/tls/ws', 'public'],
    ['/ip4/100.64.0.9/tcp/1', 'carrier'],
    ['/ip6/::1/tcp/1', 'loopback'],
    ['/dns4/localhost/tcp/1', 'loopback'],
    ['/ip4/8.8.8.8/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit', 'relay'],
  ]
  for (const [text, kind] of kinds) {
    test(`says that ${text} is ${kind}`, async (t) => {
      const { open, peer } = await bookScene(t)
      const book = await open()
      assert.equal(await book.add(peer.peerId, [multiaddr(text)], { provenance: 'exchange' }), 1)
      assert.equal(book.addresses(peer.peerId)[0]?.kind, kind)
    })
  }

  test('ends for each reason in its own time: what was told after an hour or a day, what was typed in never', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    const book = await open()
    await book.add(peer.peerId, [address(1)], { provenance: 'identify' })
    await book.add(peer.peerId, [address(2)], { provenance: 'exchange' })
    await book.add(peer.peerId, [address(3)], { provenance: 'dht', forMs: 5 })
    await book.add(peer.peerId, [address(4)], typed)
    clock.set(NOW + 5)
    assert.deepEqual(why(book, peer.peerId), ['user', 'identify', 'exchange'])
    clock.set(NOW + HOUR_MS)
    assert.deepEqual(why(book, peer.peerId), ['user', 'exchange'])
    clock.set(NOW + 400 * DAY_MS)
    assert.deepEqual(why(book, peer.peerId), ['user'])
    await book.remove(peer.peerId, address(4))
    assert.deepEqual(why(book, peer.peerId), [])
  })

  test('makes it sink below all others when nobody was there for a day, although it is signed, until somebody is', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    const book = await open()
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await book.add(peer.peerId, [address(2)], { provenance: 'exchange' })
    const fail = () => book.observe(peer.peerId, address(1), { kind: 'failed', reason: 'nobody there' })
    for (let times = 0; times < 5; times++) fail()
    assert.deepEqual(why(book, peer.peerId), ['certified', 'exchange'])
    clock.set(NOW + DAY_MS)
    await book.add(peer.peerId, [address(2)], { provenance: 'exchange' })
    assert.deepEqual(why(book, peer.peerId), ['exchange', 'certified'])
    book.observe(peer.peerId, address(1), { kind: 'reached', latencyMs: 3 })
    assert.deepEqual(why(book, peer.peerId), ['certified', 'exchange'])
  })

  test('keeps its place where a person typed it in, as in the dialler and in the list', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    const book = await open()
    await book.add(peer.peerId, [address(1)], typed)
    for (let times = 0; times < 5; times++) book.observe(peer.peerId, address(1), { kind: 'failed', reason: 'nobody' })
    clock.set(NOW + DAY_MS)
    await book.add(peer.peerId, [address(2)], { provenance: 'exchange' })
    assert.deepEqual(why(book, peer.peerId), ['user', 'exchange'])
    const list = createPeerList({
      ...{ host: { getConnections: () => [] }, book, clock },
      events: { on: () => () => undefined },
    })
    assert.equal(list.one(peer.peerId.toString())?.addresses[0]?.sunken, false)
  })

  test('is told to whoever watches, after each change', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    const seen: string[] = []
    const end = book.watch((one) => seen.push(`${one.equals(peer.peerId)} ${textsOf(book, one).length}`))
    await book.add(peer.peerId, [address(1)], typed)
    await book.consumeEnvelope(await sealed(peer, SEQ, 2), BROADCAST)
    end()
    await book.remove(peer.peerId)
    assert.deepEqual(seen, ['true 1', 'true 2'])
  })
})

describe('what ends', () => {
  test('is all that identify said before, when it says nothing any more', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    await book.add(peer.peerId, [address(1)], { provenance: 'identify' })
    await book.add(peer.peerId, [], { provenance: 'identify' })
    assert.deepEqual(textsOf(book, peer.peerId), [])
  })

  test('does not come back from the disk before it is taken out there', async (t) => {
    const { open, peer } = await bookScene(t)
    const first = await open()
    await first.add(peer.peerId, [address(1)], { provenance: 'identify' })
    await first.stop()
    const book = await open()
    await book.add(peer.peerId, [], { provenance: 'identify' })
    assert.deepEqual(textsOf(book, peer.peerId), [])
    await book.stop()
    assert.deepEqual([...(await open()).peers()], [])
  })

  test('is a certified address with its record, also where the clock was a year ahead when it came', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    clock.set(NOW + 365 * DAY_MS)
    const book = await open()
    const envelope = await sealed(peer, SEQ, 1)
    await book.consumeEnvelope(envelope, BROADCAST)
    clock.set(NOW)
    await book.consumeEnvelope(envelope, BROADCAST)
    assert.deepEqual(
      book.addresses(peer.peerId)[0]?.sources.map(({ untilMs }) => untilMs),
      [NOW + 30 * DAY_MS],
    )
    clock.set(NOW + 31 * DAY_MS)
    assert.deepEqual(textsOf(book, peer.peerId), [])
  })
})

describe('a private address', () => {
  const home = multiaddr('/ip4/192.168.1.7/tcp/1')

  test('is used in the network that it was learnt in and in no other, unless a person typed it in', async (t) => {
    let subnets = ['192.168.1.0/24']
    const { open, peer, clock, stored } = await bookScene(t)
    const book = await open({ networks: createNetworks(clock, () => subnets) })
    const other = await newIdentity()
    await book.add(peer.peerId, [home], { provenance: 'identify', forMs: DAY_MS })
    await book.consumeEnvelope(await sealPeerRecord(peer.key, [multiaddr('/ip4/10.0.0.9/tcp/1')], SEQ), BROADCAST)
    await book.add(other.peerId, [home], typed)
    assert.equal(book.addresses(peer.peerId).length, 2)
    assert.deepEqual(
      book.addresses(peer.peerId).map(({ network }) => network),
      ['192.168.1.0/24', '192.168.1.0/24'],
    )
    subnets = ['172.16.0.0/12']
    await clock.advance(10 * 60_000)
    assert.deepEqual(textsOf(book, peer.peerId), [])
    assert.deepEqual(stored.get(peer.peerId.toString()), [])
    assert.deepEqual(textsOf(book, other.peerId), [home.toString()])
    subnets = ['172.16.0.0/12', '192.168.1.0/24']
    await clock.advance(10 * 60_000)
    assert.equal(book.addresses(peer.peerId).length, 2)
  })

  test('that is the same in two networks is two addresses', async (t) => {
    let subnets = ['192.168.1.0/24']
    const { open, peer, clock } = await bookScene(t)
    const book = await open({ networks: createNetworks(clock, () => subnets) })
    await book.add(peer.peerId, [home], { provenance: 'exchange' })
    book.observe(peer.peerId, home, { kind: 'reached', latencyMs: 1 })
    subnets = ['192.168.0.0/16']
    clock.set(NOW + 60_000)
    await book.add(peer.peerId, [home], { provenance: 'exchange' })
    assert.deepEqual(
      book.addresses(peer.peerId).map(({ network, experience }) => [network, experience.lastSuccessMs]),
      [['192.168.0.0/16', undefined]],
    )
  })

  test('belongs to the subnets of the machine, of either family, which are told without their hosts', () => {
    const entry = (cidr: string, internal = false) => ({ internal, cidr, family: 'IPv4' }) as never
    const subnets = privateSubnets({
      eth0: [entry('192.168.178.23/24'), entry('fd12:3456::9/64'), entry('8.8.8.8/24')],
      lo: [entry('127.0.0.1/8', true)],
      wifi: [entry('10.1.2.3/20')],
    })
    assert.deepEqual(subnets, ['10.1.0.0/20', '192.168.178.0/24', 'fd12:3456:0000:0000:0000:0000:0000:0000/64'])
    const networks = createNetworks({ now: () => NOW }, () => subnets)
    const learntIn = (text: string) => networks.learntIn(parseIp(text) ?? assert.fail(text))
    assert.equal(learntIn('192.168.178.99'), '192.168.178.0/24')
    assert.equal(learntIn('fd12:3456::77'), 'fd12:3456:0000:0000:0000:0000:0000:0000/64')
    assert.equal(learntIn('172.16.0.1'), subnets.join(','))
    // 172.17.0.0/16 is the containers' on every machine: one subnet in common is not yet the same network
    assert.equal(networks.isHere('10.9.0.0/16,192.168.178.0/24'), false)
    assert.equal(networks.isHere('192.168.178.0/24,10.1.0.0/20'), true)
    assert.equal(networks.isHere(''), false)
  })
})

describe('the answer to who asks for many', () => {
  test('is the record, or else plain addresses, and nothing that only a person has told us', async (t) => {
    const own = new Uint8Array([1, 2, 3])
    const { open, peer, self } = await bookScene(t, { ownRecord: () => own })
    const book = await open()
    const [plain, secret, stranger] = await Promise.all([newIdentity(), newIdentity(), newIdentity()])
    const envelope = await sealed(peer, SEQ, 1)
    await book.consumeEnvelope(envelope, BROADCAST)
    const both = [address(2), multiaddr('/ip4/192.168.1.7/tcp/1')]
    await book.add(plain.peerId, both, { provenance: 'identify' })
    await book.add(secret.peerId, [address(3)], typed)
    const asked = [plain, secret, stranger, peer].map(({ peerId }) => peerId)
    assert.deepEqual(book.signedRecords([...asked, self]), [
      { peer: plain.peerId, addresses: [address(2)] },
      { peer: peer.peerId, envelope },
      { peer: self, envelope: own },
    ])
  })
})

describe('bad input', () => {
  test('of ten thousand addresses for each reason pushes out nothing of another reason', async (t) => {
    const { open, peer, stored } = await bookScene(t)
    const book = await open()
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await book.add(peer.peerId, [address(2)], typed)
    const flood = Array.from({ length: 10_000 }, (_, index) => multiaddr(`/ip4/192.0.2.9/tcp/${index + 10}`))
    for (const provenance of ['identify', 'exchange', 'dht', 'broadcast', 'observed'] as const) {
      assert.equal(await book.add(peer.peerId, flood, { provenance }), MAX_OF_SOURCE[provenance])
    }
    const most = Object.values(MAX_OF_SOURCE).reduce((sum, count) => sum + count, 0)
    const texts = textsOf(book, peer.peerId)
    assert.ok(texts.length <= most && (stored.get(peer.peerId.toString())?.length ?? 0) <= most)
    for (const port of [1, 2]) assert.ok(texts.includes(address(port).toString()))
  })

  test('of too many typed in addresses keeps those that were there', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    for (let port = 1; port <= 40; port++) await book.add(peer.peerId, [address(port)], typed)
    assert.deepEqual(
      textsOf(book, peer.peerId),
      Array.from({ length: MAX_OF_SOURCE.user }, (_, index) => address(index + 1).toString()),
    )
  })

  test('of another peer’s addresses, of ourselves, of none, and of what is no place leaves nothing', async (t) => {
    const { open, peer, self } = await bookScene(t)
    const book = await open()
    const other = (await newIdentity()).peerId.toString()
    const wrong = [
      ...[`/ip4/8.8.8.8/tcp/1/p2p/${other}`, `/p2p/${other}`, `/p2p/${peer.peerId.toString()}`],
      ...[`/ip4/8.8.8.8/tcp/1/p2p-circuit/p2p/${other}`, '/dns4/a%0Ab/tcp/1', `/dns4/${'a'.repeat(600)}/tcp/1`],
    ].map((text) => multiaddr(text))
    assert.equal(await book.add(peer.peerId, wrong, { provenance: 'exchange' }), 0)
    assert.equal(await book.add(peer.peerId, [], { provenance: 'identify' }), 0)
    assert.equal(await book.add(self, [address(1)], typed), 0)
    book.observe(self, address(1), { kind: 'reached', latencyMs: 1 })
    book.observe(peer.peerId, address(1), { kind: 'failed', reason: 'nobody there' })
    assert.deepEqual([...book.peers()], [])
  })

  test('of a record without addresses withdraws those before, and is handed on', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    const empty = await sealed(peer, SEQ + 1n)
    await book.consumeEnvelope(empty, BROADCAST)
    assert.deepEqual(textsOf(book, peer.peerId), [])
    assert.deepEqual(book.signedRecords([peer.peerId]), [{ peer: peer.peerId, envelope: empty }])
  })

  test('of numbers of other units is only compared: 0, seconds, milliseconds, microseconds, nanoseconds', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    const numbers = [0n, SEQ / 1_000n, SEQ, SEQ * 1_000n, SEQ * 1_000_000n]
    for (const [index, seq] of numbers.entries()) {
      assert.equal((await book.consumeEnvelope(await sealed(peer, seq, index + 1), BROADCAST)).kind, 'stored')
      const before = numbers[index - 1]
      if (before === undefined) continue
      assert.equal((await book.consumeEnvelope(await sealed(peer, before, 99), BROADCAST)).kind, 'stale')
    }
    for (const seq of [2n ** 63n, 2n ** 64n - 1n]) {
      await assert.rejects(book.consumeEnvelope(await sealed(peer, seq, 1), BROADCAST), { fault: 'seq' })
    }
    assert.equal(book.highestSeq(peer.peerId), SEQ * 1_000_000n)
  })

  test('of a clock that is set back by a year, and forward again, loses nothing of the user’s', async (t) => {
    const { open, peer, clock } = await bookScene(t)
    const first = await open()
    await first.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await first.add(peer.peerId, [address(2)], typed)
    await first.stop()
    for (const now of [NOW - 365 * DAY_MS, NOW + 365 * DAY_MS, NOW]) {
      clock.set(now)
      const book = await open()
      assert.ok(textsOf(book, peer.peerId).includes(address(2).toString()))
      assert.equal(book.highestSeq(peer.peerId), SEQ)
      await book.stop()
    }
  })

  test('A8 of tens of thousands of made-up peers by broadcast, exchange and DHT leaves the user’s and the connected ones, and a bounded rest', async (t) => {
    const connected = await newIdentity()
    const { open, peer, stored } = await bookScene(t, { isConnected: (one) => one.equals(connected.peerId) })
    const book = await open()
    await book.add(peer.peerId, [address(1)], typed)
    const envelope = new Uint8Array(200)
    const ways = ['broadcast', 'exchange', 'dht'] as const
    for (let index = 0; index < 24_000; index++) {
      const provenance = ways[index % 3] ?? 'dht'
      const bringer = { network: '', neighbour: `stranger ${index % 7}` }
      const who = madeUp(index)
      if (index % 2 === 0) {
        await book.consume({ peer: who, seq: SEQ, addresses: [address(9)], envelope }, { provenance, bringer })
      } else await book.add(who, [address(9)], { provenance, bringer })
    }
    // it comes last, by one of those who have brought most
    const bringer = { network: '', neighbour: 'stranger 3' }
    for (const one of [madeUp(90_000), madeUp(90_001), connected.peerId]) {
      await book.add(one, [address(2)], { provenance: 'identify', bringer })
    }
    assert.ok(book.size() <= MAX_AT_HAND + 2)
    assert.ok(stored.size <= MAX_AT_HAND + 2)
    assert.deepEqual(textsOf(book, peer.peerId), [address(1).toString()])
    assert.deepEqual(textsOf(book, connected.peerId), [address(2).toString()])
  })
})
