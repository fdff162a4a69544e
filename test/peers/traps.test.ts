// Each trap of js-libp2p's peer store and identify (what was found and reproduced before this book was written), sprung on a real host: the
// book, and what it writes into the library's store, stay right. A peer behaves as badly as it can, or the library does what it does.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import protobuf from 'protobufjs/minimal.js'
import { silentLog } from '../../core/log.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { bringerOf, createPeerBook, feedBook } from '../../main/peers/book/index.ts'
import { createOwnRecord } from '../../main/peers/own-record.ts'
import { createSeqClock } from '../../main/peers/seq-clock.ts'
import { DAY_MS, LOOPBACK, manualClock, newIdentity, NOW, startHost, temporaryDir, until } from '../main/support.ts'
import { sealWithoutLimits } from '../records/support.ts'
import { BROADCAST } from './book-scene.ts'
import type { Stream } from '@libp2p/interface'

const SEQ = BigInt(NOW)
const PUSH = '/ipfs/id/push/1.0.0'
const address = (port: number) => multiaddr(`/ip4/127.0.0.1/tcp/${port}`)

async function scene(t: TestContext) {
  const clock = manualClock()
  const self = await newIdentity()
  const host = await startHost(t, { listen: LOOPBACK, privateKey: self.key })
  const dir = await temporaryDir(t)
  const owned: bigint[] = []
  const book = createPeerBook({
    ...{ dir, self: host.peerId, peerStore: host.peerStore, clock, log: silentLog },
    isConnected: (peer) => host.getConnections(peer).length > 0,
    bringerOf: (peer) => bringerOf(host, peer),
    onOwn: ({ seq }) => void owned.push(seq),
  })
  await book.load()
  t.after(() => book.stop())
  t.after(feedBook({ host, book, log: silentLog }))
  const peer = await newIdentity()
  const seal = (seq: bigint, ...addresses: Multiaddr[]) => sealPeerRecord(peer.key, addresses, seq)
  const stored = async () => {
    const { addresses } = await host.peerStore.get(peer.peerId)
    return addresses.map((one) => `${one.multiaddr.toString()}${one.isCertified ? '!' : ''}`)
  }
  /** The ports that the book knows, with their reasons. */
  const known = () =>
    book
      .addresses(peer.peerId)
      .map((one) => {
        const port = one.address.getComponents()[1]?.value
        return `${port} ${one.sources.map(({ provenance }) => provenance).join(' ')}`
      })
      .toSorted()
  return { clock, self, host, dir, book, peer, seal, stored, known, owned }
}

/** A message of identify as a peer may write it: addresses (field 2), protocols (3), a signed record (8). */
function identifyMessage(addresses: readonly Multiaddr[], record?: Uint8Array): Uint8Array {
  const writer = protobuf.Writer.create()
  for (const one of addresses) writer.uint32(0x12).bytes(one.bytes)
  writer.uint32(0x1a).string(PUSH)
  if (record) writer.uint32(0x42).bytes(record)
  const message = writer.finish()
  return Buffer.concat([protobuf.Writer.create().uint32(message.length).finish(), message])
}

/** The peer connects and pushes what it likes. */
async function pusher(t: TestContext, { host, peer }: Awaited<ReturnType<typeof scene>>) {
  const bad = await startHost(t, { privateKey: peer.key })
  const identified = new Promise((resolve) => host.addEventListener('peer:identify', resolve, { once: true }))
  const connection = await bad.dial(host.getMultiaddrs())
  await identified
  return async (addresses: readonly Multiaddr[], record?: Uint8Array) => {
    const stream: Stream = await connection.newStream(PUSH)
    stream.send(identifyMessage(addresses, record))
    await stream.close().catch(() => undefined)
  }
}

describe('a trap of js-libp2p', () => {
  test('1: twenty records at once, the newest first, leave the newest, also when identify writes them', async (t) => {
    const { host, book, seal, stored, peer } = await scene(t)
    const records = await Promise.all(
      Array.from({ length: 20 }, (_, index) => seal(SEQ + 20n - BigInt(index), address(20 - index))),
    )
    await Promise.all(
      records.map((record, index) =>
        index % 2 === 0 ? book.consumeEnvelope(record, BROADCAST) : host.peerStore.consumePeerRecord(record),
      ),
    )
    assert.equal(book.highestSeq(peer.peerId), SEQ + 20n)
    assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/20!'])
  })

  test('2: an address that is announced again and again stays, and one that is not ends', async (t) => {
    const { book, seal, stored, clock, known } = await scene(t)
    const record = await seal(SEQ, address(1))
    for (let day = 0; day < 60; day += 10) {
      clock.set(NOW + day * DAY_MS)
      await book.consumeEnvelope(record, BROADCAST)
      assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/1!'])
    }
    clock.set(NOW + 80 * DAY_MS)
    assert.deepEqual(known(), [])
  })

  test('3: what was known unsigned becomes certified', async (t) => {
    const { host, book, seal, stored, peer } = await scene(t)
    await book.add(peer.peerId, [address(1)], { provenance: 'exchange' })
    await host.peerStore.merge(peer.peerId, { multiaddrs: [address(1)] })
    await book.consumeEnvelope(await seal(SEQ, address(1)), BROADCAST)
    assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/1!'])
  })

  test('4: an address is there once, also after it was dialled', async (t) => {
    const { host, book, stored, peer } = await scene(t)
    const other = await startHost(t, { privateKey: peer.key, listen: LOOPBACK })
    const [at] = other.getMultiaddrs()
    assert.ok(at)
    await book.consumeEnvelope(await sealPeerRecord(peer.key, [at], SEQ), BROADCAST)
    await host.dial(at)
    await host.peerStore.merge(peer.peerId, { multiaddrs: [at] })
    await until('identify is over', () => book.addresses(peer.peerId).some(({ sources }) => sources.length === 2))
    assert.deepEqual(await stored(), [`${at.decapsulateCode(0x01a5).toString()}!`])
  })

  test('5: an identify without a record leaves what is certified', async (t) => {
    const all = await scene(t)
    const { book, seal, known, stored } = all
    await book.consumeEnvelope(await seal(SEQ, address(1)), BROADCAST)
    const push = await pusher(t, all)
    await push([address(2)])
    await until('the push was read', () => known().length === 2)
    assert.deepEqual(known(), ['1 certified', '2 identify'])
    assert.deepEqual((await stored()).toSorted(), ['/ip4/127.0.0.1/tcp/1!', '/ip4/127.0.0.1/tcp/2'])
  })

  test('6: an envelope of another payload type is no record', async (t) => {
    const { host, book, peer } = await scene(t)
    const record = new PeerRecord({ peerId: peer.peerId, multiaddrs: [address(1)], seqNumber: SEQ })
    record.codec = Uint8Array.from([3, 2])
    const envelope = (await RecordEnvelope.seal(record, peer.key)).marshal()
    await host.peerStore.consumePeerRecord(envelope).catch(() => undefined)
    await assert.rejects(book.consumeEnvelope(envelope, BROADCAST), { fault: 'payload-type' })
    assert.deepEqual(book.known(), [])
  })

  test('7: nobody else certifies an address by saying so', async (t) => {
    const { host, book, stored, peer } = await scene(t)
    await book.add(peer.peerId, [address(1)], { provenance: 'exchange' })
    await host.peerStore.patch(peer.peerId, { addresses: [{ multiaddr: address(6), isCertified: true }] })
    assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/1'])
    assert.deepEqual(book.known(), [])
  })

  test('8: a record of ourselves that somebody hands us changes nothing of ours', async (t) => {
    const { host, book, self, owned } = await scene(t)
    const before = await host.peerStore.get(host.peerId)
    await book.consumeEnvelope(await sealPeerRecord(self.key, [address(666)], SEQ), BROADCAST)
    assert.deepEqual(await host.peerStore.get(host.peerId), before)
    assert.deepEqual(owned, [SEQ])
  })

  test('9 and 10: the record that identify sends is made anew with our addresses, above its own last number', async (t) => {
    const { host, self, dir, clock } = await scene(t)
    const seq = createSeqClock({ dir, clock })
    const own = createOwnRecord({
      ...{ host, key: self.key, seq, clock, log: silentLog, addressClasses: ['loopback'] },
    })
    t.after(() => own.stop())
    const first = await own.current()
    clock.set(NOW - 5_000) // a clock that goes back
    await host.services.listener.listen([multiaddr('/ip4/127.0.0.1/tcp/0')])
    const second = await own.current()
    assert.ok(first && second && second.seq > first.seq)
    assert.deepEqual((await host.peerStore.get(host.peerId)).peerRecordEnvelope, second.envelope)
    assert.equal(second.addresses.length, 2)
  })

  test('11: an older record is refused when the peer was deleted from the library’s store', async (t) => {
    const { host, book, seal, peer } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ + 1n, address(1)), BROADCAST)
    await host.peerStore.delete(peer.peerId)
    await host.peerStore.consumePeerRecord(await seal(SEQ, address(2)))
    assert.equal(book.known()[0]?.seq, SEQ + 1n)
    assert.equal((await book.consumeEnvelope(await seal(SEQ, address(2)), BROADCAST)).kind, 'stale')
  })

  test('12: a record is scrapped alone, with tags and protocols of the peer staying', async (t) => {
    const { host, book, seal, stored, clock, peer } = await scene(t)
    await host.peerStore.merge(peer.peerId, { tags: { wanted: { value: 1 } }, protocols: ['/x/1'] })
    await book.consumeEnvelope(await seal(SEQ, address(1)), BROADCAST)
    await book.add(peer.peerId, [address(2)], { provenance: 'user' })
    clock.set(NOW + 31 * DAY_MS)
    await book.add(peer.peerId, [address(3)], { provenance: 'exchange' })
    assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/2', '/ip4/127.0.0.1/tcp/3'])
    const { tags, protocols } = await host.peerStore.get(peer.peerId)
    assert.ok(tags.has('wanted') && protocols.includes('/x/1'))
    assert.ok(book.signedRecords([peer.peerId]).every((told) => !('envelope' in told)))
  })

  test('13: an address of somebody else in a record is left out', async (t) => {
    const { host, book, seal, stored } = await scene(t)
    const foreign = address(5).encapsulate(`/p2p/${host.peerId.toString()}`)
    await host.peerStore.consumePeerRecord(await seal(SEQ, foreign, address(1)))
    assert.deepEqual(await stored(), ['/ip4/127.0.0.1/tcp/1!'])
    assert.equal(book.known()[0]?.addresses.length, 1)
  })

  test('14: a record of sixty kilobytes is none', async (t) => {
    const { host, book, peer } = await scene(t)
    const addresses = Array.from({ length: 5_000 }, (_, port) => address(port))
    const large = await sealWithoutLimits(peer.key, addresses, SEQ)
    await host.peerStore.consumePeerRecord(large).catch(() => undefined)
    await assert.rejects(book.consumeEnvelope(large, BROADCAST), { fault: 'size' })
    assert.deepEqual(book.addresses(peer.peerId), [])
  })

  test('15: whatever is wrong with an envelope, it is one kind of error', async (t) => {
    const { book, seal } = await scene(t)
    const good = await seal(SEQ, address(1))
    for (const bad of [new Uint8Array(), new Uint8Array(50).fill(7), good.slice(0, -1), good.slice(0, 40)]) {
      await assert.rejects(book.consumeEnvelope(bad, BROADCAST), { name: 'PeerRecordError' })
    }
  })

  test('16: a broken record in a push leaves what is known, and the next good one counts', async (t) => {
    const all = await scene(t)
    const { book, seal, known } = all
    await book.consumeEnvelope(await seal(SEQ, address(1)), BROADCAST)
    const push = await pusher(t, all)
    const legacy = new PeerRecord({ peerId: all.peer.peerId, multiaddrs: [address(9)], seqNumber: SEQ + 1n })
    legacy.domain = 'libp2p-routing-state'
    await push([address(9)], (await RecordEnvelope.seal(legacy, all.peer.key)).marshal())
    await push([], await seal(SEQ + 2n, address(2)))
    await until('the good one was read', () => known().includes('2 certified'))
    assert.ok(!known().some((line) => line.startsWith('1 ') || line.includes('9 certified')))
  })

  test('17: the highest number there is does not lock its peer out', async (t) => {
    const { host, book, seal } = await scene(t)
    await host.peerStore.consumePeerRecord(await seal(2n ** 64n - 1n, address(6)))
    assert.equal((await book.consumeEnvelope(await seal(SEQ, address(1)), BROADCAST)).kind, 'stored')
  })
})
