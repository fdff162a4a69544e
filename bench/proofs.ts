// What a proof costs the proof server. The server is a process of its own, the clients share this one; on few cores they are in
// each other's way, so CPU time per proof says more than proofs per second.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { systemClock } from '../core/clock.ts'
import { createHost, type Host, stopHost } from '../core/host.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { throwProblem } from '../proto/problem.ts'
import { MAX_MESSAGE_BYTES, PROOF_PROTOCOL } from '../proto/protocols.ts'
import { wireStream } from '../proto/wire/codec.ts'
import { nodetrust } from '../proto/wire/nodetrust.js'
import { answerOf, stopServer } from './server-process.ts'

/** One way of asking. */
export interface ProofRate {
  /** Hosts that ask at the same time, each one proof after the other. */
  readonly clients: number
  /** Undefined where the clients were held back on purpose. */
  readonly perSecond: number | undefined
  /** CPU time of the server for a proof, microseconds. */
  readonly cpuMicroseconds: number
  /** What a core would give that does nothing else. */
  readonly perCoreSecond: number
}

export interface ProofsResult {
  readonly seconds: number
  /** Every client keeps its connection. */
  readonly openConnections: ProofRate
  /** Every proof on a connection of its own, as clients do that come once in two months. */
  readonly newConnections: ProofRate
}

export interface ProofsOptions {
  /** How long each way is measured. @default 5 */
  readonly seconds?: number
  readonly signal?: AbortSignal
}

/** A connection may open sixteen streams a second (core/net/stream-rate.ts), so these clients wait in between as well. */
const CLIENTS = 24
const ASK_INTERVAL_MS = 80

/** A server takes 200 new connections a second from one address and refuses the rest, so these clients wait in between. */
const CONNECTING_CLIENTS = 2
const CONNECT_INTERVAL_MS = 20

/** Until the code of both sides is compiled. */
const WARM_UP_SECONDS = 1.5

/** Measures. */
export async function benchProofs({ seconds = 5, signal }: ProofsOptions = {}): Promise<ProofsResult> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bench-'))
  const server = fork(join(import.meta.dirname, 'proof-server.ts'), [dir], {
    execArgv: nodeFlags(),
  })
  const hosts: Host[] = []
  try {
    const address = multiaddr(await addressOf(server))
    for (let client = 0; client < CLIENTS; client++) {
      hosts.push(await createHost({ privateKey: await generateKeyPair('Ed25519') }))
    }
    const rate = async (load: Load): Promise<ProofRate> => {
      await askFor(WARM_UP_SECONDS, address, load, signal)
      const cpu = await cpuOf(server)
      const { proofs, took } = await askFor(seconds, address, load, signal)
      const cpuMicroseconds = ((await cpuOf(server)) - cpu) / proofs
      return {
        clients: load.hosts.length,
        perSecond: load.intervalMs === undefined ? proofs / took : undefined,
        cpuMicroseconds,
        perCoreSecond: 1e6 / cpuMicroseconds,
      }
    }
    const connecting = { hosts: hosts.slice(0, CONNECTING_CLIENTS), intervalMs: CONNECT_INTERVAL_MS }
    return {
      seconds,
      openConnections: await rate({ hosts, ask: askProof, intervalMs: ASK_INTERVAL_MS }),
      newConnections: await rate({ ...connecting, ask: connectAndAsk }),
    }
  } finally {
    await Promise.all(hosts.map((host) => stopHost(host)))
    await stopServer(server)
    await rm(dir, { recursive: true, force: true })
  }
}

/** Who asks, and how. */
interface Load {
  readonly hosts: readonly Host[]
  readonly ask: (host: Host, address: Multiaddr) => Promise<void>
  /** Between the beginnings of two questions of one host, milliseconds. */
  readonly intervalMs?: number
}

async function askProof(host: Host, address: Multiaddr): Promise<void> {
  const wire = wireStream(await host.dialProtocol(address, PROOF_PROTOCOL), { maxBytes: MAX_MESSAGE_BYTES.proof })
  await wire.write(nodetrust.ProofRequest, {})
  const { problem } = await wire.read(nodetrust.ProofResponse)
  await wire.close()
  throwProblem(problem)
}

async function connectAndAsk(host: Host, address: Multiaddr): Promise<void> {
  await Promise.all(host.getConnections().map((connection) => connection.close()))
  await askProof(host, address)
}

async function askFor(
  seconds: number,
  address: Multiaddr,
  { hosts, ask, intervalMs = 0 }: Load,
  signal: AbortSignal | undefined,
): Promise<{ readonly proofs: number; readonly took: number }> {
  const began = performance.now()
  const end = began + seconds * 1000
  let proofs = 0
  const askAll = hosts.map(async (host) => {
    for (let next = began; performance.now() < end; next = Math.max(next + intervalMs, performance.now())) {
      signal?.throwIfAborted()
      if (next > performance.now()) await systemClock.sleep(next - performance.now(), signal)
      await ask(host, address)
      proofs++
    }
  })
  await Promise.all(askAll)
  return { proofs, took: (performance.now() - began) / 1000 }
}

async function addressOf(server: ChildProcess): Promise<string> {
  const { addresses } = v.parse(v.object({ addresses: v.array(v.string()) }), await answerOf(server))
  return addresses[0] ?? ''
}

async function cpuOf(server: ChildProcess): Promise<number> {
  server.send('cpu')
  return v.parse(v.object({ cpu: v.number() }), await answerOf(server)).cpu
}
