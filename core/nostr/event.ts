// Nostr's events (NIP-01): read with limits from text that a stranger sent, and believed only after we have computed the id and verified
// the signature ourselves, over what was parsed just now. Libraries remember on an object that it was verified, and such a mark
// survives a change of the object.
import { schnorr } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { NamingKey } from './keys.ts'

/** An event as it is on the wire. */
export interface NostrEvent {
  readonly id: string
  readonly pubkey: string
  /** Seconds since 1970. */
  readonly created_at: number
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
  readonly sig: string
}

/** What is signed of one. */
export type EventTemplate = Pick<NostrEvent, 'created_at' | 'kind' | 'tags' | 'content'>

/** `form`: no event; `size`: beyond our limits; `id`, `signature`: not what they should be. */
export type EventFault = 'form' | 'size' | 'id' | 'signature'

/** An event that must not be believed. */
export class EventError extends Error {
  override readonly name = 'EventError'
  readonly fault: EventFault

  constructor(fault: EventFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** An event with a certificate has about 3 KB, one with forty records about 4. */
export const MAX_EVENT_BYTES = 64 * 1024
const MAX_TAGS = 500
const MAX_TAG_PARTS = 20

const HEX32 = /^[0-9a-f]{64}$/
const HEX64 = /^[0-9a-f]{128}$/

/** The largest moment that is read: the year 9999. */
const MAX_SECONDS = 253_402_300_799
const MAX_KIND = 65_535

/**
 * Reads an event and verifies it.
 *
 * @param json  what JSON.parse gave; it is copied
 * @throws EventError
 */
export function readEvent(json: unknown): NostrEvent {
  const event = takeEvent(json)
  if (eventId(event) !== event.id) throw new EventError('id', `the id of event ${event.id} is not that of what it says`)
  if (!isSigned(event)) throw new EventError('signature', `event ${event.id} is not signed by ${event.pubkey}`)
  return event
}

/**
 * Reads the form of an event without believing it: what is looked at before a signature is worth its time.
 *
 * @throws EventError with the faults `form` and `size`
 */
export function takeEvent(json: unknown): NostrEvent {
  if (typeof json !== 'object' || json === null) throw new EventError('form', 'an event is an object')
  const { id, pubkey, created_at, kind, tags, content, sig } = json as Record<string, unknown>
  if (!isText(id, HEX32) || !isText(pubkey, HEX32) || !isText(sig, HEX64)) {
    throw new EventError('form', 'id, pubkey and sig of an event are small hexadecimal digits')
  }
  if (!isWhole(created_at, MAX_SECONDS)) throw new EventError('form', `created_at of event ${id} is no time in seconds`)
  if (!isWhole(kind, MAX_KIND))
    throw new EventError('form', `the kind of event ${id} is no number from 0 to ${MAX_KIND}`)
  if (typeof content !== 'string') throw new EventError('form', `the content of event ${id} is no text`)
  if (!Array.isArray(tags)) throw new EventError('form', `event ${id} has no tags`)
  if (tags.length > MAX_TAGS) throw new EventError('size', `event ${id} has ${tags.length} tags, ${MAX_TAGS} are read`)
  let size = content.length
  const copied = tags.map((tag: unknown) => {
    if (!Array.isArray(tag) || !tag.every((part) => typeof part === 'string')) {
      throw new EventError('form', `a tag of event ${id} is no list of texts`)
    }
    if (tag.length > MAX_TAG_PARTS)
      throw new EventError('size', `a tag of event ${id} has ${tag.length} parts, ${MAX_TAG_PARTS} are read`)
    size += tag.reduce((sum: number, part: string) => sum + part.length, 0)
    return [...tag]
  })
  if (size > MAX_EVENT_BYTES)
    throw new EventError('size', `event ${id} has ${size} characters, ${MAX_EVENT_BYTES} are read`)
  return { id, pubkey, created_at, kind, tags: copied, content, sig }
}

/** The id that an event must have (NIP-01): SHA-256 over its canonical JSON. */
export function eventId({ pubkey, created_at, kind, tags, content }: Omit<NostrEvent, 'id' | 'sig'>): string {
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify([0, pubkey, created_at, kind, tags, content]))))
}

/** Signs one. */
export function signEvent(
  { created_at, kind, tags, content }: EventTemplate,
  { secret, pubkey }: NamingKey,
): NostrEvent {
  const unsigned = { pubkey, created_at, kind, tags: tags.map((tag) => [...tag]), content }
  const id = eventId(unsigned)
  return { id, ...unsigned, sig: bytesToHex(schnorr.sign(hexToBytes(id), secret)) }
}

/** The first value of the first tag of this name. */
export function tagOf({ tags }: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return tags.find(([first]) => first === name)?.[1]
}

/**
 * Which of two events of one author, kind and `d` counts: the newer, and of equally old ones the one with the lower id (NIP-01).
 *
 * @returns below zero where the first does
 */
export function newerFirst(a: Pick<NostrEvent, 'created_at' | 'id'>, b: Pick<NostrEvent, 'created_at' | 'id'>): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function isSigned({ id, pubkey, sig }: NostrEvent): boolean {
  try {
    return schnorr.verify(hexToBytes(sig), hexToBytes(id), hexToBytes(pubkey))
  } catch {
    return false // a key that is no point of the curve
  }
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most
}
