// Every call there is: what it takes and gives, who may make it, how often and how long. The IPC handlers, the loopback
// bridge, the command line and the test doubles are all made from this one table.
import * as v from 'valibot'
import { FOLDERS, LINK_IDS } from './links.ts'
import {
  CONFIRM_ACTIONS,
  FieldProblemSchema,
  InvitationSchema,
  LogLineSchema,
  MAX_BACKUP_CALL_BYTES,
  MAX_INVITATION_CHARS,
  MAX_LOG_LINES,
  method,
  type Method,
} from './method.ts'
import { NAME_METHODS } from './name-methods.ts'
import { PEER_METHODS } from './peer-methods.ts'
import { SettingsValues, SnapshotSchema, WAYS } from './state.ts'

export * from './method.ts'

/** Short ones are guessed within a day by who has the file. */
export const MIN_PASSPHRASE_CHARS = 10

const Nothing = v.strictObject({})
const Done = v.strictObject({})
/** `silent`: its server did not answer when it was asked, and there was no network to lose. */
const Joined = v.strictObject({ silent: v.boolean() })
const Passphrase = v.pipe(v.string(), v.maxLength(1_024))
const Confirmation = v.pipe(v.string(), v.regex(/^[0-9]{6}$/))
const ExportedFile = v.strictObject({ fileName: v.string(), folder: v.picklist(FOLDERS) })

const SECOND = 1_000

export const METHODS = {
  /** Everything, with its revision. */
  'state.get': method({
    input: Nothing,
    output: SnapshotSchema,
    role: 'viewer',
    perMinute: 600,
    timeoutMs: 5 * SECOND,
  }),

  /**
   * Asks for a certificate, or joins the attempt under way; returns at once, the state tells the rest. `anyway`: also where
   * nobody can reach this computer, because a person may know better.
   */
  'certificate.get': method({
    input: v.strictObject({ anyway: v.optional(v.boolean()) }),
    output: v.strictObject({ attempt: v.string() }),
    role: 'owner',
    perMinute: 30,
    timeoutMs: 10 * SECOND,
  }),
  /** Ends the attempt under way; nothing happens without one. */
  'certificate.cancel': method({ input: Nothing, output: Done, role: 'owner', perMinute: 30, timeoutMs: 10 * SECOND }),
  /** The chain in service as PEM; the private key never leaves the node. */
  'certificate.export': method({
    input: Nothing,
    output: v.strictObject({ chainPem: v.string() }),
    role: 'viewer',
    perMinute: 30,
    timeoutMs: 5 * SECOND,
  }),

  /** Looks anew whether others can reach this computer; returns at once. */
  'reachability.check': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 5 * SECOND }),

  /** Looks at everything that a certificate needs; returns at once, the state tells each finding. Changes nothing. */
  'doctor.start': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 5 * SECOND }),
  /** What was found, as a text for somebody who helps: no keys, no tokens, addresses shortened. Empty before a look. */
  'doctor.card': method({
    input: Nothing,
    output: v.strictObject({ text: v.string() }),
    role: 'owner',
    perMinute: 30,
    timeoutMs: 5 * SECOND,
  }),

  /** Visits the node by its own name, as a stranger would; returns at once, the state tells the rest. */
  'self.visit': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 5 * SECOND }),

  /** Reads an invitation without doing anything. */
  'network.preview': method({
    input: v.strictObject({ invitation: v.pipe(v.string(), v.maxLength(MAX_INVITATION_CHARS)) }),
    output: InvitationSchema,
    role: 'viewer',
    perMinute: 60,
    timeoutMs: 5 * SECOND,
  }),
  /**
   * Joins the network of an invitation that the person has seen. Its server is asked before another network is left for it, and where
   * another key answers: then nothing is changed, unless it is to be joined `anyway`.
   */
  'network.join': method({
    input: v.strictObject({
      invitation: v.pipe(v.string(), v.maxLength(MAX_INVITATION_CHARS)),
      anyway: v.optional(v.boolean()),
    }),
    output: Joined,
    role: 'owner',
    perMinute: 10,
    timeoutMs: 20 * SECOND,
  }),
  /**
   * Asks whether the public network answers, where no network was chosen; returns at once, the state tells the rest. `again`:
   * also where that was asked a moment ago.
   */
  'network.look': method({
    input: v.strictObject({ again: v.optional(v.boolean()) }),
    output: Done,
    role: 'owner',
    perMinute: 12,
    timeoutMs: 5 * SECOND,
  }),
  /** Joins the public network; `anyway` as for an invitation. */
  'network.public': method({
    input: v.strictObject({ anyway: v.optional(v.boolean()) }),
    output: Joined,
    role: 'owner',
    perMinute: 10,
    timeoutMs: 20 * SECOND,
  }),
  /**
   * The invitation that lies in the clipboard, and nothing else of it; null where there is none. Without a click it is looked for
   * before a network was chosen, and only where the system does not ask the person about it.
   */
  'network.clipboard': method({
    input: v.strictObject({ clicked: v.boolean() }),
    output: v.strictObject({ invitation: v.nullable(v.pipe(v.string(), v.maxLength(MAX_INVITATION_CHARS))) }),
    role: 'owner',
    perMinute: 30,
    timeoutMs: 5 * SECOND,
    callers: ['ipc'],
  }),
  /** Starts the sandbox, a whole network on this computer, and joins it: over its own servers, or over its forge. */
  'network.sandbox': method({
    input: v.strictObject({ way: v.optional(v.picklist(WAYS)) }),
    output: Done,
    role: 'owner',
    perMinute: 6,
    timeoutMs: 60 * SECOND,
  }),
  /** Leaves the network; the certificate stays in service until it expires. */
  'network.leave': method({ input: Nothing, output: Done, role: 'owner', perMinute: 10, timeoutMs: 20 * SECOND }),
  /** The invitation that was followed, to hand it on; empty text where there is none, or where it is for this person alone. */
  'network.invitation': method({
    input: Nothing,
    output: v.strictObject({ invitation: v.string(), personal: v.boolean() }),
    role: 'owner',
    perMinute: 30,
    timeoutMs: 5 * SECOND,
  }),

  /** Saves settings; those that are wrong are named and not saved, the others are. */
  'settings.set': method({
    input: v.strictObject({ values: v.partial(v.strictObject(mapToUnknown(SettingsValues.entries))) }),
    output: v.strictObject({ problems: v.array(FieldProblemSchema) }),
    role: 'owner',
    perMinute: 120,
    timeoutMs: 20 * SECOND,
  }),

  ...PEER_METHODS,
  ...NAME_METHODS,

  /** Tries to read the key again; with the passphrase where it lies in a passphrase file. */
  'identity.unlock': method({
    input: v.strictObject({ passphrase: v.optional(Passphrase) }),
    output: Done,
    role: 'owner',
    perMinute: 10,
    timeoutMs: 130 * SECOND,
  }),
  /** Protects the key with a passphrase where the system has no keychain. */
  'identity.protect': method({
    input: v.strictObject({ passphrase: Passphrase }),
    output: Done,
    role: 'owner',
    perMinute: 6,
    timeoutMs: 30 * SECOND,
  }),
  /** Writes the identity as one encrypted file into the folder `exports`. */
  'identity.export': method({
    input: v.strictObject({ passphrase: Passphrase, confirmation: Confirmation }),
    output: ExportedFile,
    role: 'owner',
    perMinute: 6,
    timeoutMs: 30 * SECOND,
    confirm: 'export-identity',
  }),
  /** Takes the identity of such a file (base64) in place of the present one, which is kept aside. */
  'identity.import': method({
    input: v.strictObject({
      backup: v.pipe(v.string(), v.maxLength(24_000)),
      passphrase: Passphrase,
      confirmation: Confirmation,
    }),
    output: Done,
    role: 'owner',
    perMinute: 6,
    timeoutMs: 60 * SECOND,
    confirm: 'import-identity',
    maxBytes: MAX_BACKUP_CALL_BYTES,
  }),

  /** Asks the person, outside the page, whether a dangerous call is really meant. */
  'confirmation.request': method({
    input: v.strictObject({ action: v.picklist(CONFIRM_ACTIONS) }),
    output: v.strictObject({ code: v.nullable(Confirmation), until: v.number() }),
    role: 'owner',
    perMinute: 6,
    timeoutMs: 130 * SECOND,
  }),

  /** The code that waits to be typed into a page in a browser; told where a page cannot look. */
  'confirmation.show': method({
    input: Nothing,
    output: v.strictObject({
      pending: v.nullable(
        v.strictObject({ action: v.picklist(CONFIRM_ACTIONS), code: Confirmation, until: v.number() }),
      ),
    }),
    role: 'owner',
    perMinute: 60,
    timeoutMs: 5 * SECOND,
    callers: ['cli', 'tray'],
  }),

  /** Writes what helps to find a fault, without secrets, and gives it back too. Only the newest files are kept. */
  'diagnostics.export': method({
    input: Nothing,
    output: v.strictObject({ fileName: v.string(), folder: v.picklist(FOLDERS), content: v.string() }),
    role: 'owner',
    perMinute: 6,
    timeoutMs: 20 * SECOND,
  }),
  /**
   * The newest lines of the log, oldest first, and how many were written since the start. `after`: only what was written behind so many,
   * for whoever follows. They hold what a diagnostics file holds of them.
   */
  'log.read': method({
    input: v.strictObject({
      after: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
      most: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_LOG_LINES))),
    }),
    output: v.strictObject({ lines: v.array(LogLineSchema), written: v.number() }),
    role: 'owner',
    perMinute: 240,
    timeoutMs: 5 * SECOND,
  }),
  /** Takes a notice off the window. */
  'notice.dismiss': method({
    input: v.strictObject({ id: v.pipe(v.string(), v.maxLength(64)) }),
    output: Done,
    role: 'owner',
    perMinute: 120,
    timeoutMs: 5 * SECOND,
  }),

  /** Opens a page in the system's browser; desktop only. */
  'link.open': method({
    input: v.strictObject({ id: v.picklist(LINK_IDS) }),
    output: Done,
    role: 'owner',
    perMinute: 30,
    timeoutMs: 10 * SECOND,
  }),
  /** Shows a folder in the system's file window; desktop only. */
  'folder.open': method({
    input: v.strictObject({ name: v.picklist(FOLDERS) }),
    output: Done,
    role: 'owner',
    perMinute: 30,
    timeoutMs: 10 * SECOND,
  }),
  /** Switches the page for browsers on and opens it; desktop only. */
  'bridge.open': method({ input: Nothing, output: Done, role: 'owner', perMinute: 6, timeoutMs: 10 * SECOND }),
  /** A fresh link for one browser, valid 60 seconds. */
  'bridge.link': method({
    input: v.strictObject({ role: v.picklist(['viewer', 'owner']) }),
    output: v.strictObject({ url: v.string(), until: v.number() }),
    role: 'owner',
    perMinute: 12,
    timeoutMs: 5 * SECOND,
  }),
  /** Installs the announced update where the platform can verify it, else opens the download page. */
  'update.install': method({ input: Nothing, output: Done, role: 'owner', perMinute: 6, timeoutMs: 120 * SECOND }),

  /** Deletes settings, certificate and history; the identity too where asked. */
  'app.reset': method({
    input: v.strictObject({ identity: v.boolean(), confirmation: Confirmation }),
    output: Done,
    role: 'owner',
    perMinute: 3,
    timeoutMs: 30 * SECOND,
    confirm: 'reset',
  }),
  /** Tries again to start a node that could not start; returns at once, the state tells the rest. */
  'app.retry': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 5 * SECOND }),
  /** Ends the program. */
  'app.quit': method({ input: Nothing, output: Done, role: 'owner', perMinute: 6, timeoutMs: 10 * SECOND }),
} as const satisfies Record<string, Method>

export type MethodName = keyof typeof METHODS
export const METHOD_NAMES = Object.keys(METHODS) as readonly MethodName[]
export type Input<Name extends MethodName> = v.InferOutput<(typeof METHODS)[Name]['input']>
export type Output<Name extends MethodName> = v.InferOutput<(typeof METHODS)[Name]['output']>

/** Makes calls; every host has one: IPC, WebSocket, the command line, the tests. */
export interface Client {
  /** @throws ApiError */
  call<Name extends MethodName>(name: Name, input: Input<Name>): Promise<Output<Name>>
}

/** Settings come as they were typed, so that each wrong one gets its own answer beside its field. */
function mapToUnknown<Entries extends Record<string, unknown>>(entries: Entries) {
  type Loose = {
    [Key in keyof Entries]: v.UnionSchema<
      [v.StringSchema<undefined>, v.NumberSchema<undefined>, v.BooleanSchema<undefined>],
      undefined
    >
  }
  return Object.fromEntries(
    Object.keys(entries).map((key) => [key, v.union([v.string(), v.number(), v.boolean()])]),
  ) as Loose
}
