// Time to a connection when some of a peer's addresses swallow everything: our dialler beside js-libp2p as it comes, and beside the
// sum that happy eyeballs allows (a quarter of a second for each dead address, and one connection). The dead addresses are listeners on
// loopback that take connections and never speak.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { systemClock } from '../../core/clock.ts'
import { createHost, stopHost } from '../../core/host.ts'
import { STAGGER_MS } from '../../core/net/side-by-side.ts'
import { createDialler } from '../../main/peers/dial/dialler.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import type { PeerId } from '@libp2p/interface'
import { type Summary, summarize } from '../summary.ts'

/** With so many dead addresses first. */
export interface DialRow {
  readonly dead: number
  /** Milliseconds to a connection. */
  readonly ours: Summary
  /** The same of js-libp2p; one round, because it takes many seconds. */
  readonly plain: number
  /** What RFC 8305 allows: the stagger for each dead address, and what a connection takes. */
  readonly allowed: number
}

export interface DialResult {
  readonly rounds: number
  readonly rows: readonly DialRow[]
}

const DEAD = [0, 1, 2, 3, 4] as const

/** js-libp2p gives each address six seconds. */
const PLAIN_LIMIT_MS = 60_000

/** Measures it; some 70 seconds, most of them of js-libp2p with its dead addresses. */
export async function benchDial(
  options: { readonly rounds?: number; readonly signal?: AbortSignal } = {},
): Promise<DialResult> {
  const { rounds = 5, signal } = options
  const target = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen: ['/ip4/127.0.0.1/tcp/0'] })
  const silent = await Promise.all(DEAD.slice(1).map(() => startSilent()))
  try {
    const good = target.getMultiaddrs().map((address) => address.decapsulate('/p2p'))
    const rows: DialRow[] = []
    let alone = 0
    for (const dead of DEAD) {
      signal?.throwIfAborted()
      const addresses = [...silent.slice(0, dead).map(({ address }) => address), ...good]
      const took: number[] = []
      for (let round = 0; round < rounds; round++) took.push(await dialOurs(target.peerId, addresses))
      const ours = summarize(took)
      if (dead === 0) alone = ours.median
      rows.push({ dead, ours, plain: await dialPlain(target.peerId, addresses), allowed: dead * STAGGER_MS + alone })
    }
    return { rounds, rows }
  } finally {
    await stopHost(target)
    for (const { server, sockets } of silent) {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

/** A host of its own each time, so that nothing is known from before. */
async function dialOurs(peer: PeerId, addresses: readonly Multiaddr[]): Promise<number> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519') })
  try {
    const sources = [{ provenance: 'certified', sinceMs: 0, untilMs: undefined }] as const
    const held = addresses.map((address, at) => ({
      // the dead ones are tried first, as if they had been the faster ones
      ...({
        address,
        sources,
        kind: 'loopback',
        experience: { failures: 0, lastSuccessMs: 1, latencyMs: at },
      } as const),
    }))
    const dialler = createDialler({
      ...{ host, clock: systemClock, addressClasses: ['loopback'], policy: (name = 'default') => policyNamed(name) },
      book: { addresses: () => held, observe: () => undefined, watch: () => () => undefined },
      monotonic: () => performance.now(),
    })
    const began = performance.now()
    await dialler.dial(peer)
    return performance.now() - began
  } finally {
    await stopHost(host)
  }
}

async function dialPlain(peer: PeerId, addresses: readonly Multiaddr[]): Promise<number> {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // all of them have a chance, in this order
    connectionManager: { dialTimeout: PLAIN_LIMIT_MS, addressSorter: () => 0 },
  })
  try {
    const dialled = addresses.map((address) => address.encapsulate(`/p2p/${peer.toString()}`))
    const began = performance.now()
    await node.dial(dialled, { signal: AbortSignal.timeout(PLAIN_LIMIT_MS) })
    return performance.now() - began
  } finally {
    await node.stop()
  }
}

interface Silent {
  readonly server: Server
  readonly sockets: Set<Socket>
  readonly address: Multiaddr
}

async function startSilent(): Promise<Silent> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  return { server, sockets, address: multiaddr(`/ip4/127.0.0.1/tcp/${port}`) }
}
