// Asks the router for a port by PCP (RFC 6887) and NAT-PMP (RFC 6886), which share a port and a way of repeating: one small
// datagram there, one back. What does not come from the router is not heard, what cannot be read is no answer.
import { createSocket } from 'node:dgram'
import { parseIpv4, ipFromBytes, unmapIp } from '../../../proto/ip.ts'
import { NoRouterAnswerError, RouterRefusedError } from './mapping-error.ts'
import type { Gateway } from './gateway.ts'

/** A wish for a TCP port. */
export interface PortWish {
  readonly internal: number
  /** The port we would like outside; the router may choose another. */
  readonly external: number
  /** Seconds; 0 gives the port back. */
  readonly lifetimeS: number
}

/** What the router gave. */
export interface GrantedPort {
  readonly external: number
  readonly lifetimeS: number
  /** Its own address outside; undefined where it does not say. */
  readonly externalIp: string | undefined
}

/** How a router is talked to. */
export interface PortControlOptions {
  readonly signal: AbortSignal
  /** @default 5351 */
  readonly port?: number | undefined
}

/** The port of both protocols on the router. */
const PORT = 5_351

/** When a question is sent again, milliseconds; RFC 6886 section 3.1 doubles for a minute, which nobody would wait for. */
const REPEAT_MS = [250, 500, 750] as const

const TCP = 6

/**
 * Asks by PCP.
 *
 * @param nonce  12 bytes that prove later that the mapping is ours
 * @throws RouterRefusedError, NoRouterAnswerError also where the router speaks only NAT-PMP, or the signal's reason
 */
export async function mapByPcp(
  gateway: Gateway,
  wish: PortWish,
  nonce: Uint8Array,
  options: PortControlOptions,
): Promise<GrantedPort> {
  const request = Buffer.alloc(60)
  request.writeUInt8(2, 0) // version
  request.writeUInt8(1, 1) // MAP
  request.writeUInt32BE(wish.lifetimeS, 4)
  request.set(mapped(gateway.ownAddress), 8)
  request.set(nonce, 24)
  request.writeUInt8(TCP, 36)
  request.writeUInt16BE(wish.internal, 40)
  request.writeUInt16BE(wish.external, 42)
  request.set(mapped('0.0.0.0'), 44)
  const answer = await ask(gateway.address, request, options, (bytes) => {
    if (bytes.length >= 4 && bytes[0] === 0) return true // an old router: "unsupported version" by NAT-PMP
    if (bytes.length < 24 || bytes[0] !== 2 || bytes[1] !== 0x81) return false
    return bytes[3] !== 0 || (bytes.length >= 60 && bytes.subarray(24, 36).equals(Buffer.from(nonce)))
  })
  if (answer[0] === 0 || PCP_NOT_SPOKEN.includes(answer[3] ?? 0)) throw new NoRouterAnswerError('the router has no PCP')
  if (answer[3] !== 0) throw new RouterRefusedError(`the router refused by PCP: result ${answer[3]}`)
  checkGiven('PCP', wish, answer.readUInt16BE(42), answer.readUInt32BE(4))
  const outside = ipFromBytes(Uint8Array.from(answer.subarray(44, 60)))
  return {
    external: answer.readUInt16BE(42),
    lifetimeS: answer.readUInt32BE(4),
    externalIp: outside && told(unmapIp(outside).text),
  }
}

/** RFC 6887 section 7.4: unsupported version, malformed request, unsupported opcode, unsupported protocol. */
const PCP_NOT_SPOKEN = [1, 3, 4, 9]

/** RFC 6886 section 3.5: unsupported version and opcode. */
const NAT_PMP_NOT_SPOKEN = [1, 5]

/** A router that says yes, and gives nothing: no port, or none that lasts. */
function checkGiven(protocol: string, wish: PortWish, external: number, lifetimeS: number): void {
  if (wish.lifetimeS === 0 || (external !== 0 && lifetimeS !== 0)) return
  throw new RouterRefusedError(`the router gave port ${external} for ${lifetimeS} s by ${protocol}`)
}

/**
 * Asks by NAT-PMP where the router stands.
 *
 * @returns its address outside; undefined where it does not know
 * @throws NoRouterAnswerError where it does not speak NAT-PMP, or the signal's reason
 */
export async function askNatPmp(gateway: Gateway, options: PortControlOptions): Promise<string | undefined> {
  const answer = await ask(gateway.address, Buffer.from([0, 0]), options, (bytes) => isNatPmp(bytes, 0x80))
  return resultOf(answer) === 0 && answer.length >= 12 ? told(answer.subarray(8, 12).join('.')) : undefined
}

/**
 * Asks by NAT-PMP for a port.
 *
 * @throws RouterRefusedError, NoRouterAnswerError, or the signal's reason
 */
export async function mapByNatPmp(
  gateway: Gateway,
  wish: PortWish,
  options: PortControlOptions,
): Promise<Omit<GrantedPort, 'externalIp'>> {
  const request = Buffer.alloc(12)
  request.writeUInt8(2, 1) // map TCP
  request.writeUInt16BE(wish.internal, 4)
  // RFC 6886 section 3.4: who gives a port back says 0
  request.writeUInt16BE(wish.lifetimeS === 0 ? 0 : wish.external, 6)
  request.writeUInt32BE(wish.lifetimeS, 8)
  const answer = await ask(gateway.address, request, options, (bytes) => isNatPmp(bytes, 0x82))
  if (NAT_PMP_NOT_SPOKEN.includes(resultOf(answer))) throw new NoRouterAnswerError('the router has no NAT-PMP')
  if (resultOf(answer) !== 0) throw new RouterRefusedError(`the router refused by NAT-PMP: result ${resultOf(answer)}`)
  if (answer.length < 16 || answer.readUInt16BE(8) !== wish.internal) {
    throw new NoRouterAnswerError('the router answered by NAT-PMP for another port')
  }
  checkGiven('NAT-PMP', wish, answer.readUInt16BE(10), answer.readUInt32BE(12))
  return { external: answer.readUInt16BE(10), lifetimeS: answer.readUInt32BE(12) }
}

function isNatPmp(bytes: Buffer, operation: number): boolean {
  return bytes.length >= 8 && bytes[0] === 0 && bytes[1] === operation
}

function resultOf(bytes: Buffer): number {
  return bytes.readUInt16BE(2)
}

/** A router without an address outside says 0.0.0.0. */
function told(ip: string): string | undefined {
  return ip === '0.0.0.0' || ip === '::' ? undefined : ip
}

/** An IPv4 address as PCP writes it, inside an IPv6 one. */
function mapped(text: string): Uint8Array {
  return Uint8Array.from([...new Uint8Array(10), 0xff, 0xff, ...(parseIpv4(text)?.bytes ?? new Uint8Array(4))])
}

/** Sends a question until an answer fits. The socket is connected, so the system drops what others send. */
function ask(
  address: string,
  question: Buffer,
  { signal, port = PORT }: PortControlOptions,
  fits: (answer: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    let timer: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      settle()
    }
    const onAbort = () => end(() => reject(signal.reason))
    const none = (why: string) => end(() => reject(new NoRouterAnswerError(`${address} does not answer: ${why}`)))
    const send = (turn: number) => {
      const wait = REPEAT_MS[turn]
      if (wait === undefined) return none('it is silent')
      socket.send(question, () => undefined)
      timer = setTimeout(() => send(turn + 1), wait)
    }
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => none(error.message))
    socket.on('message', (answer) => {
      if (fits(answer)) end(() => resolve(answer))
    })
    socket.connect(port, address, () => send(0))
  })
}
