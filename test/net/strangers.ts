// Clients that nobody would want: sockets from any network of loopback that say nothing, trickle, or promise too much.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TestContext } from 'node:test'

/** Where something listens on loopback. */
export interface Place {
  readonly port: number
  readonly tls: boolean
}

/** A socket and what becomes of it. */
export interface Stranger {
  readonly socket: Socket
  /** Resolves once the other side has ended it, with how long that took since it was opened, milliseconds. */
  readonly gone: Promise<number>
}

/**
 * Opens a TCP connection, and nothing more, from an address of loopback: of all of 127.0.0.0/8 on Linux.
 *
 * @param t  ends it after the test
 */
export async function knock(t: TestContext, { port }: Place, from = '127.0.0.1'): Promise<Stranger> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
  t.after(() => socket.destroy())
  const began = performance.now()
  const gone = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now() - began)))
  socket.on('error', () => undefined)
  // who is cut off at once may never learn that they were connected
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), gone])
  // without a reader Node does not notice that the other side has gone
  socket.resume()
  return { socket, gone }
}

/** Opens a connection as it ought to be, with TLS where that is spoken. */
export async function enter(t: TestContext, place: Place, from = '127.0.0.1'): Promise<Stranger> {
  if (!place.tls) return knock(t, place, from)
  const raw = connect({ port: place.port, host: '127.0.0.1', localAddress: from, noDelay: true })
  const socket = connectTls({ socket: raw, rejectUnauthorized: false })
  t.after(() => raw.destroy())
  const began = performance.now()
  const gone = new Promise<number>((resolve) => raw.once('close', () => resolve(performance.now() - began)))
  raw.on('error', () => undefined)
  socket.on('error', () => undefined)
  await Promise.race([
    once(socket, 'secureConnect'),
    gone.then(() => Promise.reject(new Error('cut off during the handshake of TLS'))),
  ])
  socket.resume()
  return { socket, gone }
}

/** Writes pieces with pauses between them until all are written or the other side has ended it. */
export function trickle({ socket, gone }: Stranger, pieces: readonly Buffer[], everyMs: number): void {
  let index = 0
  const timer = setInterval(() => {
    const piece = pieces[index]
    index += 1
    if (piece && socket.writable) socket.write(piece)
    else clearInterval(timer)
  }, everyMs)
  void gone.then(() => clearInterval(timer))
}

/** What comes until it contains something; rejects where the other side ends it before. */
export async function heard({ socket, gone }: Stranger, words: string | RegExp): Promise<string> {
  let text = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (text.search(words) >= 0) resolve(text)
  })
  void gone.then(() => reject(new Error(`cut off after ${JSON.stringify(text.slice(0, 200))}`)))
  return promise
}

/** A request for a WebSocket. */
export const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: x',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16, 7).toString('base64')}`,
  '\r\n',
].join('\r\n')

/** A frame's header as a client sends it (RFC 6455 section 5.2), masked with zeros, which changes nothing. */
export function frameHeader(length: number, firstByte = 0x82): Buffer {
  const head =
    length < 126
      ? Buffer.from([firstByte, 0x80 | length])
      : length < 65_536
        ? Buffer.from([firstByte, 0x80 | 126, length >> 8, length & 0xff])
        : Buffer.from([firstByte, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0])
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(4)])
}

/** The first line of multistream-select. */
export const MULTISTREAM = Buffer.from('\x13/multistream/1.0.0\n')
