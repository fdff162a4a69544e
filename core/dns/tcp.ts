// The TCP half of a DNS server (RFC 7766): two bytes of length, then a message, as often as the client likes. All answers
// of one read leave in one write. A connection lives while it asks complete questions; silence and half-sent messages
// end it, so that nobody can hold our sockets for nothing.
import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { MAX_MESSAGE_LENGTH } from './constants.ts'
import type { DnsHandler, TransportStats } from './server.ts'

export interface TcpLimits {
  /** Connections at a time, all clients together. */
  readonly connections: number
  /** Connections at a time of one address. */
  readonly connectionsPerClient: number
  /** A connection that asked no complete question for so long is closed, in milliseconds. */
  readonly idleMs: number
}

export interface TcpInit {
  readonly host: string
  readonly handle: DnsHandler
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

/** How many times in an idle period the connections are looked at. */
const SWEEPS_PER_IDLE_TIME = 8

/** No honest query is longer, in bytes; a longer one would only make us keep its pieces. */
const MAX_QUERY_LENGTH = 4096

/** One write carries at most this much before it is flushed, in bytes; a reply always fits behind it. */
const BATCH_LENGTH = 2 * (MAX_MESSAGE_LENGTH + 2)

interface Connection {
  readonly socket: Socket
  readonly address: string
  /** What came after the last complete message. */
  rest: Buffer
  /** When the last complete question came, in milliseconds. */
  askedAt: number
}

/** Makes the TCP half; nothing is open before `listen`. */
export function createTcpServer(init: TcpInit): TcpServer {
  const { host, log, clock, limits, stats } = init
  const batch = createBatch(init)
  const connections = new Set<Connection>()
  const perClient = new Map<string, number>()
  const stopped = new AbortController()
  let server: Server | undefined

  const accept = (socket: Socket) => {
    const address = socket.remoteAddress
    const count = address === undefined ? 0 : (perClient.get(address) ?? 0)
    socket.on('error', () => socket.destroy())
    if (address === undefined || connections.size >= limits.connections || count >= limits.connectionsPerClient) {
      stats.refusedConnections++
      socket.destroy()
      return
    }
    const connection: Connection = { socket, address, rest: Buffer.alloc(0), askedAt: clock.now() }
    connections.add(connection)
    perClient.set(address, count + 1)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => onData(connection, chunk))
    socket.on('drain', () => socket.resume())
    socket.once('close', () => {
      connections.delete(connection)
      const left = (perClient.get(address) ?? 1) - 1
      if (left > 0) perClient.set(address, left)
      else perClient.delete(address)
    })
  }

  const onData = (connection: Connection, chunk: Buffer) => {
    try {
      batch.answer(connection, chunk)
    } catch (error) {
      stats.errors++
      log.error({ error, client: connection.address }, 'a DNS query could not be answered over TCP')
      connection.socket.destroy()
    }
  }

  const sweep = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(limits.idleMs / SWEEPS_PER_IDLE_TIME, stopped.signal).catch(() => undefined)
      const before = clock.now() - limits.idleMs
      for (const connection of connections) {
        if (connection.askedAt > before) continue
        stats.idleClosed++
        connection.socket.destroy()
      }
    }
  }

  return {
    listen(port) {
      const listening = createServer({ noDelay: true }, accept)
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

/** Cuts what a connection sent into messages and answers them, one write for all of a read. */
function createBatch({ handle, clock, stats }: TcpInit) {
  const query = Buffer.alloc(MAX_QUERY_LENGTH)
  const reply = Buffer.alloc(MAX_MESSAGE_LENGTH)
  const replies = Buffer.alloc(BATCH_LENGTH)

  return {
    answer(connection: Connection, chunk: Buffer): void {
      const { socket } = connection
      const input = connection.rest.length === 0 ? chunk : Buffer.concat([connection.rest, chunk])
      let at = 0
      let filled = 0
      let asked = false
      while (at + 2 <= input.length) {
        const size = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)
        if (size > MAX_QUERY_LENGTH) {
          socket.destroy()
          return
        }
        if (at + 2 + size > input.length) break
        input.copy(query, 0, at + 2, at + 2 + size)
        at += 2 + size
        stats.queries++
        const length = handle(query, size, reply, 'tcp')
        if (length === 0) continue
        asked = true
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
      if (asked) connection.askedAt = clock.now()
      if (filled > 0) socket.write(Buffer.from(replies.subarray(0, filled)))
      // A client that asks without reading our answers waits until it has read them.
      if (socket.writableNeedDrain) socket.pause()
    },
  }
}

const EMPTY = Buffer.alloc(0)
