// One peer of the book, as a value: nothing here waits, writes or knows the time. Each function gives what the peer looks like after
// something has happened; the same value where nothing has changed.
import { CERTIFIED_FOR_MS, MAX_OF_SOURCE, SINKS_AFTER_FAILURES, SINKS_AFTER_MS } from './limits.ts'
import type { AddressKind, Experience, Outcome, Provenance, Source, Teller } from './types.ts'

/** An address as it is kept: as text, because a thousand peers of parsed ones are megabytes. */
export interface Place {
  readonly address: string
  readonly kind: AddressKind
  /** Of a private address that somebody else told: where it was learnt. The same address in two networks is two. */
  readonly network: string | undefined
}

/** A place with what is known of it. */
export interface Held extends Place {
  readonly sources: readonly Source[]
  readonly experience: Experience
}

/** The signed record that is in force. */
export interface HeldRecord {
  readonly seq: bigint
  readonly envelope: Uint8Array
  /** When its owner was last heard with it. */
  readonly heardMs: number
}

/** A peer. */
export interface Entry {
  /** The highest number that was ever seen; -1 where there was none. */
  readonly seq: bigint
  readonly record: HeldRecord | undefined
  readonly held: readonly Held[]
  /** When we have reached it ourselves. */
  readonly metMs: number | undefined
}

/** Nothing is known. */
export const NOBODY: Entry = { seq: -1n, record: undefined, held: [], metMs: undefined }

const UNTRIED: Experience = { failures: 0 }

/** What became of a record. */
export interface Certified {
  readonly kind: 'stored' | 'repeated' | 'stale'
  readonly entry: Entry
  /** Whether the certified addresses are others than before. */
  readonly changed: boolean
}

/**
 * A record was verified: a higher number replaces all certified addresses and touches no others, an equal one refreshes what it said the
 * first time, a lower one is nothing.
 */
export function certify(
  entry: Entry,
  record: { readonly seq: bigint; readonly envelope: Uint8Array; readonly places: readonly Place[] },
  nowMs: number,
): Certified {
  if (record.seq < entry.seq) return { kind: 'stale', entry, changed: false }
  const untilMs = nowMs + CERTIFIED_FOR_MS
  if (record.seq === entry.record?.seq) {
    const held = entry.held.map((one) =>
      sourceOf(one, 'certified') ? withSource(one, 'certified', nowMs, untilMs) : one,
    )
    return { kind: 'repeated', entry: { ...entry, held, record: { ...entry.record, heardMs: nowMs } }, changed: false }
  }
  const places = unique(record.places).slice(0, MAX_OF_SOURCE.certified)
  const named = new Set(places.map((place) => keyOf(place)))
  const others = entry.held.map((one) => (named.has(keyOf(one)) ? one : withoutSource(one, 'certified')))
  const held = put(others, places, 'certified', nowMs, untilMs)
  const before = certifiedKeys(entry)
  const changed = entry.record === undefined || before.length !== named.size || before.some((key) => !named.has(key))
  const { seq, envelope } = record
  return {
    kind: 'stored',
    entry: { ...entry, seq, held: alive(held), record: { seq, envelope, heardMs: nowMs } },
    changed,
  }
}

/**
 * Somebody told addresses. Of more than there is room for the newest stay; of what a person typed in, the first.
 *
 * @param untilMs  undefined where they never end
 */
export function tell(
  entry: Entry,
  places: readonly Place[],
  by: { readonly provenance: Teller; readonly nowMs: number; readonly untilMs: number | undefined },
): Entry {
  const { provenance, nowMs, untilMs } = by
  const most = MAX_OF_SOURCE[provenance]
  const wanted = unique(places).slice(0, most)
  const named = new Set(wanted.map((place) => keyOf(place)))
  const present = entry.held.filter((one) => sourceOf(one, provenance) && !named.has(keyOf(one)))
  const room = most - present.length
  if (provenance === 'user') {
    const known = new Set(entry.held.filter((one) => sourceOf(one, provenance)).map((one) => keyOf(one)))
    const isKnown = (place: Place) => known.has(keyOf(place))
    const taken = [
      ...wanted.filter((place) => isKnown(place)),
      ...wanted.filter((place) => !isKnown(place)).slice(0, most - known.size),
    ]
    return { ...entry, held: put(entry.held, taken, provenance, nowMs, untilMs) }
  }
  // identify's word is whole; of others' the oldest give way
  const oldest = present.toSorted((one, other) => sinceOf(one, provenance) - sinceOf(other, provenance))
  const going = provenance === 'identify' ? present : oldest.slice(0, Math.max(0, wanted.length - room))
  const gone = new Set(going.map((one) => keyOf(one)))
  const rest = entry.held.map((one) => (gone.has(keyOf(one)) ? withoutSource(one, provenance) : one))
  return { ...entry, held: alive(put(rest, wanted, provenance, nowMs, untilMs)) }
}

/** What the user added is taken back: one address in whatever network, or all. */
export function takeBack(entry: Entry, address: string | undefined): Entry {
  const isMeant = (one: Held) =>
    sourceOf(one, 'user') !== undefined && (address === undefined || one.address === address)
  if (!entry.held.some((one) => isMeant(one))) return entry
  return { ...entry, held: alive(entry.held.map((one) => (isMeant(one) ? withoutSource(one, 'user') : one))) }
}

/** What identify said ends then; undefined for as long as the connection lasts. */
export function identifyUntil(entry: Entry, untilMs: number | undefined): Entry {
  const isMeant = (one: Held) => {
    const source = sourceOf(one, 'identify')
    return source !== undefined && (source.untilMs === undefined || untilMs === undefined) && source.untilMs !== untilMs
  }
  if (!entry.held.some((one) => isMeant(one))) return entry
  const ended = (source: Source) => (source.provenance === 'identify' ? { ...source, untilMs } : source)
  return {
    ...entry,
    held: entry.held.map((one) => (isMeant(one) ? { ...one, sources: one.sources.map(ended) } : one)),
  }
}

/** An address was dialled; nothing where it is not known. */
export function dialled(entry: Entry, key: string, outcome: Outcome, nowMs: number): Entry {
  if (!entry.held.some((one) => keyOf(one) === key)) return entry
  const { kind } = outcome
  const held = entry.held.map((one) =>
    keyOf(one) === key ? { ...one, experience: experienceAfter(one.experience, outcome, nowMs) } : one,
  )
  return { ...entry, held, metMs: kind === 'reached' ? nowMs : entry.metMs }
}

function experienceAfter(before: Experience, outcome: Outcome, nowMs: number): Experience {
  if (outcome.kind === 'failed') {
    const failingSinceMs = before.failures === 0 ? nowMs : (before.failingSinceMs ?? nowMs)
    return { ...before, failures: before.failures + 1, lastFailureMs: nowMs, failingSinceMs }
  }
  const { lastFailureMs } = before
  const after = { failures: 0, lastSuccessMs: nowMs, latencyMs: outcome.latencyMs }
  return lastFailureMs === undefined ? after : { ...after, lastFailureMs }
}

/** Without what is over: reasons, addresses without a reason, and the record with its last address. Its number stays. */
export function livingAt(entry: Entry, nowMs: number): Entry {
  const isOver = ({ untilMs }: Source) => untilMs !== undefined && untilMs <= nowMs
  const recordIsOver = entry.record !== undefined && entry.record.heardMs + CERTIFIED_FOR_MS <= nowMs
  if (!recordIsOver && !entry.held.some(({ sources }) => sources.some((source) => isOver(source)))) return entry
  const held = entry.held.map((one) =>
    one.sources.some((source) => isOver(source))
      ? { ...one, sources: one.sources.filter((source) => !isOver(source)) }
      : one,
  )
  return { ...entry, held: alive(held), record: recordIsOver ? undefined : entry.record }
}

/** A newer record than the one that is held was seen and is not here: what that certified counts no more. */
export function outdated(entry: Entry, seq: bigint): Entry {
  return seq <= entry.seq ? entry : uncertified({ ...entry, seq })
}

/** The same without a record that cannot be believed. */
export function uncertified(entry: Entry): Entry {
  return { ...entry, record: undefined, held: alive(entry.held.map((one) => withoutSource(one, 'certified'))) }
}

/** When the next thing of it is over; undefined for never. */
export function nextEnd({ held, record }: Entry): number | undefined {
  const ends = held.flatMap(({ sources }) => sources.flatMap(({ untilMs }) => untilMs ?? []))
  if (record) ends.push(record.heardMs + CERTIFIED_FOR_MS)
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** When the last thing of it is over; undefined for never. */
export function lastEnd({ held, record }: Entry): number | undefined {
  const ends = held.flatMap(({ sources }) => sources.map(({ untilMs }) => untilMs ?? Infinity))
  if (record) ends.push(record.heardMs + CERTIFIED_FOR_MS)
  const last = Math.max(0, ...ends)
  return last === Infinity ? undefined : last
}

/** Whether nothing but a number is left. */
export function isEmpty({ held, record }: Entry): boolean {
  return held.length === 0 && record === undefined
}

/** Whether a person has typed in an address of it. */
export function isUsers({ held }: Entry): boolean {
  return held.some((one) => sourceOf(one, 'user'))
}

/** Whether nobody was there for so long that all others are tried before. */
export function isSunken({ failures, failingSinceMs = Infinity }: Experience, nowMs: number): boolean {
  return failures >= SINKS_AFTER_FAILURES && nowMs - failingSinceMs >= SINKS_AFTER_MS
}

/** The likeliest first: what has worked last, then what the user or the peer itself vouches for, then what has failed least. */
export function inOrder(held: readonly Held[], nowMs: number): readonly Held[] {
  const rank = (one: Held): readonly number[] => [
    // what a person has typed in keeps its place, as in the dialler
    Number(isSunken(one.experience, nowMs) && !sourceOf(one, 'user')),
    one.experience.failures === 0 ? -(one.experience.lastSuccessMs ?? 0) : 0,
    Number(!sourceOf(one, 'user') && !sourceOf(one, 'certified')),
    one.experience.failures,
  ]
  return held
    .map((one) => [one, rank(one)] as const)
    .toSorted(([, one], [, other]) => compare(one, other))
    .map(([one]) => one)
}

/** The reason of this kind for which an address is known. */
export function sourceOf({ sources }: Pick<Held, 'sources'>, provenance: Provenance): Source | undefined {
  return sources.find((source) => source.provenance === provenance)
}

/** What makes an address the same one. */
export function keyOf({ address, network }: Pick<Place, 'address' | 'network'>): string {
  return network === undefined ? address : `${address} ${network}`
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index])
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}

function certifiedKeys({ held }: Entry): string[] {
  return held.filter((one) => sourceOf(one, 'certified')).map((one) => keyOf(one))
}

function sinceOf(one: Held, provenance: Provenance): number {
  return sourceOf(one, provenance)?.sinceMs ?? 0
}

function unique(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [keyOf(place), place])).values()]
}

/** Adds a reason to these places, those that are new at the end. */
function put(
  held: readonly Held[],
  places: readonly Place[],
  provenance: Provenance,
  nowMs: number,
  untilMs: number | undefined,
): readonly Held[] {
  const named = new Set(places.map((place) => keyOf(place)))
  const known = new Set(held.map((one) => keyOf(one)))
  const fresh = places.filter((place) => !known.has(keyOf(place)))
  return [
    ...held.map((one) => (named.has(keyOf(one)) ? withSource(one, provenance, nowMs, untilMs) : one)),
    ...fresh.map(({ address, kind, network }) => ({
      ...{ address, kind, network, experience: UNTRIED, sources: [{ provenance, sinceMs: nowMs, untilMs }] },
    })),
  ]
}

/** The reason begins when it was first there; its end only moves away, but for that of a record, which ends with it. */
function withSource(one: Held, provenance: Provenance, nowMs: number, untilMs: number | undefined): Held {
  const before = sourceOf(one, provenance)
  const until = before && provenance !== 'certified' ? later(before.untilMs, untilMs) : untilMs
  const source = { provenance, sinceMs: before?.sinceMs ?? nowMs, untilMs: until }
  return { ...one, sources: [...one.sources.filter((other) => other.provenance !== provenance), source] }
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other)
}

function withoutSource(one: Held, provenance: Provenance): Held {
  return { ...one, sources: one.sources.filter((source) => source.provenance !== provenance) }
}

function alive(held: readonly Held[]): readonly Held[] {
  return held.filter(({ sources }) => sources.length > 0)
}
