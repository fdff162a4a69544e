// The book when it is full: in memory there is no place, on disk there is. Nobody who is known may be lost by being heard again, and what
// strangers leave on the disk ends.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { createFairMap } from '../../core/discovery/fair-map.ts'
import { createHand } from '../../main/peers/book/at-hand.ts'
import { dialled, keyOf, NOBODY, tell } from '../../main/peers/book/entry.ts'
import { MAX_AT_HAND, MAX_MET_PEERS, WRITE_EVERY_MS } from '../../main/peers/book/limits.ts'
import { BOOK_FILE, openStore } from '../../main/peers/book/open-store.ts'
import { sqliteStore } from '../../main/peers/book/sqlite-store.ts'
import { memoryStore, type Row } from '../../main/peers/book/store.ts'
import { silentLog } from '../../core/log.ts'
import { DAY_MS, newIdentity, NOW, temporaryDir } from '../main/support.ts'
import { address, bookScene, BROADCAST, sealed, SEQ } from './book-scene.ts'
import type { PeerBook } from '../../main/peers/book/index.ts'

const HOUR_MS = 3_600_000
const crowd = Promise.all(Array.from({ length: MAX_AT_HAND + 1 }, newIdentity))
const FLOOD = { network: '', neighbour: 'flood' }

/** Fills all places in memory. */
async function fill(book: PeerBook, bringer = FLOOD): Promise<void> {
  const envelope = new Uint8Array(10)
  for (const { peerId } of await crowd) {
    await book.consume({ peer: peerId, seq: SEQ, addresses: [address(9)], envelope }, { ...BROADCAST, bringer })
  }
}

const portsOf = (book: PeerBook, peer: Parameters<PeerBook['addresses']>[0]) =>
  book.addresses(peer).map((one) => one.address.getComponents().at(-1)?.value)

describe('a peer for whom there is no place in memory', () => {
  test('is known by its newer record all the same where it is on disk, now and after a restart', async (t) => {
    const { open, peer, dir, clock } = await bookScene(t)
    const first = await open()
    await first.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await first.stop()
    const store = sqliteStore(join(dir, BOOK_FILE))
    const book = await open({ store: { ...store, best: () => [] } })
    await fill(book)
    assert.ok(!book.holds(peer.peerId))
    const newer = await sealed(peer, SEQ + 1n, 2)
    const { kind } = await book.consumeEnvelope(newer, { ...BROADCAST, bringer: FLOOD })
    assert.equal(kind, 'stored')
    assert.deepEqual(portsOf(book, peer.peerId), ['2'])
    await clock.advance(70 * WRITE_EVERY_MS)
    assert.deepEqual(portsOf(book, peer.peerId), ['2'])
    assert.deepEqual(book.signedRecords([peer.peerId]), [{ peer: peer.peerId, envelope: newer }])
    const old = await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    assert.equal(old.kind, 'stale')
    await book.stop()
    assert.deepEqual(portsOf(await open(), peer.peerId), ['2'])
  })

  test('is on disk with the newer record where it had to give way before that was written', async (t) => {
    const { open, peer, dir } = await bookScene(t)
    const first = await open()
    await first.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await first.stop()
    const book = await open({ store: { ...sqliteStore(join(dir, BOOK_FILE)), best: () => [] } })
    for (const { peerId } of (await crowd).slice(0, MAX_AT_HAND - 1)) {
      const bringer = { network: peerId.toString(), neighbour: '' }
      await book.add(peerId, [address(9)], { provenance: 'exchange', bringer })
    }
    const flooding = { ...BROADCAST, bringer: FLOOD }
    await book.consumeEnvelope(await sealed(peer, SEQ + 1n, 2), flooding)
    const another = await newIdentity()
    await book.consumeEnvelope(await sealed(another, SEQ, 3), flooding)
    const third = await newIdentity()
    await book.add(third.peerId, [address(4)], { provenance: 'user' })
    await book.add((await newIdentity()).peerId, [address(4)], { provenance: 'user' })
    assert.ok(!book.holds(peer.peerId))
    assert.deepEqual(portsOf(book, peer.peerId), ['2'])
    await book.stop()
    assert.deepEqual(portsOf(await open(), peer.peerId), ['2'])
  })

  test('has one where a person typed it in, whoever is there', async (t) => {
    const { open } = await bookScene(t)
    const book = await open()
    const [last, ...others] = await crowd
    for (const { peerId } of others.slice(0, 200)) await book.add(peerId, [address(1)], { provenance: 'user' })
    for (const [index, { peerId }] of others.slice(200).entries()) {
      const bringer = { network: `${index % 10}`, neighbour: '' }
      await book.add(peerId, [address(2)], { provenance: 'exchange', bringer })
    }
    const { peerId } = last ?? assert.fail()
    assert.equal(await book.add(peerId, [address(3)], { provenance: 'user' }), 1)
    assert.deepEqual(portsOf(book, peerId), ['3'])
  })
})

describe('a shared map', () => {
  test('of which the largest part is kept gives up one of the next, and never a newcomer that is kept', () => {
    const map = createFairMap<number>({ limit: 3, isKept: (key) => key.startsWith('kept') })
    const put = (key: string, network: string) => map.put(key, 0, { network, neighbour: '' })?.key
    put('kept 1', 'large')
    put('kept 2', 'large')
    put('stranger', 'small')
    assert.equal(put('kept 3', 'large'), 'stranger')
    assert.equal(put('kept 4', 'small'), undefined)
    assert.equal(put('newcomer', 'new'), 'newcomer')
    assert.equal(map.size, 4)
  })
})

describe('the disk', () => {
  test('does not keep for ever who was connected when they were written', async (t) => {
    const connected = new Set<string>()
    const { open, dir, clock } = await bookScene(t, { isConnected: (one) => connected.has(one.toString()) })
    const book = await open()
    const strangers = (await crowd).slice(0, 10)
    for (const { peerId } of strangers) {
      connected.add(peerId.toString())
      await book.add(peerId, [address(1)], { provenance: 'identify' })
    }
    await clock.advance(WRITE_EVERY_MS)
    const rows = () => {
      const database = new DatabaseSync(join(dir, BOOK_FILE), { readOnly: true })
      const found = database.prepare('SELECT kept, until_ms FROM peers').all()
      database.close()
      return found.map(({ kept, until_ms: untilMs }) => [kept, untilMs])
    }
    assert.deepEqual(
      rows(),
      strangers.map(() => [0, NOW + WRITE_EVERY_MS + HOUR_MS]),
    )
    clock.set(NOW + 2 * DAY_MS)
    await clock.advance(WRITE_EVERY_MS)
    assert.deepEqual(rows(), [])
  })

  const row = (id: string, provenance: 'user' | 'identify', isKept: boolean, untilMs = NOW): Row => ({
    ...{ id, isKept, bringer: { network: 'bad', neighbour: 'x' } },
    entry: {
      ...{ seq: -1n, record: undefined, metMs: undefined },
      held: [
        {
          ...{ address: '/ip4/192.0.2.1/tcp/1', kind: 'public', network: undefined, experience: { failures: 0 } },
          sources: [{ provenance, sinceMs: NOW, untilMs: provenance === 'user' ? undefined : untilMs }],
        },
      ],
    },
  })

  test('holds no more than its limit, also of those that are kept, and gives the user’s back first', async (t) => {
    const store = sqliteStore(join(await temporaryDir(t), BOOK_FILE), { peers: 10, seqs: 5 })
    t.after(() => store.close())
    for (let index = 0; index < 50; index++) {
      store.write({ rows: [row(`met ${index}`, 'identify', true, NOW + index)], gone: [], deleted: [] })
    }
    store.write({ rows: [row('the user’s', 'user', true), row('a', 'identify', false)], gone: [], deleted: [] })
    assert.equal([...store.ids()].length, 10)
    assert.deepEqual(
      store.best(3).map(({ id }) => id),
      ['the user’s', 'met 8', 'met 7'],
    )
  })

  test('that fails once is written again at the next turn, and its failing reaches nobody who asks', async (t) => {
    const { open, dir, clock, peer } = await bookScene(t)
    const real = sqliteStore(join(dir, BOOK_FILE))
    let isFull = true
    const fails = () => assert.fail('database or disk is full')
    const store = {
      ...real,
      get: () => fails(),
      seqOf: () => fails(),
      expire: (nowMs: number) => (isFull ? fails() : real.expire(nowMs)),
    }
    const book = await open({ store })
    await clock.advance(WRITE_EVERY_MS)
    isFull = false
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    assert.deepEqual(book.addresses((await newIdentity()).peerId), [])
    await clock.advance(WRITE_EVERY_MS)
    assert.deepEqual([...real.ids()], [peer.peerId.toString()])
  })

  test('has a row as long as its peer is told again', async (t) => {
    const { open, dir, clock, peer } = await bookScene(t)
    const book = await open()
    await book.add(peer.peerId, [address(1)], { provenance: 'dht' })
    await clock.advance(WRITE_EVERY_MS)
    clock.set(NOW + 23 * HOUR_MS)
    await book.add(peer.peerId, [address(1)], { provenance: 'dht' })
    await clock.advance(WRITE_EVERY_MS)
    clock.set(NOW + 25 * HOUR_MS)
    await clock.advance(WRITE_EVERY_MS)
    // as after a crash: what is on disk alone counts
    assert.deepEqual([...sqliteStore(join(dir, BOOK_FILE)).ids()], [peer.peerId.toString()])
  })

  test('keeps what dialling showed, the first time and each time after', async (t) => {
    const { open, clock, peer } = await bookScene(t)
    const book = await open()
    await book.add(peer.peerId, [address(1)], { provenance: 'user' })
    book.observe(peer.peerId, address(1), { kind: 'reached', latencyMs: 1 })
    await clock.advance(WRITE_EVERY_MS)
    for (let times = 0; times < 5; times++) book.observe(peer.peerId, address(1), { kind: 'failed', reason: 'gone' })
    await book.stop()
    assert.equal((await open()).addresses(peer.peerId)[0]?.experience.failures, 5)
  })

  test('is asked before the book is loaded: an old record that comes first is refused', async (t) => {
    const { open, peer } = await bookScene(t)
    const first = await open()
    await first.consumeEnvelope(await sealed(peer, SEQ + 1n, 1), BROADCAST)
    await first.add(peer.peerId, [address(5)], { provenance: 'user' })
    await first.stop()
    const old = await sealed(peer, SEQ, 2)
    const book = await open({}, async (unloaded) => {
      assert.equal((await unloaded.consumeEnvelope(old, BROADCAST)).kind, 'stale')
      await unloaded.add(peer.peerId, [address(3)], { provenance: 'identify' })
    })
    assert.deepEqual(new Set(portsOf(book, peer.peerId)), new Set(['1', '3', '5']))
  })

  test('in a folder whose name speaks of damage is set aside for none', async (t) => {
    const dir = join(await temporaryDir(t), 'corrupt malformed')
    const newer = () => sqliteStore(join(dir, BOOK_FILE))
    newer().close()
    const database = new DatabaseSync(join(dir, BOOK_FILE))
    database.exec('PRAGMA user_version = 99')
    database.close()
    const told: string[] = []
    const store = openStore({ dir, log: silentLog, tell: (message) => void told.push(message) })
    store.close()
    assert.doesNotMatch(told.join(), /damaged/)
    assert.deepEqual(memoryStore().best(1), [])
  })
})

describe('peers that were reached', () => {
  test('stay by the networks in which they were: many at one address push out each other, not those elsewhere', async () => {
    const hand = createHand({ isConnected: () => false, now: () => NOW, onGone: () => undefined })
    const peers = (await crowd).slice(0, MAX_MET_PEERS + 60)
    const put = (index: number, ip: string) => {
      const peer = peers[index]?.peerId
      assert.ok(peer)
      const place = { address: `/ip4/${ip}/tcp/4431`, kind: 'public', network: undefined } as const
      const told = tell(NOBODY, [place], { provenance: 'identify', nowMs: NOW, untilMs: undefined })
      const entry = dialled(told, keyOf(place), { kind: 'reached', latencyMs: 1 }, NOW)
      hand.put(peer.toString(), { peer, entry, written: undefined }, { network: ip, neighbour: ip }, true)
      return peer.toString()
    }
    const honest = Array.from({ length: 60 }, (_, index) => put(index, `20.0.${index}.1`))
    const flood = Array.from({ length: MAX_MET_PEERS }, (_, index) => put(60 + index, '8.8.8.8'))
    assert.ok(honest.every((id) => hand.isMet(id)))
    assert.equal(flood.filter((id) => hand.isMet(id)).length, MAX_MET_PEERS - 60)
  })
})

test('a row whose id is none is passed over by whoever asks for all peers', async (t) => {
  const { open, dir } = await bookScene(t)
  await (await open()).stop()
  const ids = ['2NT', '']
  const book = await open({ store: { ...sqliteStore(join(dir, BOOK_FILE)), ids: () => ids } })
  assert.deepEqual([...book.peers()], [])
})
