// What "Check everything" may have found, for pages that only play a node.
import { NODE_CHECKS, type NodeCheck, type NodeFinding } from '../../../proto/doctor.ts'
import type { State } from '../../../proto/api/index.ts'

type Findings = Readonly<Partial<Record<NodeCheck, NodeFinding>>>

const PORTS = { tcp: '4431', wss: '4430' }

const WELL: Findings = {
  clock: { code: 'clock-good', params: {} },
  disk: { code: 'disk-good', params: { free: '77 GB' } },
  key: { code: 'key-keychain', params: {} },
  network: { code: 'network-good', params: {} },
  ports: { code: 'ports-good', params: PORTS },
  router: { code: 'router-opened', params: { protocol: 'UPnP' } },
  'dial-back': { code: 'door-good', params: { address: '/ip4/203.0.113.7/tcp/4430' } },
  names: { code: 'names-good', params: { zone: 'nt.example.net' } },
  certificate: { code: 'certificate-good', params: { until: '2027-01-30' } },
}

const BAD: Findings = {
  ...WELL,
  clock: { code: 'clock-unknown', params: {} },
  disk: { code: 'disk-low', params: { free: '120 MB', folder: '/home/ada/.local/share/nodetrust' } },
  router: { code: 'router-silent', params: PORTS },
  'dial-back': { code: 'door-router', params: PORTS },
}

const listOf = (findings: Findings): State['doctor']['findings'] =>
  NODE_CHECKS.map((check) => ({ check, ...(findings[check] ?? { code: null, params: {} }) }))

/** By what they show; `at`: milliseconds since 1970. */
export const checkUps = (at: number) =>
  ({
    none: { startedAt: null, endedAt: null, findings: [] },
    looking: {
      ...{ startedAt: at - 3_000, endedAt: null },
      findings: listOf({ clock: WELL.clock, disk: WELL.disk, key: WELL.key, network: WELL.network } as Findings),
    },
    well: { startedAt: at - 90_000, endedAt: at - 75_000, findings: listOf(WELL) },
    bad: { startedAt: at - 90_000, endedAt: at - 75_000, findings: listOf(BAD) },
  }) as const satisfies Record<string, State['doctor']>
