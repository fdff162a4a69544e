// The numbers of the DNS protocol that this house speaks (RFC 1035, RFC 3596, RFC 6891, RFC 8659). Only what some code
// here uses is listed; a type that is missing is not forbidden, it is a number.

/** Record types (and the question-only types from 251 on). */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  TLSA: 52,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const

export const CLASS_IN = 1

/** Response codes; those above 15 need an OPT record for their upper bits (RFC 6891 section 6.1.3). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

/** The header of every message, in bytes. */
export const HEADER_LENGTH = 12

/** The longest name on the wire, with its length bytes and the root (RFC 1035 section 2.3.4). */
export const MAX_WIRE_NAME_LENGTH = 255

export const MAX_LABEL_LENGTH = 63

/** The longest message over TCP, whose length prefix has 16 bits. */
export const MAX_MESSAGE_LENGTH = 65_535

/** What a client without EDNS accepts over UDP (RFC 1035 section 2.3.4). */
export const PLAIN_UDP_LENGTH = 512

/** What we send and announce over UDP: fits every path without fragments (DNS flag day 2020). */
export const EDNS_UDP_LENGTH = 1232

/** An OPT record without options, in bytes. */
export const OPT_LENGTH = 11

/** The option of a DNS cookie (RFC 7873 section 4). */
export const COOKIE_OPTION = 10

/** The option that says how long a TCP connection may be silent (RFC 7828 section 3.1), and its length with a timeout. */
export const KEEPALIVE_OPTION = 11
export const KEEPALIVE_LENGTH = 6

/** The name of an RCODE for people; a number where it has none here. */
export function rcodeName(rcode: number): string {
  return Object.entries(RCODE).find(([, value]) => value === rcode)?.[0] ?? `RCODE${rcode}`
}

/** The name of a record type; `TYPE64` where it has none here (RFC 3597 section 5). */
export function typeName(type: number): string {
  return Object.entries(TYPE).find(([, value]) => value === type)?.[0] ?? `TYPE${type}`
}
