// A small ACME CA for the sandbox and for tests: the whole protocol for DNS-01, on loopback only, with certificates that say
// "not trusted". Root and intermediate can be kept in a folder; accounts and orders live as long as the process.
import { type Clock, systemClock } from '../../core/clock.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { createAccounts } from './accounts.ts'
import { type Authority, openAuthority } from './authority.ts'
import { createCertificates } from './certificates.ts'
import type { CaaResolver } from './caa.ts'
import type { HttpValidation } from './http-validation.ts'
import { type CaServer, createCaServer, type Faults } from './http.ts'
import { createLimits, type LimitOptions } from './limits.ts'
import { createNonces } from './nonces.ts'
import { createOrders, type OrderStatus } from './orders.ts'
import { DEFAULT_PROFILES, type Profile } from './profiles.ts'
import { createResources } from './resources.ts'
import type { TxtResolver } from './validation.ts'

export interface CaInit {
  /** Keeps root and intermediate here; a new root at every start where left out. */
  readonly dir?: string | undefined
  /** `127.0.0.1` (where left out), `::1` or `localhost`. */
  readonly host?: string | undefined
  /** Any free one (0) where left out. */
  readonly port?: number | undefined
  /** Asked for the challenge's TXT values. */
  readonly resolver: TxtResolver
  /** Asked for CAA records, which are looked at only where this is given. */
  readonly caa?: CaaResolver | undefined
  /** How names are proved by HTTP as well, on loopback; for showing what that leads to. */
  readonly http?: HttpValidation | undefined
  readonly clock?: Clock | undefined
  /** Added to `classic` (90 days) and `shortlived` (6 days); one with the same name takes its place. */
  readonly profiles?: Readonly<Record<string, Profile>> | undefined
  /** For orders that name none; `classic` where left out. */
  readonly defaultProfile?: string | undefined
  /** None where left out; LETS_ENCRYPT_LIMITS are those of Let's Encrypt. */
  readonly limits?: LimitOptions | undefined
  /** Which names may be certified, lower case, with `*.` where it is a wildcard; all where left out. */
  readonly allow?: ((name: string) => boolean) | undefined
  /** What rate limits count as one domain; the last two labels where left out. */
  readonly registeredDomain?: ((name: string) => string) | undefined
  /** Key ids and their base64url secrets; an account needs one of them where given. */
  readonly externalAccounts?: Readonly<Record<string, string>> | undefined
  /** For tests. */
  readonly faults?: Faults | undefined
  readonly log?: Log | undefined
}

/** One certificate, for lists. */
export interface IssuedFacts {
  readonly serial: string
  readonly names: readonly string[]
  readonly account: string
  readonly profile: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  readonly revoked: boolean
  readonly chainPem: string
}

export interface CaStats {
  readonly accounts: number
  readonly certificates: number
  readonly orders: Readonly<Record<OrderStatus, number>>
}

export interface Ca {
  /**
   * Starts it.
   *
   * @returns the directory's address, and the root that clients have to trust for it (and nothing else should)
   * @throws CaStateError, FileError, the listener's error (EADDRINUSE)
   */
  start(): Promise<{ readonly directoryUrl: string; readonly rootPem: string; readonly rootPath: string | undefined }>
  /** Cuts every connection; comes back at once. It can be started again and has forgotten accounts and orders then. */
  stop(): Promise<void>
  stats(): CaStats
  /** Every certificate since the start, oldest first. */
  issued(): readonly IssuedFacts[]
}

/** A setting that this CA does not accept. */
export class CaConfigError extends Error {
  override readonly name = 'CaConfigError'
}

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Makes a CA; nothing listens before start().
 *
 * @throws CaConfigError for a host that is not loopback, or a default profile that does not exist
 */
export function createCa(init: CaInit): Ca {
  const host = init.host ?? '127.0.0.1'
  if (!LOOPBACK_HOSTS.has(host)) {
    throw new CaConfigError(`host ${host}: this CA serves loopback only (127.0.0.1, ::1 or localhost)`)
  }
  const profiles = { ...DEFAULT_PROFILES, ...init.profiles }
  const defaultProfile = init.defaultProfile ?? 'classic'
  if (!Object.hasOwn(profiles, defaultProfile)) {
    throw new CaConfigError(`default profile ${defaultProfile}: there are ${Object.keys(profiles).join(', ')}`)
  }
  const clock = init.clock ?? systemClock
  let running: Running | undefined

  return {
    async start() {
      if (running) return running.facts
      const authority = await openAuthority({ dir: init.dir, clock })
      running = await run({ ...init, host, clock }, { profiles, defaultProfile }, authority)
      return running.facts
    },
    async stop() {
      const stopping = running
      running = undefined
      await stopping?.stop()
    },
    stats: () => running?.stats() ?? { accounts: 0, certificates: 0, orders: NO_ORDERS },
    issued: () => running?.issued() ?? [],
  }
}

const NO_ORDERS = { pending: 0, ready: 0, processing: 0, valid: 0, invalid: 0 }

interface Running {
  readonly facts: Awaited<ReturnType<Ca['start']>>
  stop(): Promise<void>
  stats(): CaStats
  issued(): readonly IssuedFacts[]
}

async function run(
  init: CaInit & { readonly host: string; readonly clock: Clock },
  kinds: { readonly profiles: Readonly<Record<string, Profile>>; readonly defaultProfile: string },
  authority: Authority,
): Promise<Running> {
  const { clock } = init
  const log = init.log ?? silentLog
  const stopping = new AbortController()
  const nonces = createNonces()
  const accounts = createAccounts(init.externalAccounts)
  const certificates = createCertificates(clock)
  let origin = ''
  const orders = createOrders({
    authority,
    certificates,
    limits: createLimits(init.limits ?? {}, clock),
    ...{ resolver: init.resolver, caa: init.caa, http: init.http },
    accountUrl: ({ id }) => `${origin}/account/${id}`,
    profiles: kinds.profiles,
    registeredDomain: init.registeredDomain ?? ((name) => name.split('.').slice(-2).join('.')),
    clock,
    log,
    stopping: stopping.signal,
  })
  const handle = createResources({
    ...kinds,
    accounts,
    orders,
    certificates,
    nonces,
    allow: init.allow ?? (() => true),
    externalAccountRequired: init.externalAccounts !== undefined,
    checksCaa: init.caa !== undefined,
    validatesByHttp: init.http !== undefined,
    rootPem: authority.rootPem,
    origin: () => origin,
  })
  const server: CaServer = createCaServer({
    host: init.host,
    port: init.port ?? 0,
    tls: await authority.listenerTls(),
    handle,
    commonHeaders: () => ({
      'replay-nonce': nonces.issue(),
      'cache-control': 'no-store',
      link: `<${origin}/directory>;rel="index"`,
    }),
    faults: init.faults ?? {},
    log,
  })
  origin = await server.start()
  log.info({ directory: `${origin}/directory` }, 'CA started')
  return {
    facts: { directoryUrl: `${origin}/directory`, rootPem: authority.rootPem, rootPath: authority.rootPath },
    async stop() {
      stopping.abort(new Error('the CA was stopped'))
      await server.stop()
    },
    stats: () => ({
      accounts: accounts.count(),
      certificates: certificates.all().length,
      orders: orders.byStatus(),
    }),
    issued: () =>
      certificates.all().map(({ serial, names, account, profile, notBefore, notAfter, revoked, chainPem }) => ({
        serial,
        names,
        account,
        profile,
        notBefore,
        notAfter,
        revoked: revoked !== undefined,
        chainPem,
      })),
  }
}
