// The broker's memory: what it keeps of those who fail, and what a broker that is newer finds in it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { MAX_FAILED, openSqliteRegistrations } from '../../servers/store/sqlite-registrations.ts'
import { ask, makePeer, register, startBroker, startPeer, valueOf } from './support.ts'

describe('registrations that failed', () => {
  it('are kept up to a number, the newest, and never hide those that succeeded', async () => {
    const store = openSqliteRegistrations(':memory:')
    try {
      await store.add({ peer: 'good', at: 1, status: 200, reason: '' })
      for (let at = 2; at < MAX_FAILED + 12; at++) await store.add({ peer: 'bad', at, status: 400, reason: 'no' })
      const all = await store.newest(MAX_FAILED * 2)
      assert.equal(all.length, MAX_FAILED + 1)
      assert.deepEqual(all.at(-1), { peer: 'good', at: 1, status: 200, reason: '' })
      assert.equal(all.at(-2)?.at, 12)
      assert.deepEqual(
        (await store.newest(2)).map(({ peer, at }) => `${peer} ${at}`),
        [`bad ${MAX_FAILED + 11}`, `bad ${MAX_FAILED + 10}`, 'good 1'],
      )
    } finally {
      await store.close()
    }
  })

  it('by a limit are in the figures and not in the store', async (t) => {
    const world = await startBroker(t, { limits: { perPeerAndDay: 1, newPerPrefix: 1 } })
    const [peer, nobody] = [await startPeer(t), await makePeer()]
    assert.equal((await register(world, peer)).status, 200)
    assert.equal((await register(world, peer, { value: valueOf(1) })).status, 429)
    assert.equal((await register(world, nobody, { addresses: ['/ip4/127.0.0.1/tcp/1'] })).status, 429)
    const admin = { port: Number(new URL(world.admin).port) }
    const page = (await ask(admin, { method: 'GET', path: '/' })).body
    assert.match(page, /<td[^>]*>registered/)
    assert.doesNotMatch(page, /<td[^>]*>429/)
    const figures = (await ask(admin, { method: 'GET', path: '/metrics' })).body
    assert.match(figures, /^nodetrust_broker_registrations_total\{status="429"\} 2$/m)
  })
})

describe('values', () => {
  it('that an older broker noted are known to this one, newest first', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-store-'))
    t.after(() => rm(dir, { recursive: true }))
    const path = join(dir, 'broker.sqlite')
    const old = new DatabaseSync(path)
    old.exec(`CREATE TABLE registrations (id INTEGER PRIMARY KEY, peer TEXT NOT NULL, at INTEGER NOT NULL,
        status INTEGER NOT NULL, reason TEXT NOT NULL, value TEXT) STRICT;
      CREATE TABLE moments (kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT;
      CREATE TABLE spent (challenge BLOB NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
      INSERT INTO registrations (peer, at, status, reason, value)
        VALUES ('p', 1, 200, '', 'a'), ('p', 2, 200, '', 'b'), ('p', 3, 400, 'no', NULL), ('p', 4, 200, '', 'a');
      PRAGMA user_version = 2`)
    old.close()
    const store = openSqliteRegistrations(path)
    try {
      assert.deepEqual(await store.valuesOf('p', 0), ['a', 'b'])
      assert.deepEqual(await store.valuesOf('p', 3), ['a'])
      assert.equal(await store.lastOf('p'), 4)
      await store.forget({ succeeded: 0, failed: 0, values: 3, moments: 0 })
      assert.deepEqual(await store.valuesOf('p', 0), ['a'])
      await store.dropValue('p', 'a')
      assert.deepEqual(await store.valuesOf('p', 0), [])
    } finally {
      await store.close()
    }
  })
})
