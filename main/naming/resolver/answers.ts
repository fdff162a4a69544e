// What the resolver answers for a name by key: a function of what is known of the key and of what is asked. There is nothing else
// in these zones, and nothing is ever asked of another DNS server.
import { addressClass } from '../../../core/net/address-class.ts'
import { RCODE, TYPE } from '../../../core/dns/constants.ts'
import {
  httpsData,
  type ReplyContent,
  type ReplyRecord,
  soaData,
  srvData,
  tlsaData,
  txtData,
} from '../../../core/dns/compose.ts'
import { nameToWire } from '../../../core/dns/names.ts'
import { unmapIp, type IpAddress } from '../../../proto/ip.ts'
import type { NameFacts, NameRecord } from '../../../core/nostr/name-facts.ts'
import type { KeyName } from '../../../proto/npub.ts'
import type { LookedUp } from '../lookup.ts'

/** Whoever asks again a minute later asks us, who know whether it has changed. */
const MAX_TTL_S = 60
/** Of what is not there, and of what is old because no relay answers. */
const SHORT_TTL_S = 30

/** What is not answered for: another zone, another class. */
export const REFUSED: ReplyContent = { rcode: RCODE.REFUSED, authoritative: false, answers: [], authorities: [] }

/** Nobody can say now; the client may come again. */
export const NOBODY_KNOWS: ReplyContent = { rcode: RCODE.SERVFAIL, authoritative: false, answers: [], authorities: [] }

/** The zone itself: it is there, and has its start of authority. @param zone  `nostr` or `nostr.alt` */
export function zoneAnswer(zone: string, type: number, nowMs: number): ReplyContent {
  const soa = soaOf(zone, nowMs)
  if (type === TYPE.SOA)
    return { rcode: RCODE.NOERROR, authoritative: true, answers: [{ ...soa, name: undefined }], authorities: [] }
  return { rcode: RCODE.NOERROR, authoritative: true, answers: [], authorities: [soa] }
}

/** A name of the zone that is none of a key's. */
export function noSuchName(zone: string, nowMs: number): ReplyContent {
  return { rcode: RCODE.NXDOMAIN, authoritative: true, answers: [], authorities: [soaOf(zone, nowMs)] }
}

/**
 * A name of a key.
 *
 * @param allowPrivate  whether a name may lead into networks at home; otherwise a page could be made to talk to them (rebinding)
 */
export function nameAnswer(
  name: KeyName,
  type: number,
  { facts, state }: Pick<LookedUp, 'facts' | 'state'>,
  { allowPrivate, nowMs }: { readonly allowPrivate: boolean; readonly nowMs: number },
): ReplyContent {
  if (state === 'unknown' || state === 'busy') return NOBODY_KNOWS
  if (!facts) return noSuchName(name.suffix, nowMs)
  const owner = name.sub === '' ? '@' : name.sub
  const { records } = facts
  // what is not followed is there all the same: no wildcard takes its place
  const known = at(records, owner)
  const here = known.filter((record) => isFollowed(record, allowPrivate))
  const most = state === 'stale' ? SHORT_TTL_S : MAX_TTL_S
  const alias = here.find((record) => record.type === 'CNAME')
  const asked = alias && type !== TYPE.CNAME ? TYPE.CNAME : type
  const answers = answersFor(asked, here, { facts, records, owner }).map((record) => ({
    ...record,
    ttl: Math.min(record.ttl, most),
  }))
  if (answers.length > 0) return { rcode: RCODE.NOERROR, authoritative: true, answers, authorities: [] }
  const isThere = owner === '@' || known.length > 0 || hasBelow(owner, { facts, records })
  const rcode = isThere ? RCODE.NOERROR : RCODE.NXDOMAIN
  return { rcode, authoritative: true, answers: [], authorities: [soaOf(name.suffix, nowMs, facts.createdAt)] }
}

/** Whether an address is one that a stranger's name may lead to. */
export function isFollowedAddress(ip: IpAddress, allowPrivate: boolean): boolean {
  const kind = addressClass(unmapIp(ip))
  return kind === 'public' || (allowPrivate && (kind === 'private' || kind === 'loopback'))
}

function isFollowed(record: NameRecord, allowPrivate: boolean): boolean {
  if (record.type === 'A' || record.type === 'AAAA') return isFollowedAddress(record.address, allowPrivate)
  return record.type !== 'CNAME' || allowPrivate || !isNameAtHome(record.target)
}

/** Names that a computer or a router answers by itself: they lead home as an address does. */
const AT_HOME = /(?:^|\.)(?:localhost|localdomain|local|home\.arpa|internal|intranet|lan|home|corp|private)$/

function isNameAtHome(target: string): boolean {
  return !target.includes('.') || AT_HOME.test(target)
}

/** Its own records, or those of the wildcard above (RFC 4592, one label). */
function at(records: readonly NameRecord[], owner: string): readonly NameRecord[] {
  const own = records.filter(({ name }) => name === owner)
  if (own.length > 0 || owner === '@') return own
  const parent = owner.includes('.') ? `*.${owner.slice(owner.indexOf('.') + 1)}` : '*'
  return owner.startsWith('_') ? [] : records.filter(({ name }) => name === parent)
}

interface Around {
  readonly facts: NameFacts
  readonly records: readonly NameRecord[]
  readonly owner: string
}

function answersFor(type: number, here: readonly NameRecord[], around: Around): readonly ReplyRecord[] {
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA: {
      const wanted = type === TYPE.A ? 'A' : 'AAAA'
      return here.flatMap((record) =>
        record.type === wanted ? [{ type, ttl: record.ttl, data: Buffer.from(record.address.bytes) }] : [],
      )
    }
    case TYPE.CNAME:
      return here.flatMap((record) =>
        record.type === 'CNAME' ? [{ type, ttl: record.ttl, data: nameToWire(record.target) }] : [],
      )
    case TYPE.TXT:
      return here.flatMap((record) =>
        record.type === 'TXT' ? [{ type, ttl: record.ttl, data: txtData(record.text) }] : [],
      )
    case TYPE.SRV:
      return here.flatMap((record) =>
        record.type === 'SRV'
          ? [{ type, ttl: record.ttl, data: srvData(record.priority, record.weight, record.port, record.target) }]
          : [],
      )
    case TYPE.TLSA:
      return pinsAt(around).map((sha256) => ({ type, ttl: MAX_TTL_S, data: tlsaData(sha256) }))
    case TYPE.HTTPS:
      return https(here, around)
    default:
      return []
  }
}

/** `_443._tcp` stands for port 443 of the name itself. */
function pinsAt({ facts, owner }: Pick<Around, 'facts' | 'owner'>): readonly string[] {
  const port = Number(/^_(\d{1,5})\._tcp$/.exec(owner)?.[1] ?? 0)
  return facts.pins.filter((pin) => pin.port === port).map(({ sha256 }) => sha256)
}

/** Browsers that ask for it find the port by it; the others try 443. */
function https(here: readonly NameRecord[], { records, owner }: Around): readonly ReplyRecord[] {
  const service = records.find(
    (record) => record.type === 'SRV' && record.name === (owner === '@' ? '_https._tcp' : `_https._tcp.${owner}`),
  )
  if (service?.type !== 'SRV') return []
  const addresses = (wanted: 'A' | 'AAAA') =>
    here.flatMap((record) => (record.type === wanted ? [Buffer.from(record.address.bytes)] : []))
  const data = httpsData({ port: service.port, ipv4: addresses('A'), ipv6: addresses('AAAA') })
  return [{ type: TYPE.HTTPS, ttl: service.ttl, data }]
}

function hasBelow(owner: string, { facts, records }: Pick<Around, 'facts' | 'records'>): boolean {
  const names = [...records.map(({ name }) => name), ...facts.pins.map(({ port }) => `_${port}._tcp`)]
  return names.some((name) => name === owner || name.endsWith(`.${owner}`))
}

/** With the answer's own time as its number, where there is one. */
function soaOf(zone: string, nowMs: number, serial = Math.floor(nowMs / 1_000)): ReplyRecord {
  return {
    name: zone,
    type: TYPE.SOA,
    ttl: SHORT_TTL_S,
    data: soaData('localhost', `nobody.${zone}`, serial, SHORT_TTL_S),
  }
}
