// The memory of the newest event that was ever seen of each name, on disk: a relay that lost it, or lies, cannot bring an older one back.
// A name has so many places in it and no more. When it is full, the name that was not seen for longest goes, and never one that is kept:
// that of this machine.
import { join } from 'node:path'
import * as v from 'valibot'
import { putNewest } from '../bounded.ts'
import { FileError, readFileIfThere, writeFileAtomic } from '../files.ts'
import { oneAtATime } from '../lanes.ts'
import type { Log } from '../log.ts'
import { newerFirst, type NostrEvent } from './event.ts'
import { placeOf } from './name-events.ts'

/** What is remembered of an event. */
export interface Seen {
  /** Seconds since 1970. */
  readonly createdAt: number
  readonly id: string
}

/** Remembers. */
export interface NewestMemory {
  /** Whether a newer one in its place was seen before; the same one is none. */
  isOlder(event: NostrEvent): boolean
  /** What was seen newest in a place (`placeOf`). */
  seen(place: string): Seen | undefined
  /** Takes events that were verified and may count: none from the future. */
  remember(events: readonly NostrEvent[]): void
  /** Never forgets this name, whatever others are seen: there is room for a few. @param pubkey  64 hexadecimal digits */
  keep(pubkey: string): void
  /** Writes what is not written yet. */
  flush(): Promise<void>
}

/** About 150 bytes each. */
const MAX_PLACES = 5_000
/** Of one name: whoever makes parts up puts out their own alone. */
const MAX_OF_NAME = 40
/** Names that are kept: this machine's, and one that it had before. */
const MAX_KEPT = 8
const MAX_FILE_BYTES = 4 * 1024 * 1024

/** The file in the data folder. */
export const NEWEST_FILE = 'names-seen.json'

const PLACE = v.pipe(v.string(), v.regex(/^\d{1,5}:[0-9a-f]{64}:/), v.maxLength(400))
const FileSchema = v.object({
  version: v.literal(1),
  seen: v.array(
    v.tuple([PLACE, v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))]),
  ),
})

/**
 * Opens it. A file that cannot be read is as if nothing had been seen, which is said.
 *
 * @param dir  the data folder; undefined keeps it in memory
 */
export async function openNewestMemory({
  dir,
  log,
}: {
  readonly dir: string | undefined
  readonly log: Log
}): Promise<NewestMemory> {
  const path = dir === undefined ? undefined : join(dir, NEWEST_FILE)
  const names = new Map<string, Map<string, Seen>>()
  const kept = new Set<string>()
  let count = 0
  const serial = oneAtATime()
  let isDirty = false

  /** Puts a place at the end of its name, and the name at the end of all. */
  const put = (place: string, seen: Seen): void => {
    const pubkey = pubkeyIn(place)
    const places = names.get(pubkey) ?? new Map<string, Seen>()
    count -= places.size
    putNewest(places, place, seen, MAX_OF_NAME)
    count += places.size
    names.delete(pubkey)
    names.set(pubkey, places)
    for (const [longest, its] of names) {
      if (count <= MAX_PLACES) break
      if (kept.has(longest)) continue
      names.delete(longest)
      count -= its.size
    }
  }
  for (const [place, seen] of await readFile(path, log)) put(place, seen)

  const seenIn = (place: string): Seen | undefined => names.get(pubkeyIn(place))?.get(place)

  const write = async (): Promise<void> => {
    if (!isDirty || path === undefined) return
    isDirty = false
    const all = [...names.values()].flatMap((places) => [...places])
    const seen = all.map(([place, { createdAt, id }]) => [place, createdAt, id])
    try {
      await writeFileAtomic(path, JSON.stringify({ version: 1, seen }))
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      isDirty = true
      log.warn({ reason: error.message }, 'what was seen of names is not written')
    }
  }

  const isOlder = (event: NostrEvent): boolean => {
    const seen = seenIn(placeOf(event))
    return seen !== undefined && newerFirst({ created_at: seen.createdAt, id: seen.id }, event) < 0
  }

  return {
    isOlder,
    seen: seenIn,
    keep(pubkey) {
      if (kept.size < MAX_KEPT) kept.add(pubkey)
    },
    remember(events) {
      for (const event of events) {
        const place = placeOf(event)
        if (Buffer.byteLength(JSON.stringify(place)) > 400 || isOlder(event)) continue
        if (seenIn(place)?.id !== event.id) isDirty = true
        put(place, { createdAt: event.created_at, id: event.id })
      }
    },
    flush: () => serial(write),
  }
}

/** The key in a place: what stands between its colons. */
function pubkeyIn(place: string): string {
  return place.split(':', 2)[1] ?? ''
}

async function readFile(path: string | undefined, log: Log): Promise<[string, Seen][]> {
  if (path === undefined) return []
  try {
    const bytes = await readFileIfThere(path)
    if (bytes === undefined) return []
    if (bytes.length > MAX_FILE_BYTES) throw new RangeError(`it has ${bytes.length} bytes`)
    const { seen } = v.parse(FileSchema, JSON.parse(bytes.toString('utf8')))
    return seen.slice(-MAX_PLACES).map(([place, createdAt, id]) => [place, { createdAt, id }])
  } catch (error) {
    log.warn(
      { path, reason: error instanceof Error ? error.message : String(error) },
      'what was seen of names begins anew',
    )
    return []
  }
}
