// The DNS server's challenge values in SQLite, so that a server that was killed in the middle of an issuance still answers
// with them when it is back.
import { closeDatabase, openDatabase } from '../../core/sqlite.ts'
import type { ChallengeStore } from './store.ts'

const MIGRATIONS = [
  `CREATE TABLE challenges (
     name TEXT NOT NULL,
     value TEXT NOT NULL,
     expires_at INTEGER NOT NULL,
     PRIMARY KEY (name, value)
   ) STRICT`,
  `CREATE TABLE pins (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL,
     at INTEGER NOT NULL
   ) STRICT`,
  // of who has never said anything about CAs there is one row, with an empty kind
  `CREATE TABLE writers (
     writer TEXT NOT NULL,
     kind TEXT NOT NULL,
     issuers TEXT NOT NULL,
     PRIMARY KEY (writer, kind)
   ) STRICT`,
]

/**
 * Opens the store.
 *
 * @param path  the file, or `:memory:`
 * @throws StoreError
 */
export function openSqliteChallenges(path: string): ChallengeStore {
  const database = openDatabase(path, MIGRATIONS)
  const select = database.prepare('SELECT name, value, expires_at FROM challenges ORDER BY expires_at')
  const upsert = database.prepare('INSERT OR REPLACE INTO challenges (name, value, expires_at) VALUES (?, ?, ?)')
  const remove = database.prepare('DELETE FROM challenges WHERE name = ? AND value = ?')
  const selectPins = database.prepare('SELECT name, value FROM pins')
  const upsertPin = database.prepare('INSERT OR REPLACE INTO pins (name, value, at) VALUES (?, ?, ?)')
  const deletePin = database.prepare('DELETE FROM pins WHERE name = ?')
  const deletePins = database.prepare('DELETE FROM pins WHERE at < ?')
  const selectWriters = database.prepare('SELECT writer, kind, issuers FROM writers')
  const upsertWriter = database.prepare('INSERT OR REPLACE INTO writers (writer, kind, issuers) VALUES (?, ?, ?)')
  const deleteWriter = database.prepare('DELETE FROM writers WHERE writer = ?')
  return {
    async all() {
      return select
        .all()
        .map((row) => ({ name: String(row.name), value: String(row.value), expiresAt: Number(row.expires_at) }))
    },
    async set({ name, value, expiresAt }) {
      upsert.run(name, value, expiresAt)
    },
    async remove({ name, value }) {
      remove.run(name, value)
    },
    async pins() {
      return selectPins.all().map((row) => ({ name: String(row.name), value: String(row.value) }))
    },
    async setPin({ name, value }, at) {
      if (value === '') deletePin.run(name)
      else upsertPin.run(name, value, at)
    },
    async forgetPins(before) {
      deletePins.run(before)
    },
    async writers() {
      const issuers = new Map<string, { kind: string; values: readonly string[] }[]>()
      for (const row of selectWriters.all()) {
        const writer = String(row.writer)
        const kind = String(row.kind)
        const known = issuers.get(writer) ?? []
        issuers.set(writer, known)
        if (kind !== '')
          known.push({
            kind,
            values: String(row.issuers)
              .split('\n')
              .filter((value) => value !== ''),
          })
      }
      return [...issuers].map(([writer, said]) => ({ writer, issuers: said }))
    },
    async setWriter(writer, said) {
      upsertWriter.run(writer, said?.kind ?? '', said?.values.join('\n') ?? '')
    },
    async forgetWriter(writer) {
      deleteWriter.run(writer)
    },
    async close() {
      closeDatabase(database)
    },
  }
}
