// What a node tells about itself while it runs, as plain data: the node prints each event as one JSON line, and whoever
// started it (the sandbox, a service manager, the window later) reads them. Fields are added, never renamed.

/** The parts of getting a certificate, in the order they happen; on the AutoTLS way `proof` comes after the order was made. */
export const NODE_STEPS = ['reach', 'info', 'proof', 'request', 'key', 'order', 'verify', 'install'] as const
export type NodeStep = (typeof NODE_STEPS)[number]

/** `failed` of one proof is no failure of the whole: another proof server may do. */
export type StepStatus = 'begin' | 'progress' | 'done' | 'failed'

/** What a step's progress is about, where somebody may want to know without reading its words. */
export const STEP_MARKS = ['seen-at-forge', 'forge-silent'] as const
export type StepMark = (typeof STEP_MARKS)[number]

/** What a note is about, where it can be said in a person's language. */
export const NOTES = ['no-network', 'history-lost'] as const
export type NoteAbout = (typeof NOTES)[number]

/** Every event and its fields. Times are ISO 8601, addresses multiaddrs, peers peer ids, all as text. */
export interface NodeEventFields {
  /** The node listens on its plain addresses. */
  started: { readonly peerId: string; readonly addresses: readonly string[] }
  /** One step towards a certificate; `ms` counts from the step's begin. */
  step: {
    readonly step: NodeStep
    readonly status: StepStatus
    readonly ms: number
    readonly detail: string
    /** Domain of the forge that is asked, on the AutoTLS way. */
    readonly forge?: string | undefined
    readonly mark?: StepMark | undefined
  }
  /**
   * One way led to no certificate, and now the forge `to` is asked. `from` is the forge that was asked before it, null where
   * it was the issue server; `code` and `message` say what it failed with.
   */
  'next-forge': {
    readonly from: string | null
    readonly to: string
    readonly code: string
    readonly message: string
  }
  /** A certificate is in use; `reused` where it was stored from an earlier run. */
  certificate: {
    readonly names: readonly string[]
    readonly issuer: string
    readonly notAfter: string
    readonly reused: boolean
  }
  /** The WSS listener is up: the addresses it has for others (announced) and the ones it is bound to. */
  wss: { readonly addresses: readonly string[]; readonly listening: readonly string[] }
  /** Our signed record was published; the same `seq` again is a repetition. */
  broadcast: { readonly seq: string; readonly addresses: readonly string[] }
  /** A peer or new addresses of it became known. */
  discovered: {
    readonly peer: string
    readonly via: DiscoveredVia
    readonly certified: boolean
    readonly addresses: readonly string[]
  }
  /** We dialled a discovered peer; `verified` only where its TLS certificate was verified by us, name and chain. */
  connected: {
    readonly peer: string
    readonly address: string
    readonly name: string
    readonly verified: boolean
    readonly pingMs: number
  }
  /** A discovered peer could not be reached; it is not tried again before `retryAt`. */
  'dial-failed': {
    readonly peer: string
    readonly addresses: readonly string[]
    readonly message: string
    readonly retryAt: string
  }
  /** Something did not work; the node runs on. `retryAt` is null where it does not try again by itself. */
  failed: {
    readonly code: string
    readonly message: string
    readonly nextStep: string
    readonly retryAt: string | null
    /** Domain of the forge that it failed at, on the AutoTLS way. */
    readonly forge?: string | undefined
    /** 1 where the CA has stopped serving us until a person lifts that. */
    readonly paused?: 1 | undefined
    /** Page of the CA where a person can do something about it; a stranger's, https. */
    readonly page?: string | undefined
  }
  /** The certificate was written to a folder for other programs, and the hook, where there is one, was run. */
  'handed-over': { readonly folder: string; readonly hook: string | null }
  /** The name that belongs to this machine's key was published. */
  'name-published': { readonly npub: string }
  /** The DNS server for names by key answers at these: host and port. */
  'name-resolver': { readonly addresses: readonly string[] }
  /** Something a person should know that is no failure. */
  note: { readonly message: string; readonly about?: NoteAbout | undefined }
  stopped: Readonly<Record<never, never>>
}

export type DiscoveredVia = 'broadcast' | 'identify' | 'exchange' | 'dht' | 'stored'
export type NodeEventName = keyof NodeEventFields

/** One event; `event` says which. */
export type NodeEvent = { [Name in NodeEventName]: { readonly event: Name } & NodeEventFields[Name] }[NodeEventName]

/** An event as it is printed: with its time. */
export type NodeEventLine = { readonly at: string } & NodeEvent

const NAMES: Record<NodeEventName, true> = {
  ...{ started: true, step: true, 'next-forge': true, certificate: true, wss: true, broadcast: true, discovered: true },
  ...{ connected: true, 'dial-failed': true, failed: true, 'handed-over': true, note: true, stopped: true },
  ...{ 'name-published': true, 'name-resolver': true },
}

/**
 * Reads one printed line.
 *
 * @returns undefined where the line is no event that this version knows
 */
export function parseNodeEventLine(line: string): NodeEventLine | undefined {
  try {
    const value = JSON.parse(line) as NodeEventLine
    return typeof value.at === 'string' && Object.hasOwn(NAMES, value.event) ? value : undefined
  } catch {
    return undefined
  }
}
