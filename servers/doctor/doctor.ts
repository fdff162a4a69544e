// Looks at everything that a host's zone needs, side by side and within one limit of time.
import { getServers } from 'node:dns'
import { unlessAborted } from '../../core/abort.ts'
import { directoryUrl } from '../../core/acme/directories.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import { createResolver } from '../../core/dns/index.ts'
import { systemResolvers } from '../../core/dns/system-resolvers.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { askServers, placesOf } from '../../core/net/sign-of-life.ts'
import { checkCa, checkLimits, checkWeek } from './ca.ts'
import { checkCaa } from './caa.ts'
import { checkDelegation, checkDs, checkGlue } from './delegation.ts'
import { checkDns } from './dns.ts'
import { linesOf, type HostCheck, type HostSituation } from './look.ts'
import { checkBackup, checkClock, checkDisk, checkKeys } from './machine.ts'
import { askParent } from './parent.ts'
import { checkOutside, checkPorts } from './ports.ts'
import type { DoctorLine } from '../../proto/doctor.ts'
import type { ServersConfig } from '../config.ts'

const CHECKS: readonly (readonly [name: string, title: string, check: HostCheck])[] = [
  ['clock', 'Clock', checkClock],
  ['disk', 'Disk', checkDisk],
  ['keys', 'Keys', checkKeys],
  ['delegation', 'Delegation', checkDelegation],
  ['glue', 'Glue', checkGlue],
  ['ds', 'DS', checkDs],
  ['dns', 'DNS', checkDns],
  ['caa', 'CAA', checkCaa],
  ['ports', 'Ports', checkPorts],
  ['outside', 'From outside', checkOutside],
  ['ca', 'CA', checkCa],
  ['limits', 'Limits', checkLimits],
  ['week', 'Week', checkWeek],
  ['backup', 'Backup', checkBackup],
]

/** A peer that is asked about each port takes longest. */
const HOST_DOCTOR_MS = 30_000

/** What is looked at. */
export interface HostDoctorInit {
  readonly config: ServersConfig
  /** `IP:PORT`. @default the machine's own */
  readonly resolver?: string | undefined
  /** Address of a peer elsewhere, with /p2p/. */
  readonly peer?: string | undefined
  /** The last backup. @default what is noted in the folder */
  readonly backup?: string | undefined
  readonly clock?: Clock | undefined
  readonly signal: AbortSignal
}

/** Looks; never rejects. */
export async function lookAtHost(init: HostDoctorInit): Promise<readonly DoctorLine[]> {
  const { config, resolver, peer, backup, clock = systemClock } = init
  const ended = new AbortController()
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(HOST_DOCTOR_MS), ended.signal])
  const named = resolver === undefined ? undefined : parseHostPort(resolver)
  const resolvers = named ? [named] : systemResolvers(getServers())
  const lookup = named && createResolver({ servers: [named] }).lookup
  const acme = config.issue?.acme ?? config.broker?.acme
  const ca = acme && askServers(placesOf([directoryUrl(acme.directory)]), lookup, { clock, signal })
  const situation: HostSituation = {
    ...{ config, resolvers, peer, backup, clock, signal },
    referral: quiet(askParent(config.zone, resolvers, signal)),
    ca: quiet(Promise.resolve(ca).then((answers) => answers?.[0])),
  }
  const lines = await Promise.all(
    CHECKS.map(async ([name, title, check]) =>
      unlessAborted(check(situation), signal).catch((error: unknown) => [
        linesOf(name, title)(
          'unknown',
          `It could not be looked at: ${error instanceof Error ? error.message : String(error)}.`,
        ),
      ]),
    ),
  )
  ended.abort(new Error('all is looked at'))
  return lines.flat()
}

/** Whoever waits for it hears of its failure. */
function quiet<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined)
  return work
}
