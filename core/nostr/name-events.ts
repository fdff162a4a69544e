// The events of a name, both ways. Read: our own kind and those of others, the newest of each; one event that holds everything comes
// before the older pair, whose address and certificate nothing ties together. Written: one event, so that an old address never
// stands beside a new pin; and the pair, for who asks for it. What is read here was verified before (event.ts).
import { X509Certificate } from 'node:crypto'
import { parseIp } from '../../proto/ip.ts'
import { writeNpub } from '../../proto/npub.ts'
import { openNameBinding } from '../records/name-binding.ts'
import { type EventTemplate, newerFirst, type NostrEvent, signEvent, tagOf } from './event.ts'
import {
  CERTIFICATE_HINT_KIND,
  LEGACY_ADDRESS_KIND,
  LEGACY_CERTIFICATE_KIND,
  type LeftOut,
  MAX_AHEAD_S,
  NAME_KIND,
  NAME_PARTS_KIND,
  type NameFacts,
  type NameRecord,
  NIP97_KIND,
  type Pin,
  PIN_LIFE_S,
} from './name-facts.ts'
import { MAX_RECORDS, readTags, writePin, writeRecord } from './name-records.ts'
import type { NamingKey } from './keys.ts'
import type { PeerId } from '@libp2p/interface'

/** A certificate in an event: a chain of one, or a whole one of a CA. */
const MAX_PEM_CHARS = 16 * 1024

/** Of pins that count no more, so many are told. */
const MAX_OLD_PINS = 16

/** Peer ids of the usual keys have 46 to 53 characters. */
const MAX_PEER_CHARS = 128

/** An event in an address's place: newer ones replace it (NIP-01). */
export function placeOf({ kind, pubkey, tags }: Pick<NostrEvent, 'kind' | 'pubkey' | 'tags'>): string {
  const isAddressable = kind >= 30_000 && kind < 40_000
  return `${kind}:${pubkey}:${isAddressable ? (tagOf({ tags }, 'd') ?? '') : ''}`
}

/**
 * Reads what the events of one author say.
 *
 * @param events  verified; of other authors, from the future and of other kinds are passed over
 * @param nowS  our clock, in seconds since 1970
 * @returns undefined where nothing of it counts; `refused` says what was passed over
 */
export async function readNameEvents(
  pubkey: string,
  events: readonly NostrEvent[],
  nowS: number,
): Promise<{ readonly facts: NameFacts | undefined; readonly refused: readonly LeftOut[] }> {
  const refused: LeftOut[] = []
  const newest = new Map<string, NostrEvent>()
  for (const event of [...events].sort(newerFirst)) {
    const why = whyRefused(event, pubkey, nowS)
    if (why !== undefined) refused.push({ what: event.id, why })
    else if (!newest.has(placeOf(event))) newest.set(placeOf(event), event)
  }
  const living = [...newest.values()].filter((event) => {
    const end = endOf(event)
    if (end === undefined || end > nowS) return true
    refused.push({ what: event.id, why: 'its time is over' })
    return false
  })
  const of = (kind: number) => living.filter((event) => event.kind === kind)
  const hint = of(CERTIFICATE_HINT_KIND).find((event) => tagOf(event, 'd') === 'nostr')
  const certificatePem = pemOf(of(LEGACY_CERTIFICATE_KIND).find((event) => isPlain(event))) ?? pemOf(hint)
  const whole = of(NAME_KIND)[0]
  const parts = of(NAME_PARTS_KIND)
  const native = whole && (parts[0] === undefined || newerFirst(whole, parts[0]) < 0) ? [whole] : parts
  const [first] = native
  if (first) return { facts: await nativeFacts(first, native, nowS, certificatePem), refused }
  // whoever has written in our layout does not fall back to one without pins when that is over
  const hasWritten = [...newest.values()].some(({ kind }) => kind === NAME_KIND || kind === NAME_PARTS_KIND)
  if (hasWritten) return { facts: undefined, refused }
  return { facts: legacyFacts(of(LEGACY_ADDRESS_KIND), of(NIP97_KIND), certificatePem), refused }
}

async function nativeFacts(
  first: NostrEvent,
  events: readonly NostrEvent[],
  nowS: number,
  certificatePem: string | undefined,
): Promise<NameFacts> {
  const npub = writeNpub(first.pubkey)
  // each part by its own age: a fresh one must not bring the pins of an old one back
  const isOld = (event: NostrEvent) => endOf(event) === undefined && event.created_at + PIN_LIFE_S <= nowS
  const { records, pins, left } = readTags(
    events.flatMap((event) => (isOld(event) ? event.tags.filter(([name]) => name !== 'tlsa') : event.tags)),
    npub,
  )
  const tooOld = events.filter((event) => isOld(event)).flatMap(({ tags }) => readTags(tags, npub).pins)
  const ends = events.flatMap((event) => endOf(event) ?? [])
  const expiresAt = ends.length > 0 ? Math.min(...ends) : undefined
  const peer = await peerOf(first)
  return {
    ...{
      pubkey: first.pubkey,
      npub,
      createdAt: first.created_at,
      eventId: first.id,
      kind: first.kind,
      layout: 'native',
    },
    ...{ records, pins, expiresAt, certificatePem },
    peer: typeof peer === 'string' ? undefined : peer,
    left: [
      ...left,
      ...tooOld.slice(0, MAX_OLD_PINS).map(({ port }) => ({
        what: `tlsa _${port}._tcp`,
        why: 'it was signed too long ago, and gives no end',
      })),
      ...(typeof peer === 'string' ? [{ what: 'peer', why: peer }] : []),
    ],
  }
}

function legacyFacts(
  addresses: readonly NostrEvent[],
  nip97: readonly NostrEvent[],
  certificatePem: string | undefined,
): NameFacts | undefined {
  const plain = addresses.find((event) => isPlain(event) && ipOf(event) !== undefined)
  const ip = plain && ipOf(plain)
  if (plain && ip) {
    const record: NameRecord = { name: '@', ttl: 60, type: ip.family === 4 ? 'A' : 'AAAA', address: ip }
    return legacyOf(plain, [record], [], certificatePem)
  }
  const [first] = nip97
  if (!first) return undefined
  const npub = writeNpub(first.pubkey)
  const read = nip97.map((event) => {
    const d = (tagOf(event, 'd') ?? '').toLowerCase()
    const { records, left } = readTags(event.tags, npub)
    return { records: records.map((record) => ({ ...record, name: d === '' ? '@' : d })), left }
  })
  const records = read.flatMap((part) => part.records)
  return records.length === 0
    ? undefined
    : legacyOf(
        first,
        records.slice(0, MAX_RECORDS),
        read.flatMap(({ left }) => left),
        certificatePem,
      )
}

function legacyOf(
  { pubkey, created_at, id, kind }: NostrEvent,
  records: readonly NameRecord[],
  left: readonly LeftOut[],
  certificatePem: string | undefined,
): NameFacts {
  return {
    ...{ pubkey, npub: writeNpub(pubkey), createdAt: created_at, eventId: id, kind, layout: 'legacy' },
    ...{ records, pins: [], peer: undefined, expiresAt: undefined, certificatePem, left },
  }
}

function whyRefused(event: NostrEvent, pubkey: string, nowS: number): string | undefined {
  if (event.pubkey !== pubkey) return 'it is of another author'
  if (event.created_at > nowS + MAX_AHEAD_S) return 'it comes from the future'
  return undefined
}

/** When an event ends (NIP-40), in seconds; what cannot be read ends at once, since somebody wanted an end. */
function endOf(event: NostrEvent): number | undefined {
  const text = tagOf(event, 'expiration')
  if (text === undefined) return undefined
  return /^\d{1,12}$/.test(text) ? Number(text) : 0
}

/** Of the proof of concept and not a list of a person's: no `d` or an empty one, no people and no events in it. */
function isPlain(event: NostrEvent): boolean {
  return (
    (tagOf(event, 'd') ?? '') === '' &&
    event.tags.every(([name]) => name === 'd' || name === 'alt' || name === 'expiration')
  )
}

function ipOf({ content }: NostrEvent) {
  try {
    const value: unknown = JSON.parse(content)
    const ip: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'ip') : undefined
    return typeof ip === 'string' ? parseIp(ip) : undefined
  } catch {
    return undefined
  }
}

function pemOf(event: NostrEvent | undefined): string | undefined {
  if (!event || event.content === '' || event.content.length > MAX_PEM_CHARS) return undefined
  try {
    return new X509Certificate(event.content).toString()
  } catch {
    return undefined
  }
}

/** @returns why the bond does not hold; undefined where there is none */
async function peerOf(event: NostrEvent): Promise<PeerId | string | undefined> {
  const tag = event.tags.find(([name]) => name === 'peer')
  if (!tag) return undefined
  const [, text = '', bond = ''] = tag
  if (text.length > MAX_PEER_CHARS || bond === '') return 'the peer has not signed the name'
  try {
    const peer = await openNameBinding(Buffer.from(bond, 'base64'), event.pubkey)
    return peer.toString() === text ? peer : 'another peer has signed the name'
  } catch {
    return 'the peer has not signed the name'
  }
}

/** What a name says. */
export interface NameContent {
  readonly records: readonly NameRecord[]
  readonly pins: readonly Pin[]
  /** The peer behind it, and its signature over the name (`sealNameBinding`). */
  readonly peer?: { readonly id: PeerId; readonly binding: Uint8Array } | undefined
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly createdAt: number
}

/** Makes the one event of a name. */
export function makeNameEvent({ records, pins, peer, expiresAt, createdAt }: NameContent, key: NamingKey): NostrEvent {
  return signEvent(
    {
      ...{ kind: NAME_KIND, created_at: createdAt, content: '' },
      tags: [
        ...records.map((record) => writeRecord(record)),
        ...pins.map((pin) => writePin(pin)),
        ...(peer ? [['peer', peer.id.toString(), Buffer.from(peer.binding).toString('base64')]] : []),
        ['alt', 'Addresses and TLS keys of a name by key'],
        ['expiration', String(expiresAt)],
      ],
    },
    key,
  )
}

/**
 * Makes the pair of the proof of concept.
 *
 * @param ip  an IPv4 address: its readers know no other
 * @param pem  the certificate that is served, alone
 */
export function makeLegacyEvents(
  { ip, pem, createdAt }: { readonly ip: string; readonly pem: string; readonly createdAt: number },
  key: NamingKey,
): readonly [address: NostrEvent, certificate: NostrEvent] {
  const event = (kind: number, content: string): NostrEvent =>
    signEvent({ kind, content, created_at: createdAt, tags: [['d', '']] } satisfies EventTemplate, key)
  return [event(LEGACY_ADDRESS_KIND, JSON.stringify({ ip })), event(LEGACY_CERTIFICATE_KIND, pem)]
}

/**
 * Whether an author uses the kinds of the pair for what people use them for: then the pair must not be written.
 *
 * @param events  of the author, verified
 */
export function hasListsOfPeople(events: readonly NostrEvent[]): boolean {
  const kinds = [LEGACY_ADDRESS_KIND, LEGACY_CERTIFICATE_KIND]
  return events.some((event) => {
    if (!kinds.includes(event.kind)) return false
    if (!isPlain(event)) return true
    return event.kind === LEGACY_ADDRESS_KIND
      ? ipOf(event) === undefined
      : pemOf(event) === undefined && event.content !== ''
  })
}
