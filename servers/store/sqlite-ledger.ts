// The issue server's ledger in SQLite. Rows of the past are kept for a year: they are what an operator looks at when
// somebody asks why there was no certificate. Strangers write here, so each table has a number of rows that it does not exceed, and
// a request is kept only as long as an order may be gone on with.
import { ledgerOverview } from './ledger-overview.ts'
import { closeDatabase, giveBackPages, inTransaction, openDatabase } from '../../core/sqlite.ts'
import type { CertificateRow, Charge, Ledger, OrderRow, OrderState, OrderWork } from './store.ts'
import type { SQLOutputValue } from 'node:sqlite'

const MIGRATIONS = [
  `CREATE TABLE orders (
     id INTEGER PRIMARY KEY,
     peer TEXT NOT NULL,
     names TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('open', 'issued', 'failed', 'interrupted')),
     started_at INTEGER NOT NULL,
     ended_at INTEGER,
     order_url TEXT,
     failure TEXT
   ) STRICT;
   CREATE INDEX orders_by_peer ON orders (peer, started_at);
   CREATE INDEX orders_open ON orders (state) WHERE state = 'open';
   CREATE TABLE challenges (
     order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (order_id, name, value)
   ) STRICT;
   CREATE TABLE certificates (
     id INTEGER PRIMARY KEY,
     order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL,
     peer TEXT NOT NULL,
     names TEXT NOT NULL,
     spki TEXT NOT NULL,
     chain_pem TEXT NOT NULL,
     not_after INTEGER NOT NULL,
     renew_from INTEGER NOT NULL,
     renew_until INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX certificates_by_key ON certificates (peer, spki, names)`,
  `ALTER TABLE orders ADD COLUMN csr BLOB;
   ALTER TABLE orders ADD COLUMN spki TEXT;
   ALTER TABLE orders ADD COLUMN profile TEXT`,
  `ALTER TABLE certificates ADD COLUMN cert_id TEXT;
   ALTER TABLE certificates ADD COLUMN account TEXT NOT NULL DEFAULT '';
   ALTER TABLE certificates ADD COLUMN issued_at INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE certificates ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE certificates ADD COLUMN ask_again_at INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE certificates ADD COLUMN explanation_url TEXT;
   ALTER TABLE certificates ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX certificates_by_cert_id ON certificates (cert_id);
   CREATE INDEX certificates_by_names ON certificates (names, not_after)`,
  `ALTER TABLE orders ADD COLUMN charges TEXT NOT NULL DEFAULT '[]';
   CREATE TABLE moments (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT`,
  // which CA a row is about: the origin of its directory. Of old rows their own URLs tell it
  `ALTER TABLE orders ADD COLUMN ca TEXT NOT NULL DEFAULT '';
   ALTER TABLE certificates ADD COLUMN ca TEXT NOT NULL DEFAULT '';
   UPDATE orders SET ca = ${originOf('order_url')} WHERE order_url IS NOT NULL;
   UPDATE orders SET state = 'interrupted' WHERE order_url IS NULL AND state = 'open';
   UPDATE certificates SET ca = ${originOf('account')};
   ALTER TABLE moments RENAME TO old_moments;
   CREATE TABLE moments (
     ca TEXT NOT NULL,
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (ca, kind, key)
   ) STRICT;
   INSERT INTO moments SELECT coalesce((SELECT ca FROM certificates ORDER BY id DESC LIMIT 1), ''), kind, key, at
     FROM old_moments WHERE kind <> 'zone';
   DROP TABLE old_moments`,
  // what came to an end needs no request any more, and what is pruned while running is found by an index
  `UPDATE orders SET csr = NULL WHERE state IN ('issued', 'failed');
   CREATE INDEX orders_by_state ON orders (state, id);
   CREATE INDEX moments_by_end ON moments (at)`,
]

/** How much a ledger holds at most, of all CAs together; how fast it fills is for the limits of orders. */
export interface LedgerBounds {
  /** Rows of orders by their end; each is a few hundred bytes, one that was broken off has a request of 4 KiB as well. */
  readonly issued: number
  readonly failed: number
  readonly interrupted: number
  /** Certificates of the same names: whoever comes back with an older key asks for one of the last. Five kilobytes each. */
  readonly certificatesPerNames: number
  /** Moments, a hundred bytes each: those of buckets that are empty soonest go first. */
  readonly moments: number
}

export const LEDGER_BOUNDS: LedgerBounds = {
  ...{ issued: 100_000, failed: 10_000, interrupted: 2_000, certificatesPerNames: 5, moments: 50_000 },
}

/** How often moments are looked after, in those that were noted: counting takes some milliseconds. */
export const MOMENTS_BETWEEN_LOOKS = 500

/** An order that was broken off is gone on with for a day at most (orders.ts). */
const REQUEST_LIFE_MS = 24 * 3_600_000

/** A CA's own words are part of it, and one may be talkative. */
const MAX_FAILURE_LENGTH = 500

/** TXT values end within the hour by themselves (servers/dns/challenges.ts). */
const CHALLENGE_LIFE_MS = 2 * 3_600_000

/** SQL: what stands before the path in a URL that begins with https://. */
function originOf(column: string): string {
  const afterScheme = 'https://'.length + 1
  return `substr(${column}, 1, ${afterScheme - 2} + instr(substr(${column}, ${afterScheme}) || '/', '/'))`
}

type Row = Record<string, SQLOutputValue>

/**
 * Opens the ledger of one CA; a file can have those of several.
 *
 * @param path  the file, or `:memory:`
 * @param ca    the origin of the CA's directory, such as `https://acme-v02.api.letsencrypt.org`
 * @param bounds  how much it holds at most
 * @throws StoreError
 */
export function openSqliteLedger(path: string, ca: string, bounds: LedgerBounds = LEDGER_BOUNDS): Ledger {
  const database = openDatabase(path, MIGRATIONS)
  const insertOrder = database.prepare(
    `INSERT INTO orders (ca, peer, names, state, started_at, csr, spki, profile, charges)
     VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?)`,
  )
  const reopenOrder = database.prepare("UPDATE orders SET state = 'open', ended_at = NULL, failure = NULL WHERE id = ?")
  const updateUrl = database.prepare('UPDATE orders SET order_url = ? WHERE id = ?')
  const updateCharges = database.prepare('UPDATE orders SET charges = ? WHERE id = ?')
  const endOrder = database.prepare('UPDATE orders SET state = ?, ended_at = ?, failure = ? WHERE id = ?')
  const forgetRequest = database.prepare('UPDATE orders SET csr = NULL WHERE id = ?')
  const forgetRequests = database.prepare(
    "UPDATE orders SET csr = NULL WHERE state = 'interrupted' AND started_at < ? AND csr IS NOT NULL",
  )
  const deleteOrdersBut = database.prepare(
    `DELETE FROM orders WHERE state = ?1 AND id <=
       (SELECT id FROM orders WHERE state = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
  )
  const deleteOldChallenges = database.prepare(
    'DELETE FROM challenges WHERE order_id IN (SELECT id FROM orders WHERE ended_at < ?)',
  )
  const deleteCertificatesBut = database.prepare(
    `DELETE FROM certificates WHERE ca = ?1 AND names = ?2 AND id <=
       (SELECT id FROM certificates WHERE ca = ?1 AND names = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)`,
  )
  const deleteMomentsBut = database.prepare(
    `DELETE FROM moments WHERE rowid IN (SELECT rowid FROM moments WHERE kind NOT IN ('ca', 'orders')
       ORDER BY at LIMIT max(0, (SELECT count(*) FROM moments) - ?))`,
  )
  const selectOrders = database.prepare(
    `SELECT * FROM orders WHERE ca = ?3 AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR peer = ?2)
     ORDER BY id DESC LIMIT 1000`,
  )
  const selectCounts = database.prepare('SELECT state, count(*) AS n FROM orders WHERE ca = ? GROUP BY state')
  const selectUnfinished = database.prepare(
    `SELECT * FROM orders WHERE state IN ('open', 'interrupted') AND order_url IS NOT NULL AND csr IS NOT NULL
     AND ca = ? AND peer = ? AND spki = ? AND names = ? AND started_at >= ? ORDER BY id DESC LIMIT 1`,
  )
  const insertChallenge = database.prepare('INSERT OR IGNORE INTO challenges (order_id, name, value) VALUES (?, ?, ?)')
  const deleteChallenge = database.prepare('DELETE FROM challenges WHERE order_id = ? AND name = ? AND value = ?')
  const selectChallenges = database.prepare('SELECT order_id, name, value FROM challenges ORDER BY order_id')
  const insertCertificate = database.prepare(
    `INSERT INTO certificates (ca, order_id, peer, names, spki, chain_pem, cert_id, account, issued_at, not_before,
       not_after, renew_from, renew_until, ask_again_at, explanation_url)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const replaceCertificates = database.prepare('UPDATE certificates SET replaced = 1 WHERE ca = ? AND names = ?')
  const selectReplaceable = database.prepare(
    `SELECT * FROM certificates WHERE ca = ? AND names = ? AND not_after > ? AND replaced = 0 AND cert_id IS NOT NULL
     ORDER BY not_after DESC LIMIT 1`,
  )
  const selectByCertId = database.prepare('SELECT * FROM certificates WHERE cert_id = ? ORDER BY id DESC LIMIT 1')
  const updateWindow = database.prepare(
    `UPDATE certificates SET renew_from = ?, renew_until = ?, ask_again_at = ?, explanation_url = ? WHERE cert_id = ?`,
  )
  const selectCertificate = database.prepare(
    'SELECT * FROM certificates WHERE ca = ? AND peer = ? AND spki = ? AND names = ? ORDER BY not_after DESC LIMIT 1',
  )
  const selectLastIssued = database.prepare('SELECT max(issued_at) AS at FROM certificates WHERE ca = ? AND names = ?')
  const selectMoment = database.prepare('SELECT at FROM moments WHERE ca = ? AND kind = ? AND key = ?')
  const upsertMoment = database.prepare('INSERT OR REPLACE INTO moments (ca, kind, key, at) VALUES (?, ?, ?, ?)')
  const deleteMoments = database.prepare('DELETE FROM moments WHERE at < ?')
  const deleteCertificates = database.prepare('DELETE FROM certificates WHERE not_after < ?')
  const deleteOrders = database.prepare('DELETE FROM orders WHERE ended_at < ?')

  let momentsNoted = 0

  return {
    ...ledgerOverview(database, ca),
    async openOrder({ peer, names, work, charges, at }) {
      const { csr, spki, profile = null } = work
      return Number(
        insertOrder.run(ca, peer, namesKey(names), at, csr, spki, profile, JSON.stringify(charges)).lastInsertRowid,
      )
    },
    async reopenOrder(id) {
      reopenOrder.run(id)
    },
    async setOrderUrl(id, url) {
      updateUrl.run(url, id)
    },
    async setCharges(id, charges) {
      updateCharges.run(JSON.stringify(charges), id)
    },
    async closeOrder(id, state, at, failure) {
      inTransaction(database, () => {
        endOrder.run(state, at, failure?.slice(0, MAX_FAILURE_LENGTH) ?? null, id)
        if (state === 'failed') forgetRequest.run(id)
        deleteOrdersBut.run(state, bounds[state])
      })
    },
    async finishOrder(id, row, at) {
      const names = namesKey(row.names)
      const { peer, spki, chainPem, certId = null, account, notBefore, notAfter } = row
      const { renewFrom, renewUntil, askAgainAt, explanationUrl = null } = row
      inTransaction(database, () => {
        replaceCertificates.run(ca, names)
        insertCertificate.run(
          ...([ca, id, peer, names, spki, chainPem, certId, account, at, notBefore, notAfter] as const),
          ...([renewFrom, renewUntil, askAgainAt, explanationUrl] as const),
        )
        deleteCertificatesBut.run(ca, names, bounds.certificatesPerNames)
        endOrder.run('issued', at, null, id)
        forgetRequest.run(id)
        deleteOrdersBut.run('issued', bounds.issued)
      })
    },
    async findUnfinished({ peer, names, spki }, since) {
      const row = selectUnfinished.get(ca, peer, spki, namesKey(names), since)
      return row && orderRow(row)
    },
    async orders(filter = {}) {
      return selectOrders.all(filter.state ?? null, filter.peer ?? null, ca).map((row) => orderRow(row))
    },
    async counts() {
      const counted = selectCounts.all(ca).map((row) => [row.state, Number(row.n)])
      return { open: 0, issued: 0, failed: 0, interrupted: 0, ...Object.fromEntries(counted) }
    },
    async addChallenge(orderId, challenge) {
      insertChallenge.run(orderId, challenge.name, challenge.value)
    },
    async removeChallenge(orderId, challenge) {
      deleteChallenge.run(orderId, challenge.name, challenge.value)
    },
    async challenges() {
      return selectChallenges
        .all()
        .map((row) => ({ orderId: Number(row.order_id), name: String(row.name), value: String(row.value) }))
    },
    async findCertificate({ peer, names, spki }) {
      const row = selectCertificate.get(ca, peer, spki, namesKey(names))
      return row && certificateRow(row)
    },
    async findReplaceable(names, now) {
      const row = selectReplaceable.get(ca, namesKey(names), now)
      return row && certificateRow(row)
    },
    async findByCertId(certId) {
      const row = selectByCertId.get(certId)
      return row && certificateRow(row)
    },
    async saveWindow(certId, { renewFrom, renewUntil, askAgainAt, explanationUrl = null }) {
      updateWindow.run(renewFrom, renewUntil, askAgainAt, explanationUrl, certId)
    },
    async lastIssued(names) {
      const at = selectLastIssued.get(ca, namesKey(names))?.at
      return at === null || at === undefined ? undefined : Number(at)
    },
    async moment(kind, key) {
      const at = selectMoment.get(ca, kind, key)?.at
      return at === undefined ? undefined : Number(at)
    },
    async setMoment(kind, key, at) {
      upsertMoment.run(ca, kind, key, at)
      if (++momentsNoted % MOMENTS_BETWEEN_LOOKS === 0) deleteMomentsBut.run(bounds.moments)
    },
    async forgetBefore(at) {
      deleteCertificates.run(at)
      deleteOrders.run(at)
    },
    async prune(now) {
      inTransaction(database, () => {
        deleteMoments.run(now)
        deleteMomentsBut.run(bounds.moments)
        forgetRequests.run(now - REQUEST_LIFE_MS)
        deleteOldChallenges.run(now - CHALLENGE_LIFE_MS)
      })
      giveBackPages(database)
    },
    async close() {
      closeDatabase(database)
    },
  }
}

/** Names as one text, the same whatever their order. */
function namesKey(names: readonly string[]): string {
  return names.toSorted().join(' ')
}

function orderRow(row: Row): OrderRow {
  return {
    id: Number(row.id),
    peer: String(row.peer),
    names: String(row.names).split(' '),
    state: row.state as OrderState,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
    orderUrl: optionalText(row.order_url),
    work: orderWork(row),
    charges: JSON.parse(String(row.charges)) as Charge[],
    failure: optionalText(row.failure),
  }
}

function orderWork({ csr, spki, profile }: Row): OrderWork | undefined {
  return csr instanceof Uint8Array ? { csr, spki: String(spki), profile: optionalText(profile) } : undefined
}

function certificateRow(row: Row): CertificateRow {
  return {
    peer: String(row.peer),
    names: String(row.names).split(' '),
    spki: String(row.spki),
    chainPem: String(row.chain_pem),
    certId: optionalText(row.cert_id),
    account: String(row.account),
    notBefore: Number(row.not_before),
    notAfter: Number(row.not_after),
    renewFrom: Number(row.renew_from),
    renewUntil: Number(row.renew_until),
    askAgainAt: Number(row.ask_again_at),
    explanationUrl: optionalText(row.explanation_url),
  }
}

function optionalText(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}
