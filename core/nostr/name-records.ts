// The tags of a name's event: `record` in the two layouts that are in use (11 elements, and 5 as in zone files), `tlsa`, `ip4` and
// `ip6` of NIP-97. Each is read alone: one that makes no sense is left out with its reason, and the others count.
import { type IpAddress, parseIpv4, parseIpv6 } from '../../proto/ip.ts'
import type { LeftOut, NameRecord, Pin } from './name-facts.ts'

/** What the tags of an event come to. */
export interface ReadTags {
  readonly records: readonly NameRecord[]
  readonly pins: readonly Pin[]
  readonly left: readonly LeftOut[]
}

/** More are not a home's. */
export const MAX_RECORDS = 64
/** One in use, one to come; room for several ports. */
const MAX_PINS = 16
const MAX_LEFT = 20

/** Seconds. A home's address changes; nobody may make others ask each second, nor keep it for ever. */
const MIN_TTL_S = 30
const MAX_TTL_S = 86_400
const DEFAULT_TTL_S = 3_600

const LONG_TAG = 11
const SHORT_TAG = 5
const MAX_TEXT_BYTES = 1_024

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const SHA256_HEX = /^[0-9a-f]{64}$/
const PORT_NAME = /^_(\d{1,5})\._tcp$/

/**
 * Reads tags.
 *
 * @param npub  the name's owner: a CNAME must not lead to itself
 */
export function readTags(tags: readonly (readonly string[])[], npub: string): ReadTags {
  const records: NameRecord[] = []
  const pins: Pin[] = []
  const left: LeftOut[] = []
  const leave = (what: string, why: string) => {
    if (left.length < MAX_LEFT) left.push({ what: what.slice(0, 100), why })
  }
  const take = (what: string, read: NameRecord | string) => {
    if (typeof read === 'string') leave(what, read)
    else if (records.length >= MAX_RECORDS) leave(what, `more than ${MAX_RECORDS} records`)
    else records.push(read)
  }
  for (const tag of tags) {
    const [kind = '', ...parts] = tag
    if (kind === 'record') take(tag.slice(1, 4).join(' '), readRecord(tag, npub))
    else if (kind === 'ip4' || kind === 'ip6') take(`${kind} ${parts[0] ?? ''}`, readPlainIp(kind, parts))
    else if (kind === 'tlsa') {
      const pin = readPin(parts)
      if (typeof pin === 'string') leave(`tlsa ${parts[0] ?? ''}`, pin)
      else if (pins.length >= MAX_PINS) leave(`tlsa ${parts[0] ?? ''}`, `more than ${MAX_PINS} pins`)
      else pins.push(pin)
    }
  }
  const alone = records.filter((record) => {
    const isBeside = record.type === 'CNAME' && records.some((other) => other !== record && other.name === record.name)
    if (isBeside) leave(`CNAME ${record.name}`, 'an alias stands alone at its name (RFC 1034 section 3.6.2)')
    return !isBeside
  })
  return { records: alone, pins, left }
}

/** Writes a record with eleven elements: type, name, seven values, TTL. */
export function writeRecord(record: NameRecord): string[] {
  const values = valuesOf(record)
  return [
    'record',
    record.type,
    record.name,
    ...Array.from({ length: 7 }, (_, at) => values[at] ?? ''),
    String(record.ttl),
  ]
}

/** Writes a pin as a TLSA record: for the certificate itself (3), by its key (1), as SHA-256 (1). */
export function writePin({ port, sha256 }: Pin): string[] {
  return ['tlsa', `_${port}._tcp`, '3', '1', '1', sha256]
}

function valuesOf(record: NameRecord): readonly string[] {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return [record.address.text]
    case 'CNAME':
      return [record.target]
    case 'TXT':
      return [record.text]
    default:
      return [String(record.priority), String(record.weight), String(record.port), record.target]
  }
}

/** @returns why not, where it is none that counts */
function readRecord(tag: readonly string[], npub: string): NameRecord | string {
  const [, type = '', rawName = ''] = tag
  const name = readOwner(rawName)
  if (name === undefined) return 'its name is none'
  if (tag.length === LONG_TAG) return readValues(type, { name, ttl: readTtl(tag[10]) }, tag.slice(3, 10), npub)
  if (tag.length === SHORT_TAG) {
    const [, , , ttl, data = ''] = tag
    const values = type.toUpperCase() === 'TXT' ? [unquoted(data)] : data.trim().split(/\s+/)
    return readValues(type, { name, ttl: readTtl(ttl) }, values, npub)
  }
  return `a record has ${LONG_TAG} or ${SHORT_TAG} elements, this has ${tag.length}`
}

function readValues(
  type: string,
  head: { readonly name: string; readonly ttl: number },
  [first = '', second = '', third = '', fourth = '']: readonly string[],
  npub: string,
): NameRecord | string {
  switch (type.toUpperCase()) {
    case 'A':
      return withAddress('A', head, parseIpv4(first))
    case 'AAAA':
      return withAddress('AAAA', head, parseIpv6(first))
    case 'CNAME': {
      const target = readTarget(first)
      if (target === undefined) return 'its target is no name'
      return isItself(head.name, target, npub) ? 'an alias of itself' : { ...head, type: 'CNAME', target }
    }
    case 'TXT':
      if (first === '' || Buffer.byteLength(first) > MAX_TEXT_BYTES) return `a text has 1 to ${MAX_TEXT_BYTES} bytes`
      return { ...head, type: 'TXT', text: first }
    case 'SRV': {
      const numbers = [first, second, third].map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : 65_536))
      const [priority = 0, weight = 0, port = 0] = numbers
      const target = readTarget(fourth)
      if (numbers.some((number) => number > 65_535) || target === undefined)
        return 'priority, weight, port or target are none'
      return { ...head, type: 'SRV', priority, weight, port, target }
    }
    default:
      return 'a type that is not read here'
  }
}

function withAddress(
  type: 'A' | 'AAAA',
  head: { readonly name: string; readonly ttl: number },
  address: IpAddress | undefined,
): NameRecord | string {
  return address ? { ...head, type, address } : `no IPv${type === 'A' ? 4 : 6} address`
}

function readPlainIp(kind: 'ip4' | 'ip6', [value = '', ttl]: readonly string[]): NameRecord | string {
  const head = { name: '@', ttl: readTtl(ttl) }
  return kind === 'ip4' ? withAddress('A', head, parseIpv4(value)) : withAddress('AAAA', head, parseIpv6(value))
}

function readPin([where = '', usage, selector, matching, hex = '']: readonly string[]): Pin | string {
  const port = Number(PORT_NAME.exec(where.toLowerCase())?.[1] ?? 0)
  if (port < 1 || port > 65_535) return 'it is for no TCP port'
  if (usage !== '3' || selector !== '1' || matching !== '1') return 'only pins of the form 3 1 1 are read'
  const sha256 = hex.toLowerCase()
  return SHA256_HEX.test(sha256) ? { port, sha256 } : 'a SHA-256 has 64 hexadecimal digits'
}

function readOwner(text: string): string | undefined {
  if (text === '@') return text
  const name = text.toLowerCase()
  return name.length <= 189 && name.split('.').every((label) => label === '*' || LABEL.test(label)) ? name : undefined
}

function readTarget(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '')
  return name !== '' && name.length <= 253 && name.split('.').every((label) => LABEL.test(label)) ? name : undefined
}

function isItself(name: string, target: string, npub: string): boolean {
  const own = name === '@' ? npub : `${name}.${npub}`
  return target === `${own}.nostr` || target === `${own}.nostr.alt` || target === name
}

function readTtl(text: string | undefined): number {
  const ttl = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : DEFAULT_TTL_S
  return Math.min(MAX_TTL_S, Math.max(MIN_TTL_S, ttl))
}

/** A TXT in a zone file may stand in quotes. */
function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : text
}
