// What the server and its two transports have in common: the function that answers, and the counters of each.

export type DnsTransport = 'udp' | 'tcp'

/**
 * Answers one query. It must not keep either buffer: both are used again for the next query.
 *
 * @param query  only the first `length` bytes are the message
 * @param out  where the reply goes; 65 535 bytes, of which UDP clients take fewer
 * @param keepalive  of a TCP connection, how long it may be silent, in 100 ms (RFC 7828 section 3.3.2)
 * @returns bytes written; 0 for no reply; LATER where the answer has to be waited for
 */
export type DnsHandler = (
  query: Buffer,
  length: number,
  out: Buffer,
  transport: DnsTransport,
  keepalive?: number,
) => number

/** What a handler returns for a query that its owner answers later (`DnsLater`). */
export const LATER = -1

/**
 * Answers a query that the handler could not answer at once. Whoever gives one bounds how many there are.
 *
 * @param query  a copy of the message, which may be kept
 * @returns the whole reply, as short as the transport needs; undefined for none. It must not reject
 */
export type DnsLater = (query: Buffer, transport: DnsTransport) => Promise<Buffer | undefined>

/** Counters of one transport since the server was made; the driver's own, not the zone's. */
export interface TransportStats {
  queries: number
  replies: number
  /** UDP replies withheld or cut by the rate limit. */
  limited: number
  /** TCP connections turned away by a limit. */
  refusedConnections: number
  /** TCP connections cut off because somebody else needed the place, or because they read none of too many answers. */
  shownOut: number
  /** TCP connections closed because nothing was asked, or a question took too long. */
  idleClosed: number
  /** Failures of sockets or of the handler. */
  errors: number
}

/** All at zero. */
export function emptyStats(): TransportStats {
  return { queries: 0, replies: 0, limited: 0, refusedConnections: 0, shownOut: 0, idleClosed: 0, errors: 0 }
}
