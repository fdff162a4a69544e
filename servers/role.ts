// What every role has in common, whatever it does: a name, a beginning, an end that does not take long, and facts about
// itself once it runs.

import type { RoleReport } from './admin/report.ts'
import type { ServersConfig } from './config.ts'
import type { RoleName } from './role-names.ts'

export { ROLE_NAMES, type RoleName } from './role-names.ts'

/** One running role. */
export interface Role {
  readonly name: RoleName
  /**
   * Starts it.
   *
   * @returns what others need to find it: addresses, URLs, its peer id
   * @throws a typed error; nothing is left running then
   */
  start(): Promise<Readonly<Record<string, unknown>>>
  /** What it tells its operator, once it runs; the roles that are for trying things out have nothing to tell. */
  report?(): Promise<RoleReport>
  /**
   * Reads again what is in files and can change while it runs; what cannot be read keeps its last content and is logged.
   *
   * @param config  read again as well; only what the role says is taken from it
   * @returns what was read, in words
   */
  reread?(config: ServersConfig): Promise<readonly string[]>
  /** Stops it; comes back within 5 seconds. */
  stop(): Promise<void>
}
