// A forge on loopback for tests: the DNS role's own answers over UDP and TCP, a broker that is scripted, an embedded CA that
// asks that DNS, and an issuer of one node.
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { systemClock, type Clock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createDnsServer, createResolver, type DnsServerAddress } from '../../core/dns/index.ts'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { type AutoTlsIssuerInit, createAutoTlsIssuer } from '../../main/issuers/autotls/policy.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { createZoneAnswerer } from '../../servers/dns/answer.ts'
import { createChallengeTable, type ChallengeTable } from '../../servers/dns/challenges.ts'
import { collectEvents, newIdentity, temporaryDir } from '../main/support.ts'
import { startOwnCa } from '../support/issuance.ts'
import { type BrokerScript, type FakeBroker, startFakeBroker } from './fake-broker.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Forge } from '../../main/issuers/autotls/forge.ts'
import type { CaInit } from '../../servers/ca/ca.ts'
import type { TestContext } from 'node:test'

export const FORGE = 'forge.example.net'

/** The wall clock, in which nobody waits for long. */
export const hastyClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 25), signal),
}

export interface ForgeDns {
  readonly address: DnsServerAddress
  readonly challenges: ChallengeTable
  /** How many questions came. */
  readonly asked: () => number
}

/** The DNS of a forge. */
export async function startDns(t: TestContext, zone = FORGE): Promise<ForgeDns> {
  const challenges = createChallengeTable({ zone, clock: systemClock })
  const { handle } = createZoneAnswerer(
    { zone, nameServers: [{ name: `ns1.${zone}`, addresses: ['127.0.0.1'] }] },
    challenges,
    systemClock,
  )
  let asked = 0
  const server = createDnsServer({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog, limits: { rateLimit: 'off' } },
    handle(...question) {
      asked += 1
      return handle(...question)
    },
  })
  const address = await server.start()
  t.after(() => server.stop())
  return { address, challenges, asked: () => asked }
}

/** A broker that puts what it registers into a DNS, unless `onRegistered` of its script does something else. */
export async function startBroker(t: TestContext, dns: ForgeDns, script: BrokerScript = {}): Promise<FakeBroker> {
  const broker = await startFakeBroker({
    onRegistered: ({ peer, value }) => publish(dns, peer, value),
    ...script,
  })
  t.after(() => broker.close())
  return broker
}

export function publish({ challenges }: ForgeDns, peer: string, value: string, zone = FORGE): void {
  challenges.set(challengeName(autotlsName(peerIdFromString(peer), zone)), value, 3_600_000)
}

export async function startCa(t: TestContext, dns: DnsServerAddress, init: Partial<CaInit> = {}) {
  const judge = await startOwnCa({ resolver: createResolver({ servers: [dns] }), ...init })
  t.after(() => judge.stop())
  return judge
}

export interface SceneOptions {
  readonly broker?: BrokerScript
  readonly ca?: Partial<CaInit>
  readonly init?: Partial<AutoTlsIssuerInit>
  readonly token?: string
}

/** A forge and a node that wants a certificate of it. */
export async function scene(t: TestContext, options: SceneOptions = {}) {
  const dns = await startDns(t)
  const broker = await startBroker(t, dns, options.broker)
  const judge = await startCa(t, dns.address, options.ca)
  const forge: Forge = {
    ...{ domain: FORGE, broker: new URL(broker.url), directoryUrl: judge.directoryUrl, token: options.token },
    trustAnchorPem: judge.trustAnchorPem,
  }
  return { dns, broker, judge, forge, ...(await newNode(t, dns, [forge], options.init)) }
}

/** A node that has chosen forges; `again` is the same one after a crash. */
export async function newNode(
  t: TestContext,
  dns: ForgeDns,
  forges: AutoTlsIssuerInit['forges'],
  init: Partial<AutoTlsIssuerInit> = {},
) {
  const { key, peerId: peer } = await newIdentity()
  const dir = await temporaryDir(t)
  const events = collectEvents()
  const pending = createPendingKey({ dir, clock: hastyClock })
  let current: CertificateBundle | undefined
  const again = (changes: Partial<AutoTlsIssuerInit> = {}) =>
    createAutoTlsIssuer({
      ...{ forges, dir, key, peer, pending, clock: hastyClock, emit: events.emit },
      addresses: () => ['/ip4/127.0.0.1/tcp/4431'],
      current: () => current,
      resolvers: [dns.address],
      authoritative: () => Promise.resolve([dns.address]),
      poll: { firstMs: 1_000, maxMs: 1_000, deadlineMs: 600_000 },
      ...init,
      ...changes,
    })
  const issuer = again()
  const obtain = (signal = new AbortController().signal) => issuer.obtain(signal)
  /** What a keeper does with a new certificate. */
  const keep = async (bundle: CertificateBundle) => {
    current = bundle
    await pending.clear()
  }
  const steps = () =>
    events.of('step').map(({ step, status, detail }) => `${step} ${status}${status === 'progress' ? ` ${detail}` : ''}`)
  const name = `*.${autotlsName(peer, FORGE)}`
  return { key, peer, dir, events, pending, issuer, obtain, keep, again, steps, name, accounts: () => join(dir) }
}
