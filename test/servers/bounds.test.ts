// What strangers can make the servers keep: each table is filled past its bound, with bounds small enough for a test, and the file
// on the disk is looked at as well.
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { base36 } from 'multiformats/bases/base36'
import { agentKind, createMetrics } from '../../servers/broker/metrics.ts'
import { createCaaPins, TooManyPinsError } from '../../servers/dns/caa-pins.ts'
import { createRenewalWindows } from '../../servers/issue/renewal.ts'
import { createTurns } from '../../servers/issue/turns.ts'
import { LEDGER_BOUNDS, MOMENTS_BETWEEN_LOOKS, openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import {
  openSqliteRegistrations,
  REGISTRATION_BOUNDS,
  type RegistrationStore,
  WRITES_BETWEEN_LOOKS,
} from '../../servers/store/sqlite-registrations.ts'
import { openDatabase } from '../../core/sqlite.ts'
import { openSqliteWeek } from '../../servers/store/sqlite-week.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import type { Ledger } from '../../servers/store/store.ts'

const CA = 'https://ca.example'
const DAY_MS = 24 * 3_600_000
const NOW = Date.parse('2026-11-20T12:00:00Z')
const CSR = new Uint8Array(4_096).fill(7)

/** Thousands of writes, each of which waits for the disk: in memory where there is such a folder. */
const FAST = '/dev/shm'

let dir: string
let path: string

beforeEach(async () => {
  dir = await mkdtemp(join(existsSync(FAST) ? FAST : tmpdir(), 'nodetrust-bounds-'))
  path = join(dir, 'file.sqlite')
})

afterEach(() => rm(dir, { recursive: true, force: true }))

/** Rows of a table, as another program sees them. */
function count(table: string, where = 'true'): number {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get()?.n)
  } finally {
    database.close()
  }
}

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('A7 the ledger', () => {
  let ledger: Ledger

  beforeEach(() => {
    ledger = openSqliteLedger(path, CA, {
      ...{ issued: 30, failed: 20, interrupted: 10, certificatesPerNames: 5, moments: 100 },
    })
  })

  afterEach(() => ledger.close())

  const open = (peer: string, at = NOW) =>
    ledger.openOrder({
      ...{ peer, names: [`${peer}.nt.example.net`], charges: [], at },
      work: { csr: CSR, spki: peer, profile: undefined },
    })

  const certificate = (peer: string) => ({
    ...{ peer, names: [`${peer}.nt.example.net`], spki: peer, chainPem: 'x'.repeat(5_000), certId: peer, account: CA },
    ...{ notBefore: NOW, notAfter: NOW + 90 * DAY_MS, renewFrom: NOW + 60 * DAY_MS, renewUntil: NOW + 61 * DAY_MS },
    ...{ askAgainAt: NOW, explanationUrl: undefined },
  })

  it('keeps no request of an order that came to an end, and of one that was broken off for a day', async () => {
    await ledger.closeOrder(await open('failed'), 'failed', NOW, 'no')
    await ledger.finishOrder(await open('issued'), certificate('issued'), NOW)
    const broken = await open('broken')
    await ledger.setOrderUrl(broken, `${CA}/order/1`)
    await ledger.closeOrder(broken, 'interrupted', NOW, 'no answer')
    assert.equal(count('orders', 'csr IS NOT NULL'), 1)
    await ledger.prune(NOW + DAY_MS - 1)
    assert.equal(count('orders', 'csr IS NOT NULL'), 1)
    await ledger.prune(NOW + DAY_MS + 1)
    assert.equal(count('orders', 'csr IS NOT NULL'), 0)
    assert.equal(count('orders'), 3, 'that they were is still known')
  })

  it('holds so many failed, broken off and issued orders, the newest, while it runs', async () => {
    for (let peer = 0; peer < 60; peer++) {
      await ledger.closeOrder(await open(`f${peer}`), 'failed', NOW, 'x'.repeat(100_000))
      await ledger.closeOrder(await open(`b${peer}`), 'interrupted', NOW, 'no answer')
      await ledger.finishOrder(await open(`i${peer}`), certificate(`i${peer}`), NOW)
    }
    assert.deepEqual(await ledger.counts(), { open: 0, failed: 20, interrupted: 10, issued: 30 })
    assert.equal((await ledger.orders({ state: 'failed' }))[0]?.peer, 'f59')
    assert.ok(((await ledger.orders({ state: 'failed' }))[0]?.failure?.length ?? 0) <= 500)
    assert.equal(
      await ledger.lastIssued(['i0.nt.example.net']),
      NOW,
      'whose certificates it remembers is another thing',
    )
  })

  it('holds five certificates of the same names', async () => {
    for (let order = 0; order < 40; order++)
      await ledger.finishOrder(await open('one'), certificate('one'), NOW + order)
    assert.equal(count('certificates'), 5)
    assert.equal(await ledger.lastIssued(['one.nt.example.net']), NOW + 39)
  })

  it('holds no TXT value for longer than it can be in the DNS', async () => {
    for (let order = 0; order < 50; order++) {
      const id = await open(`p${order}`)
      await ledger.addChallenge(id, { name: `_acme-challenge.p${order}.nt.example.net`, value: 'v' })
      await ledger.closeOrder(id, 'failed', NOW, 'no')
    }
    assert.ok((await ledger.challenges()).length <= 20, 'they go with their orders')
    await ledger.prune(NOW + DAY_MS)
    assert.deepEqual(await ledger.challenges(), [])
  })

  it('holds so many moments; what the CA said and what the account used are not pushed out', async () => {
    await ledger.setMoment('ca', 'all', NOW + 1)
    await ledger.setMoment('orders', '', NOW + 2)
    for (let peer = 0; peer < 1_200; peer++) await ledger.setMoment('orders-peer', `peer ${peer}`, NOW + 1_000 + peer)
    assert.ok(count('moments') <= 100 + MOMENTS_BETWEEN_LOOKS, `${count('moments')}`)
    assert.equal(await ledger.moment('ca', 'all'), NOW + 1)
    assert.equal(await ledger.moment('orders', ''), NOW + 2)
    await ledger.prune(NOW + 1_500)
    assert.ok(count('moments') <= 100)
    await ledger.prune(NOW + DAY_MS)
    assert.equal(count('moments'), 0, 'moments that are over say nothing')
  })

  it('A7 gives room back to the disk, and its log does not grow', async () => {
    for (let peer = 0; peer < 500; peer++) {
      const id = await open(`p${peer}`)
      await ledger.closeOrder(id, 'interrupted', NOW, 'x')
      await ledger.closeOrder(id, 'failed', NOW, 'x')
    }
    await ledger.prune(NOW + 2 * DAY_MS)
    assert.ok((await bytesOnDisk()) < 9_000_000, `${await bytesOnDisk()} bytes`)
    assert.ok((await stat(path)).size < 1_000_000, `${(await stat(path)).size} bytes`)
  })

  it('has bounds that a small machine can hold', () => {
    const { issued, failed, interrupted, moments } = LEDGER_BOUNDS
    assert.ok(issued * 700 + failed * 700 + interrupted * 5_000 + moments * 150 < 100_000_000)
  })
})

describe('A7 the broker’s memory', () => {
  let store: RegistrationStore

  beforeEach(() => {
    store = openSqliteRegistrations(path, { failed: 20, succeeded: 50, moments: 100, values: 60, spent: 70 })
  })

  afterEach(() => store.close())

  const SLACK = WRITES_BETWEEN_LOOKS

  it('holds so many registrations', async () => {
    for (let peer = 0; peer < 600; peer++) {
      await store.add({ peer: `good ${peer}`, at: NOW, status: 200, reason: '' })
      await store.add({ peer: `bad ${peer}`, at: NOW, status: 400, reason: 'no' })
    }
    assert.equal(count('registrations', 'status <> 200'), 20)
    assert.ok(count('registrations', 'status = 200') <= 50 + SLACK)
  })

  it('holds so many moments, and those of all together are not pushed out', async () => {
    await store.setMoment('new', '', NOW)
    for (let peer = 0; peer < 1_200; peer++) await store.setMoment('peer', `peer ${peer}`, NOW + peer)
    assert.ok(count('moments') <= 100 + SLACK)
    assert.equal(await store.moment('new', ''), NOW)
  })

  it('holds so many values and answered challenges', async () => {
    for (let peer = 0; peer < 1_200; peer++) {
      await store.noteValue(`peer ${peer}`, `value ${peer}`, NOW)
      assert.equal(await store.spend(`challenge ${peer}`, NOW + 60_000 + peer, NOW), true)
    }
    assert.ok(count('placed') <= 60 + SLACK)
    assert.ok(count('spent') <= 70 + SLACK)
    assert.equal(await store.spend('challenge 1199', NOW + 63_000, NOW), false)
    assert.equal(await store.spend('later', NOW + DAY_MS, NOW + DAY_MS), true)
    assert.equal(count('spent'), 1, 'what nobody could use any more is gone')
  })

  it('has bounds that a small machine can hold', () => {
    const { failed, succeeded, moments, values, spent } = REGISTRATION_BOUNDS
    assert.ok((failed + succeeded + moments + values + spent) * 150 < 150_000_000)
  })
})

describe('A7 other memories', () => {
  it('figures have as many labels as we have words, whatever clients call themselves', () => {
    const metrics = createMetrics()
    for (let client = 0; client < 1_000; client++) {
      const agent = agentKind(`client ${client}`)
      metrics.count('coredns_forge_acme_libp2p_probe_total', { result: 'unreachable', agent })
    }
    const probes = metrics.figures().find(({ name }) => name === 'coredns_forge_acme_libp2p_probe_total')
    assert.equal(probes?.values.length, 1)
  })

  it('accounts of peers have fifty thousand places in the DNS', () => {
    const zone = 'nt.example.net'
    const pins = createCaaPins(zone)
    const label = (index: number) => {
      const bytes = Buffer.alloc(38, 7)
      bytes.set([0, 36, 8, 1, 18, 32])
      bytes.writeUInt32BE(index, 10)
      return base36.encode(Uint8Array.from([1, 0x72, ...bytes]))
    }
    const set = (index: number) =>
      pins.set(`${label(index)}.${zone}`, 'letsencrypt.org; accounturi=https://a.example/1')
    for (let index = 0; index < 50_000; index++) set(index)
    assert.throws(() => set(50_000), TooManyPinsError)
    set(49_999)
  })

  it('the week has one row for each CA, however often it is taken from', async () => {
    const week = openSqliteWeek(path)
    for (let taken = 0; taken < 100; taken++) await week.change(CA, (at = 0) => at + 1)
    await week.close()
    assert.equal(count('weeks'), 1)
  })

  it('a database of an older version is told to give room back as well', () => {
    const old = new DatabaseSync(path)
    old.exec('CREATE TABLE things (a TEXT); PRAGMA user_version = 1; INSERT INTO things VALUES (1)')
    old.close()
    const database = openDatabase(path, ['CREATE TABLE things (a TEXT)'])
    assert.equal(database.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum, 2)
    assert.equal(database.prepare('SELECT count(*) AS n FROM things').get()?.n, 1)
    database.close()
  })

  it('the line in front of the CA holds so many, of one network fewer', async () => {
    const section = { atOnce: 1, maxWaiting: 20, maxWaitingPerNetwork: 5 }
    const turns = createTurns({ section, clock: manualClock() })
    const come = (network: string) =>
      turns.take(network, { signal: new AbortController().signal, onPlace: () => undefined }).catch(() => undefined)
    for (let client = 0; client < 200; client++) void come(client < 100 ? 'one' : `network ${client}`)
    await settle(5)
    assert.deepEqual(turns.state(), { running: 1, waiting: 20 })
  })

  it('a certificate’s window is asked for once by however many, and at most once a minute', async () => {
    const clock = manualClock(NOW)
    const ledger = openSqliteLedger(path, CA)
    const names = ['one.nt.example.net']
    const id = await ledger.openOrder({
      ...{ peer: 'one', names, charges: [], at: NOW, work: { csr: CSR, spki: 'one', profile: undefined } },
    })
    const window = { renewFrom: NOW + 1, renewUntil: NOW + 2, askAgainAt: NOW, explanationUrl: undefined }
    const row = { peer: 'one', names, spki: 'one', chainPem: 'pem', certId: 'id', account: CA }
    await ledger.finishOrder(id, { ...row, ...window, notBefore: NOW, notAfter: NOW + DAY_MS }, NOW)
    let asked = 0
    // a CA that wants to be asked again at once
    const windows = createRenewalWindows({
      ...{ ledger, clock },
      ask: async () => {
        asked++
        return { ...window, askAgainAt: clock.now() }
      },
    })
    await Promise.all(Array.from({ length: 100 }, () => windows.of('one', 'id')))
    for (let again = 0; again < 100; again++) await windows.of('one', 'id')
    assert.equal(asked, 1)
    await clock.advance(60_001)
    await windows.of('one', 'id')
    assert.equal(asked, 2)
    await ledger.close()
  })
})
