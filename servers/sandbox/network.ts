// A whole network on loopback, from the same roles that `nodetrust serve` runs: DNS, CA, proof, issue and broker, each on a free
// port, in a temporary folder that goes away with it. Tests use it as well, with another CA or with roles of their own.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { parse } from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { writeFileAtomic } from '../../core/files.ts'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { startAdminServer } from '../admin/server.ts'
import { CA_IDENTITY } from '../ca/caa.ts'
import { brokerRole, type BrokerRoleInit } from '../broker/role.ts'
import { caRole } from '../ca/role.ts'
import { ServersConfig, WeekSection } from '../config.ts'
import { dnsRole } from '../dns/role.ts'
import { issueRole } from '../issue/role.ts'
import { nostrRelayRole } from '../nostr-relay/role.ts'
import { proofRole } from '../proof/role.ts'
import { NOT_COUNTED } from '../quota/bucket.ts'
import { roleKeyPath } from '../role-names.ts'
import type { Role, RoleName } from '../role.ts'
import type { Log } from '../../core/log.ts'

/** Reserved for tests (RFC 6761), so that no name of it can ever exist outside. */
export const SANDBOX_ZONE = 'sandbox.nodetrust.test'

/** A CA to use instead of the embedded one. */
export interface OtherCa {
  readonly directory: string
  /** PEM file of what its HTTPS certificate is checked against. */
  readonly trustAnchor: string
}

/** A running network. */
export interface SandboxNetwork {
  readonly zone: string
  readonly dir: string
  /** host:port */
  readonly dns: string
  /** Where the DNS server takes challenge values: a multiaddr with a /p2p/ part. */
  readonly dnsControl: string
  /** The ACME directory. */
  readonly acme: string
  /** PEM file of the root of the certificates it issues. */
  readonly root: string
  readonly issue: string
  readonly proof: string
  /** Everything that these two listen on. */
  readonly listening: { readonly issue: readonly string[]; readonly proof: readonly string[] }
  /** The domain of the AutoTLS names: the zone. */
  readonly forge: string
  /** Where AutoTLS clients register, a URL without a path. */
  readonly broker: string
  /** host:port at which the broker listens; another one than in its URL where something stands in front of it. */
  readonly brokerListen: string
  /** Where names by key are kept: a `ws://` URL. */
  readonly nostrRelay: string
  /** PEM file of what an AutoTLS client checks CA and certificates against. */
  readonly forgeTrust: string
  /** Where the operator's page is: a URL on loopback. */
  readonly admin: string
  /** Names of what was started, with the milliseconds it took. */
  readonly steps: readonly { readonly name: string; readonly ms: number }[]
  stop(): Promise<void>
}

/** How a network is made. */
export interface SandboxInit {
  readonly log: Log
  /** Where it keeps its keys and its root for the next time; a temporary folder that goes away with it where left out. */
  readonly dir?: string | undefined
  /** Settings of `issue.acme` that differ from the sandbox's. */
  readonly acme?: Readonly<Record<string, unknown>>
  /** Settings of the week that differ from the sandbox's. */
  readonly week?: Readonly<Record<string, unknown>>
  /** Settings of the issue section that differ from the sandbox's. */
  readonly issue?: Readonly<Record<string, unknown>>
  /** Settings of the proof section that differ from the sandbox's. */
  readonly proof?: Readonly<Record<string, unknown>>
  /** Settings of the broker section that differ from the sandbox's. */
  readonly broker?: Readonly<Record<string, unknown>>
  /** Where the broker dials an address instead. */
  readonly translate?: BrokerRoleInit['translate']
  /** Further DNS servers that the issue server is told of; none where left out. */
  readonly moreDnsServers?: (own: { readonly control: string; readonly query: string }) => readonly object[]
  /** Started once the DNS answers; the embedded CA where left out. */
  readonly startCa?: (dns: string, dir: string) => Promise<OtherCa & { readonly root: string; stop(): Promise<void> }>
}

/** The sandbox's CA has no limits, and everybody in a sandbox comes from one network. */
const PLENTY = {
  ...{ sameNames: NOT_COUNTED, newPerPeer: NOT_COUNTED, newPerPrefix: NOT_COUNTED, attemptsPerNetwork: NOT_COUNTED },
  ...{ orders: NOT_COUNTED, ordersPerPeer: NOT_COUNTED, ordersPerNetwork: NOT_COUNTED },
}
const LONG_WEEK = { newCertificates: NOT_COUNTED }

const PLENTY_OF_PEERS = {
  newPeers: NOT_COUNTED,
  newPerPrefix: NOT_COUNTED,
  perPeerAndDay: NOT_COUNTED,
  returning: NOT_COUNTED,
  requestsPerPrefixAndMinute: NOT_COUNTED,
  dialsAtOnce: 256,
}

/** Everybody in a sandbox comes from one network. */
const MANY_MESSAGES = { eventsPerPrefixAndMinute: 10_000, questionsPerPrefixAndMinute: 10_000 }

const LONG_QUEUE = { atOnce: 64, maxWaiting: 10_000, maxWaitingPerNetwork: 10_000 }

/** The CA is on this machine: no need to give it a second before it is asked. */
const POLL_FIRST_MS = 50

/**
 * Starts everything.
 *
 * @throws what kept a role from starting; nothing is left behind then
 */
export async function startSandboxNetwork(init: SandboxInit): Promise<SandboxNetwork> {
  const dir = init.dir ?? (await mkdtemp(join(tmpdir(), 'nodetrust-sandbox-')))
  const clean: (() => Promise<void>)[] = []
  if (init.dir === undefined) clean.push(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  const steps: { name: string; ms: number }[] = []
  const stop = async () => {
    while (clean.length > 0) await clean.pop()?.()
  }
  const timed = async <Result>(name: string, run: () => Promise<Result>): Promise<Result> => {
    const began = performance.now()
    const result = await run()
    steps.push({ name, ms: Math.round(performance.now() - began) })
    return result
  }
  const roles: Role[] = []
  const start = async (role: Role) => {
    roles.push(role)
    clean.push(() => role.stop())
    return timed(role.name, () => role.start())
  }
  try {
    const facts = await startRoles({ ...init, dir, start, timed, onStop: (step) => void clean.push(step) })
    const admin = await startAdminServer({
      ...{ zone: facts.zone, dir, listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: init.log },
      reports: () => Promise.all(roles.flatMap((role) => role.report?.() ?? [])),
    })
    clean.push(() => admin.stop())
    return { ...facts, admin: admin.url, dir, steps, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Builder extends SandboxInit {
  readonly dir: string
  readonly start: (role: Role) => Promise<Readonly<Record<string, unknown>>>
  readonly timed: <Result>(name: string, run: () => Promise<Result>) => Promise<Result>
  readonly onStop: (step: () => Promise<void>) => void
}

async function startRoles(builder: Builder): Promise<Omit<SandboxNetwork, 'admin' | 'dir' | 'steps' | 'stop'>> {
  const { dir, start, log } = builder
  const week = parse(WeekSection, { ...LONG_WEEK, ...builder.week })
  const common = { zone: SANDBOX_ZONE, dir, clock: systemClock }
  const anyPort = ['/ip4/127.0.0.1/tcp/0']
  const issuePeer = await peerOf(dir, 'issue')
  const brokerPeer = await peerOf(dir, 'broker')

  const dnsSection = section('dns', {
    listen: '127.0.0.1:0',
    control: anyPort,
    admins: [issuePeer, brokerPeer],
    nameServers: [{ name: `ns1.${SANDBOX_ZONE}`, addresses: ['127.0.0.1'] }],
  })
  const dns = await start(dnsRole({ ...common, section: dnsSection, log: log.child({ role: 'dns' }) }))
  const dnsAddress = text(dns['dns'])

  const ownDns = { control: first(dns['addresses']), query: dnsAddress }
  const facts = await startCa(builder, dnsAddress)
  const proof = await start(
    proofRole({
      ...common,
      section: section('proof', { listen: anyPort, addressClasses: ['loopback'], ...builder.proof }),
      log: log.child({ role: 'proof' }),
    }),
  )
  const issueSection = section('issue', {
    listen: anyPort,
    addressClasses: ['loopback'],
    // off for operators (config.ts); here everything that there is can be looked at
    ipNames: true,
    proofServers: [{ peer: proof['peer'], addresses: withoutPeer(proof['addresses']), displayName: 'sandbox' }],
    dnsServers: [ownDns, ...(builder.moreDnsServers?.(ownDns) ?? [])],
    budget: PLENTY,
    queue: LONG_QUEUE,
    acme: {
      directory: facts['directory'],
      trustAnchor: facts['trustAnchor'],
      pollFirstMs: POLL_FIRST_MS,
      ...builder.acme,
    },
    ...builder.issue,
  })
  const issue = await start(issueRole({ ...common, week, section: issueSection, log: log.child({ role: 'issue' }) }))
  const brokerSection = section('broker', {
    url: 'http://127.0.0.1:0',
    listen: '127.0.0.1:0',
    addressClasses: ['loopback'],
    dnsServers: [ownDns, ...(builder.moreDnsServers?.(ownDns) ?? [])],
    limits: PLENTY_OF_PEERS,
    caaIdentities: [CA_IDENTITY],
    ...builder.broker,
  })
  const broker = await start(
    brokerRole({
      ...common,
      week,
      section: brokerSection,
      directory: text(facts['directory']),
      log: log.child({ role: 'broker' }),
      translate: builder.translate,
    }),
  )
  const relay = await start(
    nostrRelayRole({
      ...{ dir, clock: systemClock, log: log.child({ role: 'nostr-relay' }) },
      section: section('nostr-relay', { listen: '127.0.0.1:0', limits: MANY_MESSAGES }),
    }),
  )
  return {
    zone: SANDBOX_ZONE,
    nostrRelay: text(relay['url']),
    dns: dnsAddress,
    forgeTrust: await writeForgeTrust(dir, [text(facts['trustAnchor']), text(facts['root'])]),
    forge: text(broker['forge']),
    broker: text(broker['url']),
    brokerListen: text(broker['listen']),
    dnsControl: first(dns['addresses']),
    acme: text(facts['directory']),
    root: text(facts['root']),
    issue: first(issue['addresses']),
    proof: first(proof['addresses']),
    listening: { issue: texts(issue['addresses']), proof: texts(proof['addresses']) },
  }
}

/** The embedded CA, or the one that was asked for. */
async function startCa(builder: Builder, dns: string): Promise<Readonly<Record<string, unknown>>> {
  const { startCa: other } = builder
  if (other) {
    const ca = await builder.timed('ca', () => other(dns, builder.dir))
    builder.onStop(() => ca.stop())
    return { ...ca }
  }
  const log = builder.log.child({ role: 'ca' })
  const caSection = section('ca', { port: 0, resolver: dns })
  return builder.start(caRole({ dir: builder.dir, section: caSection, clock: systemClock, log }))
}

/** A CA's own HTTPS may have another root than the certificates that it issues. */
async function writeForgeTrust(dir: string, paths: readonly string[]): Promise<string> {
  const pems = await Promise.all([...new Set(paths)].map((path) => readFile(path, 'utf8')))
  const path = join(dir, 'forge-trust.pem')
  await writeFileAtomic(path, pems.join('\n'))
  return path
}

async function peerOf(dir: string, role: RoleName): Promise<string> {
  return peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, role))).toString()
}

/** A section with its defaults, checked like one from a file. */
function section<Name extends RoleName>(name: Name, values: object): NonNullable<ServersConfig[Name]> {
  const config = parse(ServersConfig, { zone: SANDBOX_ZONE, dir: '.', [name]: values })
  const made = config[name]
  if (!made) throw new TypeError(`no section ${name}`)
  return made
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`expected text, got ${typeof value}`)
  return value
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => text(item)) : []
}

function first(value: unknown): string {
  return text(Array.isArray(value) ? value[0] : undefined)
}

function withoutPeer(value: unknown): string[] {
  return [first(value).replace(/\/p2p\/[^/]+$/, '')]
}
