// What the checks of a host stand on, and what each of them gives: lines for the operator, in English as all of the servers' words.
import type { Clock } from '../../core/clock.ts'
import type { DnsServerAddress } from '../../core/dns/index.ts'
import type { Answered } from '../../core/net/sign-of-life.ts'
import type { DoctorLine, FindingStatus } from '../../proto/doctor.ts'
import type { ServersConfig } from '../config.ts'
import type { Referral } from './parent.ts'

/** Everything. */
export interface HostSituation {
  readonly config: ServersConfig
  /** Resolvers of this machine, or the one that was named. */
  readonly resolvers: readonly DnsServerAddress[]
  /** What the zone above says of ours; asked once for all checks. */
  readonly referral: Promise<Referral | undefined>
  /** The CA's directory, asked once; undefined where no role asks a CA. */
  readonly ca: Promise<Answered | undefined>
  /** A peer elsewhere that looks from outside, with /p2p/. */
  readonly peer: string | undefined
  /** The last backup, where its time is not noted in the folder. */
  readonly backup: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** One look: a line, or several of the same kind. @throws the signal's reason */
export type HostCheck = (situation: HostSituation) => Promise<readonly DoctorLine[]>

/** Makes the lines of one check. */
export function linesOf(check: string, title: string) {
  return (status: FindingStatus, say: string, todo = ''): DoctorLine => ({ check, status, title, say, todo })
}

/** The names of the zone's servers and their addresses, as the configuration has them; empty where another machine has the DNS. */
export function configuredServers({
  dns,
}: ServersConfig): readonly { readonly name: string; readonly ips: readonly string[] }[] {
  return dns?.nameServers.map(({ name, addresses }) => ({ name, ips: addresses })) ?? []
}
