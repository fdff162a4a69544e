// Writes the records of an answer: sets of the zone, single records, and what is said where there are none. Nothing here makes an
// object for a query.
import { CLASS_IN, RCODE, TYPE } from '../../core/dns/constants.ts'
import { putU16, putU32 } from '../../core/dns/reply.ts'
import type { QueryView } from '../../core/dns/query.ts'
import type { AnswerCounters } from './answer-stats.ts'
import type { CompiledZone } from './zone.ts'
import type { RecordSet } from './zone-records.ts'

/** Returned instead of an offset where the records do not fit. */
export const TOO_LONG = -1

/** A record with a pointer as owner and no data yet. */
export const RECORD_HEAD_LENGTH = 12

/** The answer to ANY (RFC 8482 section 4.2): an HINFO record that says why. */
const ANY_DATA = Uint8Array.from([...textData('RFC8482'), 0])
const ANY_TTL_SECONDS = 3600

/** What writes the answers of one zone; each returns where they end, or TOO_LONG where they would reach beyond `limit`. */
export interface AnswerWriter {
  /** Says that there is something of every type (RFC 8482). */
  readonly any: (out: Uint8Array, at: number, limit: number) => number
  readonly noSuchName: (out: Uint8Array, at: number, limit: number) => number
  /** The name is there, this type is not (RFC 2308 section 2.2). @param by  where that is counted */
  readonly negative: (out: Uint8Array, at: number, limit: number, by?: Float64Array) => number
  /** The zone's SOA in the authority section. */
  readonly soaAuthority: (out: Uint8Array, at: number, limit: number) => number
  /** A set of the zone; a negative answer where there is none. */
  readonly answerSet: (out: Uint8Array, at: number, limit: number, set: RecordSet | undefined) => number
}

/**
 * Makes it.
 *
 * @param reply  where the code of the reply is written
 */
export function createAnswerWriter(
  zone: CompiledZone,
  view: QueryView,
  counters: AnswerCounters,
  reply: { rcode: number },
): AnswerWriter {
  const any = (out: Uint8Array, at: number, limit: number): number => {
    if (at + RECORD_HEAD_LENGTH + ANY_DATA.length > limit) return TOO_LONG
    out[7] = 1
    counters.any++
    return writeData(out, at, TYPE.HINFO, ANY_TTL_SECONDS, ANY_DATA)
  }

  const noSuchName = (out: Uint8Array, at: number, limit: number): number => {
    reply.rcode = RCODE.NXDOMAIN
    return soaAuthority(out, at, limit)
  }

  const negative = (out: Uint8Array, at: number, limit: number, by: Float64Array = counters.nodata): number => {
    const { type } = view
    const place = type < by.length ? type : 0
    by[place] = (by[place] ?? 0) + 1
    return soaAuthority(out, at, limit)
  }

  const soaAuthority = (out: Uint8Array, at: number, limit: number): number => {
    const soa = zone.negative
    if (at + soa.bytes.length > limit) return TOO_LONG
    const pointer = 0xc000 | (12 + view.nameLength - zone.wire.length)
    const end = copySet(out, at, soa)
    for (let index = 0; index < soa.zonePointers.length; index++) {
      putU16(out, at + (soa.zonePointers[index] ?? 0), pointer)
    }
    out[9] = 1
    return end
  }

  const answerSet = (out: Uint8Array, at: number, limit: number, set: RecordSet | undefined): number => {
    if (!set) return negative(out, at, limit)
    if (at + set.bytes.length > limit) return TOO_LONG
    putU16(out, 6, set.count)
    counters.configured++
    return copySet(out, at, set)
  }

  return { any, noSuchName, negative, soaAuthority, answerSet }
}

/** @returns where the set ends */
export function copySet(out: Uint8Array, at: number, set: RecordSet): number {
  const { bytes } = set
  for (let index = 0; index < bytes.length; index++) out[at + index] = bytes[index] ?? 0
  return at + bytes.length
}

/** A record about the question's own name. @returns where it ends */
export function writeData(out: Uint8Array, at: number, type: number, ttl: number, data: Uint8Array): number {
  const begin = recordHead(out, at, type, ttl, data.length)
  for (let index = 0; index < data.length; index++) out[begin + index] = data[index] ?? 0
  return begin + data.length
}

/** The head of a record about the question's own name; returns where its data begins. */
export function recordHead(out: Uint8Array, at: number, type: number, ttl: number, size: number): number {
  out[at] = 0xc0
  out[at + 1] = 12
  putU16(out, at + 2, type)
  putU16(out, at + 4, CLASS_IN)
  putU32(out, at + 6, ttl)
  putU16(out, at + 10, size)
  return at + RECORD_HEAD_LENGTH
}

/** A text with its length before it, as labels and TXT data have it. */
export function textData(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1'))
}
