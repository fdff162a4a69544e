// What an attack is made of, and the pieces that several of them use. Each runs in a process of strangers until it is told to
// stop, counts what it did, and is given no secret of the network.
import { setTimeout as wait } from 'node:timers/promises'
import net from 'node:net'
import { noise } from '@libp2p/noise'
import { tcp, type TCPSocketOptions } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Identify, identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { SingleDials } from '../../core/net/dial-many.ts'
import { secureWebSockets } from '../../core/net/secure-websockets.ts'
import { generatePeerKey } from '../../core/peer-key.ts'
import type { Port, SiegeFacts } from './facts.ts'
import type { Connection, PrivateKey } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'

/** What an attack is given. */
export interface Siege {
  readonly facts: SiegeFacts
  /** The addresses it comes from. */
  readonly from: readonly string[]
  readonly signal: AbortSignal
  /** Counts something that the attack did or met. */
  readonly count: (what: string, by?: number) => void
}

/** One way of being a nuisance. */
export interface Attack {
  /** What it does, for the report. */
  readonly name: string
  /** Runs until the signal; what it throws is counted and it is begun anew. */
  run(siege: Siege): Promise<void>
}

/** Runs something again and again from every address, at a pace that one stranger keeps up without effort. */
export async function fromEach(
  siege: Siege,
  everyMs: number,
  once: (from: string) => Promise<void> | void,
): Promise<void> {
  await Promise.all(
    siege.from.map(async (from, index) => {
      await pause(siege, (everyMs * index) / siege.from.length)
      while (!siege.signal.aborted) {
        try {
          await once(from)
        } catch (error) {
          siege.count(`error: ${wordOf(error)}`)
        }
        await pause(siege, everyMs)
      }
    }),
  )
}

/** A wait that ends with the siege; never rejects. */
export async function pause(siege: Siege, ms: number): Promise<void> {
  await wait(ms, undefined, { signal: siege.signal }).catch(() => undefined)
}

/** A socket from one of our addresses; errors are its end. */
export function connectFrom(siege: Siege, from: string, { host, port }: Port): net.Socket {
  const socket = net.connect({ host, port, localAddress: from })
  const end = () => void socket.destroy()
  siege.signal.addEventListener('abort', end, { once: true })
  socket.on('error', () => siege.count('cut off'))
  socket.once('close', () => siege.signal.removeEventListener('abort', end))
  return socket
}

/** Keeps so many sockets open from each address, each made anew when it is closed. */
export async function holding(
  siege: Siege,
  target: Port,
  each: number,
  open: (socket: net.Socket) => void,
): Promise<void> {
  const held = new Map<string, Set<net.Socket>>(siege.from.map((from) => [from, new Set()]))
  await fromEach(siege, 50, (from) => {
    const own = held.get(from)
    if (!own || own.size >= each) return
    const socket = connectFrom(siege, from, target)
    own.add(socket)
    socket.once('connect', () => {
      siege.count('connections')
      open(socket)
    })
    socket.once('close', () => own.delete(socket))
  })
}

/** A peer as `peerAt` makes it. */
export type PeerAt = Libp2p<{ readonly identify: Identify; readonly singleDials: SingleDials }>

/** A libp2p peer that dials from an address of its own. */
export async function peerAt(from: string, privateKey?: PrivateKey): Promise<PeerAt> {
  // the library hands it on to net.connect, and has no type for it
  const dialOpts: TCPSocketOptions & { readonly localAddress: string } = { localAddress: from }
  return createLibp2p({
    privateKey: privateKey ?? (await generatePeerKey()),
    addresses: { listen: [] },
    transports: [tcp({ dialOpts }), secureWebSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), singleDials: plainDials },
  })
}

/** Whoever has an address of loopback dials nothing else, so nothing has to be guarded. */
function plainDials({ transportManager }: { readonly transportManager: TransportManager }): SingleDials {
  return {
    dial: (address, options) => transportManager.dial(address, options),
    trust: () => undefined,
    canDial: () => true,
    expects: () => false,
    expecting: (_, work) => work(),
  }
}

/** Dials, whatever the library thinks of what it knows already. */
export async function dial(siege: Siege, host: Libp2p, address: string): Promise<Connection> {
  const signal = AbortSignal.any([siege.signal, AbortSignal.timeout(10_000)])
  return host.dial(multiaddr(address), { signal, force: true })
}

/** The first words of an error, so that the report stays short. */
export function wordOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error)
  return text.replaceAll(/\d+/g, 'N').slice(0, 60)
}
