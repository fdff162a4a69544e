// What the API, the tray and the command line act on: one program with its settings, its chosen network, its identity, and
// the node that is started, stopped and started anew as these change. Whoever shows it asks for `facts` and listens.
import type { FieldProblem, Problem, Settings, SettingName, State, Way } from '../../proto/api/index.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { RenewalDecision } from '../../core/acme/renewal.ts'
import type { Attempt } from '../certificates/keeper.ts'
import type { FailedAttempt } from '../certificates/retry.ts'
import type { HistoryEntry } from '../certificates/history.ts'
import type { Trigger } from '../certificates/schedule.ts'
import type { NodeEventLine } from '../events.ts'
import type { DoctorConfig } from '../doctor/situation.ts'
import type { Verdict } from '../reachability/verdict.ts'

/** One peer as the page lists it. */
export interface PeerFacts {
  readonly peerId: string
  readonly connected: boolean
  readonly pingMs: number | undefined
  /** Wall clock, milliseconds. */
  readonly lastSeenAt: number | undefined
  readonly addresses: readonly { readonly address: string; readonly trust: 'certified' | 'added' | 'unverified' }[]
}

/** What is known of the running node. Times are wall clock milliseconds. */
export interface NodeFacts {
  readonly peerId: string
  /** Announced, with /p2p/. */
  readonly addresses: readonly string[]
  readonly certificate: CertificateBundle | undefined
  /** Zone of the certificate, where it is another network's and stays until this one gave one. */
  readonly otherZone?: string | undefined
  /** Whether it leads to a root that this platform trusts; browsers do only then. */
  readonly trusted?: boolean | undefined
  readonly renewal: RenewalDecision | undefined
  readonly nextAttemptAt: number | undefined
  /** Of the last attempt; undefined after one that succeeded. */
  readonly failed: FailedAttempt | undefined
  /** The attempt under way. */
  readonly attempt: Attempt | undefined
  /** A network was chosen or configured. */
  readonly hasIssuer: boolean
  readonly verdict: Verdict | undefined
  readonly checking: boolean
  readonly ports: { readonly tcp: number | undefined; readonly wss: number | undefined }
  readonly peers: readonly PeerFacts[]
  /** Newest last. */
  readonly history: readonly HistoryEntry[]
}

/** What is known of the program. Slices that need no computing are given as the page gets them. */
export interface ProgramFacts {
  readonly phase: State['app']['phase']
  /** Why the node does not run, where `phase` is failed. */
  readonly problem: Problem | undefined
  readonly firstRun: boolean
  readonly notices: State['app']['notices']
  readonly identity: State['identity']
  readonly network: State['network']
  readonly settings: { readonly values: Settings; readonly locked: readonly SettingName[] }
  readonly node: NodeFacts | undefined
}

/** What joining came to. */
export interface Joined {
  /** The server did not answer when it was asked. */
  readonly silent: boolean
}

/** The program. Methods throw ApiError where a person can do something about it. */
export interface Program {
  /** Reads settings and identity and starts the node; what keeps the node from running is told by `facts`. */
  start(): Promise<void>
  /** Comes back within 5 seconds. */
  stop(): Promise<void>
  /** Reads the configuration again and logs what was taken and what would need a restart; never rejects. */
  reread(): Promise<void>
  facts(): ProgramFacts
  /** Called after anything that `facts` tells has changed; often, so whoever listens waits a little. */
  onChange(listener: () => void): () => void
  onEvent(listener: (line: NodeEventLine) => void): () => void
  /** The data folder. */
  readonly dir: string
  /** What a check-up needs to know of the configuration in use. */
  doctorConfig(): DoctorConfig
  trigger(reason: Trigger): void
  /** Starts the node again where it could not start; nothing where it runs. */
  retry(): void
  /**
   * Asks for a certificate, or joins the attempt under way.
   *
   * @param options.anyway  also where nobody can reach this computer
   * @returns the attempt's id
   */
  getCertificate(options?: { readonly anyway?: boolean }): string
  cancel(): void
  /** PEM; undefined without a certificate. */
  chainPem(): string | undefined
  checkReachability(): void
  /**
   * Joins the network of an invitation. Its server is asked first.
   *
   * @param options.anyway  also where that does not answer and another network would be left for it, or where another key answers
   */
  join(invitation: string, options?: { readonly anyway?: boolean }): Promise<Joined>
  /**
   * Asks whether the public network answers, where no network was chosen; `facts` tells.
   *
   * @param again  also where it was asked a while ago
   */
  lookAtPublicNetwork(again: boolean): void
  joinPublicNetwork(options?: { readonly anyway?: boolean }): Promise<Joined>
  /** @param way  over its own servers, or over its forge. @default network */
  joinSandbox(way?: Way['kind']): Promise<void>
  leave(): Promise<void>
  /** Empty where the network was not joined by one. */
  invitation(): string
  setSettings(values: Readonly<Record<string, string | number | boolean>>): Promise<readonly FieldProblem[]>
  addPeer(address: string): Promise<void>
  forgetPeer(peerId: string): Promise<void>
  unlock(passphrase: string | undefined): Promise<void>
  protect(passphrase: string): Promise<void>
  /** @returns the name of the file in the folder `exports` */
  exportIdentity(passphrase: string): Promise<string>
  importIdentity(backup: Uint8Array, passphrase: string): Promise<void>
  /** Says or takes back what only the desktop around the program knows. */
  notice(code: 'no-tray', holds: boolean): void
  dismissNotice(id: string): void
  reset(what: { readonly identity: boolean }): Promise<void>
}
