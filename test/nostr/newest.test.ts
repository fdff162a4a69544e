// What was seen of names: nobody brings an older event back, also after a restart, a damaged file and a full memory.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { signEvent } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { placeOf } from '../../core/nostr/name-events.ts'
import { NEWEST_FILE, openNewestMemory } from '../../core/nostr/newest.ts'

const key = makeNamingKey()
const event = (created_at: number, content = '', kind = 11_111, tags: string[][] = []) =>
  signEvent({ kind, tags, content, created_at }, key)

describe('the newest event of a name', () => {
  test('is remembered over a restart, by author, kind and d', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-newest-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const memory = await openNewestMemory({ dir, log: silentLog })
    const newest = event(100)
    memory.remember([event(50), newest, event(70)])
    await memory.flush()
    const again = await openNewestMemory({ dir, log: silentLog })
    assert.deepEqual(again.seen(placeOf(newest)), { createdAt: 100, id: newest.id })
    assert.deepEqual([again.isOlder(event(99)), again.isOlder(newest), again.isOlder(event(101))], [true, false, false])
    assert.deepEqual(
      [again.isOlder(event(1, '', 30_000)), again.isOlder(event(1, '', 31_111, [['d', 'x']]))],
      [false, false],
    )
    const same = [event(100, 'a'), event(100, 'b'), newest].sort((a, b) => (a.id < b.id ? -1 : 1))
    again.remember(same)
    assert.equal(again.seen(placeOf(newest))?.id, same[0]?.id, 'of equally old ones the lowest id')
    assert.ok(again.isOlder(same[2] ?? newest))
  })

  test('begins anew where its file is none', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-newest-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    for (const text of [
      '',
      '{',
      '[]',
      '{"version":2,"seen":[]}',
      '{"version":1,"seen":[["x",1,"y"]]}',
      '\0'.repeat(100),
    ]) {
      await writeFile(join(dir, NEWEST_FILE), text)
      const memory = await openNewestMemory({ dir, log: silentLog })
      assert.equal(memory.isOlder(event(1)), false)
      memory.remember([event(5)])
      await memory.flush()
      assert.match(await readFile(join(dir, NEWEST_FILE), 'utf8'), /"version":1/)
    }
  })

  test('is kept of five thousand places, forty of a name: the names that were seen last, and those that are kept', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-newest-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const memory = await openNewestMemory({ dir, log: silentLog })
    const own = event(10)
    const seenAgain = { ...own, pubkey: 'a'.repeat(64) }
    const first = { ...own, pubkey: 'b'.repeat(64) }
    // nothing is verified here: whoever remembers has done that
    const made = (name: number, part: number) => ({
      ...{ ...own, pubkey: name.toString(16).padStart(64, '0') },
      ...{ kind: 31_111, tags: [['d', String(part)]] },
    })
    memory.keep(own.pubkey)
    memory.remember([own, first, seenAgain])
    const flood = (from: number) => {
      for (let name = from; name < from + 120; name++) {
        memory.remember(Array.from({ length: 100 }, (_, part) => made(name, part)))
      }
    }
    flood(1)
    memory.remember([seenAgain])
    flood(1_000)
    assert.ok(memory.seen(placeOf(own)), 'it is kept')
    assert.ok(memory.seen(placeOf(seenAgain)), 'seen again meanwhile')
    assert.equal(memory.seen(placeOf(first)), undefined, 'not seen for longest')
    assert.equal(memory.seen(placeOf(made(1_119, 59))), undefined, 'a name has forty places')
    assert.ok(memory.seen(placeOf(made(1_119, 60))))
    await memory.flush()
    const { seen } = JSON.parse(await readFile(join(dir, NEWEST_FILE), 'utf8')) as { seen: unknown[] }
    assert.ok(seen.length > 4_950 && seen.length <= 5_000, String(seen.length))
  })
})
