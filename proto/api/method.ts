// What a call is: what it takes and gives, who may make it, how often and how long; and the larger things that calls give.
import * as v from 'valibot'
import { SettingsValues } from './state.ts'

/** `viewer` may look: nothing that it may call writes, sends, starts or opens anything. `owner` may do everything. */
export type Role = 'viewer' | 'owner'

/** Who calls: the window, a page in a browser, the command line of the same person, the tray. */
export type CallerKind = 'ipc' | 'bridge' | 'cli' | 'tray'

/** One call. */
export interface Method<In extends v.GenericSchema = v.GenericSchema, Out extends v.GenericSchema = v.GenericSchema> {
  readonly input: In
  readonly output: Out
  readonly role: Role
  /** Calls a minute at most, all callers of one role together: who may only look cannot use up the owner's. */
  readonly perMinute: number
  readonly timeoutMs: number
  /** What the person confirms outside the page before the call is obeyed; the input then carries `confirmation`. */
  readonly confirm?: ConfirmAction
  /** Who may call it, whatever the role. @default everybody */
  readonly callers?: readonly CallerKind[]
  /** Largest input as JSON, bytes. @default MAX_CALL_BYTES */
  readonly maxBytes?: number
}

/** Calls that cannot be undone or that give away the identity. */
export const CONFIRM_ACTIONS = ['export-identity', 'import-identity', 'reset'] as const
export type ConfirmAction = (typeof CONFIRM_ACTIONS)[number]

/** The largest call: an imported backup has 16 KiB at most, which base64 makes 22 KiB. */
export const MAX_CALL_BYTES = 8_192
export const MAX_BACKUP_CALL_BYTES = 32_768

/** An invitation is one long URL; the root of a private CA makes most of it. */
export const MAX_INVITATION_CHARS = 6_000

/** Describes a call, with its types. */
export const method = <In extends v.GenericSchema, Out extends v.GenericSchema>(made: Method<In, Out>) => made
/** What an invitation says, shown before it is followed. */
export const InvitationSchema = v.strictObject({
  name: v.string(),
  zone: v.string(),
  /** Empty for a forge. */
  issuePeer: v.string(),
  /** Hosts or IP addresses of the issue server, or the broker's host. */
  hosts: v.array(v.string()),
  /** Addresses of the issue server, without its peer id. */
  addresses: v.optional(v.array(v.string())),
  /** URL of the broker; this and what follows is left out where the link says nothing of it. */
  broker: v.optional(v.string()),
  /** URL of the ACME directory that is used instead of Let's Encrypt's. */
  directory: v.optional(v.string()),
  /** Whether there is a token in it, which is nobody else's business. */
  token: v.optional(v.boolean()),
  /** The DNS server that is asked instead of the system's. */
  resolver: v.optional(v.string()),
  /** SHA-256 of each root that is trusted instead of the platform's, hex with colons. */
  roots: v.optional(v.array(v.string())),
  /** Browsers do not trust its certificates by themselves. */
  test: v.boolean(),
})
export type InvitationPreview = v.InferOutput<typeof InvitationSchema>

/** What is wrong with one setting. `suggestion` is a value that would do. */
export const FieldProblemSchema = v.strictObject({
  field: v.picklist(v.keyof(SettingsValues).options),
  code: v.picklist(['wrong-type', 'port-range', 'port-privileged', 'port-taken', 'ports-equal', 'locked']),
  suggestion: v.nullable(v.number()),
})
export type FieldProblem = v.InferOutput<typeof FieldProblemSchema>

/** Lines of the log that a node keeps, and that one call gives. */
export const MAX_LOG_LINES = 500

/** A line of the node's log. */
export const LogLineSchema = v.strictObject({
  /** Milliseconds since 1970; null where the line was too long to be kept whole. */
  at: v.nullable(v.number()),
  level: v.picklist(['debug', 'info', 'warn', 'error']),
  message: v.string(),
  /** What stands beside it: the peer, the name, the error. */
  fields: v.record(v.string(), v.unknown()),
})
export type LogLine = v.InferOutput<typeof LogLineSchema>
