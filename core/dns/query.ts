// Reads a query as a server must: header, one question, and the OPT record, without making any object. The rules are
// those of RFC 1035, RFC 6891 (EDNS), RFC 7873 (cookie length) and RFC 9619 (exactly one question).
import {
  COOKIE_OPTION,
  HEADER_LENGTH,
  KEEPALIVE_OPTION,
  MAX_LABEL_LENGTH,
  MAX_WIRE_NAME_LENGTH,
  RCODE,
  TYPE,
} from './constants.ts'

/** What `readQuery` gives for a message that deserves no reply at all. */
export const DROP = -1

const { FORMERR, NOTIMP, BADVERS, NOERROR } = RCODE
const { OPT } = TYPE

/** The offset of a label in a name of 255 bytes, for at most 127 labels. */
const MAX_LABELS = 128

/** A query as `readQuery` leaves it. One of these is made per server and overwritten by every query. */
export interface QueryView {
  /** The name in wire form and lower case; only the first `nameLength` bytes count. */
  readonly name: Uint8Array
  /** Where each label begins in `name`, leftmost first; only the first `labels` count. */
  readonly labelAt: Uint8Array
  /** Bytes of the name with its root. */
  nameLength: number
  labels: number
  type: number
  class: number
  /** Where the question section ends in the message, 0 where it could not be read. */
  questionEnd: number
  /** Whether exactly one well-formed OPT record came with the query. */
  edns: boolean
  /** The UDP size the client announced, in bytes. */
  payload: number
  /** Whether the client set the DO bit, which a reply repeats (RFC 3225 section 3). */
  dnssecOk: boolean
  /** Whether the client wants to know how long its TCP connection may be silent (RFC 7828 section 3.2.1). */
  keepalive: boolean
}

/** Makes an empty view to read queries into. */
export function createQueryView(): QueryView {
  return {
    name: new Uint8Array(MAX_WIRE_NAME_LENGTH + 1),
    labelAt: new Uint8Array(MAX_LABELS),
    nameLength: 0,
    labels: 0,
    type: 0,
    class: 0,
    questionEnd: 0,
    edns: false,
    payload: 0,
    dnssecOk: false,
    keepalive: false,
  }
}

/**
 * Reads a query.
 *
 * @param query  the message; only the first `length` bytes count
 * @param view  overwritten with what was read
 * @returns DROP for less than a header or for a reply (answering one makes loops), else the RCODE that the form of the
 *   message earns: NOTIMP for another opcode, FORMERR, BADVERS, or NOERROR for a query to answer
 */
export function readQuery(query: Uint8Array, length: number, view: QueryView): number {
  view.questionEnd = 0
  view.edns = false
  view.dnssecOk = false
  view.keepalive = false
  view.payload = 0
  if (length < HEADER_LENGTH) return DROP
  const flags = query[2] ?? 0
  if (flags >= 0x80) return DROP
  if ((flags & 0x78) !== 0) return NOTIMP
  if (query[4] !== 0 || query[5] !== 1) return FORMERR
  const end = readQuestion(query, length, view)
  if (end === 0) return FORMERR
  view.questionEnd = end
  const before = u16(query, 6) + u16(query, 8)
  const additional = u16(query, 10)
  if (before + additional === 0) return NOERROR
  return readRecords(query, length, end, before, additional, view)
}

/** @returns where the question ends, 0 where it is malformed */
function readQuestion(query: Uint8Array, length: number, view: QueryView): number {
  const { name, labelAt } = view
  let at = HEADER_LENGTH
  let labels = 0
  for (;;) {
    if (at >= length) return 0
    const size = query[at] ?? 0
    name[at - HEADER_LENGTH] = size
    if (size === 0) break
    const next = at + 1 + size
    // A pointer in a question points nowhere sensible; 0x40 and 0x80 are reserved (RFC 1035 section 4.1.4).
    if (size > MAX_LABEL_LENGTH || next >= length || next - HEADER_LENGTH >= MAX_WIRE_NAME_LENGTH) return 0
    labelAt[labels++] = at - HEADER_LENGTH
    for (let i = at + 1; i < next; i++) {
      const byte = query[i] ?? 0
      name[i - HEADER_LENGTH] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }
    at = next
  }
  if (at + 5 > length) return 0
  view.nameLength = at + 1 - HEADER_LENGTH
  view.labels = labels
  view.type = u16(query, at + 1)
  view.class = u16(query, at + 3)
  return at + 5
}

/** Goes over the records behind the question; only an OPT record in the additional section means anything. */
function readRecords(
  query: Uint8Array,
  length: number,
  from: number,
  before: number,
  additional: number,
  view: QueryView,
): number {
  let at = from
  let version = 0
  let seen = false
  for (let index = 0; index < before + additional; index++) {
    const owner = at
    at = skipName(query, length, at)
    if (at === 0 || at + 10 > length) return FORMERR
    const type = u16(query, at)
    const data = at + 10
    const next = data + u16(query, at + 8)
    if (next > length) return FORMERR
    if (type === OPT) {
      if (seen || index < before || query[owner] !== 0) return FORMERR
      seen = true
      view.payload = u16(query, at + 2)
      version = query[at + 5] ?? 0
      view.dnssecOk = ((query[at + 6] ?? 0) & 0x80) !== 0
      if (!readOptions(query, data, next, view)) return FORMERR
    }
    at = next
  }
  view.edns = seen
  return version === 0 ? NOERROR : BADVERS
}

/** @returns whether they are well-formed */
function readOptions(query: Uint8Array, from: number, to: number, view: QueryView): boolean {
  let at = from
  while (at < to) {
    if (at + 4 > to) return false
    const size = u16(query, at + 2)
    const code = u16(query, at)
    if (code === COOKIE_OPTION && size !== 8 && (size < 16 || size > 40)) return false
    if (code === KEEPALIVE_OPTION && size === 0) view.keepalive = true
    at += 4 + size
  }
  return at === to
}

/** @returns where the message goes on behind a name, 0 where it is none */
function skipName(query: Uint8Array, length: number, from: number): number {
  let at = from
  while (at < length) {
    const size = query[at] ?? 0
    if (size === 0) return at + 1
    if (size >= 0xc0) return at + 2 <= length ? at + 2 : 0
    if (size > MAX_LABEL_LENGTH) return 0
    at += size + 1
  }
  return 0
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
