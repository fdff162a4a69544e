// What our WSS listener costs beside Node's own https with `ws`: handshakes and bytes. The servers are processes of their own with the same
// certificate, the client is this one and the same for both; rounds take turns, since other work disturbs any machine. Trust the CPU time
// of the server more than what a second gave: the client shares the machine, and masks every byte in JavaScript.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import { systemClock } from '../core/clock.ts'
import { createHost, type Host, stopHost } from '../core/host.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { openAuthority } from '../servers/ca/authority.ts'
import { answerOf, stopServer } from './server-process.ts'
import { type Summary, summarize } from './summary.ts'
import { BYTES_PROTOCOL, sendByStream, sendByWebSocket, wish } from './wss/exchange.ts'
import { WSS_SERVERS, type WssServerKind } from './wss/kinds.ts'

/** What is done with a server, and in what it is counted. */
export const WSS_WORKS = [
  ['handshakes', 'handshakes'],
  ['up', 'bytes from the client'],
  ['down', 'bytes to the client'],
] as const

export type WssWork = (typeof WSS_WORKS)[number][0]

/** One server at one work; of a handshake or of a MiB. */
export interface WssCost {
  /** A second, with a client that shares the machine. */
  readonly perSecond: Summary
  /** CPU time of the server, microseconds. */
  readonly cpuMicroseconds: Summary
}

/** Ours beside Node's own. */
export interface WssGoal {
  readonly work: WssWork
  /** Of what a second gives; the median of the rounds' own ratios. */
  readonly ratio: number
  /** The same by CPU time. */
  readonly cpuRatio: number
  /** What it should be at least. */
  readonly atLeast: number
}

export interface WssResult {
  readonly rounds: number
  readonly costs: Readonly<Record<WssServerKind, Readonly<Partial<Record<WssWork, WssCost>>>>>
  readonly goals: readonly WssGoal[]
}

export interface WssOptions {
  /** How often each server does each work. @default 5 */
  readonly rounds?: number
  readonly signal?: AbortSignal
}

/** As good as Node's own, but for what the guards of our listener cost. */
const GOAL = 0.9

/** A handshake takes a server about a millisecond. */
const HANDSHAKES = 500
/** Clients that open and close connections at the same time. */
const CLIENTS = 4
const MIB = 1_048_576
/** So many that the code of both is compiled for most of them. */
const TRANSFER_BYTES = 192 * MIB
/** Of a whole stream, which costs several times as much. */
const STREAM_BYTES = 32 * MIB
/** A server, or a client, that does not answer in that time is broken, milliseconds. */
const WORK_TIMEOUT_MS = 60_000

/** Measures. */
export async function benchWss({ rounds = 5, signal }: WssOptions = {}): Promise<WssResult> {
  const authority = await openAuthority({ clock: systemClock })
  const client = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    webSockets: { trustAnchorPem: authority.rootPem },
  })
  const servers: WssServer[] = []
  try {
    const pair = await authority.listenerTls()
    for (const [kind] of WSS_SERVERS) servers.push(await startServer(kind, pair))
    const sides: Side[] = servers.flatMap((server) => {
      const works = server.kind === 'libp2p' ? streamWorks(client, server) : socketWorks(server, authority.rootPem)
      return works.map(([work, amount, run]) => ({ server, work, amount, run, costs: [] }))
    })
    // round zero only warms up
    for (let round = 0; round <= rounds; round++) {
      for (const [work] of WSS_WORKS) {
        const turn = sides.filter((side) => side.work === work)
        // none is always the first
        for (const side of round % 2 === 0 ? turn : turn.toReversed()) {
          signal?.throwIfAborted()
          const cost = await costOf(side)
          if (round > 0) side.costs.push(cost)
        }
      }
    }
    return resultOf(rounds, sides)
  } finally {
    await stopHost(client)
    await Promise.all(servers.map((server) => stopServer(server.process)))
  }
}

interface WssServer {
  readonly kind: WssServerKind
  readonly process: ChildProcess
  readonly address: Multiaddr
}

/** One server at one work, and what it cost so far. */
interface Side {
  readonly server: WssServer
  readonly work: WssWork
  /** Handshakes, or MiB, of one round. */
  readonly amount: number
  readonly run: () => Promise<void>
  readonly costs: { readonly perSecond: number; readonly cpuMicroseconds: number }[]
}

type Work = readonly [work: WssWork, amount: number, run: () => Promise<void>]

async function startServer(kind: WssServerKind, pair: { readonly key: string; readonly cert: string }) {
  const server = fork(join(import.meta.dirname, 'wss', 'server.ts'), [kind], { execArgv: nodeFlags() })
  server.send({ key: pair.key, cert: pair.cert })
  const { address } = v.parse(v.object({ address: v.string() }), await answerOf(server))
  return { kind, process: server, address: multiaddr(address) }
}

async function costOf({ server, amount, run }: Side) {
  const cpu = await cpuOf(server)
  const began = performance.now()
  await run()
  const seconds = (performance.now() - began) / 1000
  return { perSecond: amount / seconds, cpuMicroseconds: ((await cpuOf(server)) - cpu) / amount }
}

async function cpuOf({ process }: WssServer): Promise<number> {
  process.send('cpu')
  return v.parse(v.object({ cpu: v.number() }), await answerOf(process)).cpu
}

function socketWorks(server: WssServer, ca: string): readonly Work[] {
  const port = server.address.getComponents().find(({ name }) => name === 'tcp')?.value
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`wss://localhost:${port}/`, {
      ...{ ca, perMessageDeflate: false, handshakeTimeout: WORK_TIMEOUT_MS },
      lookup: (_name, options, found) =>
        options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
    })
    await once(socket, 'open')
    return socket
  }
  const close = async (socket: WebSocket): Promise<void> => {
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }
  const shake = async (): Promise<void> => {
    for (let count = 0; count < HANDSHAKES / CLIENTS; count++) await close(await open())
  }
  const transfer = async (up: number, down: number): Promise<void> => {
    const socket = await open()
    const received = new Promise<void>((resolve, reject) => {
      let missing = Math.max(down, 1)
      socket.on('message', (data: Buffer) => (missing -= data.length) <= 0 && resolve())
      socket.once('close', () => reject(new Error('the server closed the connection')))
    })
    socket.send(wish({ up, down }))
    await Promise.all([within(received), sendByWebSocket(socket, up)])
    await close(socket)
  }
  return [
    ['handshakes', HANDSHAKES, async () => void (await Promise.all(Array.from({ length: CLIENTS }, () => shake())))],
    ['up', TRANSFER_BYTES / MIB, () => transfer(TRANSFER_BYTES, 0)],
    ['down', TRANSFER_BYTES / MIB, () => transfer(0, TRANSFER_BYTES)],
  ]
}

function streamWorks(host: Host, { address }: WssServer): readonly Work[] {
  const transfer = async (up: number, down: number): Promise<void> => {
    const stream = await host.dialProtocol(address, BYTES_PROTOCOL)
    const received = new Promise<void>((resolve, reject) => {
      let missing = Math.max(down, 1)
      stream.addEventListener('message', ({ data }) => (missing -= data.byteLength) <= 0 && resolve())
      stream.addEventListener('close', () => reject(new Error('the server closed the stream')))
    })
    stream.send(wish({ up, down }))
    await Promise.all([within(received), sendByStream(stream, up)])
    await stream.close()
  }
  return [
    ['up', STREAM_BYTES / MIB, () => transfer(STREAM_BYTES, 0)],
    ['down', STREAM_BYTES / MIB, () => transfer(0, STREAM_BYTES)],
  ]
}

async function within(work: Promise<void>): Promise<void> {
  const over = new AbortController()
  const late = systemClock.sleep(WORK_TIMEOUT_MS, over.signal).then(() => {
    throw new Error(`a round of the WSS bench took more than ${WORK_TIMEOUT_MS / 1000} s`)
  })
  try {
    await Promise.race([work, late])
  } finally {
    over.abort()
    late.catch(() => undefined)
  }
}

function resultOf(rounds: number, sides: readonly Side[]): WssResult {
  const costsOf = (kind: WssServerKind): Partial<Record<WssWork, WssCost>> =>
    Object.fromEntries(
      sides
        .filter(({ server }) => server.kind === kind)
        .map(({ work, costs }) => [
          work,
          {
            perSecond: summarize(costs.map(({ perSecond }) => perSecond)),
            cpuMicroseconds: summarize(costs.map(({ cpuMicroseconds }) => cpuMicroseconds)),
          },
        ]),
    )
  const find = (kind: WssServerKind, work: WssWork) =>
    sides.find((side) => side.server.kind === kind && side.work === work)?.costs ?? []
  const goals = WSS_WORKS.map(([work]): WssGoal => {
    const pairs = find('ours', work).flatMap((own, round) => {
      const other = find('node', work)[round]
      return other ? [{ own, other }] : []
    })
    return {
      work,
      ratio: summarize(pairs.map(({ own, other }) => own.perSecond / other.perSecond)).median,
      cpuRatio: summarize(pairs.map(({ own, other }) => other.cpuMicroseconds / own.cpuMicroseconds)).median,
      atLeast: GOAL,
    }
  })
  return { rounds, costs: { node: costsOf('node'), ours: costsOf('ours'), libp2p: costsOf('libp2p') }, goals }
}
