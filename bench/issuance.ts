// How long a person waits: from "get certificate" to the first secure connection that is accepted, in the sandbox network. Every
// run is a new node in a new process, so its code is cold as it would be at home; network latency and the patience of a real CA
// come on top of what is measured here.
import { multiaddr } from '@multiformats/multiaddr'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { readFile } from 'node:fs/promises'
import { createResolver } from '../core/dns/index.ts'
import { createHost, stopHost } from '../core/host.ts'
import { createLog } from '../core/log.ts'
import { splitHostPort } from '../core/net/host-port.ts'
import { type SandboxNetwork, startSandboxNetwork } from '../servers/sandbox/network.ts'
import { writeNodeConfig } from '../servers/sandbox/node-config.ts'
import { startNode } from '../servers/sandbox/node-process.ts'
import { type Summary, summarize } from './summary.ts'
import type { NodeEventLine } from '../proto/node-events.ts'

/** The parts of one issuance in their order; each begins where the one before ends, so they add up to the whole. */
export const ISSUANCE_PARTS = [
  ['info', 'issue server dialled and asked'],
  ['proof', 'proof server dialled and asked'],
  ['request', 'names granted'],
  ['key', 'key and CSR made'],
  ['order', 'account, order, challenge in DNS'],
  ['validation', 'the CA has looked'],
  ['finalize', 'signed and downloaded'],
  ['verify', 'key, names, chain, dates'],
  ['install', 'bundle written, listener up'],
  ['connect', 'first WSS connection: DNS, TLS, noise'],
] as const

export type IssuancePart = (typeof ISSUANCE_PARTS)[number][0]

/** Milliseconds. */
export interface IssuanceResult {
  readonly runs: number
  readonly total: Summary
  readonly parts: Readonly<Record<IssuancePart, Summary>>
}

export interface IssuanceOptions {
  /** @default 10 */
  readonly runs?: number
  readonly signal?: AbortSignal
}

/**
 * Measures.
 *
 * @throws NodeProcessError where a node does not get its certificate
 */
export async function benchIssuance({ runs = 10, signal }: IssuanceOptions = {}): Promise<IssuanceResult> {
  const network = await startSandboxNetwork({ log: createLog('silent') })
  try {
    const measured: Record<IssuancePart, number>[] = []
    // run 0 is the first order the servers ever see and makes the CA account: it only warms up
    for (let run = 0; run <= runs; run++) {
      signal?.throwIfAborted()
      const parts = await measureOnce(network, `bench-${run}`)
      if (run > 0) measured.push(parts)
    }
    const of = (part: IssuancePart) => summarize(measured.map((parts) => parts[part]))
    const parts = Object.fromEntries(ISSUANCE_PARTS.map(([part]) => [part, of(part)]))
    const sum = (one: Record<IssuancePart, number>) => Object.values(one).reduce((total, ms) => total + ms, 0)
    return { runs, total: summarize(measured.map((run) => sum(run))), parts: parts as Record<IssuancePart, Summary> }
  } finally {
    await network.stop()
  }
}

async function measureOnce(network: SandboxNetwork, name: string): Promise<Record<IssuancePart, number>> {
  const client = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    webSockets: {
      trustAnchorPem: await readFile(network.root, 'utf8'),
      lookup: createResolver({ servers: [splitHostPort(network.dns)] }).lookup,
    },
  })
  const node = startNode(name, await writeNodeConfig(network, name, { connect: 'none' }))
  try {
    const { addresses } = await node.next('wss')
    const began = performance.now()
    await client.dial(multiaddr(addresses[0]))
    const connect = performance.now() - began
    return { ...partsOf(node.events), connect }
  } finally {
    await stopHost(client)
    await node.stop()
  }
}

/** The times between the marks a node leaves. */
function partsOf(events: readonly NodeEventLine[]): Omit<Record<IssuancePart, number>, 'connect'> {
  const at = (what: string, fits: (event: NodeEventLine) => boolean): number => {
    const found = events.find((event) => fits(event))
    if (!found) throw new TypeError(`the node never told of "${what}"`)
    return Date.parse(found.at)
  }
  const step = (name: string, status: string, detail = '') =>
    at(
      `${name} ${status} ${detail}`,
      (event) =>
        event.event === 'step' && event.step === name && event.status === status && event.detail.startsWith(detail),
    )
  const marks = [
    step('info', 'begin'),
    step('info', 'done'),
    step('proof', 'done'),
    step('request', 'done'),
    step('key', 'done'),
    step('order', 'progress', 'challenge-told'),
    step('order', 'progress', 'validated'),
    step('order', 'done'),
    step('verify', 'done'),
    at('wss', ({ event }) => event === 'wss'),
  ]
  const [info = 0, proof = 0, request = 0, key = 0, order = 0, validation = 0, finalize = 0, verify = 0, install = 0] =
    marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark))
  return { info, proof, request, key, order, validation, finalize, verify, install }
}
