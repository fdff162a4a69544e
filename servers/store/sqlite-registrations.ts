// The broker's memory in SQLite: who registered when and how it ended, for quotas that outlive a restart, for the values that a
// peer still has in the DNS, for challenges that must not be answered twice, and for the operator who is asked why.
import { createHash } from 'node:crypto'
import { closeDatabase, giveBackPages, inTransaction, openDatabase } from '../../core/sqlite.ts'
import { registrationsOfDay } from './registrations-of-day.ts'
import type { DaySlot } from '../admin/day.ts'
import type { SQLOutputValue } from 'node:sqlite'

/** How a registration ended: well, or with a status of HTTP. */
export interface RegistrationRow {
  readonly peer: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** 200 where the value was set. */
  readonly status: number
  /** The words of the refusal; empty where there was none. */
  readonly reason: string
}

/** Buckets of the broker: new peers of all networks, new peers of one, registrations of one peer, known peers that come back. */
export type QuotaKind = 'new' | 'prefix' | 'peer' | 'returning'

/** How much the broker remembers at most; a hundred bytes a row. */
export interface RegistrationBounds {
  /** Anybody may fail as often as they like, so only so many of those are kept. */
  readonly failed: number
  /** Successes are kept for years, because they tell who is known: more than the peers of a large network make in that time. */
  readonly succeeded: number
  /** Moments, values and answered challenges: those that end soonest, or were noted first, go first. */
  readonly moments: number
  readonly values: number
  readonly spent: number
}

export const REGISTRATION_BOUNDS: RegistrationBounds = {
  ...{ failed: 10_000, succeeded: 500_000, moments: 100_000, values: 100_000, spent: 100_000 },
}

/** Of those that failed so many are kept. */
export const MAX_FAILED = REGISTRATION_BOUNDS.failed

/** How often rows are looked after, in rows that were written: counting them takes some milliseconds. */
export const WRITES_BETWEEN_LOOKS = 500

/**
 * What a moment is about: when a bucket is empty, until when an account may stand in the DNS for a peer, until when a peer need not
 * be counted again.
 */
export type MomentKind = QuotaKind | 'pin' | 'paid'

/** The broker's memory. */
export interface RegistrationStore {
  /** Of those that failed the newest `MAX_FAILED` stay. */
  add(row: RegistrationRow): Promise<void>
  /** When a peer registered last with success. */
  lastOf(peer: string): Promise<number | undefined>
  /** How many peers registered since with success. */
  countKnown(since: number): Promise<number>
  /** Notes a value that may be in the DNS from now on; noted again it is the newest. */
  noteValue(peer: string, value: string, at: number): Promise<void>
  /** A value was surely removed. */
  dropValue(peer: string, value: string): Promise<void>
  /** Values of a peer that may be in the DNS since, newest first. */
  valuesOf(peer: string, since: number): Promise<readonly string[]>
  /** Values of all peers that may be in the DNS since, oldest first; the newest few thousand where there are more. */
  values(since: number): Promise<readonly { readonly peer: string; readonly value: string }[]>
  /** Of all peers so many that succeeded and as many that failed, newest first: no flood of failures hides who registered. */
  newest(limit: number): Promise<readonly RegistrationRow[]>
  /** Of the last day by quarters of an hour, oldest first. */
  ofDay(now: number): Promise<readonly DaySlot[]>
  moment(kind: MomentKind, key: string): Promise<number | undefined>
  setMoment(kind: MomentKind, key: string, at: number): Promise<void>
  /**
   * Notes that a challenge was answered: the protocol keeps no state, so the same answer would count again while it is good.
   *
   * @param expiresAt  when nobody could use it any more, milliseconds since 1970
   * @returns whether it was answered for the first time
   */
  spend(challenge: string, expiresAt: number, now: number): Promise<boolean>
  /**
   * Forgets registrations that succeeded before one moment or failed before another, values that were noted before a third, and
   * moments that are over.
   */
  forget(before: {
    readonly succeeded: number
    readonly failed: number
    readonly values: number
    readonly moments: number
  }): Promise<void>
  close(): Promise<void>
}

const MIGRATIONS = [
  `CREATE TABLE registrations (
     id INTEGER PRIMARY KEY,
     peer TEXT NOT NULL,
     at INTEGER NOT NULL,
     status INTEGER NOT NULL,
     reason TEXT NOT NULL,
     value TEXT
   ) STRICT;
   CREATE INDEX registrations_by_peer ON registrations (peer, status, at);
   CREATE TABLE moments (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT`,
  `CREATE TABLE spent (
     challenge BLOB NOT NULL PRIMARY KEY,
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX spent_by_end ON spent (expires_at)`,
  `CREATE TABLE placed (
     id INTEGER PRIMARY KEY,
     peer TEXT NOT NULL,
     value TEXT NOT NULL,
     at INTEGER NOT NULL,
     UNIQUE (peer, value)
   ) STRICT;
   INSERT OR REPLACE INTO placed (peer, value, at)
     SELECT peer, value, at FROM registrations WHERE status = 200 AND value IS NOT NULL ORDER BY id;
   UPDATE registrations SET value = NULL;
   CREATE INDEX registrations_failed ON registrations (id) WHERE status <> 200;
   CREATE INDEX registrations_succeeded ON registrations (id) WHERE status = 200`,
]

/**
 * Opens the store.
 *
 * @param path    the file, or `:memory:`
 * @param bounds  how much it holds at most
 * @throws StoreError
 */
export function openSqliteRegistrations(
  path: string,
  bounds: RegistrationBounds = REGISTRATION_BOUNDS,
): RegistrationStore {
  const database = openDatabase(path, MIGRATIONS)
  const insert = database.prepare('INSERT INTO registrations (peer, at, status, reason) VALUES (?, ?, ?, ?)')
  const selectLast = database.prepare('SELECT max(at) AS at FROM registrations WHERE peer = ? AND status = 200')
  const countPeers = database.prepare(
    'SELECT count(DISTINCT peer) AS peers FROM registrations WHERE status = 200 AND at >= ?',
  )
  const deleteFailedBut = database.prepare(
    `DELETE FROM registrations WHERE status <> 200 AND id <=
       (SELECT id FROM registrations WHERE status <> 200 ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  )
  const upsertValue = database.prepare('INSERT OR REPLACE INTO placed (peer, value, at) VALUES (?, ?, ?)')
  const deleteValue = database.prepare('DELETE FROM placed WHERE peer = ? AND value = ?')
  const deleteValues = database.prepare('DELETE FROM placed WHERE at < ?')
  const selectValues = database.prepare(
    'SELECT value FROM placed WHERE peer = ? AND at >= ? ORDER BY id DESC LIMIT 100',
  )
  const selectAllValues = database.prepare('SELECT peer, value FROM placed WHERE at >= ? ORDER BY id DESC LIMIT 4096')
  const selectNewest = database.prepare(
    `SELECT * FROM (SELECT * FROM registrations WHERE status = 200 ORDER BY id DESC LIMIT ?1)
     UNION ALL SELECT * FROM (SELECT * FROM registrations WHERE status <> 200 ORDER BY id DESC LIMIT ?1)
     ORDER BY id DESC`,
  )
  const selectMoment = database.prepare('SELECT at FROM moments WHERE kind = ? AND key = ?')
  const upsertMoment = database.prepare('INSERT OR REPLACE INTO moments (kind, key, at) VALUES (?, ?, ?)')
  const deleteRegistrations = database.prepare('DELETE FROM registrations WHERE at < ?1 OR (status <> 200 AND at < ?2)')
  const insertSpent = database.prepare('INSERT OR IGNORE INTO spent (challenge, expires_at) VALUES (?, ?)')
  const deleteSpent = database.prepare('DELETE FROM spent WHERE expires_at < ?')
  const deleteMoments = database.prepare('DELETE FROM moments WHERE at < ?')
  const deleteSucceededBut = database.prepare(
    `DELETE FROM registrations WHERE status = 200 AND id <=
       (SELECT id FROM registrations WHERE status = 200 ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  )
  const deleteMomentsBut = database.prepare(
    `DELETE FROM moments WHERE rowid IN (SELECT rowid FROM moments WHERE kind NOT IN ('new', 'returning')
       ORDER BY at LIMIT max(0, (SELECT count(*) FROM moments) - ?))`,
  )
  const deleteValuesBut = database.prepare(
    'DELETE FROM placed WHERE id <= (SELECT id FROM placed ORDER BY id DESC LIMIT 1 OFFSET ?)',
  )
  const deleteSpentBut = database.prepare(
    `DELETE FROM spent WHERE challenge IN (SELECT challenge FROM spent
       ORDER BY expires_at LIMIT max(0, (SELECT count(*) FROM spent) - ?))`,
  )
  let writes = 0
  const keepBounds = () => {
    if (++writes % WRITES_BETWEEN_LOOKS !== 0) return
    inTransaction(database, () => {
      deleteMomentsBut.run(bounds.moments)
      deleteValuesBut.run(bounds.values)
      deleteSpentBut.run(bounds.spent)
      deleteSucceededBut.run(bounds.succeeded)
    })
  }
  return {
    async add({ peer, at, status, reason }) {
      inTransaction(database, () => {
        insert.run(peer, at, status, reason)
        if (status !== 200) deleteFailedBut.run(bounds.failed)
      })
      keepBounds()
    },
    async lastOf(peer) {
      return optionalNumber(selectLast.get(peer)?.at)
    },
    async countKnown(since) {
      return Number(countPeers.get(since)?.peers ?? 0)
    },
    async noteValue(peer, value, at) {
      upsertValue.run(peer, value, at)
      keepBounds()
    },
    async dropValue(peer, value) {
      deleteValue.run(peer, value)
    },
    async valuesOf(peer, since) {
      return selectValues.all(peer, since).map((row) => String(row.value))
    },
    async values(since) {
      const newest = selectAllValues.all(since)
      return newest.reverse().map((row) => ({ peer: String(row.peer), value: String(row.value) }))
    },
    async newest(limit) {
      return selectNewest.all(limit).map((row) => ({
        peer: String(row.peer),
        at: Number(row.at),
        status: Number(row.status),
        reason: String(row.reason),
      }))
    },
    ofDay: registrationsOfDay(database),
    async moment(kind, key) {
      return optionalNumber(selectMoment.get(kind, key)?.at)
    },
    async setMoment(kind, key, at) {
      upsertMoment.run(kind, key, at)
      keepBounds()
    },
    async spend(challenge, expiresAt, now) {
      deleteSpent.run(now)
      const isFirst = insertSpent.run(createHash('sha256').update(challenge).digest(), expiresAt).changes === 1
      keepBounds()
      return isFirst
    },
    async forget({ succeeded, failed, values, moments }) {
      deleteRegistrations.run(succeeded, failed)
      deleteValues.run(values)
      deleteMoments.run(moments)
      giveBackPages(database)
    },
    async close() {
      closeDatabase(database)
    },
  }
}

function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}
