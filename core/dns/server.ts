// A DNS server on UDP and TCP, the same port for both. What to answer is one function over buffers that the owner gives;
// here are only sockets, limits and counters, and no query, however broken, can end the process.
import { systemClock, type Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { DEFAULT_RATE_LIMIT, type RateLimitOptions } from './rate-limit.ts'
import { createTcpServer } from './tcp.ts'
import { emptyStats } from './transport.ts'
import { createUdpServer } from './udp.ts'
import type { DnsHandler, DnsLater, TransportStats } from './transport.ts'

export interface DnsServerLimits {
  /** TCP connections at a time, all clients together; 1024 where left out. */
  readonly tcpConnections?: number
  /** TCP connections at a time of one /24 or /48; 64 where left out, since carriers put many people behind one. */
  readonly tcpConnectionsPerNetwork?: number
  /** Who has places of their own that nobody else can take: the zone's own servers; nobody where left out. */
  readonly tcpKeptFor?: (address: string) => boolean
  /** A TCP connection that asks no complete question for so long is closed; 10 000 ms where left out (RFC 7766 section 6.2.3). */
  readonly tcpIdleMs?: number
  /** What TCP clients together may leave unread or half asked, in bytes; 8 MiB where left out. */
  readonly tcpHeldBytes?: number
  /** How often one network is answered over UDP; `off` for none. Never applies to loopback or TCP. */
  readonly rateLimit?: RateLimitOptions | 'off'
}

export interface DnsServerInit {
  /**
   * An IP address of this machine; `0.0.0.0` and `::` for all of them. A machine with several public addresses names the
   * one that is in the NS records, since the system chooses the sender of a UDP reply.
   */
  readonly host: string
  /** 0 for any port that is free for both UDP and TCP. */
  readonly port: number
  readonly handle: DnsHandler
  /** Answers what the handler leaves for later. @default nothing is left */
  readonly later?: DnsLater | undefined
  readonly log: Log
  readonly clock?: Clock
  readonly limits?: DnsServerLimits
}

export interface DnsServerStats {
  readonly udp: Readonly<TransportStats>
  readonly tcp: Readonly<TransportStats>
}

export interface DnsServer {
  /**
   * Opens both sockets; started already, it only says where.
   *
   * @returns where it listens
   * @throws DnsListenError where the port cannot be had
   */
  start(): Promise<{ readonly host: string; readonly port: number }>
  /** Closes both sockets and every connection at once; harmless when stopped. */
  stop(): Promise<void>
  stats(): DnsServerStats
}

/** The address cannot be listened on; the cause says why (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
export class DnsListenError extends Error {
  override readonly name = 'DnsListenError'
}

/** Issue server and broker look at two names of an order at a time, eight orders at once. */
const TCP_KEPT_PLACES = 32

/** A question is one packet; when that is lost, TCP sends it again after one second, then two. */
const TCP_QUERY_MS = 4_000

/** A hundred of our longest answers; together with what came in one read that is what one client can make us hold. */
const TCP_UNREAD_BYTES = 32 * 1024

/** With everything that is unread and unfinished at its longest, about a hundred clients; honest ones hold nothing. */
const TCP_HELD_BYTES = 8 * 1024 * 1024

/** Any free UDP port is free for TCP too unless something else took just that one; this often it does not happen. */
const PORT_ATTEMPTS = 20

/**
 * Makes a DNS server.
 *
 * @param init  where to listen and what to answer
 */
export function createDnsServer(init: DnsServerInit): DnsServer {
  const { host, handle, log, clock = systemClock, limits = {} } = init
  const stats = { udp: emptyStats(), tcp: emptyStats() }
  const rateLimit = limits.rateLimit === 'off' ? undefined : (limits.rateLimit ?? DEFAULT_RATE_LIMIT)
  const tcpLimits = {
    connections: limits.tcpConnections ?? 1024,
    connectionsPerNetwork: limits.tcpConnectionsPerNetwork ?? 64,
    kept: { places: TCP_KEPT_PLACES, isFor: limits.tcpKeptFor ?? (() => false) },
    idleMs: limits.tcpIdleMs ?? 10_000,
    queryMs: TCP_QUERY_MS,
    unreadPerConnection: TCP_UNREAD_BYTES,
    heldInAll: limits.tcpHeldBytes ?? TCP_HELD_BYTES,
  }
  const make = () => ({
    udp: createUdpServer({ host, handle, later: init.later, log, clock, rateLimit, stats: stats.udp }),
    tcp: createTcpServer({ host, handle, later: init.later, log, clock, limits: tcpLimits, stats: stats.tcp }),
  })
  let running: ReturnType<typeof make> | undefined
  let bound = { host, port: init.port }

  const listen = async (): Promise<number> => {
    const halves = make()
    const port = await halves.udp.listen(init.port)
    try {
      await halves.tcp.listen(port)
    } catch (error) {
      await halves.udp.close()
      throw error
    }
    running = halves
    return port
  }

  return {
    async start() {
      if (running) return bound
      for (let attempt = 1; ; attempt++) {
        try {
          const port = await listen()
          log.info({ host, port }, 'the DNS server listens on UDP and TCP')
          bound = { host, port }
          return bound
        } catch (cause) {
          const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
          if (init.port === 0 && taken && attempt < PORT_ATTEMPTS) continue
          const reason = cause instanceof Error ? cause.message : String(cause)
          throw new DnsListenError(
            `cannot listen on ${host} port ${init.port} for DNS: ${reason}; choose a free port, or one above 1023 without the right to bind a low one`,
            { cause },
          )
        }
      }
    },
    async stop() {
      const halves = running
      running = undefined
      await Promise.all([halves?.udp.close(), halves?.tcp.close()])
    },
    stats: () => ({ udp: { ...stats.udp }, tcp: { ...stats.tcp } }),
  }
}
