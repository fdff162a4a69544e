// What of the book others are told, wherever we are: records by what stands in them, and nothing that only the person here has named.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { isRecord } from '../../core/exchange/source.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { createNetworks } from '../../main/peers/book/networks.ts'
import { bookAsSource } from '../../main/peers/record-source.ts'
import { newIdentity } from '../main/support.ts'
import { BROADCAST, bookScene, SEQ } from './book-scene.ts'

const HOME = '192.168.1.0/24'
const PUBLIC = '/ip4/8.8.4.4/tcp/4431'

async function scene(t: TestContext) {
  const { open, clock, peer } = await bookScene(t)
  let subnets = [HOME]
  const book = await open({ networks: createNetworks(clock, () => subnets) })
  const move = (...to: string[]) => {
    subnets = to
    clock.set(clock.now() + 60_000)
  }
  const source = bookAsSource({ book, own: () => undefined, addressClasses: ['public'] })
  const hear = async (one: typeof peer, ...texts: string[]) => {
    const addresses = texts.map((text) => multiaddr(text))
    return book.consumeEnvelope(await sealPeerRecord(one.key, addresses, SEQ), BROADCAST)
  }
  const told = (id = peer.peerId) =>
    source
      .recordsOf([id])
      .map((one) => ({ signed: isRecord(one), addresses: one.addresses.map((address) => address.toString()) }))
  return { book, source, peer, move, hear, told }
}

describe('a record', () => {
  test('is told as its owner signed it', async (t) => {
    const { source, peer, hear, told } = await scene(t)
    await hear(peer, PUBLIC)
    assert.deepEqual(told(), [{ signed: true, addresses: [PUBLIC] }])
    assert.equal(source.recent(10)[0]?.seq, SEQ)
  })

  test('is told to nobody where a private address is in it, also in another network than that of the address', async (t) => {
    const { source, peer, hear, told, move } = await scene(t)
    await hear(peer, '/ip4/192.168.1.7/tcp/1', PUBLIC)
    for (const subnet of [HOME, '10.9.0.0/16']) {
      move(subnet)
      assert.deepEqual(told(), [{ signed: false, addresses: [PUBLIC] }])
      assert.deepEqual(source.recent(10), [])
    }
  })

  test('is judged once, however often a thousand are asked for', async (t) => {
    const { book, source, hear } = await scene(t)
    const texts = Array.from({ length: 32 }, (_, index) => `/ip4/8.8.4.4/tcp/${4_000 + index}/tls/ws`)
    for (let count = 0; count < 150; count++) await hear(await newIdentity(), ...texts)
    // and not all of them by one who asks
    assert.equal(source.recent(1_000).length, 128)
    const first = source.recent(1_000)
    assert.equal(first.length, book.size())
    const again = source.recent(1_000)
    assert.ok(again.every((record, index) => record === first[index]))
    assert.equal(source.recent(7).length, 7)
  })
})

describe('an address', () => {
  test('that a person typed in is told to nobody', async (t) => {
    const { book, peer, hear, told } = await scene(t)
    const typed = multiaddr('/ip4/9.9.9.9/tcp/4431')
    await book.add(peer.peerId, [typed], { provenance: 'user' })
    assert.deepEqual(told(), [])
    await hear(peer, '/ip4/192.168.1.7/tcp/1', PUBLIC)
    assert.deepEqual(told(), [{ signed: false, addresses: [PUBLIC] }])
    await book.add(peer.peerId, [typed], { provenance: 'identify' })
    assert.deepEqual(told()[0]?.addresses.toSorted(), [PUBLIC, typed.toString()])
  })

  test('that others told us of is told to nobody before its peer was reached there', async (t) => {
    const { book, peer, told } = await scene(t)
    const rumour = multiaddr(PUBLIC)
    for (const provenance of ['dht', 'exchange', 'broadcast'] as const) {
      await book.add(peer.peerId, [rumour], { provenance })
      assert.deepEqual(told(), [], provenance)
    }
    book.observe(peer.peerId, rumour, { kind: 'reached', latencyMs: 20 })
    assert.deepEqual(told(), [{ signed: false, addresses: [PUBLIC] }])
    book.observe(peer.peerId, rumour, { kind: 'failed', reason: 'nobody there' })
    assert.deepEqual(told(), [])
  })
})
