// Writes replies into a buffer that somebody else owns: header, question, OPT. Nothing here allocates; the caller knows
// that there is room (a reply without records is never longer than its query).
import { EDNS_UDP_LENGTH, HEADER_LENGTH, KEEPALIVE_LENGTH, KEEPALIVE_OPTION, OPT_LENGTH } from './constants.ts'
import type { QueryView } from './query.ts'

/** Bits of the third header byte. */
export const AUTHORITATIVE = 0x04
export const TRUNCATED = 0x02

/**
 * Copies the id, the opcode, the RD bit and the question of a query, byte for byte because resolvers compare its letter
 * case (0x20), and clears everything else: RA, Z, AD, CD and the counts.
 *
 * @returns where records may begin
 */
export function beginReply(query: Uint8Array, view: QueryView, out: Uint8Array): number {
  const end = view.questionEnd
  out[0] = query[0] ?? 0
  out[1] = query[1] ?? 0
  out[2] = 0x80 | ((query[2] ?? 0) & 0x79)
  out[3] = 0
  out[4] = 0
  out[5] = end === 0 ? 0 : 1
  out[6] = 0
  out[7] = 0
  out[8] = 0
  out[9] = 0
  out[10] = 0
  out[11] = 0
  for (let at = HEADER_LENGTH; at < end; at++) out[at] = query[at] ?? 0
  return end === 0 ? HEADER_LENGTH : end
}

/** Sets the response code and the flags of the third byte on a reply that `beginReply` began. */
export function setReplyCode(out: Uint8Array, rcode: number, flags: number): void {
  out[2] = (out[2] ?? 0) | flags
  out[3] = rcode & 0x0f
}

/**
 * Appends our OPT record where the query had one: version 0, our UDP size, the upper bits of the response code, the DO
 * bit repeated and no other flag (RFC 6891 section 6.1).
 *
 * @returns where the message ends
 */
export function writeOpt(out: Uint8Array, at: number, rcode: number, view: QueryView): number {
  if (!view.edns) return at
  out[at] = 0
  out[at + 1] = 0
  out[at + 2] = 41
  out[at + 3] = EDNS_UDP_LENGTH >> 8
  out[at + 4] = EDNS_UDP_LENGTH & 0xff
  out[at + 5] = rcode >> 4
  out[at + 6] = 0
  out[at + 7] = view.dnssecOk ? 0x80 : 0
  out[at + 8] = 0
  out[at + 9] = 0
  out[at + 10] = 0
  out[11] = (out[11] ?? 0) + 1
  return at + OPT_LENGTH
}

/**
 * Appends to the OPT record just written how long a TCP connection may be silent; for clients that asked (RFC 7828 section 3.3.2).
 *
 * @param at  where the message ends
 * @param timeout  in 100 ms
 * @returns where the message ends now
 */
export function writeKeepalive(out: Uint8Array, at: number, timeout: number): number {
  putU16(out, at - 2, KEEPALIVE_LENGTH)
  putU16(out, at, KEEPALIVE_OPTION)
  putU16(out, at + 2, 2)
  putU16(out, at + 4, timeout)
  return at + KEEPALIVE_LENGTH
}

/** Writes 16 bits, big end first. */
export function putU16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >> 8
  out[at + 1] = value & 0xff
}

/** Writes 32 bits, big end first. */
export function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = (value >>> 24) & 0xff
  out[at + 1] = (value >>> 16) & 0xff
  out[at + 2] = (value >>> 8) & 0xff
  out[at + 3] = value & 0xff
}

/**
 * Cuts a finished reply back to its question and says TC, so that the client asks again over TCP; used to answer a client
 * whose address nobody has proven.
 *
 * @returns the new length in bytes
 */
export function truncateReply(out: Uint8Array, length: number): number {
  let at = HEADER_LENGTH
  if (out[5] === 1) {
    while (at < length && out[at] !== 0) at += (out[at] ?? 0) + 1
    at += 5
  }
  out[2] = (out[2] ?? 0) | TRUNCATED
  for (let count = 6; count < HEADER_LENGTH; count++) out[count] = 0
  return Math.min(at, length)
}
