// What a registration costs the broker, from the first leg of the handshake to the value in the DNS: two signatures each way, a
// host made and thrown away for the dial-back, three writes that are synced. Broker and DNS role share a process of their own,
// the clients this one; CPU time per registration says what one core gives.
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import * as v from 'valibot'
import { createHost, type Host, stopHost } from '../core/host.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { authHostname, beginAuth } from '../proto/peer-id-auth.ts'
import { answerOf, stopServer } from './server-process.ts'
import type { PrivateKey } from '@libp2p/interface'

export interface BrokerResult {
  readonly seconds: number
  /** Peers that register at the same time, each again and again. */
  readonly clients: number
  readonly perSecond: number
  /** CPU time of broker and DNS role for a registration, microseconds. */
  readonly cpuMicroseconds: number
  /** What a core would give that does nothing else. */
  readonly perCoreSecond: number
}

export interface BrokerOptions {
  /** How long is measured. @default 8 */
  readonly seconds?: number
  readonly signal?: AbortSignal
}

const CLIENTS = 8

/** Until the code of both sides is compiled. */
const WARM_UP_SECONDS = 2

interface Peer {
  readonly key: PrivateKey
  readonly host: Host
}

/** Measures. */
export async function benchBroker({ seconds = 8, signal }: BrokerOptions = {}): Promise<BrokerResult> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bench-'))
  const server = fork(join(import.meta.dirname, 'broker-server.ts'), [dir], {
    execArgv: nodeFlags(),
  })
  const peers: Peer[] = []
  const cpu = async () => {
    server.send('cpu')
    return v.parse(v.object({ cpu: v.number() }), await answerOf(server)).cpu
  }
  try {
    const url = new URL(v.parse(v.object({ url: v.string() }), await answerOf(server)).url)
    for (let client = 0; client < CLIENTS; client++) {
      const key = await generateKeyPair('Ed25519')
      const host = await createHost({ privateKey: key, listen: ['/ip4/127.0.0.1/tcp/0'], maxInboundPerSecond: 10_000 })
      peers.push({ key, host })
    }
    await registerFor(WARM_UP_SECONDS, url, peers, signal)
    const before = await cpu()
    const { registrations, took } = await registerFor(seconds, url, peers, signal)
    const cpuMicroseconds = ((await cpu()) - before) / registrations
    const perSecond = registrations / took
    return { seconds, clients: CLIENTS, perSecond, cpuMicroseconds, perCoreSecond: 1e6 / cpuMicroseconds }
  } finally {
    await Promise.all(peers.map(({ host }) => stopHost(host)))
    await stopServer(server)
    await rm(dir, { recursive: true, force: true })
  }
}

async function registerFor(
  seconds: number,
  url: URL,
  peers: readonly Peer[],
  signal: AbortSignal | undefined,
): Promise<{ readonly registrations: number; readonly took: number }> {
  const began = performance.now()
  const end = began + seconds * 1_000
  let registrations = 0
  await Promise.all(
    peers.map(async (peer) => {
      while (performance.now() < end) {
        signal?.throwIfAborted()
        await register(url, peer, registrations++)
      }
    }),
  )
  return { registrations, took: (performance.now() - began) / 1_000 }
}

/** One registration with a handshake of its own, as all clients do it. */
async function register(url: URL, { key, host }: Peer, number: number): Promise<void> {
  const endpoint = new URL('v1/_acme-challenge', url)
  const first = beginAuth(key, authHostname(url))
  const asked = await fetch(endpoint, { method: 'POST', headers: { authorization: first.authorization } })
  const second = await first.answer(asked.headers.get('www-authenticate') ?? '')
  const value = createHash('sha256').update(`${host.peerId.toString()} ${number}`).digest('base64url')
  const { status } = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: second.authorization },
    body: JSON.stringify({ value, addresses: host.getMultiaddrs().map((address) => address.toString()) }),
  })
  if (status !== 200) throw new Error(`the broker answered ${status}`)
}
