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
  readonly bytes: number
  readonly bytesPerPrefix: number
  readonly keepMs: number
}

const MIGRATIONS = [
  `CREATE TABLE events (
     id TEXT PRIMARY KEY, pubkey TEXT NOT NULL, kind INTEGER NOT NULL, place TEXT, d TEXT NOT NULL, created_at INTEGER NOT NULL,
     expires_at INTEGER, kept_at INTEGER NOT NULL, network TEXT NOT NULL, bytes INTEGER NOT NULL, json TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX events_place ON events (place) WHERE place IS NOT NULL;
   CREATE INDEX events_author ON events (pubkey, kind, created_at);
   CREATE INDEX events_kind ON events (kind, created_at DESC, id);
   CREATE INDEX events_created ON events (created_at DESC, id);
   CREATE INDEX events_network ON events (network, kept_at, bytes);
   CREATE INDEX events_kept ON events (kept_at);
   CREATE TABLE deleted (
     target TEXT NOT NULL, pubkey TEXT NOT NULL, at INTEGER NOT NULL, kept_at INTEGER NOT NULL, network TEXT NOT NULL,
     PRIMARY KEY (target, pubkey)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX deleted_author ON deleted (pubkey, kept_at);
   CREATE INDEX deleted_network ON deleted (network, kept_at)`,
]

/** Answers to one filter. */
const MAX_FOUND = 500
/** Bytes of the answers to one filter: with four filters less than a client may leave unread. */
const MAX_FOUND_BYTES = 400_000
/** A filter with other tags than `d` is compared by us with so many rows. */
const MAX_COMPARED = 2_000
const MAX_TARGETS = 50
/** `31111:<key>:<d>`, with a long `d`. */
const MAX_TARGET_LENGTH = 512

/** Events that make room for one, at most. */
const MAX_DROPPED = 32

type Value = string | number | null

/** The relay's events, as its library asks for them. */
export class EventStore extends EventRepository {
  readonly #database
  readonly #limits: EventLimits
  readonly #clock: Clock
  /** The network of whoever brings the event that is handled now; a network of tests and ours where left out. */
  network = ''
  /** What all searches together have cost, milliseconds of this thread. */
  searchedMs = 0

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
    const before = threadMs()
    try {
      return this.#find(filter)
    } finally {
      this.searchedMs += threadMs() - before
    }
  }

  #find(filter: Filter): Event[] {
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
    const fits = (event: Event) =>
      others.every((key) =>
        event.tags.some(
          ([name, value = '']) => name === key.slice(1) && tagValues(filter, key.slice(1))?.includes(value),
        ),
      )
    const rows = this.#database
      .prepare(`SELECT json, bytes FROM events WHERE ${where.join(' AND ')} ORDER BY created_at DESC, id ASC LIMIT ?`)
      .iterate(...values, others.length > 0 ? MAX_COMPARED : limit)
    const found: Event[] = []
    let size = 0
    for (const { json, bytes } of rows) {
      const event = JSON.parse(String(json)) as Event
      if (!fits(event)) continue
      size += Number(bytes)
      if (found.length >= limit || (size > MAX_FOUND_BYTES && found.length > 0)) break
      found.push(event)
    }
    return found
  }

  /** Removes what the author names, and remembers it: somebody else may bring it again (NIP-09). */
  override async deleteByDeletionRequest(event: Event): Promise<void> {
    const now = this.#clock.now()
    inTransaction(this.#database, () => {
      const targets = event.tags.filter(([name, target]) => (name === 'e' || name === 'a') && target !== undefined)
      for (const [name, target = ''] of targets.slice(0, MAX_TARGETS)) {
        if (target.length > MAX_TARGET_LENGTH) continue
        if (name === 'a' && target.split(':')[1] !== event.pubkey) continue
        this.#database
          .prepare(
            `INSERT INTO deleted VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (target, pubkey) DO UPDATE SET at = max(at, excluded.at), kept_at = excluded.kept_at`,
          )
          .run(target, event.pubkey, event.created_at, now, this.network)
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
    while (this.#bytesOf(this.network) > this.#limits.bytesPerPrefix && this.#dropOldest(this.network)) continue
    const all = Number(this.#database.prepare('SELECT count(*) AS n FROM events').get()?.['n'])
    if (all > this.#limits.events) this.#dropOldest(this.#largest('count(*)'))
    // one event may need the room of many small ones; the rest of the way is made with the next
    for (let dropped = 0; dropped < MAX_DROPPED && this.#usedBytes() > this.#limits.bytes; dropped++)
      this.#dropOldest(this.#largest('sum(bytes)'))
  }

  /** The network that has brought most. */
  #largest(by: 'count(*)' | 'sum(bytes)'): string {
    const row = this.#database
      .prepare(`SELECT network FROM events GROUP BY network ORDER BY ${by} DESC, max(kept_at) DESC LIMIT 1`)
      .get()
    return String(row?.['network'] ?? '')
  }

  /** @returns whether there was one */
  #dropOldest(network: string): boolean {
    const { changes } = this.#database
      .prepare('DELETE FROM events WHERE id = (SELECT id FROM events WHERE network = ? ORDER BY kept_at, id LIMIT 1)')
      .run(network)
    return Number(changes) > 0
  }

  #bytesOf(network: string): number {
    const row = this.#database
      .prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM events WHERE network = ?')
      .get(network)
    return Number(row?.['bytes'])
  }

  /** What the file takes, without pages that are free. */
  #usedBytes(): number {
    const pragma = (name: string) => Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name])
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
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

  /** Of what is remembered as deleted a network has brought an eighth at most, and whoever has brought most gives. */
  #trimDeleted(): void {
    this.#trim('deleted', 'network', this.network, this.#limits.eventsPerPrefix)
    const all = Number(this.#database.prepare('SELECT count(*) AS n FROM deleted').get()?.['n'])
    if (all <= this.#limits.events) return
    const largest = this.#database
      .prepare('SELECT network FROM deleted GROUP BY network ORDER BY count(*) DESC LIMIT 1')
      .get()
    this.#database
      .prepare(
        `DELETE FROM deleted WHERE (target, pubkey) IN
           (SELECT target, pubkey FROM deleted WHERE network = ? ORDER BY kept_at LIMIT ?)`,
      )
      .run(String(largest?.['network'] ?? ''), all - this.#limits.events)
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

/** What this thread has worked, milliseconds: another program's load is nobody's search. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
