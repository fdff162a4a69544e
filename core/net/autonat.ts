// Dials peers back, so that they learn whether anybody from outside can reach them: the server's side of AutoNAT v2, for the servers
// and for nodes. It dials nobody but the peer that asks, at no IP address but the one its connection comes from, so nothing can be
// amplified and no stranger's ports be tried; there are limits on how often all the same.
import { connect as connectTcp } from 'node:net'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { addressClass, type AddressClass } from './address-class.ts'
import {
  autonatMessage,
  DIAL_BACK_PROTOCOL,
  DIAL_REQUEST_PROTOCOL,
  dialBackMessage,
  dialBackResponse,
  DialResponseStatus,
  DialStatus,
  MAX_AUTONAT_BYTES,
  MAX_DIAL_BACK_BYTES,
} from '../../proto/wire/autonat.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { ipOf } from './multiaddr-ip.ts'
import { createDialLimits, type DialLimits, isNodePort } from './dial-limits.ts'
import { networkOf } from './network.ts'
import { reasonOf } from './reason.ts'
import type { Clock } from '../clock.ts'
import type { Host } from '../host.ts'
import type { Log } from '../log.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { Connection, PeerId, Stream } from '@libp2p/interface'

/** What answering needs. */
export interface AutonatServerInit {
  readonly host: Host
  /** Classes of addresses that are dialled: the ones that are proved. */
  readonly addressClasses: readonly AddressClass[]
  readonly clock: Clock
  readonly log: Log
  /** Ends it. */
  readonly signal: AbortSignal
  /** Whether to answer now; who cannot dial out would tell everybody that they cannot be reached. @default always */
  readonly mayAnswer?: (() => boolean) | undefined
  readonly limits?: Partial<AutonatLimits> | undefined
}

/** How often others are dialled; the network is the asker's own. */
export interface AutonatLimits extends DialLimits {
  /** At the same time. */
  readonly atOnce: number
}

/** A check asks for four addresses at most. */
const LIMITS: AutonatLimits = {
  network: { count: 24, windowMs: 60_000 },
  all: { count: 600, windowMs: 60_000 },
  atOnce: 32,
}

/** What a home has to spare: a router's table of connections is small, and somebody may pay for the line by volume. */
export const HOME_AUTONAT_LIMITS: AutonatLimits = {
  network: { count: 8, windowMs: 60_000 },
  all: { count: 30, windowMs: 60_000 },
  atOnce: 4,
}

/** A request with more addresses is read no further; an honest client has a handful. */
const MAX_ADDRESSES = 16

/** Two checks at once from one client: one for each port. */
const MAX_STREAMS = 4

/** An open port answers within a round trip or two; a closed one never. The client waits for both, 7 seconds. */
const TCP_TIMEOUT_MS = 3_000
const LIBP2P_TIMEOUT_MS = 3_000

const HANG_UP_MS = 500

/** Answers until the signal is aborted. */
export async function serveAutonat(init: AutonatServerInit): Promise<void> {
  const { host, signal } = init
  const gate = createDialGate(init.clock, { ...LIMITS, ...init.limits })
  await host.handle(DIAL_REQUEST_PROTOCOL, (stream, connection) => void converse(init, gate, stream, connection), {
    maxInboundStreams: MAX_STREAMS,
  })
  signal.addEventListener('abort', () => void host.unhandle(DIAL_REQUEST_PROTOCOL).catch(() => undefined), {
    once: true,
  })
}

/** Never rejects. */
async function converse(init: AutonatServerInit, gate: Gate, stream: Stream, connection: Connection): Promise<void> {
  const wire = wireStream(stream, { maxBytes: MAX_AUTONAT_BYTES, signal: init.signal })
  const answer = (status: number, dialled: { readonly index?: number; readonly dialStatus?: number } = {}) =>
    wire.write(autonatMessage, { kind: 'dial-response', status, index: 0, dialStatus: DialStatus.unused, ...dialled })
  try {
    const request = await wire.read(autonatMessage)
    if (request.kind !== 'dial-request') throw new TypeError('expected a dial request')
    const mayAnswer = init.mayAnswer?.() ?? true
    const target = chooseTarget(request.addresses, connection, init.addressClasses)
    if (!target) await answer(DialResponseStatus.refused)
    else {
      using place = mayAnswer ? gate(target.ip) : undefined
      if (!place) await answer(DialResponseStatus.rejected)
      else {
        const dialStatus = await dialBack(init, target, connection.remotePeer, request.nonce)
        init.log.debug({ peer: connection.remotePeer.toString(), address: target.ip.text, dialStatus }, 'dialled back')
        await answer(DialResponseStatus.ok, { index: target.index, dialStatus })
      }
    }
    await wire.close()
  } catch (error) {
    wire.abort(error instanceof Error ? error : new Error(reasonOf(error)))
  }
}

/** What is dialled. */
interface Target {
  readonly index: number
  readonly ip: IpAddress
  readonly port: number
}

/** The first address that may be dialled: plain TCP, at the very IP address that the request comes from. */
function chooseTarget(
  addresses: readonly Uint8Array[],
  connection: Connection,
  allowed: readonly AddressClass[],
): Target | undefined {
  const asker = connection.direct && connection.limits === undefined ? ipOf(connection.remoteAddr) : undefined
  if (!asker || !allowed.includes(addressClass(asker))) return undefined
  for (const [index, bytes] of addresses.slice(0, MAX_ADDRESSES).entries()) {
    const address = readAddress(bytes)
    const ip = address && ipOf(address)
    const port = address && tcpPort(address, connection.remotePeer)
    if (ip?.text === asker.text && port !== undefined && isNodePort(port)) {
      return { index, ip, port }
    }
  }
  return undefined
}

function readAddress(bytes: Uint8Array): Multiaddr | undefined {
  try {
    return multiaddr(bytes)
  } catch {
    return undefined
  }
}

/** The port of `/ip…/tcp/…`, perhaps with the asker's own /p2p/ behind it. */
function tcpPort(address: Multiaddr, peer: PeerId): number | undefined {
  const [, tcp, last, ...rest] = address.getComponents()
  if (tcp?.name !== 'tcp' || rest.length > 0) return undefined
  if (last && (last.name !== 'p2p' || last.value !== peer.toString())) return undefined
  return Number(tcp.value)
}

async function dialBack({ host, signal }: AutonatServerInit, target: Target, peer: PeerId, nonce: bigint) {
  if (!(await tcpOpens(target, signal))) return DialStatus.dialError
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(LIBP2P_TIMEOUT_MS)])
  let connection: Connection | undefined
  try {
    // without the peer id: a dial to a peer would be joined with another one under way, and go to its address
    const address = multiaddr(`/ip${target.ip.family}/${target.ip.text}/tcp/${target.port}`)
    connection = await host.dial(address, { signal: bounded, force: true })
    if (!connection.remotePeer.equals(peer)) return DialStatus.dialBackError
    const stream = await connection.newStream(DIAL_BACK_PROTOCOL, { signal: bounded })
    const wire = wireStream(stream, { maxBytes: MAX_DIAL_BACK_BYTES, idleMs: LIBP2P_TIMEOUT_MS, signal: bounded })
    await wire.write(dialBackMessage, { nonce })
    await wire.read(dialBackResponse)
    return DialStatus.ok
  } catch {
    // something listens there, and it is not libp2p, or will not talk: of a port with TLS that is the good answer
    return DialStatus.dialBackError
  } finally {
    if (connection) await hangUp(connection)
  }
}

async function hangUp(connection: Connection): Promise<void> {
  await connection
    .close({ signal: AbortSignal.timeout(HANG_UP_MS) })
    .catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error(reasonOf(error))))
}

function tcpOpens({ ip, port }: Target, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: ip.text, port })
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(TCP_TIMEOUT_MS)])
    const end = (opened: boolean) => {
      bounded.removeEventListener('abort', onLate)
      socket.destroy()
      resolve(opened)
    }
    const onLate = () => end(false)
    bounded.addEventListener('abort', onLate, { once: true })
    socket.once('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}

/** Gives a place to dial from, which is held until it is disposed of; undefined where a limit is reached. */
type Gate = (ip: IpAddress) => Disposable | undefined

/** Makes the gate. */
function createDialGate(clock: Clock, limits: AutonatLimits): Gate {
  const mayDial = createDialLimits(limits)
  let running = 0
  return (ip) => {
    if (running >= limits.atOnce || !mayDial(networkOf(ip), clock.now())) return undefined
    running++
    return { [Symbol.dispose]: () => void running-- }
  }
}
