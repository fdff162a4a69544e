// What the checks of a node stand on: one value, made of a running node or of its folder and configuration alone. A check asks for
// nothing else, so each of them can be tried by itself.
import type { Clock } from '../../core/clock.ts'
import type { HostPort } from '../../core/net/host-port.ts'
import type { NodeFinding } from '../../proto/doctor.ts'
import type { State } from '../../proto/api/index.ts'
import type { NodeFacts } from '../node-facts.ts'
import type { Answered } from '../../core/net/sign-of-life.ts'

/** What of the configuration matters here. */
export interface DoctorConfig {
  /** Addresses of the issue server, URLs of brokers and of their CAs. */
  readonly servers: readonly string[]
  /** DNS server that is asked instead of the system's. */
  readonly resolver: HostPort | undefined
  readonly mapPorts: boolean
  readonly ports: { readonly tcp: number | undefined; readonly wss: number | undefined }
  /** Where on this machine they are reached; one of them is enough. */
  readonly hosts: { readonly tcp: readonly string[]; readonly wss: readonly string[] }
}

/** The certificate that should be in service. */
export interface DoctorCertificate {
  readonly names: readonly string[]
  /** Leaf first. */
  readonly chainPem: string
  readonly notBefore: number
  readonly notAfter: number
}

/** Everything. */
export interface Situation {
  /** The data folder. */
  readonly dir: string
  readonly clock: Clock
  readonly config: DoctorConfig
  readonly identity: Pick<State['identity'], 'state' | 'store' | 'fellBack'> | undefined
  /** The choice of a network; undefined where none was made. */
  readonly hasNetwork: boolean
  /** Process that has the folder and cannot be asked. */
  readonly heldBy?: number | undefined
  readonly certificate: DoctorCertificate | undefined
  /** The running node as it is now; undefined where none runs. */
  readonly node: () => NodeFacts | undefined
  /** What the servers of the network say to a question; asked once for all checks. */
  readonly servers: Promise<readonly Answered[]>
  /** Over when the node has looked anew whether it can be reached; at once where none runs. */
  readonly looked: Promise<void>
  readonly signal: AbortSignal
}

/** One look. @throws the signal's reason */
export type Check = (situation: Situation) => Promise<NodeFinding> | NodeFinding

/** Short for a finding. */
export function found(code: NodeFinding['code'], params: NodeFinding['params'] = {}): NodeFinding {
  return { code, params }
}
