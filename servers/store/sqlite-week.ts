// The week's new certificates in a file of their own: the issue server and the broker of a zone both take from them, from one
// process or from two, so each change is one transaction that locks the file.
import { closeDatabase, inTransaction, openDatabase } from '../../core/sqlite.ts'
import type { WeekStore } from './store.ts'

const MIGRATIONS = [
  `CREATE TABLE weeks (
     ca TEXT NOT NULL PRIMARY KEY,
     empty_at INTEGER NOT NULL
   ) STRICT`,
]

/**
 * Opens the store.
 *
 * @param path  the file, or `:memory:`
 * @throws StoreError
 */
export function openSqliteWeek(path: string): WeekStore {
  const database = openDatabase(path, MIGRATIONS)
  const select = database.prepare('SELECT empty_at FROM weeks WHERE ca = ?')
  const upsert = database.prepare('INSERT OR REPLACE INTO weeks (ca, empty_at) VALUES (?, ?)')
  const read = (ca: string): number | undefined => {
    const emptyAt = select.get(ca)?.empty_at
    return emptyAt === undefined ? undefined : Number(emptyAt)
  }
  return {
    async emptyAt(ca) {
      return read(ca)
    },
    async change(ca, next) {
      return inTransaction(database, () => {
        const emptyAt = next(read(ca))
        if (emptyAt !== undefined) upsert.run(ca, emptyAt)
      })
    },
    async close() {
      closeDatabase(database)
    },
  }
}
