// A broker with the DNS role behind it, peers that can be dialled, and a client made by hand that can say anything on the wire.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as v from 'valibot'
import { type Clock, systemClock } from '../../core/clock.ts'
import { createResolver } from '../../core/dns/index.ts'
import { createHost, stopHost } from '../../core/host.ts'
import { silentLog } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { loadOrCreatePeerKey, serialisePeerKey } from '../../core/peer-key.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { authHostname, beginAuth } from '../../proto/peer-id-auth.ts'
import { type AdminServer, startAdminServer } from '../../servers/admin/server.ts'
import { brokerRole, type BrokerRoleInit } from '../../servers/broker/role.ts'
import { ServersConfig, WeekSection } from '../../servers/config.ts'
import { dnsRole } from '../../servers/dns/role.ts'
import { roleKeyPath } from '../../servers/role-names.ts'
import type { Role } from '../../servers/role.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { TestContext } from 'node:test'

export const FORGE = 'forge.example.net'

/** Any SHA-256 in base64url. */
export const VALUE = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'

/** How long failed dial-backs take here. */
export const DIAL_TIMEOUT_MS = 400

/** A value that differs by its beginning. */
export function valueOf(number: number): string {
  return `${String(number).padStart(4, '0')}${VALUE.slice(4)}`
}

export interface BrokerWorld {
  readonly dir: string
  readonly url: string
  readonly host: string
  readonly port: number
  readonly admin: string
  /** TXT values of a peer, newest first, without the placeholder. */
  values(peer: PeerId): Promise<string[]>
  readonly dns: { readonly host: string; readonly port: number }
  stopDns(): Promise<void>
  restart(): Promise<void>
}

export interface BrokerOptions extends Pick<BrokerRoleInit, 'translate' | 'timeouts'> {
  readonly section?: Readonly<Record<string, unknown>>
  readonly limits?: Readonly<Record<string, number>>
  /** The zone's week. @default plenty */
  readonly week?: Readonly<Record<string, number>>
  readonly clock?: Clock
  /** The broker's. @default a new one */
  readonly key?: PrivateKey
}

/** Starts both roles; they stop with the test. */
export async function startBroker(t: Pick<TestContext, 'after'>, options: BrokerOptions = {}): Promise<BrokerWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-broker-'))
  if (options.key) await writeFile(roleKeyPath(dir, 'broker'), serialisePeerKey(options.key))
  const broker = peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, 'broker'))).toString()
  const { clock = systemClock } = options
  const common = { zone: FORGE, dir, log: silentLog, clock }
  const dnsConfig = v.parse(ServersConfig, {
    ...{ zone: FORGE, dir },
    dns: {
      listen: '127.0.0.1:0',
      control: ['/ip4/127.0.0.1/tcp/0'],
      admins: [broker],
      nameServers: [{ name: `ns1.${FORGE}`, addresses: ['127.0.0.1'] }],
      rateLimit: false,
    },
  }).dns
  assert.ok(dnsConfig)
  const dns = dnsRole({ ...common, section: dnsConfig })
  const dnsFacts = await dns.start()
  const query = v.parse(v.string(), dnsFacts['dns'])
  const [control] = v.parse(v.array(v.string()), dnsFacts['addresses'])
  const roles: Role[] = [dns]
  const world = { url: '', host: '', port: 0, admin: '', listen: '127.0.0.1:0' }
  let admin: AdminServer | undefined
  const start = async () => {
    const { broker: section } = v.parse(ServersConfig, {
      ...{ zone: FORGE, dir },
      broker: {
        url: 'http://127.0.0.1:0',
        listen: world.listen,
        dnsServers: [{ control, query }],
        dnsWaitMs: 3_000,
        addressClasses: ['loopback'],
        dialTimeoutMs: DIAL_TIMEOUT_MS,
        trustedProxies: [],
        limits: { newPeers: 10_000, newPerPrefix: 10_000, requestsPerPrefixAndMinute: 100_000, ...options.limits },
        ...options.section,
      },
    })
    assert.ok(section)
    const week = v.parse(WeekSection, { newCertificates: 10_000, ...options.week })
    const role = brokerRole({ ...common, week, section, translate: options.translate, timeouts: options.timeouts })
    const facts = await role.start()
    roles.push(role)
    await admin?.stop()
    admin = await startAdminServer({
      ...{ zone: FORGE, dir, clock, log: silentLog, listen: { host: '127.0.0.1', port: 0 } },
      reports: () => Promise.all(roles.flatMap((each) => each.report?.() ?? [])),
    })
    const listening = v.parse(v.string(), facts['listen'])
    const url = v.parse(v.string(), facts['url'])
    const { port } = splitHostPort(listening)
    const listen = listening
    Object.assign(world, { url, host: authHostname(new URL(url)), port, admin: admin.url, listen })
  }
  await start()
  t.after(async () => {
    await admin?.stop()
    for (const role of roles.toReversed()) await role.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const resolver = createResolver({ servers: [splitHostPort(query)] })
  return Object.assign(world, {
    dir,
    dns: splitHostPort(query),
    values: async (peer: PeerId) =>
      (await resolver.resolveTxt(challengeName(autotlsName(peer, FORGE)))).filter((text) => text !== 'not set yet'),
    stopDns: () => roles.splice(roles.indexOf(dns), 1)[0]?.stop() ?? Promise.resolve(),
    async restart() {
      await roles.pop()?.stop()
      await start()
    },
  })
}

export interface Peer {
  readonly key: PrivateKey
  readonly id: PeerId
  /** Where it can be dialled. */
  readonly addresses: readonly string[]
}

/** A peer that listens by TCP and WebSocket until the test is over. */
export async function startPeer(t: Pick<TestContext, 'after'>, ownKey?: PrivateKey): Promise<Peer> {
  const key = ownKey ?? (await generateKeyPair('Ed25519'))
  const host = await createHost({
    privateKey: key,
    listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'],
    maxInboundPerSecond: 1_000,
  })
  t.after(() => stopHost(host))
  return { key, id: host.peerId, addresses: host.getMultiaddrs().map((address) => address.toString()) }
}

/** A peer that nobody can dial. */
export async function makePeer(): Promise<Peer> {
  const key = await generateKeyPair('Ed25519')
  return { key, id: peerIdFromPrivateKey(key), addresses: [] }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** One request, with exactly these headers. */
export function ask(world: Pick<BrokerWorld, 'port'>, asked: Asked = {}): Promise<Answer> {
  const { method = 'POST', path = '/v1/_acme-challenge', headers = {}, body } = asked
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: world.port, method, path, headers, agent: false })
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Proves who a peer is, client-initiated, and gives the headers of the request that counts. */
export async function authorization(
  world: BrokerWorld,
  key: PrivateKey,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly authorization: string }> {
  const first = beginAuth(key, world.host)
  const asked = await ask(world, { headers: { ...options.headers, authorization: first.authorization } })
  assert.equal(asked.status, 401)
  return { authorization: (await first.answer(String(asked.headers['www-authenticate']))).authorization }
}

/** A whole registration. */
export async function register(
  world: BrokerWorld,
  peer: Peer,
  options: {
    readonly value?: string
    readonly addresses?: readonly string[]
    readonly body?: string | Uint8Array
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<Answer> {
  const { value = VALUE, addresses = peer.addresses, headers = {} } = options
  const proof = await authorization(world, peer.key, { headers })
  return ask(world, { headers: { ...headers, ...proof }, body: options.body ?? JSON.stringify({ value, addresses }) })
}
