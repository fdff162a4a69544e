// The ledger in SQLite: what it keeps, what it forgets, and files it refuses.
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openSqliteChallenges } from '../../servers/store/sqlite-challenges.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { openDatabase, StoreError } from '../../core/sqlite.ts'
import type { Ledger } from '../../servers/store/store.ts'

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
const NAMES = ['p1.nt.example.net', '*.p1.nt.example.net']
const WORK = { csr: Uint8Array.of(1, 2, 3), spki: 'aa', profile: undefined }
const CERTIFICATE = {
  peer: PEER,
  names: NAMES,
  spki: 'aa',
  chainPem: 'pem',
  certId: 'key.serial',
  account: 'https://ca/account/1',
  notBefore: 0,
  notAfter: 2_000,
  renewFrom: 1_500,
  renewUntil: 1_600,
  askAgainAt: 5,
  explanationUrl: undefined,
}

/** As it was before orders could be gone on with, with one order. */
const FIRST_VERSION = `
  CREATE TABLE orders (id INTEGER PRIMARY KEY, peer TEXT NOT NULL, names TEXT NOT NULL, state TEXT NOT NULL,
    started_at INTEGER NOT NULL, ended_at INTEGER, order_url TEXT, failure TEXT) STRICT;
  CREATE TABLE challenges (order_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL) STRICT;
  CREATE TABLE certificates (id INTEGER PRIMARY KEY, order_id INTEGER, peer TEXT NOT NULL, names TEXT NOT NULL,
    spki TEXT NOT NULL, chain_pem TEXT NOT NULL, not_after INTEGER NOT NULL, renew_from INTEGER NOT NULL,
    renew_until INTEGER NOT NULL) STRICT;
  INSERT INTO orders (peer, names, state, started_at) VALUES ('p', 'a.example b.example', 'open', 1)`

/** What was there before rows told which CA they are about. */
const FOURTH_VERSION = `
  ALTER TABLE orders ADD COLUMN csr BLOB; ALTER TABLE orders ADD COLUMN spki TEXT; ALTER TABLE orders ADD COLUMN profile TEXT;
  ALTER TABLE orders ADD COLUMN charges TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE certificates ADD COLUMN cert_id TEXT;
  ALTER TABLE certificates ADD COLUMN account TEXT NOT NULL DEFAULT '';
  ALTER TABLE certificates ADD COLUMN issued_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE certificates ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE certificates ADD COLUMN ask_again_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE certificates ADD COLUMN explanation_url TEXT;
  ALTER TABLE certificates ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE moments (kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT;
  INSERT INTO orders (peer, names, state, started_at, order_url) VALUES ('p', 'a.example', 'issued', 1, 'https://ca/order/1');
  INSERT INTO orders (peer, names, state, started_at, order_url) VALUES ('p', 'a.example', 'open', 1, 'https://caa/order/1');
  INSERT INTO certificates (peer, names, spki, chain_pem, not_after, renew_from, renew_until, account, issued_at)
    VALUES ('p', 'a.example', 'aa', 'pem', 1, 1, 1, 'https://ca/account/1', 7);
  INSERT INTO moments VALUES ('ca', 'new', 9), ('zone', '', 8)`

/** Whose ledger it is. */
const CA = 'https://ca'

describe('the ledger', () => {
  let dir: string
  let path: string
  let ledger: Ledger

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-store-'))
    path = join(dir, 'issue.sqlite')
    ledger = openSqliteLedger(path, CA)
  })

  afterEach(async () => {
    await ledger.close()
    await rm(dir, { recursive: true, force: true })
  })

  it('keeps an order from its opening to its end', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    assert.equal((await ledger.orders({ state: 'open' }))[0]?.id, id)
    await ledger.setOrderUrl(id, 'https://ca/order/1')
    await ledger.closeOrder(id, 'failed', 2, 'the CA said no')
    const [order] = await ledger.orders({ peer: PEER })
    assert.deepEqual(order, {
      ...{ id, peer: PEER, names: NAMES.toSorted(), state: 'failed', startedAt: 1, endedAt: 2 },
      // without its request, which nobody goes on with
      ...{ orderUrl: 'https://ca/order/1', work: undefined, charges: [], failure: 'the CA said no' },
    })
    assert.deepEqual(await ledger.orders({ state: 'open' }), [])
  })

  it('finds a certificate by peer, key and names in any order, the newest first', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    await ledger.finishOrder(id, CERTIFICATE, 2)
    await ledger.finishOrder(id, { ...CERTIFICATE, notAfter: 3_000, chainPem: 'newer' }, 3)
    assert.equal(
      (await ledger.findCertificate({ peer: PEER, names: NAMES.toReversed(), spki: 'aa' }))?.chainPem,
      'newer',
    )
    assert.equal(await ledger.findCertificate({ peer: PEER, names: NAMES, spki: 'bb' }), undefined)
    assert.equal(await ledger.findCertificate({ peer: PEER, names: NAMES.slice(1), spki: 'aa' }), undefined)
    assert.equal(await ledger.findCertificate({ peer: 'other', names: NAMES, spki: 'aa' }), undefined)
  })

  it('finds an order that can be gone on with, until it has come to its end', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 10 })
    assert.equal(await ledger.findUnfinished(CERTIFICATE, 0), undefined, 'the CA does not know it yet')
    await ledger.setOrderUrl(id, 'https://ca/order/1')
    await ledger.closeOrder(id, 'interrupted', 20, 'no answer')
    assert.equal((await ledger.findUnfinished(CERTIFICATE, 10))?.id, id)
    assert.equal(await ledger.findUnfinished(CERTIFICATE, 11), undefined, 'too old')
    assert.equal(await ledger.findUnfinished({ ...CERTIFICATE, spki: 'bb' }, 0), undefined, 'another key')
    await ledger.reopenOrder(id)
    assert.equal((await ledger.findUnfinished(CERTIFICATE, 0))?.endedAt, undefined)
    await ledger.finishOrder(id, CERTIFICATE, 30)
    assert.equal(await ledger.findUnfinished(CERTIFICATE, 0), undefined)
  })

  it('knows which certificate a new one replaces: the newest of the same names that lives and has a name at the CA', async () => {
    const issue = async (changes: object, at: number) => {
      const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at })
      await ledger.finishOrder(id, { ...CERTIFICATE, ...changes }, at)
    }
    assert.equal(await ledger.findReplaceable(NAMES, 1), undefined)
    await issue({}, 1)
    assert.equal((await ledger.findReplaceable(NAMES.toReversed(), 1_999))?.certId, 'key.serial')
    assert.equal(await ledger.findReplaceable(NAMES, 2_000), undefined, 'it has ended')
    assert.equal(await ledger.findReplaceable(NAMES.slice(1), 1), undefined, 'other names')
    await issue({ certId: 'key.next', spki: 'bb', notAfter: 1_500 }, 2)
    assert.equal((await ledger.findReplaceable(NAMES, 1))?.certId, 'key.next', 'the first was replaced')
    await issue({ certId: undefined, spki: 'cc' }, 3)
    assert.equal(await ledger.findReplaceable(NAMES, 1), undefined)
  })

  it('notes what the CA says of a renewal', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    await ledger.finishOrder(id, CERTIFICATE, 2)
    const window = { renewFrom: 1, renewUntil: 2, askAgainAt: 3, explanationUrl: 'https://ca/why' }
    await ledger.saveWindow('key.serial', window)
    assert.deepEqual(await ledger.findByCertId('key.serial'), { ...CERTIFICATE, names: NAMES.toSorted(), ...window })
    assert.equal(await ledger.findByCertId('key.other'), undefined)
  })

  it('opens a ledger of the first version', async () => {
    const old = join(dir, 'old.sqlite')
    openDatabase(old, [FIRST_VERSION]).close()
    const opened = openSqliteLedger(old, '')
    const [order] = await opened.orders()
    await opened.close()
    assert.equal(order?.state, 'interrupted', 'no CA ever heard of it')
    assert.equal(order?.work, undefined)
  })

  it('gives what an older version noted to the CA that it was about', async () => {
    const old = join(dir, 'old.sqlite')
    openDatabase(old, [FIRST_VERSION, 'SELECT 1', 'SELECT 1', FOURTH_VERSION]).close()
    const opened = openSqliteLedger(old, CA)
    try {
      assert.deepEqual(
        (await opened.orders()).map(({ orderUrl }) => orderUrl),
        ['https://ca/order/1'],
      )
      assert.equal(await opened.lastIssued(['a.example']), 7)
      assert.equal(await opened.moment('ca', 'new'), 9)
    } finally {
      await opened.close()
    }
  })

  it('knows nothing of what another CA did: no certificate, no order, no wait', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 10 })
    await ledger.finishOrder(id, CERTIFICATE, 20)
    const unfinished = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 30 })
    await ledger.setOrderUrl(unfinished, 'https://ca/order/2')
    await ledger.setMoment('ca', 'new', 5_000)
    const other = openSqliteLedger(path, 'https://staging.ca')
    try {
      assert.equal(await other.findCertificate(CERTIFICATE), undefined)
      assert.equal(await other.findReplaceable(NAMES, 1), undefined)
      assert.equal(await other.findUnfinished(CERTIFICATE, 0), undefined)
      assert.equal(await other.lastIssued(NAMES), undefined)
      assert.equal(await other.moment('ca', 'new'), undefined)
      assert.deepEqual(await other.orders(), [])
      const theirs = await other.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 40 })
      await other.finishOrder(theirs, { ...CERTIFICATE, certId: 'key.theirs' }, 50)
      assert.equal((await ledger.findReplaceable(NAMES, 1))?.certId, 'key.serial', 'theirs replaces none of ours')
    } finally {
      await other.close()
    }
  })

  it('remembers TXT values until they are removed', async () => {
    const id = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    const challenge = { name: '_acme-challenge.p1.nt.example.net', value: 'v' }
    await ledger.addChallenge(id, challenge)
    await ledger.addChallenge(id, challenge)
    assert.deepEqual(await ledger.challenges(), [{ orderId: id, ...challenge }])
    await ledger.removeChallenge(id, challenge)
    assert.deepEqual(await ledger.challenges(), [])
  })

  it('still has everything after it was closed and opened', async () => {
    await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    await ledger.close()
    ledger = openSqliteLedger(path, CA)
    assert.equal((await ledger.orders()).length, 1)
  })

  it('forgets what ended long ago, and only that', async () => {
    const old = await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    await ledger.finishOrder(old, CERTIFICATE, 10)
    await ledger.openOrder({ peer: PEER, names: NAMES, work: WORK, charges: [], at: 1 })
    await ledger.forgetBefore(1_000)
    assert.equal((await ledger.orders()).length, 1)
    assert.ok(await ledger.findCertificate(CERTIFICATE))
    await ledger.forgetBefore(2_001)
    assert.equal(await ledger.findCertificate(CERTIFICATE), undefined)
  })

  it('is readable for its owner only', async () => {
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  it('takes names that look like SQL as the text they are', async () => {
    const names = ["'; DROP TABLE orders; --"]
    await ledger.openOrder({ peer: "' OR 1=1", names, work: WORK, charges: [], at: 1 })
    assert.equal((await ledger.orders({ peer: PEER })).length, 0)
    assert.equal((await ledger.orders({ peer: "' OR 1=1" })).length, 1)
  })
})

describe('a database', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-store-'))
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  it('is refused when the file is something else', async () => {
    const path = join(dir, 'garbage.sqlite')
    await writeFile(path, 'this is not a database, and it is long enough to be read as one'.repeat(100))
    assert.throws(
      () => openSqliteChallenges(path),
      (error: Error) => error instanceof StoreError && error.message.includes('garbage.sqlite'),
    )
  })

  it('is refused when a newer version made it', () => {
    const path = join(dir, 'new.sqlite')
    openDatabase(path, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']).close()
    assert.throws(() => openDatabase(path, ['CREATE TABLE a (x)']), /schema version 2, this program knows 1/)
  })

  it('runs only the migrations that are new, each whole or not at all', () => {
    const path = join(dir, 'grow.sqlite')
    openDatabase(path, ['CREATE TABLE a (x)']).close()
    assert.throws(() => openDatabase(path, ['broken', 'CREATE TABLE b (x); CREATE TABLE b (x)']), StoreError)
    const database = openDatabase(path, ['broken', 'CREATE TABLE b (x)'])
    assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 2)
    database.close()
  })
})
