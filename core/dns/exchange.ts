// One question to one server and its reply, over UDP or TCP. A reply counts only when it comes from the server that was
// asked, carries the random id and repeats the question; anything else is ignored until the time is up (RFC 5452).
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock } from '../clock.ts'
import { decodeMessage, encodeQuery, MalformedMessageError, type DnsMessage } from './message.ts'
import { sameName } from './names.ts'

export interface DnsServerAddress {
  /** An IP address. */
  readonly host: string
  readonly port: number
}

export type ExchangeTransport = 'udp' | 'tcp'

export interface ExchangeInit {
  readonly server: DnsServerAddress
  /** 0 to 65535, random. */
  readonly id: number
  readonly name: string
  readonly type: number
  readonly recursive: boolean
  /** `udp` goes on with TCP where the reply says TC. */
  readonly transport: ExchangeTransport
  /** For each transport, in milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The server did not answer in time. */
export class DnsTimeoutError extends Error {
  override readonly name = 'DnsTimeoutError'
}

/** The server closed a TCP connection before it had answered. */
export class DnsConnectionClosedError extends Error {
  override readonly name = 'DnsConnectionClosedError'
}

/**
 * Asks.
 *
 * @throws DnsTimeoutError, DnsConnectionClosedError, MalformedMessageError (TCP only), InvalidDnsNameError, a socket's
 *   error, the signal's reason
 */
export async function exchange(init: ExchangeInit): Promise<DnsMessage> {
  if (init.transport === 'tcp') return withinTime(init, overTcp)
  const reply = await withinTime(init, overUdp)
  return reply.truncated ? withinTime(init, overTcp) : reply
}

type Ask = (init: ExchangeInit, signal: AbortSignal) => Promise<DnsMessage>

/** Runs one transport; whichever ends first, its answer or the time, ends the other. */
async function withinTime(init: ExchangeInit, ask: Ask): Promise<DnsMessage> {
  const over = new AbortController()
  const signal = AbortSignal.any([init.signal, over.signal])
  const timeout = init.clock.sleep(init.timeoutMs, signal).then(() => {
    throw new DnsTimeoutError(`no answer within ${init.timeoutMs} ms`)
  })
  try {
    return await Promise.race([ask(init, signal), timeout])
  } finally {
    over.abort()
    timeout.catch(() => undefined)
  }
}

function overUdp(init: ExchangeInit, signal: AbortSignal): Promise<DnsMessage> {
  const query = encodeQuery(init.id, init.name, init.type, init.recursive)
  const socket = createSocket(isIPv6(init.server.host) ? 'udp6' : 'udp4')
  return new Promise<DnsMessage>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    socket.on('error', reject)
    socket.on('message', (bytes) => {
      const reply = readReply(bytes, init)
      if (reply) resolve(reply)
    })
    // A connected socket takes packets from this server only, and learns that nobody listens there.
    socket.connect(init.server.port, init.server.host, () => {
      if (!signal.aborted) socket.send(query, (error) => error && reject(error))
    })
  }).finally(() => {
    // A late ICMP error may still arrive between here and the close.
    socket.removeAllListeners('message')
    socket.close()
  })
}

function overTcp(init: ExchangeInit, signal: AbortSignal): Promise<DnsMessage> {
  const query = encodeQuery(init.id, init.name, init.type, init.recursive)
  const socket = connect({ host: init.server.host, port: init.server.port, noDelay: true })
  return new Promise<DnsMessage>((resolve, reject) => {
    let received = Buffer.alloc(0)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    socket.on('error', reject)
    socket.on('close', () => reject(new DnsConnectionClosedError('closed the connection without an answer')))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      try {
        const bytes = received.subarray(2, 2 + received.readUInt16BE(0))
        const reply = matchReply(decodeMessage(bytes), init)
        if (reply) resolve(reply)
        else reject(new MalformedMessageError('answered another question than was asked'))
      } catch (error) {
        reject(error instanceof Error ? error : new MalformedMessageError(String(error)))
      }
    })
    const prefix = Buffer.alloc(2)
    prefix.writeUInt16BE(query.length)
    socket.write(Buffer.concat([prefix, query]))
  }).finally(() => socket.destroy())
}

/** The reply in a packet, undefined where it is garbage or somebody else's. */
function readReply(bytes: Buffer, init: ExchangeInit): DnsMessage | undefined {
  try {
    return matchReply(decodeMessage(bytes), init)
  } catch {
    return undefined
  }
}

function matchReply(reply: DnsMessage, init: ExchangeInit): DnsMessage | undefined {
  if (!reply.isReply || reply.id !== init.id) return undefined
  const question = reply.questions[0]
  // A server that could not read the question may leave it out of its complaint.
  if (!question) return reply.rcode === 0 ? undefined : reply
  const same = reply.questions.length === 1 && question.type === init.type && sameName(question.name, init.name)
  return same ? reply : undefined
}
