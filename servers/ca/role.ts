// The CA role as `nodetrust serve ca` and the sandbox run it: on loopback, validating against the zone's own DNS server, its
// root kept in a file that whoever tries things out can trust on purpose.
import { join } from 'node:path'
import { createResolver } from '../../core/dns/index.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { type Ca, createCa } from './ca.ts'
import type { CaSection } from '../config.ts'
import type { Role } from '../role.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What the role is made of. */
export interface CaRoleInit {
  readonly dir: string
  readonly section: CaSection
  readonly clock: Clock
  readonly log: Log
}

/** Makes the role. */
export function caRole({ dir, section, clock, log }: CaRoleInit): Role {
  let ca: Ca | undefined
  return {
    name: 'ca',
    async start() {
      const resolver = createResolver({ servers: [splitHostPort(section.resolver)], clock })
      ca = createCa({ dir: join(dir, 'ca'), port: section.port, resolver, caa: resolver, clock, log })
      const { directoryUrl, rootPath } = await ca.start()
      return { directory: directoryUrl, root: rootPath, trustAnchor: rootPath }
    },
    async stop() {
      await ca?.stop()
    },
  }
}
