// What the roles are called: on the command line, in files, on the operator's page.
import { join } from 'node:path'

/** The roles that can be served. */
export const ROLE_NAMES = ['dns', 'proof', 'issue', 'ca', 'broker', 'nostr-relay'] as const
export type RoleName = (typeof ROLE_NAMES)[number]

/** Where a role keeps its key. */
export function roleKeyPath(dir: string, role: RoleName): string {
  return join(dir, `${role}.key`)
}
