// Turns records into bytes once, so that answering is copying. Names inside the zone end with a compression pointer to the
// zone's name, which every question inside the zone contains; where it stands differs from question to question, so the
// places of the pointers are kept (RFC 1035 section 4.1.4).
import { CLASS_IN, HEADER_LENGTH } from '../../core/dns/constants.ts'
import { nameToWire } from '../../core/dns/names.ts'

/** Records ready to copy. As they are, they fit a question for the zone's own name. */
export interface RecordSet {
  readonly bytes: Uint8Array
  readonly count: number
  /** Where in `bytes` the two-byte pointers to the zone's name stand. */
  readonly zonePointers: Uint16Array
}

/** A part of a record's data. */
export type DataPart = { readonly name: string } | { readonly u32: number } | { readonly bytes: Uint8Array }

export interface RecordSpec {
  /** A name in the zone. */
  readonly owner: string
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  readonly data: readonly DataPart[]
}

/** A pointer to the question's name, the first thing behind a header. */
const QUESTION_POINTER = Buffer.of(0xc0, HEADER_LENGTH)

/** Encodes records. Names are text in lower case, without a final dot. */
export function encodeRecords(zone: string, records: readonly RecordSpec[]): RecordSet {
  const parts: Buffer[] = []
  const pointers: number[] = []
  let length = 0
  const push = (part: Buffer) => {
    if (part === QUESTION_POINTER) pointers.push(length)
    parts.push(part)
    length += part.length
  }
  for (const { owner, type, ttl, data } of records) {
    const pieces = data.flatMap((part) => encodePart(part, zone))
    for (const piece of compressName(owner, zone)) push(piece)
    const head = Buffer.alloc(10)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(CLASS_IN, 2)
    head.writeUInt32BE(ttl, 4)
    head.writeUInt16BE(
      pieces.reduce((sum, piece) => sum + piece.length, 0),
      8,
    )
    push(head)
    for (const piece of pieces) push(piece)
  }
  return {
    bytes: Uint8Array.from(Buffer.concat(parts)),
    count: records.length,
    zonePointers: Uint16Array.from(pointers),
  }
}

function encodePart(part: DataPart, zone: string): Buffer[] {
  if ('name' in part) return compressName(part.name, zone)
  if ('bytes' in part) return [Buffer.from(part.bytes)]
  const number = Buffer.alloc(4)
  number.writeUInt32BE(part.u32)
  return [number]
}

function compressName(name: string, zone: string): Buffer[] {
  if (name === zone) return [QUESTION_POINTER]
  if (!name.endsWith(`.${zone}`)) return [nameToWire(name)]
  return [nameToWire(name.slice(0, -zone.length - 1)).subarray(0, -1), QUESTION_POINTER]
}
