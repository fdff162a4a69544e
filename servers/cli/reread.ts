// What SIGHUP does to running roles: the configuration is read again, each role takes from it and from its files what can change
// while it runs, and the log says what that was and what would need a restart. Nothing that is wrong in it stops anybody.
import { changedKeys, loadConfig } from '../../core/config.ts'
import { ServersConfig } from '../config.ts'
import type { Log } from '../../core/log.ts'
import type { MetricsServer } from '../admin/metrics-server.ts'
import type { Role } from '../role.ts'

/** Where the configuration is. */
export interface ConfigPlace {
  readonly config: string
  readonly flags: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What runs, and what it was started with. */
export interface Running {
  readonly config: ServersConfig
  readonly log: Log
  readonly roles: readonly Role[]
  readonly metrics: MetricsServer | undefined
}

/** Keys that a role takes from the new configuration. */
const TAKEN = new Set(['broker.access'])

/** Reads everything again. Never rejects. */
export async function rereadRoles(place: ConfigPlace, { config, log, roles, metrics }: Running): Promise<void> {
  const next = await readAgain(place, log)
  const read: string[] = []
  for (const role of roles) {
    try {
      read.push(...((await role.reread?.(next ?? config)) ?? []))
    } catch (error) {
      log.error({ role: role.name, error: String(error) }, 'could not be read again; what was known counts')
    }
  }
  if (metrics) {
    try {
      await metrics.reread()
      read.push('admin.metrics.tokenFile')
    } catch (error) {
      log.error(
        { error: String(error) },
        'the token for the figures could not be read again; the one from before counts',
      )
    }
  }
  log.info({ read }, 'read again')
  const needsRestart = next ? changedKeys(config, next).filter((key) => !TAKEN.has(key)) : []
  if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'these changed and count after a restart only')
}

async function readAgain(place: ConfigPlace, log: Log): Promise<ServersConfig | undefined> {
  try {
    return await loadConfig(ServersConfig, { file: place.config, env: place.env, flags: place.flags })
  } catch (error) {
    log.error({ error: String(error) }, 'the configuration cannot be read again; the one from the start counts')
    return undefined
  }
}
