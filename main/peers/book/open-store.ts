// The book's file, opened so that nothing of it ever keeps a node from running: one that is damaged is set aside, one that cannot be
// written is read, and where nothing helps the book lives in memory alone. Each of these is told once.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasSqlite, StoreError } from '../../../core/sqlite.ts'
import { readOnlyStore, sqliteStore } from './sqlite-store.ts'
import { memoryStore, type BookStore } from './store.ts'
import type { Log } from '../../../core/log.ts'

/** What it needs. */
export interface OpenStoreInit {
  readonly dir: string
  readonly log: Log
  /** Something a person should know, in a sentence. */
  readonly tell: (message: string) => void
  /** How a file is opened. @default SQLite's */
  readonly open?: ((path: string) => BookStore) | undefined
}

/** The name of the file in the data folder. */
export const BOOK_FILE = 'peers.sqlite'

/** What SQLite says of a file that is no whole database; never looked for in a text of ours, in which the file's path stands. */
const DAMAGED = /malformed|not a database|corrupt|disk image|unsupported file format/i

/** Opens the book of a folder; never throws. */
export function openStore(init: OpenStoreInit): BookStore {
  const { dir, log } = init
  const { open = sqliteStore } = init
  if (!init.open && !hasSqlite()) {
    log.info({ dir }, 'there is no SQLite here: known peers are forgotten when the node stops')
    return memoryStore()
  }
  const path = join(dir, BOOK_FILE)
  let told = false
  const tellOnce = (message: string, error: unknown): void => {
    log.warn({ path, error: String(error) }, message)
    if (!told) init.tell(message)
    told = true
  }

  const openOrNone = (isAgain: boolean): BookStore => {
    try {
      const store = open(path)
      store.best(1)
      return store
    } catch (error) {
      if (isDamage(error) && !isAgain) {
        if (setAside(path, log)) {
          tellOnce(
            `the file of known peers was damaged and lies beside it as ${BOOK_FILE}.damaged; it begins anew`,
            error,
          )
          return openOrNone(true)
        }
      }
      return readable(error)
    }
  }

  const readable = (why: unknown): BookStore => {
    try {
      const store = readOnlyStore(path)
      store.best(1)
      tellOnce('the file of known peers cannot be written: what is learned now is forgotten when the node stops', why)
      return store
    } catch {
      tellOnce('known peers cannot be kept on disk and are forgotten when the node stops', why)
      return memoryStore()
    }
  }

  let store = openOrNone(false)
  /** A file that turns out to be damaged makes room for a new one. */
  const renew = (error: unknown): void => {
    closed(store)
    store = setAside(path, log) ? openOrNone(true) : memoryStore()
    tellOnce('the file of known peers was damaged: it begins anew', error)
  }

  /** Reads, or gives what stands for nothing. */
  const guarded = <Result>(otherwise: Result, work: (store: BookStore) => Result): Result => {
    try {
      return work(store)
    } catch (error) {
      if (isDamage(error)) renew(error)
      else tellOnce('the file of known peers cannot be used', error)
      return otherwise
    }
  }

  return {
    get isKept() {
      return store.isKept
    },
    get: (id) => guarded(undefined, (one) => one.get(id)),
    seqOf: (id) => guarded(undefined, (one) => one.seqOf(id)),
    best: (count) => guarded([], (one) => one.best(count)),
    ids: () => guarded([], (one) => [...one.ids()]),
    write(changes) {
      if (!store.isKept) return
      try {
        store.write(changes)
      } catch (error) {
        // whoever writes tries again, with the new file
        if (isDamage(error)) renew(error)
        throw error
      }
    },
    expire(nowMs) {
      if (store.isKept) guarded(undefined, (one) => one.expire(nowMs))
    },
    close: () => closed(store),
  }
}

function isDamage(error: unknown): boolean {
  const said = error instanceof StoreError ? error.cause : error
  return said instanceof Error && DAMAGED.test(said.message)
}

function setAside(path: string, log: Log): boolean {
  try {
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    if (existsSync(path)) renameSync(path, `${path}.damaged`)
    return true
  } catch (error) {
    log.warn({ path, error: String(error) }, 'a damaged file could not be set aside')
    return false
  }
}

function closed(store: BookStore): void {
  try {
    store.close()
  } catch {
    // what is damaged may not even close
  }
}
