// What the book needs of a disk: one row for each peer, and one number for each that was forgotten. The rows say what the book knew when
// they were written; what is at hand is newer. Where there is no SQLite (an old Electron) nothing is kept over a restart.
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { Log } from '../../../core/log.ts'
import type { Entry } from './entry.ts'

/** A peer on disk. */
export interface Row {
  readonly id: string
  readonly entry: Entry
  readonly bringer: Bringer
  /** Whether it stays whatever comes: a person added it, or we have spoken with it. */
  readonly isKept: boolean
}

/** A number on disk. */
export interface SeqRow {
  readonly id: string
  readonly seq: bigint
  readonly bringer: Bringer
}

/** What is written at once: all of it or nothing. */
export interface Changes {
  readonly rows: readonly Row[]
  /** Peers that are not known any more; their numbers stay. */
  readonly gone: readonly SeqRow[]
  /** Peers of which nothing need stay. */
  readonly deleted: readonly string[]
}

/** The disk. Everything is done when a call returns; an error of the system or of the file is thrown. */
export interface BookStore {
  /** Whether what is written is there after a restart. */
  readonly isKept: boolean
  get(id: string): Row | undefined
  /** The highest number on disk. */
  seqOf(id: string): bigint | undefined
  /** Those that a person added, then those that we have spoken with, and of the others the last heard. */
  best(count: number): readonly Row[]
  ids(): Iterable<string>
  write(changes: Changes): void
  /** Takes out what is over. */
  expire(nowMs: number): void
  close(): void
}

/** The same, in which what cannot be read counts as not there. What cannot be written is still thrown: it is tried again. */
export function forgiving(store: BookStore, log: Log): BookStore {
  const reading = <Result>(otherwise: Result, read: () => Result): Result => {
    try {
      return read()
    } catch (error) {
      log.warn({ error: String(error) }, 'the known peers on disk could not be read')
      return otherwise
    }
  }
  return {
    get isKept() {
      return store.isKept
    },
    get: (id) => reading(undefined, () => store.get(id)),
    seqOf: (id) => reading(undefined, () => store.seqOf(id)),
    best: (count) => reading([], () => store.best(count)),
    ids: () => reading([], () => [...store.ids()]),
    write: (changes) => store.write(changes),
    expire: (nowMs) => store.expire(nowMs),
    close: () => store.close(),
  }
}

/** A store that forgets. */
export function memoryStore(): BookStore {
  return {
    isKept: false,
    get: () => undefined,
    seqOf: () => undefined,
    best: () => [],
    ids: () => [],
    write: () => undefined,
    expire: () => undefined,
    close: () => undefined,
  }
}
