// Whole replies with records, for servers that are asked now and then: the question as it came, records, OPT, and cut off with TC where
// the client cannot take it. The zone's own server writes into a buffer instead (servers/dns/).
import { CLASS_IN, EDNS_UDP_LENGTH, MAX_MESSAGE_LENGTH, OPT_LENGTH, PLAIN_UDP_LENGTH, TYPE } from './constants.ts'
import { nameToWire } from './names.ts'
import { AUTHORITATIVE, beginReply, setReplyCode, truncateReply, writeOpt } from './reply.ts'
import type { QueryView } from './query.ts'
import type { DnsTransport } from './transport.ts'

/** A record of a reply. */
export interface ReplyRecord {
  /** Text; undefined for the name that was asked for, as it was written there. */
  readonly name?: string | undefined
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  readonly data: Buffer
}

/** What a reply says. */
export interface ReplyContent {
  readonly rcode: number
  readonly authoritative: boolean
  readonly answers: readonly ReplyRecord[]
  readonly authorities: readonly ReplyRecord[]
}

/** A pointer to the name of the question (RFC 1035 section 4.1.4). */
const QUESTION_NAME = Buffer.of(0xc0, 0x0c)

/**
 * Writes a reply.
 *
 * @param query  the message; only what `view` was read from counts
 * @returns the reply, no longer than the transport and the client take
 */
export function composeReply(
  query: Uint8Array,
  view: QueryView,
  { rcode, authoritative, answers, authorities }: ReplyContent,
  transport: DnsTransport,
): Buffer {
  const records = [...answers, ...authorities].map((record) => wireOf(record))
  const size = records.reduce((sum, { length }) => sum + length, view.questionEnd + OPT_LENGTH + 12)
  const out = Buffer.alloc(Math.max(size, PLAIN_UDP_LENGTH))
  let at = beginReply(query, view, out)
  setReplyCode(out, rcode, authoritative ? AUTHORITATIVE : 0)
  for (const record of records) at += record.copy(out, at)
  out.writeUInt16BE(answers.length, 6)
  out.writeUInt16BE(authorities.length, 8)
  const length = writeOpt(out, at, rcode, view)
  if (length <= mostFor(view, transport)) return out.subarray(0, length)
  const cut = truncateReply(out, at)
  return out.subarray(0, writeOpt(out, cut, rcode, view))
}

/** The data of an SRV record (RFC 2782). */
export function srvData(priority: number, weight: number, port: number, target: string): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(priority, 0)
  head.writeUInt16BE(weight, 2)
  head.writeUInt16BE(port, 4)
  return Buffer.concat([head, nameToWire(target)])
}

/** The data of a TXT record: strings of at most 255 bytes (RFC 1035 section 3.3.14). */
export function txtData(text: string): Buffer {
  const bytes = Buffer.from(text)
  const parts: Buffer[] = []
  for (let at = 0; at < Math.max(bytes.length, 1); at += 255) {
    const part = bytes.subarray(at, at + 255)
    parts.push(Buffer.of(part.length), part)
  }
  return Buffer.concat(parts)
}

/** The data of a TLSA record 3 1 1 (RFC 6698). @param sha256  hexadecimal */
export function tlsaData(sha256: string): Buffer {
  return Buffer.concat([Buffer.of(3, 1, 1), Buffer.from(sha256, 'hex')])
}

/** The data of an SOA record (RFC 1035 section 3.3.13). @param minimum  of what is not there, seconds (RFC 2308) */
export function soaData(primary: string, hostmaster: string, serial: number, minimum: number): Buffer {
  const numbers = Buffer.alloc(20)
  for (const [index, value] of [serial, 3_600, 600, 86_400, minimum].entries())
    numbers.writeUInt32BE(value >>> 0, index * 4)
  return Buffer.concat([nameToWire(primary), nameToWire(hostmaster), numbers])
}

/** The data of an HTTPS record in service form for the name itself (RFC 9460): HTTP/1.1, perhaps at another port, with addresses. */
export function httpsData({
  port,
  ipv4,
  ipv6,
}: {
  readonly port: number
  readonly ipv4: readonly Buffer[]
  readonly ipv6: readonly Buffer[]
}): Buffer {
  const param = (key: number, value: Buffer) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(key, 0)
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value])
  }
  const alpn = Buffer.concat([Buffer.of(8), Buffer.from('http/1.1')])
  const portBytes = Buffer.alloc(2)
  portBytes.writeUInt16BE(port, 0)
  return Buffer.concat([
    Buffer.of(0, 1, 0),
    param(1, alpn),
    ...(port === 443 ? [] : [param(3, portBytes)]),
    ...(ipv4.length > 0 ? [param(4, Buffer.concat(ipv4))] : []),
    ...(ipv6.length > 0 ? [param(6, Buffer.concat(ipv6))] : []),
  ])
}

function wireOf({ name, type, ttl, data }: ReplyRecord): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(CLASS_IN, 2)
  head.writeUInt32BE(ttl, 4)
  head.writeUInt16BE(data.length, 8)
  return Buffer.concat([name === undefined ? QUESTION_NAME : nameToWire(name), head, data])
}

function mostFor({ edns, payload }: QueryView, transport: DnsTransport): number {
  if (transport === 'tcp') return MAX_MESSAGE_LENGTH
  return edns ? Math.min(EDNS_UDP_LENGTH, Math.max(PLAIN_UDP_LENGTH, payload)) : PLAIN_UDP_LENGTH
}

/** Types that ask for a whole zone, which nobody is given. */
export const ZONE_TYPES: readonly number[] = [TYPE.AXFR, TYPE.IXFR]
