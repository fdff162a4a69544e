// What the API, the tray and the command line act on: one program with its settings, its chosen network, its identity, and
// the node that is started, stopped and started anew as these change. Whoever shows it asks for `facts` and listens.
import type {
  DialReportData,
  FieldProblem,
  Problem,
  Settings,
  SettingName,
  State,
  Visit,
  Way,
} from '../../proto/api/index.ts'
import type { Trigger } from '../certificates/schedule.ts'
import type { NodeEventLine } from '../events.ts'
import type { PeerNames } from '../settings/peer-names.ts'
import type { NodeFacts, PeerFacts } from '../node-facts.ts'
import type { NamingFacts } from '../naming/naming.ts'
import type { NameDesk } from './name-desk.ts'
import type { DoctorConfig } from '../doctor/situation.ts'

export type { NodeFacts, PeerFacts } from '../node-facts.ts'

/** What is known of the program. Slices that need no computing are given as the page gets them. */
export interface ProgramFacts {
  readonly phase: State['app']['phase']
  /** Why the node does not run, where `phase` is failed. */
  readonly problem: Problem | undefined
  readonly firstRun: boolean
  readonly notices: State['app']['notices']
  readonly identity: State['identity']
  readonly network: State['network']
  readonly settings: {
    readonly values: Settings
    readonly locked: readonly SettingName[]
    /** Names of the dial policies that the configuration describes. */
    readonly dialPolicies?: readonly string[]
  }
  readonly node: NodeFacts | undefined
  /** The name that belongs to this machine's key; undefined where no node runs. */
  readonly naming?: NamingFacts | undefined
  /** What the person calls peers, by peer ids. */
  readonly peerNames?: PeerNames
  /** The last visit to ourselves. */
  readonly visit?: Visit | undefined
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
  /** Visits the page that the node serves, as a stranger would; `facts` tells. @param url  as `https://host:port/` */
  visitSelf(url: string): void
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
  /** What is known of a peer, also where it is on disk alone; undefined where nothing is, or the node does not run. */
  peer(peerId: string): PeerFacts | undefined
  /** The signed record of a peer, or this node's own, as it is handed on; undefined where none is known, or the node does not run. */
  signedRecord(peerId: string): Uint8Array | undefined
  /** @param options.connect  dials it at once, and fails where nobody is there; it is added all the same. @default true */
  addPeer(address: string, options?: { readonly connect?: boolean }): Promise<void>
  /** Takes back one address that was added by hand. */
  removePeer(address: string): Promise<void>
  forgetPeer(peerId: string): Promise<void>
  /** @param name  empty takes the name away */
  namePeer(peerId: string, name: string): Promise<void>
  /** Connects to a peer; that it was not reached is told by the report. @param policy  @default the chosen one */
  dialPeer(peerId: string, policy?: string): Promise<DialReportData>
  /** Names by key, this machine's and others'. */
  readonly name: NameDesk
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
