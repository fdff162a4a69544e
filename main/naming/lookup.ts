// Looks names up: from memory while an answer is fresh, from memory and asked again behind it while it is a little old, from relays
// otherwise; and where no relay can be reached, the last known answer for a day, marked as such. Nothing older than what was seen
// before is believed. Made-up names cost relays no more than a fixed rate.
import { join } from 'node:path'
import { unlessAborted } from '../../core/abort.ts'
import { putNewest } from '../../core/bounded.ts'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { LeakyBucket } from '../../core/leaky-bucket.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { EventError, type NostrEvent, readEvent } from '../../core/nostr/event.ts'
import { placeOf, readNameEvents } from '../../core/nostr/name-events.ts'
import { type LeftOut, NAME_KIND, type NameFacts, READ_KINDS, RELAY_LIST_KIND } from '../../core/nostr/name-facts.ts'
import { type Relay, type RelayAnswer, type Relays, writeRelaysOf } from '../../core/nostr/relays.ts'
import { MAX_AHEAD_S } from '../../core/nostr/name-facts.ts'
import type { NewestMemory } from '../../core/nostr/newest.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/**
 * `fresh`: asked just now; `cached`: younger than ten minutes; `stale`: no relay answers, and this is what was known last; `none`: relays
 * answer, and nothing of the name counts; `unknown`: no relay answers, and nothing is known; `busy`: too many names are asked for.
 */
export type LookUpState = 'fresh' | 'cached' | 'stale' | 'none' | 'unknown' | 'busy'

/** What looking came to. */
export interface LookedUp {
  readonly state: LookUpState
  readonly facts: NameFacts | undefined
  /** Milliseconds since 1970: when relays said so. */
  readonly at: number
  readonly answers: readonly RelayAnswer[]
  /** Events that were passed over, and why. */
  readonly refused: readonly LeftOut[]
  /** A relay gave an older version than one that was seen before. */
  readonly rolledBack: boolean
}

/** Looks names up. */
export interface NameLookup {
  /**
   * @param options.fresh  asks relays whatever is in memory
   * @param options.hints  relays that a link names
   * @throws the signal's reason; the look-up goes on for others
   */
  look(
    pubkey: string,
    options?: { readonly fresh?: boolean; readonly hints?: readonly string[]; readonly signal?: AbortSignal },
  ): Promise<LookedUp>
  /** What is in memory, where it may be given at once; asks again behind it where it is a little old. */
  peek(pubkey: string): LookedUp | undefined
  /** Writes what is not written yet. */
  stop(): Promise<void>
}

/** What it needs. */
export interface LookupInit {
  readonly relays: Relays
  /** Relays of this person. */
  readonly urls: readonly string[]
  readonly newest: NewestMemory
  /** The data folder; undefined keeps nothing on disk. */
  readonly dir: string | undefined
  readonly clock: Clock
  readonly log: Log
}

/** An answer is given again for so long, at most: a home's address may have changed by then. */
export const FRESH_MS = 60_000
/** Then it is given once more and asked for again meanwhile. */
export const USABLE_MS = 10 * 60_000
/** Without relays the last known one is given for so long. */
export const STALE_MS = 24 * 3_600_000
/** That there is none is believed for so long. */
export const NONE_MS = 30_000

const MAX_KNOWN = 1_000
const MAX_NOTHING = 1_000
/** Of these the events are kept on disk: what a person uses. */
const MAX_ON_DISK = 50
const MAX_FILE_BYTES = 8 * 1024 * 1024
const MAX_NAMED_RELAYS = 3

/** Names that are asked of relays: so many at once, and so many a second after that. */
const RATE = { burst: 60, perSecond: 1 }

/** The file in the data folder. */
export const KNOWN_NAMES_FILE = 'names-known.json'

const BUSY = { state: 'busy', facts: undefined, answers: [], refused: [], rolledBack: false } as const

interface Known {
  readonly result: LookedUp
  readonly events: readonly NostrEvent[]
}

/** Opens it, with what is on disk. */
export async function openNameLookup(init: LookupInit): Promise<NameLookup> {
  const { relays, newest, clock, log, dir } = init
  const path = dir === undefined ? undefined : join(dir, KNOWN_NAMES_FILE)
  const known = new Map<string, Known>()
  // apart, so that made-up names put out none that a person uses
  const nothing = new Map<string, LookedUp>()
  const running = new Map<string, Promise<LookedUp>>()
  const spent = new LeakyBucket(RATE)
  const serial = oneAtATime()
  const own: readonly Relay[] = init.urls.map((url) => ({ url }))
  let isDirty = false

  const readFacts = async (pubkey: string, events: readonly NostrEvent[]) => {
    const nowS = Math.floor(clock.now() / 1_000)
    const usable = events.filter((event) => !newest.isOlder(event))
    const read = await readNameEvents(pubkey, usable, nowS)
    // whoever has signed one event with everything is not followed to the older layout, which has no pins: a relay may keep that back
    const isBelow =
      read.facts?.layout === 'legacy' && newest.seen(placeOf({ kind: NAME_KIND, pubkey, tags: [] })) !== undefined
    const facts = isBelow ? undefined : read.facts
    return {
      refused: read.refused,
      facts,
      rolledBack: isBelow || (usable.length < events.length && facts === undefined),
    }
  }

  for (const [pubkey, { at, events }] of await readFile(path, log)) {
    const { facts, refused, rolledBack } = await readFacts(pubkey, events)
    const result: LookedUp = { state: 'cached', facts, at, answers: [], refused, rolledBack }
    known.set(pubkey, { result, events })
  }

  /** What was known last, where it is not too old; what has ended since counts no more. */
  const lastKnown = async (pubkey: string): Promise<LookedUp | undefined> => {
    const have = known.get(pubkey)
    const age = have ? clock.now() - have.result.at : Infinity
    if (!have || age < 0 || age >= STALE_MS) return undefined
    const { facts } = await readFacts(pubkey, have.events)
    return facts && { ...have.result, state: 'stale', facts }
  }

  const ask = async (pubkey: string, hints: readonly string[]): Promise<LookedUp> => {
    const kinds = [...READ_KINDS, RELAY_LIST_KIND]
    const named = hints.map((url) => ({ url, named: true }))
    const first = await relays.query({ authors: [pubkey], kinds }, { relays: [...own, ...named] })
    // who writes elsewhere says so where we look; that costs a second question, once
    const elsewhere = writeRelaysOf(first.events, MAX_NAMED_RELAYS).filter(
      ({ url }) => !own.some((relay) => new URL(relay.url).href === url),
    )
    const more =
      elsewhere.length > 0 ? await relays.query({ authors: [pubkey], kinds }, { relays: elsewhere }) : undefined
    const events = [...first.events, ...(more?.events ?? [])]
    const answers = [...first.answers, ...(more?.answers ?? [])]
    const nowS = Math.floor(clock.now() / 1_000)
    const { facts, refused, rolledBack } = await readFacts(pubkey, events)
    newest.remember(events.filter(({ created_at }) => created_at <= nowS + MAX_AHEAD_S))
    void newest.flush()
    const at = clock.now()
    const isAnswered = answers.some(({ state }) => state === 'answered')
    // who answers with nothing may have lost it, or keep it back: its owner takes a name away by signing that nothing is there
    if (!isAnswered || facts === undefined) {
      const before = await lastKnown(pubkey)
      if (before) return { ...before, answers, refused, rolledBack }
      const result: LookedUp = {
        state: isAnswered ? 'none' : 'unknown',
        facts: undefined,
        at,
        answers,
        refused,
        rolledBack,
      }
      if (isAnswered) {
        known.delete(pubkey)
        putNewest(nothing, pubkey, result, MAX_NOTHING)
      }
      return result
    }
    const isThere = facts.records.length > 0 || facts.pins.length > 0
    const result: LookedUp = {
      state: isThere ? 'fresh' : 'none',
      facts: isThere ? facts : undefined,
      at,
      answers,
      refused,
      rolledBack,
    }
    if (isThere) {
      nothing.delete(pubkey)
      putNewest(known, pubkey, { result, events }, MAX_KNOWN)
    } else {
      known.delete(pubkey)
      putNewest(nothing, pubkey, result, MAX_NOTHING)
    }
    isDirty = true
    return result
  }

  /** One question for a name at a time. */
  const shared = (pubkey: string, hints: readonly string[]): Promise<LookedUp> => {
    const under = running.get(pubkey)
    if (under) return under
    if (!spent.take(1, clock.now())) {
      return lastKnown(pubkey).then((have) => have ?? { ...BUSY, at: clock.now() })
    }
    const asking = ask(pubkey, hints).finally(() => running.delete(pubkey))
    running.set(pubkey, asking)
    void asking.then(
      () => serial(write),
      () => undefined,
    )
    return asking
  }

  const write = async (): Promise<void> => {
    if (!isDirty || path === undefined) return
    isDirty = false
    const names = [...known]
      .filter(([, { events }]) => events.length > 0)
      .slice(-MAX_ON_DISK)
      .map(([pubkey, { result, events }]) => ({ pubkey, at: result.at, events }))
    try {
      await writeFileAtomic(path, JSON.stringify({ version: 1, names }))
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      log.warn({ reason: error.message }, 'names that are known are not written')
    }
  }

  const peek = (pubkey: string, hints: readonly string[]): LookedUp | undefined => {
    const now = clock.now()
    const have = known.get(pubkey)?.result ?? nothing.get(pubkey)
    const age = have ? now - have.at : Infinity
    const isOver = have?.facts?.expiresAt !== undefined && have.facts.expiresAt * 1_000 <= now
    if (!have || age < 0 || isOver) return undefined
    if (age < (have.facts ? FRESH_MS : NONE_MS)) return { ...have, state: have.facts ? 'cached' : 'none' }
    if (!have.facts || age >= USABLE_MS) return undefined
    void shared(pubkey, hints).catch(() => undefined)
    return { ...have, state: 'cached' }
  }

  return {
    peek: (pubkey) => peek(pubkey, []),
    async look(pubkey, { fresh = false, hints = [], signal } = {}) {
      signal?.throwIfAborted()
      const have = fresh ? undefined : peek(pubkey, hints)
      if (have) return have
      const asking = shared(pubkey, hints)
      return await unlessAborted(asking, signal)
    },
    async stop() {
      await Promise.allSettled(running.values())
      await serial(write)
      await newest.flush()
    },
  }
}

async function readFile(
  path: string | undefined,
  log: Log,
): Promise<[string, { at: number; events: readonly NostrEvent[] }][]> {
  if (path === undefined) return []
  try {
    const bytes = await readFileIfThere(path)
    if (bytes === undefined) return []
    if (bytes.length > MAX_FILE_BYTES) throw new RangeError(`it has ${bytes.length} bytes`)
    const { names } = JSON.parse(bytes.toString('utf8')) as {
      names: { pubkey: string; at: number; events: unknown[] }[]
    }
    return names.slice(-MAX_ON_DISK).map(({ pubkey, at, events }) => {
      if (typeof pubkey !== 'string' || typeof at !== 'number') throw new TypeError('it is of another form')
      // whoever can write the file must not be able to make names up
      return [pubkey, { at, events: events.map((event) => readEvent(event)) }]
    })
  } catch (error) {
    const reason = error instanceof Error || error instanceof EventError ? error.message : String(error)
    log.warn({ path, reason }, 'names that were known are asked for anew')
    return []
  }
}
