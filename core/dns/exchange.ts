// One question to one server and its reply, over UDP or TCP, once: what to do when nothing comes of it is ask.ts's. A reply counts
// only when it comes from the server that was asked, carries the random id and repeats the question; anything else is ignored until
// the time is up (RFC 5452).
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { HEADER_LENGTH } from './constants.ts'
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
  readonly name: string
  readonly type: number
  readonly recursive: boolean
  /** Whether to send an OPT record (RFC 6891), which some servers and what stands before them cannot bear. */
  readonly edns: boolean
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

/** A question with the id that its reply must carry. */
interface Asked extends ExchangeInit {
  /** 0 to 65535, random. */
  readonly id: number
}

/**
 * Asks in one packet; waits for the reply until the signal ends.
 *
 * @returns a reply that says TC may lack everything else
 * @throws a socket's error, InvalidDnsNameError, the signal's reason
 */
export function overUdp(init: ExchangeInit): Promise<DnsMessage> {
  const asked = { ...init, id: randomInt(0x10000) }
  const { signal } = init
  signal.throwIfAborted()
  const query = encodeQuery(asked.id, asked.name, asked.type, asked.recursive, { edns: asked.edns })
  const socket = createSocket(isIPv6(init.server.host) ? 'udp6' : 'udp4')
  return new Promise<DnsMessage>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    socket.on('error', reject)
    socket.on('message', (bytes) => {
      const reply = readReply(bytes, asked)
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

/**
 * Asks on a connection of its own; waits for the reply until the signal ends.
 *
 * @throws DnsConnectionClosedError, MalformedMessageError, a socket's error, InvalidDnsNameError, the signal's reason
 */
export function overTcp(init: ExchangeInit): Promise<DnsMessage> {
  const asked = { ...init, id: randomInt(0x10000) }
  const { signal } = init
  signal.throwIfAborted()
  const query = encodeQuery(asked.id, asked.name, asked.type, asked.recursive, { edns: asked.edns })
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
        const reply = matchReply(decodeMessage(bytes), asked)
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
function readReply(bytes: Buffer, asked: Asked): DnsMessage | undefined {
  try {
    return matchReply(decodeMessage(bytes), asked)
  } catch {
    return cutReply(bytes, asked)
  }
}

/** Some servers cut in the middle of a record; that TC says so is all that is needed of such a reply. */
function cutReply(bytes: Buffer, { id }: Asked): DnsMessage | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined
  const header = Buffer.from(bytes.subarray(0, HEADER_LENGTH))
  header.fill(0, 4)
  const reply = decodeMessage(header)
  return reply.isReply && reply.id === id && reply.truncated ? reply : undefined
}

function matchReply(reply: DnsMessage, asked: Asked): DnsMessage | undefined {
  if (!reply.isReply || reply.id !== asked.id) return undefined
  const question = reply.questions[0]
  // A server that could not read the question may leave it out of its complaint.
  if (!question) return reply.rcode === 0 && !reply.truncated ? undefined : reply
  const same = reply.questions.length === 1 && question.type === asked.type && sameName(question.name, asked.name)
  return same ? reply : undefined
}
