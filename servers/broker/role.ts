// The broker as `nodetrust serve broker` runs it: the HTTP side of AutoTLS, where a peer proves who it is and where it can be
// found, and gets the value of its ACME challenge into the DNS. The certificate is between the peer and its CA.
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { ConfigError } from '../../core/config.ts'
import { joinHostPort, splitHostPort } from '../../core/net/host-port.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { createAuthServer } from '../../proto/peer-id-auth.ts'
import { caaIdentities, issueValues } from '../dns/ca-identity.ts'
import { dnsClient, type DnsWriter } from '../dns/client.ts'
import { createPreCheck } from '../dns/pre-check.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { startRoleHost, type RoleHost } from '../role-host.ts'
import { openWeek } from '../quota/week.ts'
import { openSqliteRegistrations, type RegistrationStore } from '../store/sqlite-registrations.ts'
import { openAccess } from './access.ts'
import { type BrokerCertificate, openBrokerCertificate } from './certificate.ts'
import { openDenylist } from '../denylist.ts'
import { every } from '../every.ts'
import { createDialBack, type DialBackInit } from './dial-back.ts'
import { type BrokerHttp, type BrokerHttpInit, startBrokerHttp } from './http.ts'
import { brokerInvitation, type InvitationList, invitationsPath, openInvitations } from './invitations.ts'
import { createMetrics } from './metrics.ts'
import { KNOWN_MS } from './buckets.ts'
import { createQuotas } from './quotas.ts'
import { createRegistrar } from './register.ts'
import { brokerReport } from './report.ts'
import { createRequestRate } from './request-rate.ts'
import { createValues, VALUE_LIFE_MS } from './values.ts'
import { NotRunningError, type RoleReport } from '../admin/report.ts'
import type { BrokerSection, WeekSection } from '../config.ts'
import type { Role } from '../role.ts'
import type { ChallengeValue } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { PrivateKey } from '@libp2p/interface'

/** What the role is made of. */
export interface BrokerRoleInit {
  readonly zone: string
  readonly dir: string
  readonly section: BrokerSection
  /** New certificates that there are. @default the schema's */
  readonly week?: WeekSection | undefined
  /** Where visitors of the page of an invitation get the app. */
  readonly download?: string | undefined
  /** Directory of the CA at which they count; peers choose theirs, and nearly all choose the same. @default Let's Encrypt's */
  readonly directory?: string | undefined
  readonly clock: Clock
  readonly log: Log
  /** Where an address is dialled instead; for networks that a test makes up. */
  readonly translate?: DialBackInit['translate'] | undefined
  readonly timeouts?: BrokerHttpInit['timeouts']
}

/** Between two looks at files that may have changed, and between two clean-ups of the store. */
const LOOK_AGAIN_MS = 10_000
const CLEAN_UP_MS = 3_600_000

/** Refusals are of interest while somebody may ask; who succeeded counts as known for longer than any of it is shown. */
const FAILED_LIFE_MS = 14 * 24 * 3_600_000
const SUCCEEDED_LIFE_MS = 3 * KNOWN_MS

const SHOWN_REGISTRATIONS = 50

/** Makes the role. */
export function brokerRole(init: BrokerRoleInit): Role {
  const { zone, dir, section, clock, log } = init
  const stopping = new AbortController()
  let tasks: readonly Promise<void>[] = []
  let running: RoleHost | undefined
  let writer: DnsWriter | undefined
  let store: RegistrationStore | undefined
  let week: ReturnType<typeof openWeek> | undefined
  let server: BrokerHttp | undefined
  let report: (() => Promise<RoleReport>) | undefined
  let certificate: BrokerCertificate | undefined
  let reread: Role['reread']
  return {
    name: 'broker',
    async start() {
      const startedAt = clock.now()
      checkOwnName(section, zone)
      const registrations = openSqliteRegistrations(join(dir, 'broker.sqlite'))
      store = registrations
      const zoneWeek = openWeek({ dir, section: init.week, directory: init.directory, clock })
      week = zoneWeek
      const denylist = await openDenylist({ paths: section.denylists, zone, log, now: () => clock.now() })
      const people = await openInvitations({ path: invitationsPath(dir), log })
      running = await startRoleHost({ role: 'broker', dir, listen: [], clock, log })
      const { host, key } = running
      const { signal } = stopping
      await serveAutonat({ host, addressClasses: section.addressClasses, clock, log, signal })
      const metrics = createMetrics()
      const { limits } = section
      const quotas = createQuotas({
        ...{ limits, busyMs: section.dialTimeoutMs },
        ...{ week: zoneWeek, store: registrations, clock },
      })
      const dialBack = createDialBack({
        timeoutMs: section.dialTimeoutMs,
        atOnce: limits.dialsAtOnce,
        clock,
        log,
        translate: init.translate,
      })
      const dns = dnsClient(
        host,
        section.dnsServers.map(({ control }) => control),
        { known: await knownValues(registrations, zone, clock), clock, log },
      )
      writer = dns
      // the CAs that peers use: those whose accounts are known, and the one that invitations name
      const identities = [
        ...section.accounts.map(({ issuer }) => issuer),
        ...caaIdentities(init.directory, { configured: section.caaIdentities }),
      ]
      await dns.tellIssuers('autotls', issueValues(identities), stopping.signal)
      await dns.start()
      const preCheck = createPreCheck({ servers: section.dnsServers, withinMs: section.dnsWaitMs, clock, log })
      // nobody is refused for it: without it the broker speaks to nobody
      const onNewName = async () => void (await zoneWeek.take())
      const own = await openBrokerCertificate({ zone, dir, section, dns, preCheck, onNewName, clock, log })
      certificate = own
      const access = await openAccess(section.access, people)
      const http = await startBrokerHttp({
        listen: splitHostPort(section.listen),
        url: section.url,
        tls: own.tls,
        trustedProxies: section.trustedProxies,
        maxConnections: limits.connections,
        maxPerNetwork: limits.connectionsPerPrefix,
        rate: createRequestRate(limits.requestsPerPrefixAndMinute, clock),
        authenticate: createAuthServer({
          key,
          secret: sealingSecret(key),
          now: () => clock.now(),
          firstUse: (challenge, expiresAt) => registrations.spend(challenge, expiresAt, clock.now()),
        }),
        register: createRegistrar({
          ...{ access, section, quotas, denylist, dialBack, store: registrations, metrics, clock, log },
          values: createValues({
            ...{ zone, dns, preCheck, showMs: section.dnsWaitMs, store: registrations, clock, log },
            stopping: stopping.signal,
          }),
        }),
        // what passes in seconds is no illness: Go's client stays away for an hour after any answer but 204
        health: () => quotas.waitForNew(),
        download: init.download,
        metrics,
        log,
        timeouts: init.timeouts,
      })
      server = http
      if (isOpenAndPlain(section))
        log.warn(
          { listen: section.listen },
          'plain HTTP on an address that others can reach: only a reverse proxy should',
        )
      const invitation = brokerInvitation({ zone, url: http.url, directory: init.directory })
      report = async () =>
        brokerReport({
          ...{ zone, url: http.url, peer: host.peerId.toString(), startedAt, now: clock.now() },
          certificate: own.state(),
          quota: await quotas.state(),
          dialBacks: dialBack.underWay(),
          dnsBehind: dns.behind(),
          invitation: isClosed(section, people) ? undefined : invitation,
          day: await registrations.ofDay(clock.now()),
          inflight: http.inflight(),
          denylists: denylist.state(),
          invited: people.current()?.map(({ name }) => name),
          newest: await registrations.newest(SHOWN_REGISTRATIONS),
          counted: metrics.figures(),
        })
      own.start((pair) => http.setCertificate(pair))
      const lookAgain = async () => {
        await denylist.refresh()
        await people.refresh()
      }
      reread = async (config) => {
        await denylist.refresh({ all: true })
        await people.refresh()
        await own.reread?.()
        try {
          await access.reread(config.broker?.access ?? section.access)
        } catch (error) {
          log.error({ error: String(error) }, 'who may register could not be read again; what held before holds')
        }
        const lists = section.denylists.length > 0 ? ['broker.denylists'] : []
        return [...lists, ...(section.tls ? ['broker.tls'] : []), 'broker.access', 'invitations']
      }
      const cleanUp = () =>
        registrations.forget({
          succeeded: clock.now() - SUCCEEDED_LIFE_MS,
          failed: clock.now() - FAILED_LIFE_MS,
          values: clock.now() - VALUE_LIFE_MS,
          moments: clock.now(),
        })
      await cleanUp()
      const regular = { clock, log, signal: stopping.signal }
      tasks = [every(LOOK_AGAIN_MS, lookAgain, regular), every(CLEAN_UP_MS, cleanUp, regular)]
      return {
        peer: host.peerId.toString(),
        forge: zone,
        url: http.url,
        invitation,
        listen: joinHostPort(http.address),
      }
    },
    async report() {
      if (!report) throw new NotRunningError('broker')
      return report()
    },
    reread: async (config) => (await reread?.(config)) ?? [],
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await Promise.all(tasks)
      await server?.stop()
      await certificate?.stop()
      await writer?.stop()
      await running?.stop()
      await week?.close()
      await store?.close()
    },
  }
}

/** Values that an earlier life of this broker has set: a DNS server that was restored meanwhile lacks them. */
async function knownValues(store: RegistrationStore, zone: string, clock: Clock): Promise<readonly ChallengeValue[]> {
  const values = await store.values(clock.now() - VALUE_LIFE_MS)
  return values.map(({ peer, value }) => ({
    name: challengeName(autotlsName(peerIdFromString(peer), zone)),
    value,
  }))
}

/** Whether only those who were invited may register. */
function isClosed({ access }: BrokerSection, people: InvitationList): boolean {
  const { tokenFile, invitations, peers } = access
  return people.current() !== undefined || tokenFile !== undefined || invitations.length > 0 || peers.length > 0
}

/** Whether requests can come in without TLS from elsewhere. */
function isOpenAndPlain({ tls, acme, listen }: BrokerSection): boolean {
  const { host } = splitHostPort(listen)
  return !tls && !acme && host !== '::1' && !host.startsWith('127.')
}

/** A CA asks below the zone's own name, and nowhere else can the DNS answer for us. */
function checkOwnName({ acme, tls, url }: BrokerSection, zone: string): void {
  if (acme && new URL(url).hostname !== zone)
    throw new ConfigError(`\`broker.acme\` gets a certificate for ${zone} only: let \`broker.url\` be https://${zone}`)
  if (acme && tls) throw new ConfigError('`broker.acme` and `broker.tls` are two ways to a certificate: choose one')
}

/**
 * What seals challenges and tokens: made of the key, so that both legs of a handshake may meet different lives of the broker,
 * and of nothing else that the key does.
 */
function sealingSecret(key: PrivateKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHmac('sha256', key.raw).update('nodetrust broker: challenges and tokens').digest())
}
