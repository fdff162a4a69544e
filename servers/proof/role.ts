// The proof role as `nodetrust serve proof` runs it.
import { startRoleHost, type RoleHost } from '../role-host.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { createProofCounters, proofReport } from './report.ts'
import { serveProofs } from './proof.ts'
import type { ProofSection } from '../config.ts'
import type { Role } from '../role.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What the role is made of. */
export interface ProofRoleInit {
  readonly dir: string
  readonly section: ProofSection
  readonly clock: Clock
  readonly log: Log
}

/** Makes the role. */
export function proofRole({ dir, section, clock, log }: ProofRoleInit): Role {
  const stopping = new AbortController()
  let running: RoleHost | undefined
  const counters = createProofCounters()
  const startedAt = clock.now()
  return {
    name: 'proof',
    async start() {
      running = await startRoleHost({ role: 'proof', dir, ...section, clock, log })
      const { host, key } = running
      const { addressClasses } = section
      await serveProofs({ host, key, addressClasses, counters, clock, log, signal: stopping.signal })
      await serveAutonat({ host, addressClasses, clock, log, signal: stopping.signal })
      return { peer: host.peerId.toString(), addresses: running.addresses() }
    },
    report: async () =>
      proofReport({ peer: running?.host.peerId.toString() ?? '', startedAt, now: clock.now(), counters }),
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await running?.stop()
    },
  }
}
