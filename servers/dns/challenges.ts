// The DNS-01 values that are set at the moment, in memory. Whoever may set one is decided elsewhere; here are the rules
// that keep the table small and honest: only challenge names of this zone, only values of the right form, not many, not
// for long (RFC 8555 section 8.4).
import { InvalidNameError, parseZoneName, type DnsName } from '../../proto/names.ts'
import type { Clock } from '../../core/clock.ts'
import { nameToWire, withoutDot } from '../../core/dns/names.ts'

/** The name is not `_acme-challenge.` and a name of this zone. */
export class NameOutsideZoneError extends Error {
  override readonly name = 'NameOutsideZoneError'
}

/** The value is not the base64url text of a SHA-256. */
export class InvalidChallengeValueError extends Error {
  override readonly name = 'InvalidChallengeValueError'
}

/** The lifetime is not a positive number of milliseconds. */
export class InvalidChallengeLifetimeError extends Error {
  override readonly name = 'InvalidChallengeLifetimeError'
}

/** The name has as many values as one may have. */
export class TooManyValuesError extends Error {
  override readonly name = 'TooManyValuesError'
}

/** As many names as the table holds have values. */
export class TooManyNamesError extends Error {
  override readonly name = 'TooManyNamesError'
}

/** A base name and its wildcard, in two key types, for two accounts. */
export const MAX_VALUES_PER_NAME = 8

/** Each is gone after an hour, and a CA gives nobody so many orders in one. */
export const MAX_NAMES = 4096

/** An authorization is decided within minutes; a longer life only keeps what somebody forgot. */
export const MAX_LIFETIME_MS = 3_600_000

export interface ChallengeTableInit {
  readonly zone: string
  readonly clock: Clock
  /** Told after every change, for who copies the table to other name servers. */
  readonly onChange?: (change: ChallengeChange) => void
}

export interface ChallengeChange {
  readonly kind: 'set' | 'removed' | 'expired'
  readonly name: DnsName
  readonly value: string
}

export interface ChallengeEntry {
  readonly name: DnsName
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** The values of one name as the answerer finds them. */
export interface StoredChallenge {
  /** The name in wire form and lower case. */
  readonly wire: Uint8Array
  readonly values: readonly StoredValue[]
}

export interface StoredValue {
  readonly text: string
  /** The text as record data: its length, then its characters. */
  readonly data: Uint8Array
  readonly expiresAt: number
}

export interface ChallengeTable {
  /**
   * Sets a value before the others of its name; set again, it lives longer and stands before them again.
   *
   * @param name  `_acme-challenge.<name>`, any letter case
   * @param value  43 characters of base64url
   * @param ttlMs  how long it lives, in milliseconds; cut to an hour
   * @returns when it goes away by itself, milliseconds since 1970
   * @throws NameOutsideZoneError, InvalidChallengeValueError, InvalidChallengeLifetimeError, TooManyValuesError,
   *   TooManyNamesError
   */
  set(name: string, value: string, ttlMs: number): number
  /** Removes one value; false where it is not there. */
  remove(name: string, value: string): boolean
  /** The values of a name that live, newest first. */
  get(name: string): string[]
  /** Every value that lives. */
  entries(): ChallengeEntry[]
  /** Forgets what is over its time; says how many values that were. Setting does it too. */
  sweep(): number
  /** How many names have values, also those over their time. */
  readonly size: number
  /**
   * Finds a name without making anything.
   *
   * @param wire  holds the name in lower case, from its beginning
   * @param length  bytes of the name with its root
   */
  find(wire: Uint8Array, length: number): StoredChallenge | undefined
}

interface Stored extends StoredChallenge {
  readonly name: DnsName
  readonly values: StoredValue[]
}

/** Makes an empty table. */
export function createChallengeTable(init: ChallengeTableInit): ChallengeTable {
  const { zone, clock, onChange = () => undefined } = init
  /** By the hash of the wire name; names of the same hash share a list. */
  const byHash = new Map<number, Stored[]>()
  let size = 0

  const find = (wire: Uint8Array, length: number): Stored | undefined => {
    const chain = byHash.get(hashName(wire, length))
    if (!chain) return undefined
    for (let index = 0; index < chain.length; index++) {
      const stored = chain[index]
      if (stored && sameBytes(stored.wire, wire, length)) return stored
    }
    return undefined
  }

  const findText = (name: string): Stored | undefined => {
    const wire = wireOf(name)
    return wire && find(wire, wire.length)
  }

  const drop = (stored: Stored) => {
    const hash = hashName(stored.wire, stored.wire.length)
    const chain = (byHash.get(hash) ?? []).filter((one) => one !== stored)
    if (chain.length > 0) byHash.set(hash, chain)
    else byHash.delete(hash)
    size--
  }

  const add = (name: DnsName, wire: Uint8Array): Stored => {
    const stored: Stored = { name, wire, values: [] }
    const hash = hashName(wire, wire.length)
    byHash.set(hash, [...(byHash.get(hash) ?? []), stored])
    size++
    return stored
  }

  const sweep = () => {
    const now = clock.now()
    let expired = 0
    for (const stored of [...byHash.values()].flat()) {
      const over = stored.values.filter((value) => value.expiresAt <= now)
      if (over.length === 0) continue
      expired += over.length
      stored.values.splice(0, stored.values.length, ...stored.values.filter((value) => value.expiresAt > now))
      if (stored.values.length === 0) drop(stored)
      for (const { text } of over) onChange({ kind: 'expired', name: stored.name, value: text })
    }
    return expired
  }

  const living = (stored: Stored) => stored.values.filter((value) => value.expiresAt > clock.now())

  return {
    set(name, value, ttlMs) {
      const checked = checkName(name, zone)
      checkValue(value)
      const expiresAt = clock.now() + checkLifetime(ttlMs)
      sweep()
      const existing = findText(checked)
      const index = existing?.values.findIndex(({ text }) => text === value) ?? -1
      if (index < 0 && existing && existing.values.length >= MAX_VALUES_PER_NAME) {
        throw new TooManyValuesError(
          `${checked} has ${existing.values.length} values already; remove one, or wait until one expires`,
        )
      }
      if (!existing && size >= MAX_NAMES) {
        throw new TooManyNamesError(`${size} names have challenges already; remove one, or wait until one expires`)
      }
      const { values } = existing ?? add(checked, nameToWire(checked))
      const stored = { text: value, data: Uint8Array.from(Buffer.from(`\x2b${value}`, 'latin1')), expiresAt }
      if (index >= 0) values.splice(index, 1)
      // some clients look at the first value only, and that should be the one they have just set
      values.unshift(stored)
      onChange({ kind: 'set', name: checked, value })
      return expiresAt
    },
    remove(name, value) {
      const stored = findText(name)
      const index = stored?.values.findIndex(({ text }) => text === value) ?? -1
      if (!stored || index < 0) return false
      stored.values.splice(index, 1)
      if (stored.values.length === 0) drop(stored)
      onChange({ kind: 'removed', name: stored.name, value })
      return true
    },
    get(name) {
      const stored = findText(name)
      return stored ? living(stored).map(({ text }) => text) : []
    },
    entries: () =>
      [...byHash.values()]
        .flat()
        .flatMap((stored) =>
          living(stored).map(({ text, expiresAt }) => ({ name: stored.name, value: text, expiresAt })),
        ),
    sweep,
    get size() {
      return size
    },
    find,
  }
}

function checkName(name: string, zone: string): DnsName {
  const lower = withoutDot(name.toLowerCase())
  let parsed
  try {
    parsed = parseZoneName(lower, zone)
  } catch (error) {
    if (!(error instanceof InvalidNameError)) throw error
  }
  if (parsed?.kind !== 'challenge') {
    throw new NameOutsideZoneError(
      `${JSON.stringify(name)} is no challenge name of ${zone}; expected _acme-challenge. and an address or identity name below ${zone}, or ${zone} itself`,
    )
  }
  return lower as DnsName
}

/** The unpadded base64url of 32 bytes (RFC 8555 section 8.4). */
function checkValue(value: string): void {
  if (!/^[A-Za-z0-9_-]{43}$/.test(value)) {
    throw new InvalidChallengeValueError(
      `the challenge value has ${value.length} characters; expected 43 of A-Z, a-z, 0-9, - and _`,
    )
  }
}

function checkLifetime(ttlMs: number): number {
  if (!(ttlMs > 0)) {
    throw new InvalidChallengeLifetimeError(
      `a lifetime of ${ttlMs} ms; expected more than 0, at most ${MAX_LIFETIME_MS}`,
    )
  }
  return Math.min(ttlMs, MAX_LIFETIME_MS)
}

function wireOf(name: string): Uint8Array | undefined {
  try {
    return nameToWire(name.toLowerCase())
  } catch {
    return undefined
  }
}

/** FNV-1a, cut to 30 bits so that the number needs no object. */
function hashName(wire: Uint8Array, length: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (wire[at] ?? 0), 0x01000193)
  return hash >>> 2
}

function sameBytes(stored: Uint8Array, wire: Uint8Array, length: number): boolean {
  if (stored.length !== length) return false
  for (let at = 0; at < length; at++) {
    if (stored[at] !== wire[at]) return false
  }
  return true
}
