// Writes what has changed in the book every few minutes, those that matter first. Strangers decide how much changes, so there is a limit
// to what is written at a time; what a person has done is written at once.
import { MAX_LAST_ROWS, MAX_ROWS_AT_ONCE, MAX_WAITING, WRITE_EVERY_MS } from './limits.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { BookStore, Changes, Row, SeqRow } from './store.ts'

/** What it needs. */
export interface WriteBehindInit {
  readonly store: BookStore
  readonly clock: Clock
  readonly log: Log
  /** What to write of a peer; undefined where it is not known any more. */
  readonly rowOf: (id: string) => Row | undefined
  /** What stays of one that is not known any more. */
  readonly seqRowOf: (id: string) => SeqRow | undefined
  /** Who matters is written before others: a low number. */
  readonly rankOf: (id: string) => number
  readonly onWritten: (id: string) => void
  /** What else is to be done every few minutes. */
  readonly onTurn: () => void
}

/** The writing. */
export interface WriteBehind {
  /** A peer has changed and is written within minutes. */
  changed(id: string): void
  /** A peer that waits need not be written. */
  forget(id: string): void
  /** Writes these now. @returns whether they are on disk */
  now(ids: readonly string[]): boolean
  /** Writes all that waits now. @returns whether it is on disk */
  all(): boolean
  /** Writes what has changed and ends. */
  stop(): Promise<void>
}

/** Of those up to here there are only so many anyway: they are in memory. */
const LAST_BOUNDED_RANK = 1

/** Begins to write. */
export function startWriteBehind(init: WriteBehindInit): WriteBehind {
  const { store, clock, log } = init
  const waiting = new Set<string>()
  const stopping = new AbortController()

  const write = (ids: readonly string[]): boolean => {
    if (ids.length === 0) return true
    const rows: Row[] = []
    const gone: SeqRow[] = []
    for (const id of ids) {
      const row = init.rowOf(id)
      const seqRow = row ? undefined : init.seqRowOf(id)
      if (row) rows.push(row)
      else if (seqRow) gone.push(seqRow)
    }
    const known = new Set([...rows, ...gone].map(({ id }) => id))
    const changes: Changes = { rows, gone, deleted: ids.filter((id) => !known.has(id)) }
    try {
      store.write(changes)
    } catch (error) {
      log.warn({ error: String(error) }, 'known peers could not be written; it is tried again')
      return false
    }
    for (const id of ids) {
      waiting.delete(id)
      init.onWritten(id)
    }
    return true
  }

  const next = (most: number): readonly string[] => {
    if (waiting.size <= most) return [...waiting]
    const ranked = [...waiting].map((id) => ({ id, rank: init.rankOf(id) }))
    return ranked
      .toSorted((one, other) => one.rank - other.rank)
      .slice(0, most)
      .map(({ id }) => id)
  }

  const turns = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(WRITE_EVERY_MS, stopping.signal)
      // a full or busy disk is no reason to end: the next turn may find it otherwise
      try {
        init.onTurn()
      } catch (error) {
        log.warn({ error: String(error) }, 'known peers that are over could not be taken out; it is tried again')
      }
      write(next(MAX_ROWS_AT_ONCE))
    }
  }
  const running = turns().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ error: String(error) }, 'known peers are not written any more')
  })

  return {
    changed(id) {
      if (waiting.size < MAX_WAITING || init.rankOf(id) <= LAST_BOUNDED_RANK) waiting.add(id)
    },
    forget: (id) => void waiting.delete(id),
    now: write,
    all: () => write([...waiting]),
    async stop() {
      stopping.abort(new Error('the node stops'))
      await running
      write(next(MAX_LAST_ROWS))
    },
  }
}
