// What a zone is besides its computed names: name servers, SOA, CAA, lifetimes. The configuration is checked once and
// turned into ready-made bytes, so that answering is copying (see answer.ts). All computed names come out of names.ts.
import { parseIp, type IpAddress } from '../../proto/ip.ts'
import { parseZoneName } from '../../proto/names.ts'
import { TYPE } from '../../core/dns/constants.ts'
import { nameToWire, sameName, withoutDot } from '../../core/dns/names.ts'
import { encodeRecords, type RecordSet, type RecordSpec } from './zone-records.ts'

export interface ZoneConfig {
  /** The zone, for example `example.net`. */
  readonly zone: string
  /**
   * At least one, two on different networks for a public zone (RFC 2182). The addresses of those inside the zone are
   * answered by us; those outside need none here.
   */
  readonly nameServers: readonly NameServerConfig[]
  /**
   * The mailbox of who runs the zone, `dns@example.org` or as a DNS name; `hostmaster.<zone>` where left out. It is part of
   * every negative answer: one inside the zone keeps those short enough for clients without EDNS.
   */
  readonly hostmaster?: string
  /** Which CAs may issue (RFC 8659); none where left out, and then every CA may. */
  readonly caa?: readonly CaaConfig[]
  /** Addresses of the zone's own name, for a web page about it; none where left out. */
  readonly apexAddresses?: readonly string[]
  /** What the zone says about mail; nothing where left out, that it has none where it is empty. */
  readonly mail?: MailConfig
  /** The text of `_psl`, the address of the request to be put on the Public Suffix List; none where left out. */
  readonly psl?: string
  /** The SOA serial; 1 where left out. Answers are computed, so nothing transfers by it. */
  readonly serial?: number
  readonly ttls?: Partial<ZoneTtls>
}

export interface NameServerConfig {
  readonly name: string
  readonly addresses: readonly string[]
}

export interface CaaConfig {
  /** 0, or 128 for critical. */
  readonly flags: number
  /** `issue`, `issuewild`, `iodef`... */
  readonly tag: string
  readonly value: string
}

/** What the zone's own name says about mail. */
export interface MailConfig {
  /** Where mail goes; nowhere (a null MX, RFC 7505) where left out or empty. */
  readonly mx?: readonly { readonly preference: number; readonly exchange: string }[]
  /** TXT records, SPF among them (RFC 7208); that nobody sends mail from here where left out. */
  readonly txt?: readonly string[]
  /** What is asked of receivers of mail that says it is from here or below (RFC 7489); to refuse it where left out, none where empty. */
  readonly dmarc?: string
}

/** Nobody sends mail from this zone, and whoever says so lies. */
const NO_SENDERS = 'v=spf1 -all'
const REFUSE_LIARS = 'v=DMARC1; p=reject; sp=reject; adkim=s; aspf=s'

/** Seconds. */
export interface ZoneTtls {
  /** A and AAAA of computed names: they never change, so a week. */
  readonly address: number
  /** TXT of an identity name. */
  readonly identity: number
  /** TXT of a challenge, and of its placeholder: changes within minutes. */
  readonly challenge: number
  /** SOA, NS, CAA, and the addresses of name servers and of the apex. */
  readonly zone: number
  /** How long a resolver may remember that something is not there, also capped by `zone` (RFC 2308 section 5). */
  readonly minimum: number
}

export const DEFAULT_TTLS: ZoneTtls = {
  address: 604_800,
  identity: 86_400,
  challenge: 10,
  zone: 86_400,
  minimum: 86_400,
}

/** SOA timers that only secondaries read, in seconds; inside what both RFC 1912 section 2.2 and Zonemaster (zone02 to zone05) want. */
const SOA_REFRESH = 14_400
const SOA_RETRY = 3_600
const SOA_EXPIRE = 1_209_600

/** Answers with this many still fit a reply over TCP with room to spare. */
const MAX_NAME_SERVERS = 13
const MAX_CAA_RECORDS = 16
const MAX_ADDRESSES = 16
const MAX_MAIL_RECORDS = 8

/** A configuration that makes no working zone; the message names the value and what would be right. */
export class InvalidZoneConfigError extends Error {
  override readonly name = 'InvalidZoneConfigError'
}

/** A configured name below the apex: a name server, or an empty name above one. */
export interface StaticName {
  /** Its labels below the zone, in wire form and lower case, without a root. */
  readonly wire: Uint8Array
  readonly a: RecordSet | undefined
  readonly aaaa: RecordSet | undefined
  readonly txt: RecordSet | undefined
}

/** A zone as the answerer needs it. */
export interface CompiledZone {
  readonly name: string
  /** In wire form and lower case, with its root. */
  readonly wire: Uint8Array
  readonly labels: number
  readonly soa: RecordSet
  readonly ns: RecordSet
  /** Addresses of the name servers inside the zone, for the additional section of NS answers. */
  readonly glue: RecordSet
  readonly caa: RecordSet | undefined
  readonly apexA: RecordSet | undefined
  readonly apexAaaa: RecordSet | undefined
  readonly apexMx: RecordSet | undefined
  readonly apexTxt: RecordSet | undefined
  readonly staticNames: readonly StaticName[]
  /** The SOA record of a negative answer, with its own lifetime. */
  readonly negative: RecordSet
  readonly ttls: ZoneTtls
}

/**
 * Checks a configuration and makes the bytes of everything in it.
 *
 * @throws InvalidZoneConfigError, InvalidDnsNameError
 */
export function compileZone(config: ZoneConfig): CompiledZone {
  const name = withoutDot(config.zone.toLowerCase())
  const wire = nameToWire(name)
  if (wire.length === 1) throw new InvalidZoneConfigError('the zone is empty; give a domain such as example.net')
  // Longest below it: `_acme-challenge`, a written-out IPv6 address and an identity.
  if (wire.length > 255 - 16 - 40 - 64) {
    throw new InvalidZoneConfigError(`zone ${name} is too long for identity names below it; 133 characters fit`)
  }
  const ttls = checkTtls({ ...DEFAULT_TTLS, ...config.ttls })
  const servers = checkNameServers(config.nameServers, name)
  const primary = servers[0]
  if (!primary) throw new InvalidZoneConfigError(`zone ${name} has no name server; give at least one in nameServers`)
  const soaData = [
    { name: primary.name },
    { name: hostmasterName(config.hostmaster ?? `hostmaster.${name}`) },
    ...[checkNumber('serial', config.serial ?? 1), SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, ttls.minimum].map((number) => ({
      u32: number,
    })),
  ]
  const addresses = checkAddresses('apexAddresses', config.apexAddresses ?? [])
  const inside = servers.filter((server) => server.name.endsWith(`.${name}`))
  const apexRecord = (type: number, ttl: number, data: RecordSpec['data']) => ({ owner: name, type, ttl, data })
  const glue = inside.flatMap((server) => server.addresses.map((ip) => addressRecord(server.name, ip, ttls.zone)))
  const caa = checkCaa(config.caa ?? []).map((record) => apexRecord(TYPE.CAA, ttls.zone, [{ bytes: caaData(record) }]))
  const ns = servers.map((server) => apexRecord(TYPE.NS, ttls.zone, [{ name: server.name }]))
  return {
    name,
    wire,
    labels: name.split('.').length,
    soa: encodeRecords(name, [apexRecord(TYPE.SOA, ttls.zone, soaData)]),
    ns: encodeRecords(name, ns),
    glue: encodeRecords(name, glue),
    caa: caa.length > 0 ? encodeRecords(name, caa) : undefined,
    apexA: addressSet(name, addresses, 4, ttls.zone),
    apexAaaa: addressSet(name, addresses, 6, ttls.zone),
    apexMx:
      config.mail &&
      encodeRecords(
        name,
        mailExchanges(config.mail).map((data) => apexRecord(TYPE.MX, ttls.zone, data)),
      ),
    apexTxt: config.mail && txtSet(name, name, config.mail.txt ?? [NO_SENDERS], ttls.zone),
    staticNames: [
      ...staticNames(inside, name, ttls.zone),
      ...(config.mail ? textName(name, '_dmarc', config.mail.dmarc ?? REFUSE_LIARS, ttls.zone) : []),
      ...textName(name, '_psl', config.psl ?? '', ttls.zone),
    ],
    negative: encodeRecords(name, [apexRecord(TYPE.SOA, Math.min(ttls.zone, ttls.minimum), soaData)]),
    ttls,
  }
}

interface NameServer {
  readonly name: string
  readonly addresses: readonly IpAddress[]
}

function checkNameServers(servers: readonly NameServerConfig[], zone: string): NameServer[] {
  if (servers.length > MAX_NAME_SERVERS) {
    throw new InvalidZoneConfigError(`${servers.length} name servers are too many, ${MAX_NAME_SERVERS} are allowed`)
  }
  return servers.map((server, index) => {
    const name = withoutDot(server.name.toLowerCase())
    nameToWire(name)
    if (name === zone)
      throw new InvalidZoneConfigError(`name server ${name} cannot be the zone itself; use ns1.${zone}`)
    if (servers.findIndex((other) => sameName(other.name, name)) !== index) {
      throw new InvalidZoneConfigError(`name server ${name} is listed twice`)
    }
    const addresses = checkAddresses(`nameServers[${index}].addresses`, server.addresses)
    if (name.endsWith(`.${zone}`)) {
      if (addresses.length === 0)
        throw new InvalidZoneConfigError(`name server ${name} is in the zone and needs an address`)
      const computed = ancestors(name, zone).find((above) => parseZoneName(above, zone) !== undefined)
      if (computed !== undefined) {
        throw new InvalidZoneConfigError(
          `name server ${name} stands at ${computed}, which is a computed name; use ns1.${zone}`,
        )
      }
    }
    return { name, addresses }
  })
}

/** The name itself and every name above it that is still below the zone. */
function ancestors(name: string, zone: string): string[] {
  const labels = name.slice(0, -zone.length - 1).split('.')
  return labels.map((_, index) => `${labels.slice(index).join('.')}.${zone}`)
}

function checkAddresses(what: string, texts: readonly string[]): IpAddress[] {
  if (texts.length > MAX_ADDRESSES) {
    throw new InvalidZoneConfigError(`${what} has ${texts.length} addresses, ${MAX_ADDRESSES} are allowed`)
  }
  return texts.map((text) => {
    const ip = parseIp(text)
    if (!ip) throw new InvalidZoneConfigError(`${what} has ${JSON.stringify(text)}, which is no IP address`)
    return ip
  })
}

function checkCaa(records: readonly CaaConfig[]): readonly CaaConfig[] {
  if (records.length > MAX_CAA_RECORDS) {
    throw new InvalidZoneConfigError(`${records.length} CAA records are too many, ${MAX_CAA_RECORDS} are allowed`)
  }
  for (const { flags, tag, value } of records) {
    if (!Number.isInteger(flags) || flags < 0 || flags > 255) {
      throw new InvalidZoneConfigError(`CAA flags ${flags} are no byte; use 0, or 128 for critical`)
    }
    if (!/^[a-z0-9]{1,15}$/i.test(tag)) {
      throw new InvalidZoneConfigError(`CAA tag ${JSON.stringify(tag)} is no tag; use issue, issuewild or iodef`)
    }
    if (!/^[\x20-\x7e]{0,255}$/.test(value)) {
      throw new InvalidZoneConfigError(`CAA value ${JSON.stringify(value)} is not 0 to 255 characters of plain ASCII`)
    }
  }
  return records
}

function checkTtls(ttls: ZoneTtls): ZoneTtls {
  checkNumber('ttls.address', ttls.address)
  checkNumber('ttls.identity', ttls.identity)
  checkNumber('ttls.challenge', ttls.challenge)
  checkNumber('ttls.zone', ttls.zone)
  checkNumber('ttls.minimum', ttls.minimum)
  return ttls
}

/** TTLs and serials are unsigned; RFC 2181 section 8 keeps the top bit of a TTL clear. */
function checkNumber(what: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
    throw new InvalidZoneConfigError(`${what} is ${value}, expected a whole number from 0 to 2147483647`)
  }
  return value
}

/** The mailbox as a DNS name, the first dot standing for the `@` (RFC 1035 section 8). */
function hostmasterName(mailbox: string): string {
  const at = mailbox.lastIndexOf('@')
  return at < 0 ? mailbox : `${mailbox.slice(0, at).replaceAll('.', '\\.')}.${mailbox.slice(at + 1)}`
}

function caaData({ flags, tag, value }: CaaConfig): Buffer {
  return Buffer.concat([Buffer.of(flags, tag.length), Buffer.from(tag, 'latin1'), Buffer.from(value, 'latin1')])
}

function addressRecord(owner: string, ip: IpAddress, ttl: number): RecordSpec {
  return { owner, type: ip.family === 4 ? TYPE.A : TYPE.AAAA, ttl, data: [{ bytes: ip.bytes }] }
}

/** The data of the MX records; one that says that there are none where there are none (RFC 7505 section 3). */
function mailExchanges({ mx = [] }: MailConfig): RecordSpec['data'][] {
  if (mx.length > MAX_MAIL_RECORDS)
    throw new InvalidZoneConfigError(`${mx.length} MX records are too many, ${MAX_MAIL_RECORDS} are allowed`)
  if (mx.length === 0) return [[{ bytes: Buffer.alloc(3) }]]
  return mx.map(({ preference, exchange }) => {
    if (!Number.isInteger(preference) || preference < 0 || preference > 0xffff)
      throw new InvalidZoneConfigError(`MX preference ${preference} is no whole number from 0 to 65535`)
    return [{ bytes: Buffer.of(preference >> 8, preference & 0xff) }, { name: withoutDot(exchange.toLowerCase()) }]
  })
}

/** Texts longer than 255 bytes are cut into several strings of one record (RFC 7208 section 3.3). */
function txtSet(zone: string, owner: string, texts: readonly string[], ttl: number): RecordSet | undefined {
  if (texts.length > MAX_MAIL_RECORDS)
    throw new InvalidZoneConfigError(`${texts.length} TXT records are too many, ${MAX_MAIL_RECORDS} are allowed`)
  if (texts.length === 0) return undefined
  const data = texts.map((text) => {
    if (!/^[\x20-\x7e]{1,1000}$/.test(text))
      throw new InvalidZoneConfigError(`TXT ${JSON.stringify(text)} is not 1 to 1000 characters of plain ASCII`)
    const strings = (text.match(/.{1,255}/g) ?? []).map((part) =>
      Buffer.from(`${String.fromCharCode(part.length)}${part}`, 'latin1'),
    )
    return [{ bytes: Buffer.concat(strings) }]
  })
  return encodeRecords(
    zone,
    data.map((parts) => ({ owner, type: TYPE.TXT, ttl, data: parts })),
  )
}

/** A name that has one text and nothing else; no such name where the text is empty. */
function textName(zone: string, label: string, text: string, ttl: number): StaticName[] {
  if (text === '') return []
  const wire = nameToWire(label).subarray(0, -1)
  // asked for at its own name, where a pointer to the question is a pointer to it
  const txt = txtSet(zone, zone, [text], ttl)
  return [{ wire, a: undefined, aaaa: undefined, txt }]
}

/** The addresses of one family, for a question about the very name that has them: its pointers are not moved. */
function addressSet(zone: string, addresses: readonly IpAddress[], family: 4 | 6, ttl: number): RecordSet | undefined {
  const wanted = addresses.filter((ip) => ip.family === family)
  if (wanted.length === 0) return undefined
  return encodeRecords(
    zone,
    wanted.map((ip) => addressRecord(zone, ip, ttl)),
  )
}

/** Name servers below the apex and the empty names between them and the apex. */
function staticNames(servers: readonly NameServer[], zone: string, ttl: number): StaticName[] {
  const names = new Set(servers.flatMap((server) => ancestors(server.name, zone)))
  return [...names].map((name) => {
    const addresses = servers.find((server) => server.name === name)?.addresses ?? []
    return {
      wire: nameToWire(name.slice(0, -zone.length - 1)).subarray(0, -1),
      a: addressSet(zone, addresses, 4, ttl),
      aaaa: addressSet(zone, addresses, 6, ttl),
      txt: undefined,
    }
  })
}
