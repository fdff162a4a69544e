// Looks at everything that a node needs, side by side and within one limit of time, and tells each finding as it comes. What stands on
// a look of the node itself waits for that; nothing that is found changes anything.
import { createResolver } from '../../core/dns/index.ts'
import { NODE_CHECKS, type NodeCheck, type NodeFinding } from '../../proto/doctor.ts'
import { checkCertificate } from './certificate.ts'
import { checkClock } from './clock.ts'
import { checkDialBack } from './dial-back.ts'
import { checkDisk } from './disk.ts'
import { checkKey } from './key.ts'
import { checkNames } from './names.ts'
import { checkNetwork } from './network.ts'
import { checkPorts } from './ports.ts'
import { checkRouter } from './router.ts'
import { askServers, placesOf } from '../../core/net/sign-of-life.ts'
import { found, type Check, type Situation } from './situation.ts'
import { unlessAborted } from '../../core/abort.ts'
import { reasonOf } from '../../core/net/reason.ts'
import type { Log } from '../../core/log.ts'

const CHECKS: Readonly<Record<NodeCheck, Check>> = {
  clock: checkClock,
  disk: checkDisk,
  key: checkKey,
  network: checkNetwork,
  ports: checkPorts,
  router: checkRouter,
  'dial-back': checkDialBack,
  names: checkNames,
  certificate: checkCertificate,
}

/** A look from outside takes a quarter of a minute, and nothing takes longer; a person waits for this. */
export const DOCTOR_MS = 25_000

/** What is looked at. */
export interface DoctorInit extends Omit<Situation, 'servers' | 'signal'> {
  readonly log: Log
  readonly signal: AbortSignal
  /** Told each finding as it comes. */
  readonly tell: (check: NodeCheck, finding: NodeFinding) => void
}

/**
 * Looks at everything; never rejects.
 *
 * @returns the findings, one of each check
 */
export async function runDoctor(init: DoctorInit): Promise<ReadonlyMap<NodeCheck, NodeFinding>> {
  const { config, clock, log, tell } = init
  const ended = new AbortController()
  const signal = AbortSignal.any([init.signal, ended.signal])
  const late = clock.sleep(DOCTOR_MS, signal).then(
    () => ended.abort(new Error('time is up')),
    () => undefined,
  )
  const lookup = config.resolver && createResolver({ servers: [config.resolver] }).lookup
  const servers = askServers(placesOf(config.servers), lookup, { clock, signal })
  servers.catch(() => undefined)
  const situation: Situation = { ...init, servers, signal }
  const findings = new Map<NodeCheck, NodeFinding>()
  await Promise.all(
    NODE_CHECKS.map(async (check) => {
      const finding = await unlessAborted(
        Promise.resolve().then(() => CHECKS[check](situation)),
        signal,
      ).catch((error: unknown) => {
        log.info({ check, reason: reasonOf(error) }, 'a check did not end')
        return found('unchecked')
      })
      findings.set(check, finding)
      tell(check, finding)
    }),
  )
  ended.abort(new Error('all is looked at'))
  await late
  return findings
}
