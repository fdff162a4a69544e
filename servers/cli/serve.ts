// `nodetrust serve`: runs roles in one process until it is told to stop. Roles start in the order in which they need each
// other and stop in the reverse one; a role that cannot start takes the others down with it.
import { loadConfig } from '../../core/config.ts'
import { clockFault, systemClock } from '../../core/clock.ts'
import { createLog, type Log } from '../../core/log.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { type MetricsServer, startMetricsServer } from '../admin/metrics-server.ts'
import { AdminListenError, type AdminServer, startAdminServer } from '../admin/server.ts'
import { ServersConfig } from '../config.ts'
import { ROLE_NAMES, type Role, type RoleName } from '../role.ts'
import { UsageError } from '../../core/commands/index.ts'
import { type ConfigPlace, rereadRoles } from './reread.ts'

/** What serve was told. */
export interface ServeOptions extends ConfigPlace {
  readonly roles: readonly string[]
}

/** Running roles. */
export interface Served {
  /** What each role says about itself. */
  readonly facts: ReadonlyMap<RoleName, Readonly<Record<string, unknown>>>
  /** Where the operator's page is. */
  readonly admin: string | undefined
  /** Where Prometheus finds the figures from another machine. */
  readonly metrics: string | undefined
  /** Reads configuration and files again and logs what was read, and what needs a restart; never rejects. */
  reread(): Promise<void>
  stop(): Promise<void>
}

/** The DNS has to answer before the CA can validate, the CA has to be there before the issue server asks it. */
const START_ORDER: readonly RoleName[] = ['dns', 'ca', 'proof', 'issue', 'broker', 'nostr-relay']

/**
 * Starts roles.
 *
 * @throws UsageError, ConfigError, or what kept a role from starting; none runs then
 */
export async function serveRoles(options: ServeOptions): Promise<Served> {
  const config = await loadConfig(ServersConfig, { file: options.config, env: options.env, flags: options.flags })
  const log = createLog(config.log)
  const names = readRoles(options.roles, config)
  const fault = clockFault(systemClock.now())
  if (fault !== undefined) log.error({}, fault)
  const started: Role[] = []
  const facts = new Map<RoleName, Readonly<Record<string, unknown>>>()
  let admin: AdminServer | undefined
  let metrics: MetricsServer | undefined
  const stop = async () => {
    await admin?.stop()
    await metrics?.stop()
    for (const role of started.toReversed()) {
      await role
        .stop()
        .catch((error: unknown) => log.error({ role: role.name, error: String(error) }, 'a role did not stop cleanly'))
    }
    started.length = 0
  }
  try {
    for (const name of START_ORDER.filter((role) => names.includes(role))) {
      const role = await makeRole(name, config, log.child({ role: name }))
      started.push(role)
      const fact = await role.start()
      facts.set(name, fact)
      log.info({ role: name, ...fact }, 'serving')
    }
    const reports = () => Promise.all(started.flatMap((role) => role.report?.() ?? []))
    if (config.admin?.metrics) {
      const { listen, tokenFile } = config.admin.metrics
      metrics = await startMetricsServer({ listen: splitHostPort(listen), tokenFile, reports, clock: systemClock, log })
      log.info({ metrics: metrics.url }, 'figures for Prometheus')
    }
    if (config.admin?.listen !== undefined) {
      const listen = splitHostPort(config.admin.listen)
      admin = await startAdminServer({
        zone: config.zone,
        dir: config.dir,
        listen,
        reports,
        clock: systemClock,
        log,
      }).catch((error: unknown) => {
        if (!(error instanceof AdminListenError)) throw error
        log.error({ error: error.message }, 'there is no page for the operator; the roles run without it')
        return undefined
      })
      if (admin) log.info({ page: admin.url }, 'the operator page')
    }
  } catch (error) {
    await stop()
    throw error
  }
  const reread = () => rereadRoles(options, { config, log, roles: started, metrics })
  return { facts, admin: admin?.url, metrics: metrics?.url, stop, reread }
}

function readRoles(words: readonly string[], config: ServersConfig): RoleName[] {
  const configured = ROLE_NAMES.filter((role) => config[role] !== undefined)
  const names = words.flatMap((word) => (word === 'all' ? configured : [word]))
  if (names.length === 0) throw new UsageError(`which role? ${configured.join(', ')} or all`)
  return names.map((name) => {
    const role = ROLE_NAMES.find((known) => known === name)
    if (!role) throw new UsageError(`there is no role "${name}": expected ${ROLE_NAMES.join(', ')} or all`)
    if (config[role] === undefined)
      throw new UsageError(`the configuration has no section "${role}": add it, or run \`nodetrust init ${role}\``)
    return role
  })
}

/** What a role is made of is loaded where the role runs: a DNS server has no use for orders and registrations. */
async function makeRole(name: RoleName, config: ServersConfig, log: Log): Promise<Role> {
  const { zone, dir, week } = config
  const common = { zone, dir, clock: systemClock, log }
  if (name === 'dns' && config.dns) {
    return (await import('../dns/role.ts')).dnsRole({ ...common, section: config.dns })
  }
  if (name === 'proof' && config.proof) {
    return (await import('../proof/role.ts')).proofRole({ ...common, section: config.proof })
  }
  if (name === 'issue' && config.issue) {
    return (await import('../issue/role.ts')).issueRole({ ...common, week, section: config.issue })
  }
  if (name === 'broker' && config.broker) {
    return (await import('../broker/role.ts')).brokerRole({
      ...common,
      week,
      section: config.broker,
      download: config.join.download,
      directory: config.issue?.acme.directory,
    })
  }
  if (name === 'nostr-relay' && config['nostr-relay']) {
    return (await import('../nostr-relay/role.ts')).nostrRelayRole({ ...common, section: config['nostr-relay'] })
  }
  if (name === 'ca' && config.ca) return (await import('../ca/role.ts')).caRole({ ...common, section: config.ca })
  throw new UsageError(`the configuration has no section "${name}"`)
}
