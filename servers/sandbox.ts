// `nodetrust sandbox`: a network on loopback, a node that gets its certificate from it, and a second node that hears of the
// first one by its signed record, dials it over WSS with everything verified, and pings it.
import { readFile } from 'node:fs/promises'
import { formatInvitation } from '../proto/invitation.ts'
import { createLog } from '../core/log.ts'
import { type Certificate, humanReport, type Report, standingText } from './sandbox/report.ts'
import { addressOf, startMoreNodes } from './sandbox/more-nodes.ts'
import { writeNodeConfig } from './sandbox/node-config.ts'
import { verifyByDns } from './sandbox/name-step.ts'
import { type NodeProcess, startNode } from './sandbox/node-process.ts'
import { type SandboxInit, type SandboxNetwork, startSandboxNetwork } from './sandbox/network.ts'

/** How the network alone is run, for the app that offers it to try things out. */
export interface SandboxServeOptions {
  /** Where it keeps its keys and its root. */
  readonly dir: string
  readonly stopped: Promise<void>
  readonly print: (line: string) => void
}

/**
 * Runs the network without nodes and prints one JSON line with the two invitations to it.
 *
 * @throws what kept a role from starting
 */
export async function serveSandbox(options: SandboxServeOptions): Promise<void> {
  const network = await startSandboxNetwork({ log: createLog('error'), dir: options.dir })
  try {
    options.print(JSON.stringify(await invitationsTo(network)))
    await options.stopped
  } finally {
    await network.stop()
  }
}

/** The ways into a sandbox: over its issue server, or over its forge. */
export async function invitationsTo(network: SandboxNetwork) {
  return { invitation: await invitationTo(network), forgeInvitation: await forgeInvitationTo(network) }
}

/** What a node needs to join: only on this computer, because everything listens on loopback. */
export async function invitationTo({ zone, issue, root, dns }: SandboxNetwork): Promise<string> {
  const rootPem = await readFile(root, 'utf8')
  return formatInvitation({ zone, name: 'Sandbox', issue: [issue], rootPem, resolver: dns })
}

/** What a node needs to get its certificate the AutoTLS way: the broker, and the CA that it asks itself. */
export async function forgeInvitationTo({ forge, broker, acme, forgeTrust, dns }: SandboxNetwork): Promise<string> {
  const rootPem = await readFile(forgeTrust, 'utf8')
  return formatInvitation({
    ...{ zone: forge, name: 'Sandbox forge', issue: [], broker, directory: acme, rootPem, resolver: dns },
  })
}

/** How the sandbox is run. */
export interface SandboxOptions {
  /** Stop after the dial. */
  readonly once: boolean
  /** Print JSON alone. */
  readonly json: boolean
  /** Whether somebody reads at a terminal what stands where; a program reads it as JSON. */
  readonly forPeople?: boolean
  /** Settles when the person has had enough. */
  readonly stopped: Promise<void>
  /** A result, to standard output. */
  readonly print: (line: string) => void
  /** What is happening, to standard error. */
  readonly say: (line: string) => void
  readonly startCa?: SandboxInit['startCa']
  /** Nodes in all, three to nine: those after the third know the one before them alone. @default 3 */
  readonly nodes?: number | undefined
}

/**
 * Runs the sandbox.
 *
 * @returns whether all of it worked
 */
export async function runSandbox(options: SandboxOptions): Promise<boolean> {
  const say = options.json ? () => undefined : options.say
  const open: { stop(): Promise<void> }[] = []
  const began = performance.now()
  const steps: { name: string; ms: number }[] = []
  let interrupted = false
  void options.stopped.then(() => (interrupted = true))
  try {
    say('starting DNS, CA, proof, issue and broker servers on loopback ...')
    const network = await startSandboxNetwork({
      log: createLog('error'),
      ...(options.startCa ? { startCa: options.startCa } : {}),
    })
    open.push(network)
    steps.push(...network.steps)
    const report = await connectNodes(network, steps, say, (node) => open.push(node), options)
    const invitations = await invitationsTo(network)
    const result = { ...describe(network), ...invitations, ...report, steps, ms: Math.round(performance.now() - began) }
    if (!options.once) {
      options.print(options.forPeople ? standingText(result) : JSON.stringify(result))
      if (!options.forPeople) {
        const { invitation, forgeInvitation } = invitations
        say(`everything is up; Ctrl-C ends it. A node on this computer joins with\n${invitation}`)
        say(`or gets its certificate the AutoTLS way with\n${forgeInvitation}`)
      }
      await options.stopped
      return true
    }
    options.print(options.json ? JSON.stringify({ ok: true, ...result }) : humanReport(result))
    return true
  } catch (error) {
    if (interrupted) return !options.once
    const message = error instanceof Error ? error.message : String(error)
    if (options.json) options.print(JSON.stringify({ ok: false, error: message, steps }))
    else options.say(`the sandbox failed: ${message}`)
    return false
  } finally {
    for (const part of open.toReversed()) await part.stop()
  }
}

/** The nodes that are always there; C gets a certificate the AutoTLS way, in a single round or where more are asked for. */
const LETTERS = ['a', 'b', 'c']
const MORE_LETTERS = ['d', 'e', 'f', 'g', 'h', 'i']

async function connectNodes(
  network: SandboxNetwork,
  steps: { name: string; ms: number }[],
  say: (line: string) => void,
  opened: (node: NodeProcess) => void,
  { once, nodes = LETTERS.length }: Pick<SandboxOptions, 'once' | 'nodes'>,
): Promise<Report> {
  const more = MORE_LETTERS.slice(0, Math.max(0, nodes - LETTERS.length))
  const dht = more.length > 0
  const timed = async <Outcome>(name: string, run: () => Promise<Outcome>): Promise<Outcome> => {
    const began = performance.now()
    const outcome = await run()
    steps.push({ name, ms: Math.round(performance.now() - began) })
    return outcome
  }
  say('node A: getting a certificate ...')
  const a = startNode('node A', await writeNodeConfig(network, 'a', { connect: 'none', dht, names: 'publish' }))
  opened(a)
  const { peerId } = await timed('node A started', () => a.next('started'))
  const certificate = await timed('certificate', () => a.next('certificate'))
  const listening = await timed('wss', () => a.next('wss'))
  await timed('broadcast', () => a.next('broadcast', (record) => record.addresses.some(isSecure)))
  say(`node A: serving ${listening.addresses[0] ?? '(nothing)'}`)

  say('node B: waiting to hear of node A ...')
  const b = startNode(
    'node B',
    await writeNodeConfig(network, 'b', { connect: 'certified', certificateBy: 'nobody', dht, names: 'resolve' }),
  )
  opened(b)
  const started = await timed('node B started', () => b.next('started'))
  const heard = await timed('discovered', () => b.next('discovered', ({ peer }) => peer === peerId))
  const dialled = await timed('dialled', () => b.next('connected', ({ peer }) => peer === peerId))
  say(`node B: connected to ${dialled.name}, certificate verified, ping ${dialled.pingMs} ms`)
  const named = await timed('name', async () => {
    const { npub } = await a.next('name-published')
    const { addresses } = await b.next('name-resolver')
    return await verifyByDns(npub, addresses[0] ?? '')
  })
  say(`node B: resolved ${named.npub}.nostr, and the key there is the signed one`)
  const autotls = once || dht ? await autotlsNode(network, timed, say, opened) : undefined
  const before = { name: 'node B', address: addressOf(started.addresses, started.peerId) }
  const far = await timed('more nodes', () =>
    startMoreNodes({ network, first: peerId, before, names: more, say, opened }),
  )
  return {
    ...named,
    ...(autotls ? { autotls } : {}),
    ...(far.length > 0 ? { far } : {}),
    wss: withPeer(dialled.address, peerId),
    certificate: { names: certificate.names, issuer: certificate.issuer, notAfter: certificate.notAfter },
    dial: { name: dialled.name, verified: dialled.verified, pingMs: dialled.pingMs },
    discovered: { via: heard.via, certified: heard.certified },
  }
}

/** A node that asks the CA itself, while the broker puts its challenge into the DNS. */
async function autotlsNode(
  network: SandboxNetwork,
  timed: <Outcome>(name: string, run: () => Promise<Outcome>) => Promise<Outcome>,
  say: (line: string) => void,
  opened: (node: NodeProcess) => void,
): Promise<Certificate> {
  say('node C: getting a certificate the AutoTLS way ...')
  const c = startNode('node C', await writeNodeConfig(network, 'c', { connect: 'none', certificateBy: 'autotls' }))
  opened(c)
  const { names, issuer, notAfter } = await timed('autotls', () => c.next('certificate'))
  await c.next('wss')
  return { names, issuer, notAfter }
}

function describe({ zone, dns, acme, root, issue, proof, forge, broker, admin, nostrRelay }: SandboxNetwork) {
  return { zone, dns, acme, root, issue, proof, forge, broker, admin, nostrRelay }
}

function isSecure(address: string): boolean {
  return /\/(tls|wss)\b/.test(address)
}

function withPeer(address: string, peer: string): string {
  return address.includes('/p2p/') ? address : `${address}/p2p/${peer}`
}
