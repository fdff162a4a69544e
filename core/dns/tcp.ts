// The TCP half of a DNS server (RFC 7766): two bytes of length, then a message, as often as the client likes. Nobody can shut it:
// places are counted per network and a full house shows out whoever holds most (RFC 7766 section 6.2.3), silence is borne for
// less time the fuller it is, and what a client asks without reading the answers is bounded for it and for all together.
// oxlint-disable-next-line no-restricted-imports -- it has places of its own, with a queue of questions behind each
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { countedLog } from '../counted-log.ts'
import type { Log } from '../log.ts'
import { createPlaces, type Guest } from '../net/places.ts'
import { MAX_MESSAGE_LENGTH } from './constants.ts'
import { type DnsHandler, type DnsLater, LATER, type TransportStats } from './transport.ts'

export interface TcpLimits {
  /** Connections at a time, all clients together. */
  readonly connections: number
  /** Connections at a time of one network, a /24 or a /48. */
  readonly connectionsPerNetwork: number
  /** Places beyond those for the zone's own servers, and who these are. */
  readonly kept: { readonly places: number; readonly isFor: (address: string) => boolean }
  /** A connection that asked no complete question for so long is closed while there is room, in milliseconds. */
  readonly idleMs: number
  /** A question that began has to be complete within this time, in milliseconds. */
  readonly queryMs: number
  /** Answers that one client has not read, in bytes; it is not heard any more until it has. */
  readonly unreadPerConnection: number
  /** What all clients together have not read or not finished asking, in bytes; above it whoever holds most is cut off. */
  readonly heldInAll: number
}

export interface TcpInit {
  readonly host: string
  readonly handle: DnsHandler
  readonly later?: DnsLater | undefined
  readonly log: Log
  readonly clock: Clock
  readonly limits: TcpLimits
  readonly stats: TransportStats
}

export interface TcpServer {
  /** @throws the socket's error where the port cannot be had */
  listen(port: number): Promise<number>
  close(): Promise<void>
}

/** How many times in an idle period the connections are looked at; a full house is looked at as often as its time is short. */
const SWEEPS_PER_IDLE_TIME = 20

/** Silence is borne for this part of its time in a full house; a resolver asks within a moment of connecting. */
const LEAST_IDLE_SHARE = 1 / 10

/** No honest query is longer, in bytes; a longer one would only make us keep its pieces. */
const MAX_QUERY_LENGTH = 4096

/**
 * Questions of one client that are answered in a row: a few hundred microseconds. Then it is the turn of the others, those who
 * ask by UDP among them.
 */
const QUERIES_PER_TURN = 128

/** One write carries at most this much before it is flushed, in bytes; a reply always fits behind it. */
const BATCH_LENGTH = 2 * (MAX_MESSAGE_LENGTH + 2)

/** The unit of the timeout of RFC 7828, in milliseconds. */
const KEEPALIVE_UNIT_MS = 100

interface Connection {
  readonly socket: Socket
  readonly address: string
  readonly guest: Guest
  /** What came after the last complete message that was answered. */
  rest: Buffer
  /** When the last complete question came, in milliseconds. */
  askedAt: number
  /** When the question began that is not complete yet; undefined where there is none. */
  beganAt: number | undefined
  /** Whether there is more in `rest` that is answered in a later turn. */
  waits: boolean
  /** Bytes that it holds of ours: what it has not read, and what it has not finished asking. */
  held: number
}

/** Makes the TCP half; nothing is open before `listen`. */
export function createTcpServer(init: TcpInit): TcpServer {
  const { host, log, clock, limits, stats } = init
  const strangers = countedLog(log, clock)
  const connections = new Set<Connection>()
  const places = createPlaces({
    places: limits.connections,
    perNetwork: limits.connectionsPerNetwork,
    kept: limits.kept,
  })
  const idleMs = () => idleTime(limits.idleMs, places.taken / limits.connections)
  const batch = createBatch(init, idleMs)
  const stopped = new AbortController()
  let held = 0
  let server: Server | undefined

  const accept = (socket: Socket) => {
    const { remoteAddress: address } = socket
    socket.on('error', () => socket.destroy())
    const guest = places.enter(address, () => {
      stats.shownOut++
      socket.resetAndDestroy()
    })
    if (!guest || address === undefined) {
      guest?.leave()
      stats.refusedConnections++
      socket.resetAndDestroy()
      return
    }
    const now = clock.now()
    const connection: Connection = {
      ...{ socket, address, guest, rest: EMPTY, askedAt: now },
      ...{ beganAt: undefined, waits: false, held: 0 },
    }
    connections.add(connection)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => hear(connection, chunk))
    socket.on('drain', () => hear(connection, EMPTY))
    socket.once('close', () => {
      guest.leave()
      connections.delete(connection)
      held -= connection.held
      connection.held = 0
    })
  }

  /** Answers what can be answered now, and keeps what everybody holds within its bounds. */
  const hear = (connection: Connection, chunk: Buffer) => {
    const { socket } = connection
    if (socket.destroyed) return
    try {
      batch.answer(connection, chunk)
    } catch (error) {
      stats.errors++
      strangers.error({ error, client: connection.address }, 'a DNS query could not be answered over TCP')
      socket.destroy()
    }
    if (socket.destroyed) return
    const holds = socket.writableLength + connection.rest.length
    held += holds - connection.held
    connection.held = holds
    if (held > limits.heldInAll) cutOffGreediest()
    if (connection.waits && !socket.writableNeedDrain) setImmediate(() => hear(connection, EMPTY))
  }

  const cutOffGreediest = () => {
    let most: Connection | undefined
    for (const connection of connections) if (connection.held > (most?.held ?? 0)) most = connection
    if (!most) return
    stats.shownOut++
    held -= most.held
    most.held = 0
    connections.delete(most)
    most.socket.resetAndDestroy()
  }

  const sweep = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(limits.idleMs / SWEEPS_PER_IDLE_TIME, stopped.signal).catch(() => undefined)
      const now = clock.now()
      const idle = idleMs()
      const query = Math.min(limits.queryMs, idle)
      for (const connection of connections) {
        const { socket, beganAt } = connection
        // a clock that was set back must not keep anybody for the difference
        if (connection.askedAt > now) connection.askedAt = now
        if (beganAt !== undefined && beganAt > now) connection.beganAt = now
        if (now - connection.askedAt < idle && now - (connection.beganAt ?? now) < query) continue
        stats.idleClosed++
        // what a client does not read would stay with the system for minutes after an ordinary close
        if (socket.writableLength > 0) socket.resetAndDestroy()
        else socket.destroy()
      }
    }
  }

  return {
    listen(port) {
      const listening = createServer(
        // so that "drain" is told when what is unread is below its bound again
        { noDelay: true, highWaterMark: limits.unreadPerConnection },
        accept,
      )
      return new Promise((resolve, reject) => {
        listening.once('error', reject)
        listening.listen({ port, host, exclusive: true, backlog: 511 }, () => {
          listening.removeAllListeners('error')
          listening.on('error', (error) => log.warn({ error }, 'the TCP socket of the DNS server reported an error'))
          server = listening
          void sweep()
          const address = listening.address()
          resolve(typeof address === 'object' && address ? address.port : port)
        })
      })
    },
    close() {
      stopped.abort()
      const closing = server
      server = undefined
      return new Promise((resolve) => {
        if (closing) closing.close(() => resolve())
        else resolve()
        for (const { socket } of connections) socket.destroy()
      })
    },
  }
}

/**
 * How long silence is borne: all of its time while half of the places are free, then less and less (RFC 7766 section 6.2.3).
 *
 * @param fullness  the share of the places that are taken
 */
export function idleTime(idleMs: number, fullness: number): number {
  const over = Math.min(1, Math.max(0, 2 * fullness - 1))
  return idleMs * (1 - over * (1 - LEAST_IDLE_SHARE))
}

/** Cuts what a connection sent into messages and answers them, one write for all of a turn. */
function createBatch({ handle, later, clock, stats, limits }: TcpInit, idleMs: () => number) {
  const query = Buffer.alloc(MAX_QUERY_LENGTH)
  const reply = Buffer.alloc(MAX_MESSAGE_LENGTH)
  const replies = Buffer.alloc(BATCH_LENGTH)

  /** Answers need not come in the order of the questions (RFC 7766 section 6.2.1.1). */
  const answerLater = async ({ socket }: Connection, question: Buffer): Promise<void> => {
    const answer = await later?.(question, 'tcp')
    if (!answer || socket.destroyed || socket.writableLength > limits.unreadPerConnection) return
    stats.replies++
    socket.write(Buffer.concat([Buffer.of(answer.length >> 8, answer.length & 0xff), answer]))
  }

  return {
    answer(connection: Connection, chunk: Buffer): void {
      const { socket, guest } = connection
      const input = connection.rest.length === 0 ? chunk : Buffer.concat([connection.rest, chunk])
      const keepalive = Math.floor(idleMs() / KEEPALIVE_UNIT_MS)
      let at = 0
      let filled = 0
      let asked = false
      let turns = 0
      connection.waits = false
      while (at + 2 <= input.length) {
        const size = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)
        if (size > MAX_QUERY_LENGTH) {
          socket.destroy()
          return
        }
        if (at + 2 + size > input.length) break
        if (turns++ === QUERIES_PER_TURN || socket.writableLength + filled > limits.unreadPerConnection) {
          connection.waits = true
          break
        }
        input.copy(query, 0, at + 2, at + 2 + size)
        at += 2 + size
        stats.queries++
        const length = handle(query, size, reply, 'tcp', keepalive)
        if (length === 0) continue
        asked = true
        if (length === LATER) {
          void answerLater(connection, Buffer.from(query.subarray(0, size)))
          continue
        }
        stats.replies++
        replies[filled] = length >> 8
        replies[filled + 1] = length & 0xff
        reply.copy(replies, filled + 2, 0, length)
        filled += 2 + length
        if (filled > MAX_MESSAGE_LENGTH) {
          socket.write(Buffer.from(replies.subarray(0, filled)))
          filled = 0
        }
      }
      connection.rest = at === input.length ? EMPTY : Buffer.from(input.subarray(at))
      const now = clock.now()
      if (asked) {
        connection.askedAt = now
        guest.settle()
        guest.touch()
      }
      const isPartial = connection.rest.length > 0 && !connection.waits
      connection.beganAt = isPartial ? (at > 0 ? now : (connection.beganAt ?? now)) : undefined
      if (filled > 0) socket.write(Buffer.from(replies.subarray(0, filled)))
      // Who asks without reading our answers, or more than its turn, is heard again when it has read or has its next turn.
      if (connection.waits || socket.writableNeedDrain) socket.pause()
      else socket.resume()
    },
  }
}

const EMPTY = Buffer.alloc(0)
