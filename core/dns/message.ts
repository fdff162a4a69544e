// Whole messages as objects, for clients and for everything that is not in a hurry: encode a query, decode a reply.
// A server's fast path does not come here (see query.ts and reply.ts).
import { ipFromBytes, type IpAddress } from '../../proto/ip.ts'
import { CLASS_IN, EDNS_UDP_LENGTH, HEADER_LENGTH, OPT_LENGTH, TYPE } from './constants.ts'
import { nameToWire, readName } from './names.ts'

/** A message that cannot be read; the message says where it breaks. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError'
}

export interface DnsQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
}

/** A record; `data` by its type, raw bytes for a type that nobody here reads. */
export type DnsRecord = {
  readonly name: string
  readonly class: number
  /** Seconds. */
  readonly ttl: number
} & (
  | { readonly type: typeof TYPE.A | typeof TYPE.AAAA; readonly data: IpAddress }
  | { readonly type: typeof TYPE.NS | typeof TYPE.CNAME | typeof TYPE.DNAME; readonly data: string }
  | { readonly type: typeof TYPE.TXT; readonly data: readonly Buffer[] }
  | { readonly type: typeof TYPE.SOA; readonly data: SoaData }
  | { readonly type: typeof TYPE.CAA; readonly data: CaaData }
  | { readonly type: 'other'; readonly number: number; readonly data: Buffer }
)

export interface SoaData {
  readonly primary: string
  readonly hostmaster: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** A certification authority authorization (RFC 8659 section 4.1). */
export interface CaaData {
  /** 128 is the critical bit, 0 is usual. */
  readonly flags: number
  readonly tag: string
  readonly value: string
}

export interface DnsMessage {
  readonly id: number
  readonly isReply: boolean
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionAvailable: boolean
  /** With the upper bits of an OPT record, where there is one. */
  readonly rcode: number
  readonly questions: readonly DnsQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
  readonly edns: { readonly version: number; readonly payload: number; readonly dnssecOk: boolean } | undefined
}

/**
 * Writes a query for one name.
 *
 * @param id  0 to 65535
 * @param recursive  whether to set RD, which a resolver wants and an authoritative server ignores
 * @param options.edns  whether an OPT record comes with it; true where left out
 * @throws InvalidDnsNameError
 */
export function encodeQuery(
  id: number,
  name: string,
  type: number,
  recursive: boolean,
  { edns = true }: { readonly edns?: boolean } = {},
): Buffer {
  const wire = nameToWire(name)
  const message = Buffer.alloc(HEADER_LENGTH + wire.length + 4 + (edns ? OPT_LENGTH : 0))
  message.writeUInt16BE(id, 0)
  message.writeUInt16BE(recursive ? 0x0100 : 0, 2)
  message.writeUInt16BE(1, 4)
  message.writeUInt16BE(edns ? 1 : 0, 10)
  wire.copy(message, HEADER_LENGTH)
  const at = HEADER_LENGTH + wire.length
  message.writeUInt16BE(type, at)
  message.writeUInt16BE(CLASS_IN, at + 2)
  if (!edns) return message
  message.writeUInt16BE(TYPE.OPT, at + 5)
  message.writeUInt16BE(EDNS_UDP_LENGTH, at + 7)
  return message
}

/**
 * Reads a whole message.
 *
 * @throws MalformedMessageError
 */
export function decodeMessage(message: Buffer): DnsMessage {
  if (message.length < HEADER_LENGTH) throw new MalformedMessageError(`${message.length} bytes are less than a header`)
  const flags = message.readUInt16BE(2)
  let at = HEADER_LENGTH
  const questions = Array.from({ length: message.readUInt16BE(4) }, () => {
    const read = readName(message, at)
    if (!read || read.end + 4 > message.length) throw new MalformedMessageError(`question at byte ${at} is cut off`)
    at = read.end + 4
    return { name: read.name, type: message.readUInt16BE(at - 4), class: message.readUInt16BE(at - 2) }
  })
  const section = (count: number): ReadRecord[] =>
    Array.from({ length: count }, () => {
      const record = readRecord(message, at)
      at = record.end
      return record
    })
  const answers = section(message.readUInt16BE(6))
  const authorities = section(message.readUInt16BE(8))
  const additionals = section(message.readUInt16BE(10))
  const opt = additionals.find(({ typeNumber }) => typeNumber === TYPE.OPT)
  return {
    id: message.readUInt16BE(0),
    isReply: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: (flags & 0x0f) | (opt ? (opt.record.ttl >>> 24) << 4 : 0),
    questions,
    answers: answers.map(({ record }) => record),
    authorities: authorities.map(({ record }) => record),
    additionals: additionals.filter((read) => read !== opt).map(({ record }) => record),
    edns: opt && {
      version: (opt.record.ttl >>> 16) & 0xff,
      payload: opt.record.class,
      dnssecOk: (opt.record.ttl & 0x8000) !== 0,
    },
  }
}

interface ReadRecord {
  readonly record: DnsRecord
  readonly typeNumber: number
  readonly end: number
}

function readRecord(message: Buffer, from: number): ReadRecord {
  const owner = readName(message, from)
  if (!owner || owner.end + 10 > message.length) throw new MalformedMessageError(`record at byte ${from} is cut off`)
  const at = owner.end
  const type = message.readUInt16BE(at)
  const begin = at + 10
  const end = begin + message.readUInt16BE(at + 8)
  if (end > message.length) throw new MalformedMessageError(`data of the record at byte ${from} is cut off`)
  const head = { name: owner.name, class: message.readUInt16BE(at + 2), ttl: message.readUInt32BE(at + 4) }
  return { record: { ...head, ...readData(message, type, begin, end) }, typeNumber: type, end }
}

type RecordData<T = DnsRecord> = T extends DnsRecord ? Omit<T, 'name' | 'class' | 'ttl'> : never

function readData(message: Buffer, type: number, begin: number, end: number): RecordData {
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA: {
      const ip = ipFromBytes(Uint8Array.from(message.subarray(begin, end)))
      if (ip?.family !== (type === TYPE.A ? 4 : 6)) throw new MalformedMessageError('address of a wrong length')
      return { type, data: ip }
    }
    case TYPE.NS:
    case TYPE.CNAME:
    case TYPE.DNAME:
      return { type, data: nameWithin(message, begin, end).name }
    case TYPE.TXT:
      return { type, data: readStrings(message, begin, end) }
    case TYPE.SOA:
      return { type, data: readSoa(message, begin, end) }
    case TYPE.CAA:
      return { type, data: readCaa(message.subarray(begin, end)) }
    default:
      return { type: 'other', number: type, data: Buffer.from(message.subarray(begin, end)) }
  }
}

function readStrings(message: Buffer, begin: number, end: number): Buffer[] {
  const strings: Buffer[] = []
  for (let at = begin; at < end;) {
    const next = at + 1 + message.readUInt8(at)
    if (next > end) throw new MalformedMessageError(`text at byte ${at} is cut off`)
    strings.push(Buffer.from(message.subarray(at + 1, next)))
    at = next
  }
  return strings
}

function readSoa(message: Buffer, begin: number, end: number): SoaData {
  const primary = nameWithin(message, begin, end)
  const hostmaster = nameWithin(message, primary.end, end)
  const at = hostmaster.end
  if (at + 20 !== end) throw new MalformedMessageError('SOA of a wrong length')
  const number = (index: number) => message.readUInt32BE(at + index * 4)
  return {
    primary: primary.name,
    hostmaster: hostmaster.name,
    serial: number(0),
    refresh: number(1),
    retry: number(2),
    expire: number(3),
    minimum: number(4),
  }
}

function readCaa(data: Buffer): CaaData {
  const tagEnd = 2 + (data[1] ?? 0)
  if (data.length < 2 || tagEnd > data.length) throw new MalformedMessageError('CAA record is cut off')
  return { flags: data[0] ?? 0, tag: data.toString('latin1', 2, tagEnd), value: data.toString('latin1', tagEnd) }
}

function nameWithin(message: Buffer, begin: number, end: number): { name: string; end: number } {
  const read = readName(message, begin)
  if (!read || read.end > end) throw new MalformedMessageError(`name at byte ${begin} is cut off`)
  return read
}
