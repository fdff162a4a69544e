// Raw messages for tests that must send what no library would: bytes put together by hand, sent over real sockets.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { TYPE } from '../../core/dns/constants.ts'
import { nameToWire } from '../../core/dns/names.ts'

export interface QueryParts {
  readonly id?: number
  /** Bytes three and four of the header. */
  readonly flags?: number
  readonly name?: string | Buffer
  readonly type?: number
  readonly class?: number
  /** How many questions the header claims and the body has. */
  readonly questions?: number
  /** OPT records, and whatever else comes behind the question. */
  readonly additionals?: readonly Buffer[]
}

/** A query; a plain one for the A record of the zone where nothing is said. */
export function rawQuery(parts: QueryParts = {}): Buffer {
  const { id = 0xabcd, flags = 0, name = 'example.net', questions = 1, additionals = [] } = parts
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(questions, 4)
  header.writeUInt16BE(additionals.length, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(parts.type ?? TYPE.A, 0)
  tail.writeUInt16BE(parts.class ?? 1, 2)
  const question = Buffer.concat([typeof name === 'string' ? nameToWire(name) : name, tail])
  return Buffer.concat([header, ...Array.from({ length: questions }, () => question), ...additionals])
}

export interface OptParts {
  readonly owner?: Buffer
  readonly payload?: number
  readonly extendedRcode?: number
  readonly version?: number
  readonly flags?: number
  readonly options?: readonly (readonly [code: number, data: Buffer])[]
  /** Overrides the length of the data. */
  readonly length?: number
}

/** An OPT record. */
export function rawOpt(parts: OptParts = {}): Buffer {
  const options = (parts.options ?? []).map(([code, data]) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(code, 0)
    head.writeUInt16BE(data.length, 2)
    return Buffer.concat([head, data])
  })
  const data = Buffer.concat(options)
  const head = Buffer.alloc(10)
  head.writeUInt16BE(TYPE.OPT, 0)
  head.writeUInt16BE(parts.payload ?? 1232, 2)
  head.writeUInt8(parts.extendedRcode ?? 0, 4)
  head.writeUInt8(parts.version ?? 0, 5)
  head.writeUInt16BE(parts.flags ?? 0, 6)
  head.writeUInt16BE(parts.length ?? data.length, 8)
  return Buffer.concat([parts.owner ?? Buffer.of(0), head, data])
}

/** A message with its length before it, as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

/**
 * Sends messages over UDP from one socket, and after them a query that every server answers; what came before that answer
 * are the replies, so that a test of silence needs no waiting.
 */
export async function askUdp(port: number, messages: readonly Buffer[]): Promise<Buffer[]> {
  const socket = createSocket('udp4')
  const replies: Buffer[] = []
  try {
    const last = rawQuery({ id: 0xffff })
    const done = new Promise<void>((resolve) => {
      socket.on('message', (reply) => {
        if (reply.readUInt16BE(0) === 0xffff) resolve()
        else replies.push(reply)
      })
    })
    for (const message of [...messages, last]) socket.send(message, port, '127.0.0.1')
    await done
    return replies
  } finally {
    socket.close()
  }
}

/** Sends pieces over one TCP connection, each its own write, and collects so many replies. */
export async function askTcp(port: number, pieces: readonly Buffer[], count: number): Promise<Buffer[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  try {
    await once(socket, 'connect')
    const replies = collect(socket, count)
    for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent))
    return await replies
  } finally {
    socket.destroy()
  }
}

async function collect(socket: ReturnType<typeof connect>, count: number): Promise<Buffer[]> {
  const replies: Buffer[] = []
  let rest = Buffer.alloc(0)
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0)
      replies.push(Buffer.from(rest.subarray(2, end)))
      rest = Buffer.from(rest.subarray(end))
    }
    if (replies.length >= count) return replies
  }
  return replies
}
