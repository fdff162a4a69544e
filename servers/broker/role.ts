// The broker as `nodetrust serve broker` runs it: the HTTP side of AutoTLS, where a peer proves who it is and where it can be
// found, and gets the value of its ACME challenge into the DNS. The certificate is between the peer and its CA.
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../core/config.ts'
import { FileError } from '../../core/files.ts'
import { joinHostPort, splitHostPort } from '../../core/net/host-port.ts'
import { VERSION } from '../../core/version.ts'
import { formatInvitation } from '../../proto/invitation.ts'
import { createAuthServer } from '../../proto/peer-id-auth.ts'
import { dnsClient } from '../dns/client.ts'
import { createPreCheck } from '../dns/pre-check.ts'
import { type CertificateAuthority, openCertificateAuthority } from '../issue/acme.ts'
import { startRoleHost, type RoleHost } from '../role-host.ts'
import { openWeek } from '../quota/week.ts'
import { openSqliteRegistrations, type RegistrationStore } from '../store/sqlite-registrations.ts'
import { openAccess } from './access.ts'
import { type BrokerAdmin, startBrokerAdmin } from './admin.ts'
import { openDenylist } from '../denylist.ts'
import { createDialBack, type DialBackInit } from './dial-back.ts'
import { type BrokerHttp, type BrokerHttpInit, startBrokerHttp } from './http.ts'
import { createMetrics } from './metrics.ts'
import { keepOwnCertificate } from './own-certificate.ts'
import { createQuotas, KNOWN_MS } from './quotas.ts'
import { createRegistrar } from './register.ts'
import { createRequestRate } from './request-rate.ts'
import type { BrokerSection, WeekSection } from '../config.ts'
import type { Role } from '../role.ts'
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
  const timers: NodeJS.Timeout[] = []
  let running: RoleHost | undefined
  let store: RegistrationStore | undefined
  let week: ReturnType<typeof openWeek> | undefined
  let server: BrokerHttp | undefined
  let admin: BrokerAdmin | undefined
  let ca: CertificateAuthority | undefined
  let certificate: Promise<void> | undefined
  const stopping = new AbortController()
  return {
    name: 'broker',
    async start() {
      const startedAt = clock.now()
      checkOwnName(section, zone)
      const registrations = openSqliteRegistrations(join(dir, 'broker.sqlite'))
      store = registrations
      const zoneWeek = openWeek({ dir, section: init.week, directory: init.directory, clock })
      week = zoneWeek
      const denylist = await openDenylist({ paths: section.denylists, log, now: () => clock.now() })
      const tls = section.tls && (await certificateFiles(section.tls))
      running = await startRoleHost({ role: 'broker', dir, listen: [], clock, log })
      const { host, key } = running
      const metrics = createMetrics()
      const { limits } = section
      const quotas = createQuotas({ limits, week: zoneWeek, store: registrations, clock })
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
      )
      const preCheck = createPreCheck({ servers: section.dnsServers, withinMs: section.dnsWaitMs, clock })
      const http = await startBrokerHttp({
        listen: splitHostPort(section.listen),
        url: section.url,
        tls: section.acme ? {} : await tls?.read(),
        trustedProxies: section.trustedProxies,
        maxConnections: limits.connections,
        rate: createRequestRate(limits.requestsPerPrefixAndMinute, clock),
        authenticate: createAuthServer({
          key,
          secret: sealingSecret(key),
          now: () => clock.now(),
          firstUse: (challenge, expiresAt) => registrations.spend(challenge, expiresAt, clock.now()),
        }),
        access: await openAccess(section.access),
        register: createRegistrar({
          ...{ zone, section, quotas, denylist, dialBack, store: registrations, metrics, clock, log },
          dns,
          preCheck,
        }),
        health: async () => (dialBack.underWay() >= limits.dialsAtOnce ? LOOK_AGAIN_MS : (await quotas.state()).waitMs),
        metrics,
        log,
        timeouts: init.timeouts,
      })
      server = http
      if (section.admin !== undefined)
        admin = await startBrokerAdmin({
          listen: splitHostPort(section.admin),
          metrics,
          version: VERSION,
          log,
          state: async () => ({
            ...{ zone, url: http.url, peer: host.peerId.toString(), startedAt, now: clock.now() },
            quota: await quotas.state(),
            dialBacks: dialBack.underWay(),
            inflight: http.inflight(),
            denylists: denylist.state(),
            newest: await registrations.newest(SHOWN_REGISTRATIONS),
          }),
        })
      if (section.acme) {
        ca = await openCertificateAuthority({ section: section.acme, dir: join(dir, 'broker-acme'), clock, log })
        const use = (pair: { readonly key: string; readonly cert: string }) => http.setCertificate(pair)
        certificate = keepOwnCertificate(
          { name: zone, dir, run: ca.run, dns, preCheck, use, clock, log },
          stopping.signal,
        ).catch((error: unknown) =>
          log.error({ error: String(error) }, "the broker's own certificate is not kept any more"),
        )
      }
      const lookAgain = async () => {
        await denylist.refresh()
        if (tls && (await tls.changed())) http.setCertificate(await tls.read())
      }
      const cleanUp = () =>
        registrations.forget({
          succeeded: clock.now() - SUCCEEDED_LIFE_MS,
          failed: clock.now() - FAILED_LIFE_MS,
          moments: clock.now(),
        })
      await cleanUp()
      timers.push(every(LOOK_AGAIN_MS, lookAgain, log), every(CLEAN_UP_MS, cleanUp, log))
      return {
        peer: host.peerId.toString(),
        forge: zone,
        url: http.url,
        invitation: formatInvitation({ zone, name: zone, issue: [], broker: http.url.replace(/\/$/, '') }),
        listen: joinHostPort(http.address),
        ...(admin ? { admin: `http://${joinHostPort(admin.address)}/` } : {}),
      }
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      stopping.abort(new Error('the role was stopped'))
      await server?.stop()
      await admin?.stop()
      await certificate
      ca?.close()
      await running?.stop()
      await week?.close()
      await store?.close()
    },
  }
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

/** The PEM files of the broker's own certificate. */
async function certificateFiles({ certificateFile, keyFile }: NonNullable<BrokerSection['tls']>): Promise<{
  read(): Promise<{ readonly cert: Buffer; readonly key: Buffer }>
  changed(): Promise<boolean>
}> {
  const readOne = async (path: string): Promise<Buffer> => {
    try {
      return await readFile(path)
    } catch (error) {
      throw new FileError(path, 'read', error)
    }
  }
  let last = ''
  const changed = async () => {
    const now = `${(await readOne(certificateFile)).toString('base64')}.${(await readOne(keyFile)).toString('base64')}`
    const differs = now !== last
    last = now
    return differs
  }
  await changed()
  return { changed, read: async () => ({ cert: await readOne(certificateFile), key: await readOne(keyFile) }) }
}

function every(ms: number, work: () => Promise<void>, log: Log): NodeJS.Timeout {
  return setInterval(() => {
    work().catch((error: unknown) =>
      log.warn({ error: String(error) }, 'a regular task failed; it will be tried again'),
    )
  }, ms)
}
