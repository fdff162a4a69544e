// The UDP half of a DNS server: every query is answered inside its own event, from one reply buffer. The buffer may be
// used again at once because the send is tried at once; only when the kernel's queue is full does Node keep a
// reference, and then the buffer is left to it and a new one is made.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '../clock.ts'
import { countedLog } from '../counted-log.ts'
import type { Log } from '../log.ts'
import { MAX_MESSAGE_LENGTH } from './constants.ts'
import { createRateLimiter, type RateLimitOptions } from './rate-limit.ts'
import { truncateReply } from './reply.ts'
import { type DnsHandler, type DnsLater, LATER, type TransportStats } from './transport.ts'

/** Room for a burst while the event loop is busy elsewhere; the kernel gives less where its own limit is lower. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

export interface UdpInit {
  readonly host: string
  readonly handle: DnsHandler
  readonly later?: DnsLater | undefined
  readonly log: Log
  readonly clock: Clock
  readonly rateLimit: RateLimitOptions | undefined
  readonly stats: TransportStats
}

export interface UdpServer {
  /** @throws the socket's error where the port cannot be had */
  listen(port: number): Promise<number>
  close(): Promise<void>
}

/** Makes the UDP half; nothing is open before `listen`. */
export function createUdpServer(init: UdpInit): UdpServer {
  const { host, handle, log, clock, stats } = init
  const strangers = countedLog(log, clock)
  const limiter = init.rateLimit && createRateLimiter(init.rateLimit)
  let out = Buffer.alloc(MAX_MESSAGE_LENGTH)
  let open: Socket | undefined

  const answer = (socket: Socket, query: Buffer, client: RemoteInfo) => {
    stats.queries++
    // Nobody sends from port 0 honestly, and Node throws when asked to send there.
    if (client.port === 0) return
    const verdict = limiter ? limiter.take(client.address, clock.now()) : 'send'
    if (verdict === 'drop') {
      stats.limited++
      return
    }
    let length = handle(query, query.length, out, 'udp')
    if (length === 0) return
    if (length === LATER) {
      void answerLater(socket, Buffer.from(query), client)
      return
    }
    if (verdict === 'slip') {
      stats.limited++
      length = truncateReply(out, length)
    }
    socket.send(out, 0, length, client.port, client.address)
    stats.replies++
    if (socket.getSendQueueCount() > 0) out = Buffer.alloc(MAX_MESSAGE_LENGTH)
  }

  const answerLater = async (socket: Socket, query: Buffer, client: RemoteInfo): Promise<void> => {
    const reply = await init.later?.(query, 'udp')
    if (!reply || open !== socket) return
    socket.send(reply, client.port, client.address)
    stats.replies++
  }

  const onMessage = (socket: Socket, query: Buffer, client: RemoteInfo) => {
    try {
      answer(socket, query, client)
    } catch (error) {
      stats.errors++
      strangers.error(
        { error, client: client.address, bytes: query.length },
        'a DNS query could not be answered over UDP',
      )
    }
  }

  return {
    listen(port) {
      const family = isIPv6(host) ? 6 : 4
      const socket = createSocket({
        type: family === 6 ? 'udp6' : 'udp4',
        // Replies go to addresses, never to names; answering at once keeps the send inside the event.
        lookup: (address, _options, done) => done(null, address, family),
      })
      socket.on('message', (query, client) => onMessage(socket, query, client))
      return new Promise((resolve, reject) => {
        socket.once('error', (error) => {
          socket.close()
          reject(error)
        })
        socket.bind({ port, address: host, exclusive: true }, () => {
          socket.removeAllListeners('error')
          socket.on('error', (error) => {
            stats.errors++
            log.debug({ error }, 'the UDP socket of the DNS server reported an error')
          })
          widenReceiveBuffer(socket, log)
          open = socket
          resolve(socket.address().port)
        })
      })
    },
    close() {
      const socket = open
      open = undefined
      return new Promise((resolve) => {
        if (socket) socket.close(() => resolve())
        else resolve()
      })
    },
  }
}

function widenReceiveBuffer(socket: Socket, log: Log): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch (error) {
    log.debug({ error, bytes: RECEIVE_BUFFER_BYTES }, 'the system does not allow a larger UDP receive buffer')
  }
}
