// The book of addresses on disk: what is left of it after a restart, a crash and damage, and what strangers can make it write.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, describe, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { nodeFlags } from '../../core/node-flags.ts'
import { HEARD_AGAIN_MS, MAX_ROWS_AT_ONCE, WRITE_EVERY_MS } from '../../main/peers/book/limits.ts'
import { silentLog } from '../../core/log.ts'
import { BOOK_FILE, openStore } from '../../main/peers/book/open-store.ts'
import { sumOf } from '../../main/peers/book/row-text.ts'
import { memoryStore, type Row } from '../../main/peers/book/store.ts'
import { sqliteStore } from '../../main/peers/book/sqlite-store.ts'
import { DAY_MS, newIdentity, NOW, temporaryDir } from '../main/support.ts'
import { address, bookScene, BROADCAST, sealed, SEQ } from './book-scene.ts'

/** Reads the file as it is on disk. */
function inFile<Result>(dir: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(dir, BOOK_FILE))
  try {
    return work(database)
  } finally {
    database.close()
  }
}

const countIn = (dir: string): number =>
  inFile(dir, (database) => Number(database.prepare('SELECT COUNT(*) AS count FROM peers').get()?.count))

/** A scene whose file holds one peer. */
async function written(t: TestContext) {
  const scene = await bookScene(t)
  const book = await scene.open()
  await book.consumeEnvelope(await sealed(scene.peer, SEQ + 1n, 1), BROADCAST)
  await book.stop()
  return scene
}

describe('after a restart the book', () => {
  test('knows peers again, with all that was known of their addresses', async (t) => {
    const { open, peer } = await bookScene(t)
    const book = await open()
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    await book.add(peer.peerId, [address(2)], { provenance: 'user' })
    book.observe(peer.peerId, address(1), { kind: 'reached', latencyMs: 7 })
    const before = book.addresses(peer.peerId)
    await book.stop()
    assert.deepEqual((await open()).addresses(peer.peerId), before)
    assert.equal(before.length, 2)
  })

  test('still refuses what was older before', async (t) => {
    const { open, peer } = await written(t)
    assert.equal((await (await open()).consumeEnvelope(await sealed(peer, SEQ, 2), BROADCAST)).kind, 'stale')
  })

  test('refuses an old record even of a peer that was forgotten since', async (t) => {
    const { open, peer, clock, dir } = await written(t)
    clock.set(NOW + 31 * DAY_MS)
    const book = await open()
    await clock.advance(WRITE_EVERY_MS)
    await book.stop()
    assert.equal(countIn(dir), 0)
    const again = await open()
    assert.equal(again.highestSeq(peer.peerId), SEQ + 1n)
    assert.equal((await again.consumeEnvelope(await sealed(peer, SEQ, 2), BROADCAST)).kind, 'stale')
  })

  test('follows what a person has typed in, wherever that is kept', async (t) => {
    const { open, peer } = await bookScene(t)
    const other = await newIdentity()
    const typed = (one: typeof peer) => `${address(1).toString()}/p2p/${one.peerId.toString()}`
    await (await open({ added: () => [typed(peer)] })).stop()
    const book = await open({ added: () => [typed(other)] })
    assert.deepEqual(book.addresses(peer.peerId), [])
    assert.equal(book.addresses(other.peerId)[0]?.sources[0]?.provenance, 'user')
  })

  test('knows what earlier versions wrote, and takes their file off the disk', async (t) => {
    const { open, peer, dir } = await bookScene(t)
    const forgotten = await newIdentity()
    const envelope = Buffer.from(await sealed(peer, SEQ, 1)).toString('base64')
    const lines = [
      { peer: peer.peerId.toString(), envelope, heardAt: NOW, metAt: NOW, by: ['', 'a'] },
      { peer: forgotten.peerId.toString(), seq: `${SEQ + 5n}` },
    ]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    await writeFile(join(dir, 'peers.jsonl'), `nonsense\n${text}\n{"peer":"12D3K`)
    await (await open()).stop()
    const book = await open()
    assert.equal(book.known()[0]?.heardAt, NOW)
    assert.equal((await book.consumeEnvelope(await sealed(forgotten, SEQ, 2), BROADCAST)).kind, 'stale')
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.startsWith('peers.json')),
      [],
    )
  })

  test('knows what the first version wrote', async (t) => {
    const { dir, open, peer } = await bookScene(t)
    const peers = [{ envelope: Buffer.from(await sealed(peer, SEQ, 1)).toString('base64'), heardAt: NOW }]
    await writeFile(join(dir, 'peers.json'), JSON.stringify({ version: 1, peers, seqs: [] }))
    assert.ok((await open()).holds(peer.peerId))
  })

  test('does not believe a record that was altered in its file', async (t) => {
    const { dir, open, peer } = await written(t)
    inFile(dir, (database) => {
      const id = peer.peerId.toString()
      const { entry, envelope } = database.prepare('SELECT entry, envelope FROM peers').get() as {
        readonly entry: string
        readonly envelope: Uint8Array
      }
      const altered = entry.replace('/tcp/1', '/tcp/666')
      const sum = sumOf(id, SEQ + 1n, altered, envelope)
      database.prepare('UPDATE peers SET entry = ?, sum = ?').run(altered, sum)
    })
    const book = await open()
    assert.deepEqual(book.known(), [])
    assert.deepEqual(book.addresses(peer.peerId), [])
    assert.deepEqual(book.signedRecords([peer.peerId]), [])
    assert.equal(book.highestSeq(peer.peerId), SEQ + 1n)
  })

  test('takes a row with a bit that has turned for none', async (t) => {
    const { dir, open, peer } = await written(t)
    inFile(dir, (database) => database.exec("UPDATE peers SET entry = replace(entry, '/tcp/1', '/tcp/2')"))
    const book = await open()
    assert.deepEqual([...book.known(), ...book.addresses(peer.peerId)], [])
  })
})

describe('a file that is no good', () => {
  const cases: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
    ['nonsense', (path) => writeFile(path, 'nonsense'.repeat(1_000))],
    ['cut off in the middle', async (path) => truncate(path, Math.floor((await stat(path)).size / 2 / 4_096) * 4_096)],
    [
      'overwritten in the middle',
      async (path) => {
        const bytes = await readFile(path)
        await writeFile(path, bytes.fill(0xa5, 4_096))
      },
    ],
  ]
  for (const [what, damage] of cases) {
    test(`is set aside and told, and the book begins anew: ${what}`, async (t) => {
      const { dir, open, told, peer } = await written(t)
      await damage(join(dir, BOOK_FILE))
      const book = await open()
      await book.consumeEnvelope(await sealed(peer, SEQ + 2n, 3), BROADCAST)
      await book.stop()
      assert.equal(told.length, 1)
      assert.match(told[0] ?? '', /damaged/)
      assert.ok((await readdir(dir)).includes(`${BOOK_FILE}.damaged`))
      assert.equal((await open()).known()[0]?.seq, SEQ + 2n)
    })
  }

  test('is none after a kill in the middle of writing: all that was said to be written is there, and whole', async (t) => {
    const path = join(await temporaryDir(t), BOOK_FILE)
    const writer = spawn(process.execPath, [...nodeFlags(), join(import.meta.dirname, 'book-writer.ts'), path])
    let said = ''
    writer.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.split('\n').length > 40) writer.kill('SIGKILL')
    })
    await once(writer, 'exit')
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
    const database = new DatabaseSync(path)
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    database.close()
    const store = sqliteStore(path)
    t.after(() => store.close())
    const there = new Set(store.ids())
    assert.ok(last >= 100 && there.size >= last && there.size % 5 === 0)
    assert.ok(store.get(`peer ${last - 1}`))
  })

  test('that cannot be written is read all the same, and it is told', async (t) => {
    const { dir, told, peer, open } = await written(t)
    const refuse = () => assert.fail('attempt to write a readonly database')
    const store = openStore({ dir, log: silentLog, tell: (message) => void told.push(message), open: refuse })
    const book = await open({ store })
    assert.equal(book.known()[0]?.seq, SEQ + 1n)
    await book.consumeEnvelope(await sealed(peer, SEQ + 2n, 2), BROADCAST)
    await book.stop()
    assert.match(told[0] ?? '', /cannot be written/)
    assert.equal((await open()).known()[0]?.seq, SEQ + 1n)
  })

  test('that takes nothing any more leaves what is known while the node runs', async (t) => {
    const { open, peer, told } = await bookScene(t)
    const failing = { ...memoryStore(), write: () => assert.fail('attempt to write a readonly database') }
    const book = await open({ store: failing })
    await book.add(peer.peerId, [address(1)], { provenance: 'user' })
    await book.consumeEnvelope(await sealed(peer, SEQ, 2), BROADCAST)
    await book.stop()
    assert.equal(book.addresses(peer.peerId).length, 2)
    assert.deepEqual(told, [])
  })

  test('keeps nobody from starting where it cannot be opened at all', async (t) => {
    const { dir, open, told, peer } = await bookScene(t)
    await mkdir(join(dir, BOOK_FILE))
    const book = await open()
    assert.equal((await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)).kind, 'stored')
    await book.stop()
    assert.match(told[0] ?? '', /cannot be kept on disk/)
  })
})

describe('the file of the book', () => {
  const crowd = Promise.all(Array.from({ length: 60 }, newIdentity))

  test('A8 takes sixteen peers in five minutes and no more, those first that we have met', async (t) => {
    const { dir, open, clock, peer } = await bookScene(t)
    const book = await open()
    for (const one of await crowd) await book.consumeEnvelope(await sealed(one, SEQ, 1), BROADCAST)
    await book.consumeEnvelope(await sealed(peer, SEQ, 1), BROADCAST)
    book.observe(peer.peerId, address(1), { kind: 'reached', latencyMs: 1 })
    for (let turn = 1; turn <= 3; turn++) {
      await clock.advance(WRITE_EVERY_MS)
      assert.equal(countIn(dir), turn * MAX_ROWS_AT_ONCE)
    }
    const ids = inFile(dir, (database) =>
      database
        .prepare('SELECT id FROM peers')
        .all()
        .map(({ id }) => id),
    )
    assert.ok(ids.includes(peer.peerId.toString()))
  })

  test('A8 is not written at all for repeated signs of life, and once a day', async (t) => {
    const { dir, open, clock, peer } = await bookScene(t)
    const book = await open()
    const envelope = await sealed(peer, SEQ, 1)
    const writings = () => inFile(dir, (database) => String(database.prepare('SELECT entry FROM peers').get()?.entry))
    await book.consumeEnvelope(envelope, BROADCAST)
    await clock.advance(WRITE_EVERY_MS)
    const first = writings()
    for (let again = 0; again < 50; again++) await book.consumeEnvelope(envelope, BROADCAST)
    await clock.advance(WRITE_EVERY_MS)
    assert.equal(writings(), first)
    clock.set(NOW + HEARD_AGAIN_MS + WRITE_EVERY_MS)
    await book.consumeEnvelope(envelope, BROADCAST)
    await clock.advance(WRITE_EVERY_MS)
    assert.notEqual(writings(), first)
  })

  test('A8 holds so many peers and numbers, shared fairly, and none that is kept goes', async (t) => {
    const path = join(await temporaryDir(t), BOOK_FILE)
    const store = sqliteStore(path, { peers: 10, seqs: 5 })
    t.after(() => store.close())
    const row = (id: string, neighbour: string, isKept = false): Row => ({
      ...{ id, isKept, bringer: { network: '', neighbour } },
      entry: { seq: 7n, record: { seq: 7n, envelope: new Uint8Array(8), heardMs: NOW }, held: [], metMs: undefined },
    })
    const honest = ['a', 'b', 'c'].map((id) => row(id, 'quiet'))
    store.write({ rows: [...honest, row('kept', 'loud', true)], gone: [], deleted: [] })
    for (let index = 0; index < 30; index++) {
      store.write({ rows: [row(`made-up ${index}`, 'loud')], gone: [], deleted: [] })
    }
    const ids = [...store.ids()]
    assert.equal(ids.length, 10)
    for (const id of ['a', 'b', 'c', 'kept']) assert.ok(ids.includes(id))
    const remembered = Array.from({ length: 30 }, (_, index) => store.seqOf(`made-up ${index}`)).filter((seq) => seq)
    assert.equal(remembered.length, 6 + 5)
  })

  test('A8 gives the room back of who was silent for a month', async (t) => {
    const { dir, open, clock } = await bookScene(t)
    const book = await open()
    for (const one of await crowd) await book.consumeEnvelope(await sealed(one, SEQ, 1), BROADCAST)
    await book.stop()
    assert.equal(countIn(dir), 60)
    clock.set(NOW + 31 * DAY_MS)
    const again = await open()
    await clock.advance(WRITE_EVERY_MS)
    assert.deepEqual([...again.peers()], [])
    assert.equal(again.highestSeq(peerIdFromString((await crowd)[0]?.peerId.toString() ?? '')), SEQ)
  })
})
