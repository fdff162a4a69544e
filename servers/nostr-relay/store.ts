// What the relay keeps, in SQLite: of replaceable events the newest (NIP-01), of each author and of each network only so many; when it is
// full, the oldest of whoever has brought most goes. What an author has asked to delete stays away (NIP-09).
import { Buffer } from 'node:buffer'
import { EventRepository, type Event, type EventRepositoryUpsertResult, type Filter } from '@nostr-relay/common'
import { closeDatabase, giveBackPages, inTransaction, openDatabase } from '../../core/sqlite.ts'
import { placeOf } from '../../core/nostr/name-events.ts'
import { DELETION_KIND } from '../../core/nostr/name-facts.ts'
import type { Clock } from '../../core/clock.ts'

/** How much is kept. */
export interface EventLimits {
  readonly events: number
  readonly eventsPerAuthor: number
  /** Of one network. */
  readonly eventsPerPrefix: number
  readonly keepMs: number
}

const MIGRATIONS = [
  `CREATE TABLE events (
     id TEXT PRIMARY KEY, pubkey TEXT NOT NULL, kind INTEGER NOT NULL, place TEXT, d TEXT NOT NULL, created_at INTEGER NOT NULL,
     expires_at INTEGER, kept_at INTEGER NOT NULL, network TEXT NOT NULL, bytes INTEGER NOT NULL, json TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX events_place ON events (place) WHERE place IS NOT NULL;
   CREATE INDEX events_author ON events (pubkey, kind, created_at);
   CREATE INDEX events_kind ON events (kind, created_at);
   CREATE INDEX events_network ON events (network, kept_at);
   CREATE INDEX events_kept ON events (kept_at);
   CREATE TABLE deleted (
     target TEXT NOT NULL, pubkey TEXT NOT NULL, at INTEGER NOT NULL, kept_at INTEGER NOT NULL, PRIMARY KEY (target, pubkey)
   ) STRICT, WITHOUT ROWID`,
]

/** Answers to one filter. */
const MAX_FOUND = 500
/** A filter with other tags than `d` is compared by us with so many rows. */
const MAX_COMPARED = 2_000
const MAX_TARGETS = 50

type Value = string | number | null

/** The relay's events, as its library asks for them. */
export class EventStore extends EventRepository {
  readonly #database
  readonly #limits: EventLimits
  readonly #clock: Clock
  /** The network of whoever brings the event that is handled now; a network of tests and ours where left out. */
  network = ''

  /** @throws StoreError */
  constructor(path: string, limits: EventLimits, clock: Clock) {
    super()
    this.#database = openDatabase(path, MIGRATIONS)
    this.#limits = limits
    this.#clock = clock
  }

  override isSearchSupported(): boolean {
    return false
  }

  override upsert(event: Event): EventRepositoryUpsertResult {
    const place = placeIn(event)
    if (this.#isDeleted(event, place)) return { isDuplicate: true }
    let isDuplicate = false
    inTransaction(this.#database, () => {
      if (place !== undefined) {
        const old = this.#database.prepare('SELECT id, created_at FROM events WHERE place = ?').get(place)
        if (old) {
          const isNewer = Number(old['created_at']) < event.created_at
          const isSameMoment = Number(old['created_at']) === event.created_at && String(old['id']) > event.id
          if (!isNewer && !isSameMoment) {
            isDuplicate = true
            return
          }
          this.#database.prepare('DELETE FROM events WHERE place = ?').run(place)
        }
      }
      this.#insert(event, place)
      this.#makeRoom(event)
    })
    return { isDuplicate }
  }

  override find(filter: Filter): Event[] {
    const where: string[] = ['(expires_at IS NULL OR expires_at > ?)']
    const values: Value[] = [Math.floor(this.#clock.now() / 1_000)]
    const among = (column: string, given: readonly Value[] | undefined) => {
      if (given === undefined) return
      where.push(`${column} IN (${given.map(() => '?').join(',')})`)
      values.push(...given)
    }
    among('id', filter.ids)
    among('pubkey', filter.authors)
    among('kind', filter.kinds)
    among('d', tagValues(filter, 'd'))
    if (filter.since !== undefined) {
      where.push('created_at >= ?')
      values.push(filter.since)
    }
    if (filter.until !== undefined) {
      where.push('created_at <= ?')
      values.push(filter.until)
    }
    const limit = Math.min(filter.limit ?? MAX_FOUND, MAX_FOUND)
    const others = Object.keys(filter).filter((key) => key.startsWith('#') && key !== '#d')
    const rows = this.#database
      .prepare(`SELECT json FROM events WHERE ${where.join(' AND ')} ORDER BY created_at DESC, id ASC LIMIT ?`)
      .all(...values, others.length > 0 ? MAX_COMPARED : limit)
    const events = rows.map(({ json }) => JSON.parse(String(json)) as Event)
    if (others.length === 0) return events
    const fits = (event: Event) =>
      others.every((key) =>
        event.tags.some(
          ([name, value = '']) => name === key.slice(1) && tagValues(filter, key.slice(1))?.includes(value),
        ),
      )
    return events.filter((event) => fits(event)).slice(0, limit)
  }

  /** Removes what the author names, and remembers it: somebody else may bring it again (NIP-09). */
  override async deleteByDeletionRequest(event: Event): Promise<void> {
    const now = this.#clock.now()
    inTransaction(this.#database, () => {
      const targets = event.tags.filter(([name, target]) => (name === 'e' || name === 'a') && target !== undefined)
      for (const [name, target = ''] of targets.slice(0, MAX_TARGETS)) {
        if (name === 'a' && target.split(':')[1] !== event.pubkey) continue
        this.#database
          .prepare(
            `INSERT INTO deleted VALUES (?, ?, ?, ?)
             ON CONFLICT (target, pubkey) DO UPDATE SET at = max(at, excluded.at), kept_at = excluded.kept_at`,
          )
          .run(target, event.pubkey, event.created_at, now)
        const sql =
          name === 'e'
            ? 'DELETE FROM events WHERE id = ? AND pubkey = ? AND kind != ?'
            : 'DELETE FROM events WHERE place = ? AND pubkey = ? AND kind != ? AND created_at <= ?'
        this.#database
          .prepare(sql)
          .run(target, event.pubkey, DELETION_KIND, ...(name === 'a' ? [event.created_at] : []))
      }
      this.#insert(event, undefined)
      this.#makeRoom(event)
      this.#trim('deleted', 'pubkey', event.pubkey, this.#limits.eventsPerAuthor * 2)
      this.#trimDeleted()
    })
  }

  /** Forgets what is over, and what nobody has written again for long. */
  cleanUp(): void {
    const now = this.#clock.now()
    const before = now - this.#limits.keepMs
    this.#database
      .prepare('DELETE FROM events WHERE kept_at < ? OR (expires_at IS NOT NULL AND expires_at <= ?)')
      .run(before, Math.floor(now / 1_000))
    this.#database.prepare('DELETE FROM deleted WHERE kept_at < ?').run(before)
    giveBackPages(this.#database)
  }

  /** How much there is. */
  counts(): { readonly events: number; readonly authors: number; readonly bytes: number } {
    const row = this.#database
      .prepare(
        'SELECT count(*) AS events, count(DISTINCT pubkey) AS authors, coalesce(sum(bytes), 0) AS bytes FROM events',
      )
      .get()
    return { events: Number(row?.['events']), authors: Number(row?.['authors']), bytes: Number(row?.['bytes']) }
  }

  override async destroy(): Promise<void> {
    closeDatabase(this.#database)
  }

  #isDeleted({ id, pubkey, created_at }: Event, place: string | undefined): boolean {
    const row = this.#database
      .prepare('SELECT 1 FROM deleted WHERE pubkey = ? AND (target = ? OR (target = ? AND at >= ?))')
      .get(pubkey, id, place ?? '', created_at)
    return row !== undefined
  }

  #insert(event: Event, place: string | undefined): void {
    const json = JSON.stringify(event)
    const d = event.tags.find(([name]) => name === 'd')?.[1] ?? ''
    const end = event.tags.find(([name]) => name === 'expiration')?.[1]
    this.#database
      .prepare('INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...[event.id, event.pubkey, event.kind, place ?? null, d, event.created_at],
        ...[end !== undefined && /^\d{1,12}$/.test(end) ? Number(end) : null, this.#clock.now(), this.network],
        ...[Buffer.byteLength(json), json],
      )
  }

  /** Of the author, of the network, of all: whoever has most gives. */
  #makeRoom({ pubkey }: Event): void {
    this.#trim('events', 'pubkey', pubkey, this.#limits.eventsPerAuthor)
    this.#trim('events', 'network', this.network, this.#limits.eventsPerPrefix)
    const all = Number(this.#database.prepare('SELECT count(*) AS n FROM events').get()?.['n'])
    if (all <= this.#limits.events) return
    const largest = this.#database
      .prepare('SELECT network FROM events GROUP BY network ORDER BY count(*) DESC, max(kept_at) DESC LIMIT 1')
      .get()
    this.#database
      .prepare('DELETE FROM events WHERE id = (SELECT id FROM events WHERE network = ? ORDER BY kept_at, id LIMIT 1)')
      .run(String(largest?.['network'] ?? ''))
  }

  #trim(table: 'events' | 'deleted', column: 'pubkey' | 'network', value: string, most: number): void {
    const key = table === 'events' ? 'id' : 'target'
    this.#database
      .prepare(
        `DELETE FROM ${table} WHERE ${column} = ? AND ${key} IN
           (SELECT ${key} FROM ${table} WHERE ${column} = ? ORDER BY kept_at DESC, ${key} LIMIT -1 OFFSET ?)`,
      )
      .run(value, value, most)
  }

  #trimDeleted(): void {
    this.#database
      .prepare(
        `DELETE FROM deleted WHERE (target, pubkey) IN
           (SELECT target, pubkey FROM deleted ORDER BY kept_at DESC LIMIT -1 OFFSET ?)`,
      )
      .run(this.#limits.events)
  }
}

/** Where an event replaces others; undefined where it does not. */
function placeIn(event: Event): string | undefined {
  const { kind } = event
  const isReplaceable =
    kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000) || (kind >= 30_000 && kind < 40_000)
  return isReplaceable ? placeOf(event) : undefined
}

function tagValues(filter: Filter, name: string): readonly string[] | undefined {
  const values: unknown = Reflect.get(filter, `#${name}`)
  return Array.isArray(values) ? values.filter((value): value is string => typeof value === 'string') : undefined
}
