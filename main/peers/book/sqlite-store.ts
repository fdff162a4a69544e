// The book on disk, in one SQLite file. A peer is one row whose entry is a text, since nobody ever asks for the part of a peer; beside it
// stands what rows are found by. When there is no room, the network and the neighbour that brought most give up the youngest of theirs,
// as in memory (core/discovery/fair-map.ts), but many at a time: the counting walks over an index.
import { closeDatabase, giveBackPages, inTransaction, openDatabase, openReadOnly } from '../../../core/sqlite.ts'
import { isUsers, lastEnd } from './entry.ts'
import { MAX_ON_DISK, MAX_SEQS_ON_DISK } from './limits.ts'
import { readEntry, sumOf, writeEntry } from './row-text.ts'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { BookStore, Row, SeqRow } from './store.ts'

/** Never change one that was released; add another. */
const MIGRATIONS = [
  `CREATE TABLE peers (
     id TEXT NOT NULL UNIQUE,
     seq INTEGER NOT NULL,
     network TEXT NOT NULL,
     neighbour TEXT NOT NULL,
     kept INTEGER NOT NULL,
     until_ms INTEGER,
     entry TEXT NOT NULL,
     envelope BLOB,
     sum BLOB NOT NULL
   ) STRICT;
   CREATE INDEX peers_by_bringer ON peers (network, neighbour);
   CREATE INDEX peers_by_end ON peers (until_ms);
   CREATE INDEX peers_kept ON peers (id) WHERE kept = 1;
   CREATE TABLE forgotten (
     id TEXT NOT NULL UNIQUE,
     seq INTEGER NOT NULL,
     network TEXT NOT NULL,
     neighbour TEXT NOT NULL
   ) STRICT;
   CREATE INDEX forgotten_by_bringer ON forgotten (network, neighbour)`,
  // kept: 2 for what a person added, 1 for whom we have spoken with; before, who was just connected was kept too, and for ever
  `DROP INDEX peers_by_bringer;
   DROP INDEX peers_kept;
   UPDATE peers SET kept = CASE WHEN entry LIKE '%["user",%' THEN 2 WHEN entry LIKE '%"metMs":%' THEN 1 ELSE 0 END;
   UPDATE peers SET until_ms = (unixepoch() + 30 * 86400) * 1000 WHERE until_ms IS NULL AND kept < 2;
   CREATE INDEX peers_by_bringer ON peers (kept, network, neighbour);
   CREATE INDEX peers_by_rank ON peers (kept, until_ms)`,
]

/** Pages in memory, KiB: what is asked for twice within a second. The library would take two megabytes. */
const CACHE_KIB = 256

/** Rows that are taken out at a time, so that nobody waits for it. */
const EXPIRED_AT_ONCE = 2_000

/** Limits that a test makes smaller. */
export interface SqliteStoreLimits {
  readonly peers?: number
  readonly seqs?: number
}

/**
 * Opens the file, or makes it.
 *
 * @throws StoreError
 */
export function sqliteStore(path: string, limits: SqliteStoreLimits = {}): BookStore {
  return storeOn(openDatabase(path, MIGRATIONS), limits, true)
}

/** The same of a file that cannot be written. @throws Error where it cannot be read either */
export function readOnlyStore(path: string): BookStore {
  return storeOn(openReadOnly(path), {}, false)
}

function storeOn(database: DatabaseSync, limits: SqliteStoreLimits, isWritable: boolean): BookStore {
  // what was written last is lost with the power, and heard again: the file is whole all the same
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}`)
  const statements = prepare(database)
  const sizes = {
    peers: Number(database.prepare('SELECT COUNT(*) AS count FROM peers').get()?.count ?? 0),
    forgotten: Number(database.prepare('SELECT COUNT(*) AS count FROM forgotten').get()?.count ?? 0),
  }

  const remove = (id: string): void => void (sizes.peers -= Number(statements.deletePeer.run(id).changes))
  const unforget = (id: string): void => void (sizes.forgotten -= Number(statements.deleteForgotten.run(id).changes))

  const put = (row: Row): void => {
    const { id, entry, bringer, isKept } = row
    const text = writeEntry(entry)
    const envelope = entry.record?.envelope
    const isNew = statements.has.get(id) === undefined
    statements.put.run(
      ...[id, entry.seq, bringer.network, bringer.neighbour, isUsers(entry) ? USERS : isKept ? MET : 0],
      ...[lastEnd(entry) ?? null, text, envelope ?? null, sumOf(id, entry.seq, text, envelope)],
    )
    if (isNew) sizes.peers++
    unforget(id)
  }

  const forget = ({ id, seq, bringer }: SeqRow): void => {
    remove(id)
    if (statements.hasForgotten.get(id) === undefined) sizes.forgotten++
    statements.forget.run(id, seq, bringer.network, bringer.neighbour)
  }

  /** Of the largest network's largest neighbour the youngest go; whom we have spoken with last, and nobody whom a person added. */
  const makeRoom = (table: 'peers' | 'forgotten', most: number): void => {
    for (const rows of statements[table]) {
      while (sizes[table] > most) {
        const bringer = rows.largest()
        if (!bringer) break
        for (const { id, seq } of rows.youngest(bringer, sizes[table] - most)) {
          if (table === 'peers') forget({ id, seq, bringer })
          else unforget(id)
        }
      }
    }
  }

  return {
    isKept: isWritable,
    get(id) {
      const found = statements.get.get(id)
      return found && rowOf(found)
    },
    seqOf(id) {
      const found = statements.seq.get(id, id)?.seq
      return typeof found === 'bigint' ? found : undefined
    },
    best(count) {
      return statements.best.all(count).flatMap((row) => rowOf(row) ?? [])
    },
    *ids() {
      for (const { id } of statements.ids.iterate()) yield String(id)
    },
    write({ rows, gone, deleted }) {
      inTransaction(database, () => {
        for (const row of rows) put(row)
        for (const one of gone) forget(one)
        for (const id of deleted) remove(id)
        makeRoom('peers', limits.peers ?? MAX_ON_DISK)
        makeRoom('forgotten', limits.seqs ?? MAX_SEQS_ON_DISK)
      })
    },
    expire(nowMs) {
      const over = statements.over.all(nowMs, EXPIRED_AT_ONCE)
      if (over.length === 0) return
      inTransaction(database, () => {
        for (const row of over) {
          const { id, seq, bringer } = seqRowOf(row)
          if (seq < 0n) remove(id)
          else forget({ id, seq, bringer })
        }
        makeRoom('forgotten', limits.seqs ?? MAX_SEQS_ON_DISK)
      })
      giveBackPages(database)
    },
    close: () => closeDatabase(database),
  }
}

/** What stands in `kept`. */
const USERS = 2
const MET = 1

function prepare(database: DatabaseSync) {
  const statement = (sql: string) => {
    const prepared = database.prepare(sql)
    prepared.setReadBigInts(true)
    return prepared
  }
  const fair = (table: 'peers' | 'forgotten', mayGo: string) => {
    const network = statement(
      `SELECT network FROM ${table} WHERE ${mayGo} GROUP BY network ORDER BY COUNT(*) DESC LIMIT 1`,
    )
    const neighbour = statement(
      `SELECT neighbour FROM ${table} WHERE ${mayGo} AND network = ? GROUP BY neighbour ORDER BY COUNT(*) DESC LIMIT 1`,
    )
    const ids = statement(
      `SELECT id, seq FROM ${table} WHERE ${mayGo} AND network = ? AND neighbour = ? ORDER BY rowid DESC LIMIT ?`,
    )
    return {
      largest(): Bringer | undefined {
        const found = network.get()?.network
        const brought = found === undefined ? undefined : neighbour.get(found)?.neighbour
        return brought === undefined ? undefined : { network: String(found), neighbour: String(brought) }
      },
      youngest: ({ network: of, neighbour: by }: Bringer, count: number) =>
        ids.all(of, by, count).map(({ id, seq }) => ({ id: String(id), seq: seq as bigint })),
    }
  }
  return {
    peers: [fair('peers', 'kept = 0'), fair('peers', `kept = ${MET}`)],
    forgotten: [fair('forgotten', 'TRUE')],
    get: statement('SELECT * FROM peers WHERE id = ?'),
    has: statement('SELECT 1 FROM peers WHERE id = ?'),
    hasForgotten: statement('SELECT 1 FROM forgotten WHERE id = ?'),
    seq: statement(
      'SELECT MAX(seq) AS seq FROM (SELECT seq FROM peers WHERE id = ? UNION ALL SELECT seq FROM forgotten WHERE id = ?)',
    ),
    best: statement('SELECT * FROM peers ORDER BY kept DESC, until_ms DESC LIMIT ?'),
    ids: statement('SELECT id FROM peers'),
    over: statement('SELECT id, seq, network, neighbour FROM peers WHERE until_ms <= ? LIMIT ?'),
    put: statement(
      `INSERT INTO peers (id, seq, network, neighbour, kept, until_ms, entry, envelope, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, kept = excluded.kept, until_ms = excluded.until_ms,
         entry = excluded.entry, envelope = excluded.envelope, sum = excluded.sum`,
    ),
    forget: statement(
      `INSERT INTO forgotten (id, seq, network, neighbour) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = MAX(seq, excluded.seq)`,
    ),
    deletePeer: statement('DELETE FROM peers WHERE id = ?'),
    deleteForgotten: statement('DELETE FROM forgotten WHERE id = ?'),
  }
}

type Output = Record<string, SQLOutputValue>

function seqRowOf({ id, seq, network, neighbour }: Output): SeqRow {
  const bringer = { network: String(network), neighbour: String(neighbour) }
  return { id: String(id), seq: typeof seq === 'bigint' ? seq : -1n, bringer }
}

/** Undefined where the row is not what was written. */
function rowOf(output: Output): Row | undefined {
  const { id, seq, bringer } = seqRowOf(output)
  const text = String(output.entry)
  const envelope = output.envelope instanceof Uint8Array ? output.envelope : undefined
  const sum = output.sum instanceof Uint8Array ? output.sum : new Uint8Array()
  if (Buffer.compare(sum, sumOf(id, seq, text, envelope)) !== 0) return undefined
  const entry = readEntry(text, seq, envelope)
  return entry && { id, entry, bringer, isKept: output.kept !== 0n }
}
