// A DNS server over UDP and TCP that answers truthfully from a test's zone until it is told to lie, delay or fall silent. Written
// on dns-packet, so that it shares no code with the DNS it judges.
import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import packet, { type Answer, type Packet } from 'dns-packet'
import type { TxtZone } from '../support/txt-zone.ts'

/** More than a careful server puts into one UDP reply without being asked (RFC 1035 section 4.2.1). */
const MAX_UDP_BYTES = 512
const TRUNCATED = 1 << 9

/** One question, with what a truthful server would say to it. */
export interface Asked {
  readonly name: string
  readonly type: string
  readonly transport: 'udp' | 'tcp'
  /** Whether an OPT record came with it (RFC 6891). */
  readonly edns: boolean
  readonly truth: readonly Answer[]
}

/** A lie: other records, another code, raw bytes, silence, or an answer that comes late. */
export interface Lie {
  readonly answers?: readonly Answer[]
  /** RFC 1035 section 4.1.1: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number
  readonly bytes?: Buffer
  readonly silent?: boolean
  readonly lateMs?: number
  readonly wrongId?: boolean
}

export interface DnsAnswerer {
  readonly port: number
  close(): Promise<void>
}

/** @param lie  undefined answers truthfully */
export async function startDnsAnswerer(
  zone: TxtZone,
  lie: (asked: Asked) => Lie | undefined = () => undefined,
  wantedPort = 0,
): Promise<DnsAnswerer> {
  const timers = new Set<NodeJS.Timeout>()

  function reply(message: Buffer, transport: 'udp' | 'tcp', send: (bytes: Buffer) => void): void {
    const query = packet.decode(message)
    const [question] = query.questions ?? []
    if (!question) return
    const values = question.type === 'TXT' ? (zone.records.get(question.name.toLowerCase()) ?? []) : []
    const truth = values.map((data): Answer => ({ type: 'TXT', name: question.name, ttl: 1, data }))
    const edns = (query.additionals ?? []).some(({ type }) => type === 'OPT')
    const told = lie({ name: question.name, type: question.type, transport, edns, truth }) ?? {}
    if (told.silent) return
    const id = ((query.id ?? 0) + (told.wrongId ? 1 : 0)) % 0x10000
    const base: Packet = { type: 'response', id, questions: [question] }
    const flags = packet.AUTHORITATIVE_ANSWER | (told.rcode ?? 0)
    const whole = packet.encode({ ...base, flags, answers: [...(told.answers ?? truth)] })
    const cut = transport === 'udp' && whole.length > MAX_UDP_BYTES
    const bytes = told.bytes ?? (cut ? packet.encode({ ...base, flags: flags | TRUNCATED }) : whole)
    if (told.lateMs === undefined) return send(bytes)
    timers.add(setTimeout(() => send(bytes), told.lateMs))
  }

  const tcp = createServer((socket) => serveTcp(socket, (message, send) => reply(message, 'tcp', send)))
  await new Promise<void>((resolve) => tcp.listen(wantedPort, '127.0.0.1', resolve))
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4')
  let open = true
  udp.on('message', (message, from) =>
    reply(message, 'udp', (bytes) => {
      if (open) udp.send(bytes, from.port, from.address)
    }),
  )
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject)
    udp.bind(port, '127.0.0.1', resolve)
  })
  return {
    port,
    async close() {
      open = false
      for (const timer of timers) clearTimeout(timer)
      await new Promise<void>((resolve) => udp.close(() => resolve()))
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

/** One question a connection (RFC 1035 section 4.2.2: two bytes of length before each message). */
function serveTcp(socket: Socket, answer: (message: Buffer, send: (bytes: Buffer) => void) => void): void {
  let received = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
    answer(received.subarray(2), (bytes) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes.length)
      socket.end(Buffer.concat([length, bytes]))
    })
  })
}
