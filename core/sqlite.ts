// SQLite files (node:sqlite), one for each role and one for the book of a node. The schema's version is the number of migrations that ran; a file
// of a newer version than this program knows is refused rather than guessed at. What is deleted is given back to the disk, and the
// log beside the file (WAL) is cut off after each checkpoint: a file that a stranger made grow once must not stay so for ever.
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Sqlite from 'node:sqlite'

/** The file is no database of ours, or one of a newer version. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}

/** How long a statement waits for another process's lock. */
const BUSY_TIMEOUT_MS = 5_000

/** The log is cut off to this after a checkpoint, which comes after a thousand pages of four kilobytes (SQLite's own default). */
const WAL_KEPT_BYTES = 4 * 1024 * 1024

/** Pages that are given back at a time: four megabytes, a few milliseconds. */
const PAGES_AT_ONCE = 1_000

/** `PRAGMA auto_vacuum`: pages are given back when they are asked for. */
const INCREMENTAL = 2

/**
 * Opens a database and brings its schema up to date, each migration in a transaction of its own.
 *
 * @param path  the file, or `:memory:`
 * @param migrations  SQL, oldest first; never change one that was released
 * @throws StoreError
 */
export function openDatabase(path: string, migrations: readonly string[]): Sqlite.DatabaseSync {
  let database: Sqlite.DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    database = new (sqlite().DatabaseSync)(path, { timeout: BUSY_TIMEOUT_MS })
    if (path !== ':memory:') chmodSync(path, 0o600)
    keepSmall(database)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    database.exec(`PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`)
    migrate(database, path, migrations)
    return database
  } catch (error) {
    database?.close() // a transaction that was begun ends with its connection
    if (error instanceof StoreError) throw error
    throw new StoreError(
      `cannot open the database ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** Opens a database that cannot be written as it lies there; what another process has not merged into the file is not seen. @throws */
export function openReadOnly(path: string): Sqlite.DatabaseSync {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  return new (sqlite().DatabaseSync)(url, { readOnly: true })
}

/** Whether this Node has it; an old Electron has not, and its module cannot be named in an import there. */
export function hasSqlite(): boolean {
  // not there either in the oldest
  return (process.getBuiltinModule as typeof process.getBuiltinModule | undefined)?.('node:sqlite') !== undefined
}

function sqlite(): typeof Sqlite {
  return process.getBuiltinModule('node:sqlite')
}

/** A new file is told before it has a table; an older one is written anew once, unless another process has it just now. */
function keepSmall(database: Sqlite.DatabaseSync): void {
  if (database.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum === INCREMENTAL) return
  database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`)
  if (Number(database.prepare('PRAGMA page_count').get()?.page_count ?? 0) === 0) return
  try {
    database.exec('VACUUM')
  } catch (error) {
    if (!(error instanceof Error && /locked|busy/i.test(error.message))) throw error
  }
}

/** Gives pages of deleted rows back to the disk, some at a time. */
export function giveBackPages(database: Sqlite.DatabaseSync): void {
  database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`)
}

function migrate(database: Sqlite.DatabaseSync, path: string, migrations: readonly string[]): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (version > migrations.length) {
    throw new StoreError(
      `${path} has schema version ${version}, this program knows ${migrations.length}: use the newer program`,
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.exec(`BEGIN; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

/** Runs statements so that all of them count or none, and no other connection writes in between. */
export function inTransaction(database: Sqlite.DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** Closes a database; a second time does nothing, because a role may be told twice to stop. */
export function closeDatabase(database: Sqlite.DatabaseSync): void {
  if (database.isOpen) database.close()
}
