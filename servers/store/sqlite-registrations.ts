// The broker's memory in SQLite: who registered when and how it ended, for quotas that outlive a restart, for the values that a
// peer still has in the DNS, for challenges that must not be answered twice, and for the operator who is asked why.
import { createHash } from 'node:crypto'
import { closeDatabase, openDatabase } from './sqlite.ts'
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
  /** The challenge value, where it was set. */
  readonly value: string | undefined
}

/** Buckets of the broker: new peers of all networks, new peers of one, registrations of one peer. */
export type QuotaKind = 'new' | 'prefix' | 'peer'

/** What a moment is about: when a bucket is empty, or until when an account may stand in the DNS for a peer. */
export type MomentKind = QuotaKind | 'pin'

/** The broker's memory. */
export interface RegistrationStore {
  add(row: RegistrationRow): Promise<void>
  /** When a peer registered last with success. */
  lastOf(peer: string): Promise<number | undefined>
  /** Values that a peer has set since, newest first. */
  valuesOf(peer: string, since: number): Promise<readonly string[]>
  /** Of all peers, newest first. */
  newest(limit: number): Promise<readonly RegistrationRow[]>
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
   * Forgets registrations that succeeded before one moment or failed before another, and moments that are over.
   */
  forget(before: { readonly succeeded: number; readonly failed: number; readonly moments: number }): Promise<void>
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
]

/**
 * Opens the store.
 *
 * @param path  the file, or `:memory:`
 * @throws StoreError
 */
export function openSqliteRegistrations(path: string): RegistrationStore {
  const database = openDatabase(path, MIGRATIONS)
  const insert = database.prepare('INSERT INTO registrations (peer, at, status, reason, value) VALUES (?, ?, ?, ?, ?)')
  const selectLast = database.prepare('SELECT max(at) AS at FROM registrations WHERE peer = ? AND status = 200')
  const selectValues = database.prepare(
    'SELECT value FROM registrations WHERE peer = ? AND status = 200 AND at >= ? ORDER BY id DESC LIMIT 100',
  )
  const selectNewest = database.prepare('SELECT * FROM registrations ORDER BY id DESC LIMIT ?')
  const selectMoment = database.prepare('SELECT at FROM moments WHERE kind = ? AND key = ?')
  const upsertMoment = database.prepare('INSERT OR REPLACE INTO moments (kind, key, at) VALUES (?, ?, ?)')
  const deleteRegistrations = database.prepare('DELETE FROM registrations WHERE at < ?1 OR (status <> 200 AND at < ?2)')
  const insertSpent = database.prepare('INSERT OR IGNORE INTO spent (challenge, expires_at) VALUES (?, ?)')
  const deleteSpent = database.prepare('DELETE FROM spent WHERE expires_at < ?')
  const deleteMoments = database.prepare('DELETE FROM moments WHERE at < ?')
  return {
    async add({ peer, at, status, reason, value }) {
      insert.run(peer, at, status, reason, value ?? null)
    },
    async lastOf(peer) {
      return optionalNumber(selectLast.get(peer)?.at)
    },
    async valuesOf(peer, since) {
      return [...new Set(selectValues.all(peer, since).map((row) => String(row.value)))]
    },
    async newest(limit) {
      return selectNewest.all(limit).map((row) => ({
        peer: String(row.peer),
        at: Number(row.at),
        status: Number(row.status),
        reason: String(row.reason),
        value: row.value === null ? undefined : String(row.value),
      }))
    },
    async moment(kind, key) {
      return optionalNumber(selectMoment.get(kind, key)?.at)
    },
    async setMoment(kind, key, at) {
      upsertMoment.run(kind, key, at)
    },
    async spend(challenge, expiresAt, now) {
      deleteSpent.run(now)
      return insertSpent.run(createHash('sha256').update(challenge).digest(), expiresAt).changes === 1
    },
    async forget({ succeeded, failed, moments }) {
      deleteRegistrations.run(succeeded, failed)
      deleteMoments.run(moments)
    },
    async close() {
      closeDatabase(database)
    },
  }
}

function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}
