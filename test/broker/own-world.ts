// A zone with its DNS server and a CA, and a broker that gets its certificate from them, looked at from outside. Everything can be
// taken away and put back, and the CA counts.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as v from 'valibot'
import { type Clock, systemClock } from '../../core/clock.ts'
import { createResolver } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { challengeName } from '../../proto/names.ts'
import { figuresText } from '../../servers/admin/figures.ts'
import { adminPage } from '../../servers/admin/page.ts'
import { shownOf } from '../support/operator-scenes.ts'
import { brokerRole } from '../../servers/broker/role.ts'
import { type Ca, createCa } from '../../servers/ca/ca.ts'
import { ServersConfig } from '../../servers/config.ts'
import { dnsRole } from '../../servers/dns/role.ts'
import { roleKeyPath } from '../../servers/role-names.ts'
import type { Faults } from '../../servers/ca/http.ts'
import type { Role } from '../../servers/role.ts'
import type { TestContext } from 'node:test'

export const ZONE = 'zone.example.net'

/** Nothing here takes so long, on any machine; Pebble may sleep for fifteen seconds. */
const PATIENCE_MS = 60_000

export interface OwnWorld {
  /** The broker's folder. */
  readonly dir: string
  readonly ca: Ca
  readonly directoryUrl: string
  /** Its root, as a file and as text. */
  readonly rootPath: string
  readonly rootPem: string
  /** What happens to the CA's answers; set it to spoil them. */
  faults: Faults
  /** The `replaces` of each new order. */
  readonly replaced: (string | undefined)[]
  /** The broker's section of a configuration. */
  section(changes?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
  /** A broker that is stopped with the test, with the ports of its server and its operator. */
  start(changes?: Readonly<Record<string, unknown>>): Promise<OwnBroker>
  /** Challenge values that stand in the DNS. */
  values(): Promise<string[]>
  startDns(): Promise<void>
  stopDns(): Promise<void>
}

export interface OwnBroker {
  /** Also at the end of the test, where it was not called. */
  readonly stop: () => Promise<void>
  readonly port: number
  /** What is at a path of the operator's server. */
  readonly operator: (path: '/' | '/metrics') => Promise<string>
}

/** Starts DNS and CA. */
export async function ownWorld(
  t: Pick<TestContext, 'after'>,
  init: { readonly clock?: Clock } = {},
): Promise<OwnWorld> {
  const { clock = systemClock } = init
  const [dir, dnsDir] = [
    await mkdtemp(join(tmpdir(), 'nodetrust-own-')),
    await mkdtemp(join(tmpdir(), 'nodetrust-zone-')),
  ]
  t.after(() => Promise.all([dir, dnsDir].map((path) => rm(path, { recursive: true, force: true, maxRetries: 3 }))))
  const peer = peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, 'broker'))).toString()
  let dns: Role | undefined
  let [query, control] = ['127.0.0.1:0', '/ip4/127.0.0.1/tcp/0']
  const startDns = async () => {
    const { dns: section } = v.parse(ServersConfig, {
      ...{ zone: ZONE, dir: dnsDir },
      dns: {
        ...{ listen: query, control: [control.replace(/\/p2p\/.*/, '')], admins: [peer], rateLimit: false },
        nameServers: [{ name: `ns1.${ZONE}`, addresses: ['127.0.0.1'] }],
      },
    })
    assert.ok(section)
    dns = dnsRole({ zone: ZONE, dir: dnsDir, section, clock: systemClock, log: silentLog })
    const facts = await dns.start()
    query = v.parse(v.string(), facts['dns'])
    control = v.parse(v.tuple([v.string()]), facts['addresses'])[0]
  }
  await startDns()
  const replaced: (string | undefined)[] = []
  const ca = createCa({
    dir: join(dnsDir, 'ca'),
    resolver: createResolver({ servers: [splitHostPort(query)] }),
    clock,
    faults: {
      before: (request) => {
        if (request.path === '/new-order') replaced.push(replacesIn(request.body))
        return world.faults.before?.(request)
      },
      after: (request, answer) => world.faults.after?.(request, answer) ?? answer,
    },
  })
  const { directoryUrl, rootPem, rootPath = '' } = await ca.start()
  t.after(async () => {
    await dns?.stop()
    await ca.stop()
  })
  const section = (changes: Readonly<Record<string, unknown>> = {}) => ({
    ...{ url: `https://${ZONE}:0`, listen: '127.0.0.1:0' },
    dnsServers: [{ control, query }],
    dnsWaitMs: 3_000,
    acme: { directory: directoryUrl, trustAnchor: rootPath, pollFirstMs: 20 },
    ...changes,
  })
  const world: OwnWorld = {
    ...{ dir, ca, directoryUrl, rootPath, rootPem, faults: {}, replaced, section, startDns },
    async values() {
      const resolver = createResolver({ servers: [splitHostPort(query)] })
      return (await resolver.resolveTxt(challengeName(ZONE))).filter((value) => value !== 'not set yet')
    },
    async stopDns() {
      await dns?.stop()
      dns = undefined
    },
    async start(changes) {
      const { broker } = v.parse(ServersConfig, { zone: ZONE, dir, broker: section(changes) })
      assert.ok(broker)
      const timeouts = { headersMs: PATIENCE_MS, requestMs: PATIENCE_MS, checkMs: 1_000 }
      const role = brokerRole({ zone: ZONE, dir, section: broker, clock, log: silentLog, timeouts })
      let stopped: Promise<void> | undefined
      const stop = () => (stopped ??= role.stop())
      t.after(stop)
      const facts = await role.start()
      const { port } = splitHostPort(v.parse(v.string(), facts['listen']))
      const operator = async (path: '/' | '/metrics') => {
        const report = await role.report?.()
        assert.ok(report)
        return path === '/'
          ? adminPage(shownOf([report], { zone: ZONE, now: clock.now() }))
          : figuresText(report.figures)
      }
      return { stop, port, operator }
    },
  }
  return world
}

/** A JWS says in its payload what an order replaces (RFC 9773 section 5). */
function replacesIn(body: string): string | undefined {
  const { payload } = v.parse(v.object({ payload: v.string() }), JSON.parse(body))
  const order: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  return v.parse(v.object({ replaces: v.optional(v.string()) }), order).replaces
}

/** The serial number of the certificate that a new connection is shown; whoever checks more says which root. */
export async function look(port: number, rootPem?: string, servername = ZONE): Promise<string> {
  const trust = rootPem === undefined ? { rejectUnauthorized: false } : { ca: rootPem }
  const socket = await handshake({ host: '127.0.0.1', port, servername, ...trust })
  const shown = socket.getPeerX509Certificate()
  socket.destroy()
  assert.ok(shown)
  return shown.serialNumber.toLowerCase()
}

/** An open connection. @throws what keeps it from coming about; a server without a certificate may just close it */
export function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed')))
  })
}

/** Looks until something is seen, as clients do that come too early. */
export async function eventually<Seen>(
  what: string,
  see: () => Promise<Seen>,
  isIt: (seen: Seen) => boolean = () => true,
): Promise<Seen> {
  let last: unknown
  for (const began = performance.now(); performance.now() - began < PATIENCE_MS; await setImmediate()) {
    try {
      const seen = await see()
      if (isIt(seen)) return seen
      last = seen
    } catch (error) {
      last = error
    }
  }
  throw new Error(`waited ${PATIENCE_MS} ms for: ${what}; the last thing seen was ${String(last)}`)
}
