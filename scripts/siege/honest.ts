// Three who only want what the network is for: one by IPv4, one by IPv6, one over WebSockets. Each proves its address, gets a
// certificate, renews it, and visits a home; how long every step takes, and whether it works, is what the siege is about.
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createResolver } from '../../core/dns/index.ts'
import { createHost, stopHost } from '../../core/host.ts'
import type { DiallingHost } from '../../core/net/dial-many.ts'
import { peerAt } from './attack.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { generatePeerKey } from '../../core/peer-key.ts'
import { createCsr } from '../../core/x509/index.ts'
import { askProof, connect, openIssue } from '../../main/issuers/nodetrust/wire.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { HomeFacts } from './facts.ts'

export const HONEST_STEPS = ['prove', 'get', 'renew', 'visit', 'page', 'look up'] as const
export type HonestStep = (typeof HONEST_STEPS)[number]

/** One step of one of them. */
export interface Taken {
  readonly who: string
  readonly step: HonestStep
  readonly ms: number
  /** Undefined where it worked. */
  readonly failure: string | undefined
}

/** What an honest one needs to know. */
export interface HonestInit {
  readonly network: Omit<SandboxNetwork, 'stop'>
  readonly homes: readonly HomeFacts[]
  readonly onStep: (step: Taken) => void
  readonly signal: AbortSignal
}

/** The servers as one of them reaches them. */
interface Way {
  readonly who: string
  readonly fits: (address: string) => boolean
}

const WAYS: readonly Way[] = [
  { who: 'IPv4', fits: isPlainIpv4 },
  { who: 'IPv6', fits: (address) => address.startsWith('/ip6/') },
  { who: 'WSS', fits: (address) => address.includes('/ws') },
]

function isPlainIpv4(address: string): boolean {
  return address.startsWith('/ip4/') && !address.includes('/ws')
}

/** Longer than anything may take; who waits so long has been shut out. */
const STEP_TIMEOUT_MS = 60_000

/** Starts all three; each goes on until the signal. */
export async function beHonest(
  init: HonestInit,
  pace: { readonly newEveryMs: number; readonly visitEveryMs: number; readonly firstHome: number },
) {
  const rootPem = await readFile(init.network.root, 'utf8')
  const resolver = createResolver({ servers: [splitHostPort(init.network.dns)] })
  await Promise.all(WAYS.map((way, index) => goOn({ ...init, ...pace, way, rootPem, resolver, index })))
}

interface One extends HonestInit {
  readonly way: Way
  readonly rootPem: string
  readonly resolver: ReturnType<typeof createResolver>
  readonly index: number
  readonly newEveryMs: number
  readonly visitEveryMs: number
  /** The number of the first network that a new home is in. */
  readonly firstHome: number
}

async function goOn(one: One): Promise<void> {
  let newAt = 0
  let homes = one.firstHome
  for (let round = 0; !one.signal.aborted; round++) {
    const began = performance.now()
    if (began >= newAt) {
      // all new homes by IPv6 are one network, whose share of the week shrinks as strangers take theirs: it has one each time
      newAt = one.way.who === 'IPv6' ? Infinity : began + one.newEveryMs
      await certificateRound(one, homes++)
    }
    const home = one.homes[(round + one.index) % one.homes.length]
    if (home) await visitRound(one, home)
    await sleepUntil(began + one.visitEveryMs, one.signal)
  }
}

/**
 * A node of its own from nothing to its second certificate. A new home is in a network of its own, or they would use up what a week has
 * for one network, and it would be that which refuses them; IPv6 has but one address of loopback.
 */
async function certificateRound(one: One, round: number): Promise<void> {
  const host = one.way.who === 'IPv6' ? await usualHost() : await peerAt(`127.${10 + (round % 50)}.${one.index}.1`)
  try {
    const proof = await timed(one, 'prove', (signal) => prove(one, host, signal))
    if (!proof) return
    const first = await timed(one, 'get', (signal) => certificate(one, host, proof, signal))
    if (first)
      await timed(one, 'renew', async (signal) => certificate(one, host, await prove(one, host, signal), signal))
  } finally {
    await host.stop()
  }
}

const usualHost = async () => createHost({ privateKey: await generatePeerKey() })

async function prove({ network, way }: One, host: DiallingHost, signal: AbortSignal): Promise<Uint8Array> {
  // the address that is proved is the own one, and WebSockets dial from the usual one
  const addresses = addressesOf(network.listening.proof, way.who === 'WSS' ? { ...way, fits: isPlainIpv4 } : way)
  return askProof(await connect(host, addresses, signal, true), { signal })
}

async function certificate(
  { network, way }: One,
  host: DiallingHost,
  proof: Uint8Array,
  signal: AbortSignal,
): Promise<string> {
  const conversation = await openIssue(await connect(host, addressesOf(network.listening.issue, way), signal), {
    signal,
  })
  try {
    const wanted = { proofs: [proof], algorithms: ['ecdsa-p256'], names: ['identity'], profile: undefined } as const
    const { names } = await conversation.request(wanted)
    const { csr } = await createCsr({ names })
    const { chainPem } = await conversation.certify(csr, () => undefined)
    return chainPem
  } finally {
    await conversation.end().catch(() => undefined)
  }
}

/** Somebody who comes to a home: by libp2p over WSS, by a browser's request, and by asking for its name. */
async function visitRound(one: One, home: HomeFacts): Promise<void> {
  const { resolver, rootPem } = one
  const host = await createHost({
    privateKey: await generatePeerKey(),
    webSockets: { trustAnchorPem: rootPem, lookup: resolver.lookup },
  })
  try {
    await timed(one, 'visit', async (signal) => {
      const to = multiaddr(`/dns4/${home.name}/tcp/${home.wss.port}/tls/ws/p2p/${home.peer}`)
      const connection = await host.dial(to, { signal, force: true })
      await host.services.ping.ping(connection.remotePeer, { signal })
    })
  } finally {
    await stopHost(host)
  }
  await timed(one, 'page', (signal) => page(home, rootPem, signal))
  await timed(one, 'look up', async () => {
    const found = await resolver.lookupIp(home.name)
    if (found.length === 0) throw new Error(`${home.name} has no address`)
  })
}

/** What a browser asks for. */
function page({ wss, name }: HomeFacts, ca: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...wss, servername: name, headers: { host: name }, ca, agent: false, signal } as const
    const request = https.get(options, (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
      )
    })
    request.once('error', reject)
  })
}

async function timed<Result>(
  { way, onStep, signal }: One,
  step: HonestStep,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const began = performance.now()
  const end = (failure: string | undefined) => {
    // what was under way when everything ended says nothing
    if (!signal.aborted) onStep({ who: way.who, step, ms: Math.round(performance.now() - began), failure })
  }
  try {
    const result = await run(AbortSignal.any([signal, AbortSignal.timeout(STEP_TIMEOUT_MS)]))
    end(undefined)
    return result
  } catch (error) {
    end(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    return undefined
  }
}

function addressesOf(all: readonly string[], way: Way): Multiaddr[] {
  return all.filter((address) => way.fits(address)).map((address) => multiaddr(address))
}

async function sleepUntil(at: number, signal: AbortSignal): Promise<void> {
  const ms = Math.max(0, at - performance.now())
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  signal.addEventListener('abort', () => late.resolve(), { once: true })
  await late.promise
  clearTimeout(timer)
}
