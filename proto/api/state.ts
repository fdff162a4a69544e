// What the page, the tray and the command line know of the node: slices of plain data, each with a schema. The node is the
// only one that changes them; it pushes whole slices with a revision. Times are milliseconds since 1970 (UTC), so that
// countdowns are computed where they are shown.
import * as v from 'valibot'
import { DIAL_POLICY_NAME } from '../dial-policy.ts'
import { FINDING_CODES, NODE_CHECKS } from '../doctor.ts'
import { CertificateSlice, UNREACHABLE_REASONS, VisitSchema } from './certificate-slice.ts'
import { ParamsSchema, ProblemSchema } from './errors.ts'
import { NameSlice } from './name-slice.ts'
import { PeersSlice } from './peers-slice.ts'
import { List, MaybeText, MaybeTime, Text, Time } from './slice-parts.ts'

export * from './certificate-slice.ts'
export * from './name-slice.ts'
export * from './peers-slice.ts'

/** Something a person should be told once, at the top of the window. */
export const NOTICE_CODES = [
  'settings-corrupt',
  'settings-unwritable',
  'port-moved',
  'keychain-fallback',
  'no-tray',
  'history-lost',
  'certificate-damaged',
  'test-network',
  'export-failed',
  'hook-failed',
] as const

export const AppSlice = v.strictObject({
  version: Text,
  host: v.picklist(['desktop', 'headless']),
  platform: Text,
  /** What to type for `nodetrust` where it was started, and what starts this one again, where that is typed too. */
  typed: v.optional(v.strictObject({ own: Text, start: v.optional(Text) })),
  phase: v.picklist(['stopped', 'starting', 'running', 'stopping', 'failed']),
  /** Why the node does not run, where `phase` is failed. */
  problem: v.nullable(ProblemSchema),
  /** No network was ever chosen. */
  firstRun: v.boolean(),
  notices: List(v.strictObject({ id: Text, code: v.picklist(NOTICE_CODES), params: ParamsSchema, at: Time }), 20),
})

export const IDENTITY_STORES = ['keychain', 'passphrase-file', 'file'] as const

export const IdentitySlice = v.strictObject({
  state: v.picklist(['unknown', 'ready', 'locked', 'passphrase-needed', 'missing', 'unavailable']),
  store: v.nullable(v.picklist(IDENTITY_STORES)),
  peerId: MaybeText,
  /** The OS has no keychain, so the key lies in a file that only its owner may read. */
  fellBack: v.boolean(),
  /** When an encrypted copy was last written. */
  backupAt: MaybeTime,
})

/** Whether the broker of the public network answers; it is asked when somebody looks at the choice, not before. */
export const BROKER_STATES = ['unasked', 'asking', 'answers', 'silent'] as const

export const NetworkSlice = v.strictObject({
  /** Where certificates come from; null before one was chosen. */
  choice: v.nullable(
    v.strictObject({
      /** `configured`: named by the configuration file or a flag, so it cannot be changed here. */
      kind: v.picklist(['joined', 'sandbox', 'configured']),
      name: Text,
      /** Known after the issue server was asked once. */
      zone: MaybeText,
      /** An issue server is asked for certificates, before any forge. */
      issue: v.boolean(),
      /** Domains of the AutoTLS forges that are asked, in their order. */
      forges: List(Text, 20),
      /** Browsers of other people do not trust its certificates. */
      test: v.boolean(),
    }),
  ),
  sandbox: v.picklist(['off', 'starting', 'running', 'failed']),
  /** The forge that anybody may use; null where none is offered. */
  public: v.nullable(v.strictObject({ name: Text, zone: Text, broker: v.picklist(BROKER_STATES) })),
  /** The forge that has not answered at all for a third of the certificate's life, two days without one. */
  silent: v.nullable(v.strictObject({ forge: Text, since: Time })),
})

export const AddressesSlice = v.strictObject({
  /** The name people may be given; null without a certificate. */
  host: MaybeText,
  /** The page that the node serves to browsers. */
  testUrl: MaybeText,
  /** The last visit to ourselves. */
  visit: v.nullable(VisitSchema),
  list: List(
    v.strictObject({
      address: Text,
      /** For browsers' web apps (WSS), or for other peers. */
      kind: v.picklist(['web', 'peer']),
      /** The host in it: a name or an IP address. */
      host: Text,
      certified: v.boolean(),
    }),
    100,
  ),
})

export const ReachabilitySlice = v.strictObject({
  status: v.picklist(['unchecked', 'checking', 'reachable', 'unreachable', 'unknown', 'local']),
  reason: v.nullable(v.picklist(UNREACHABLE_REASONS)),
  checkedAt: MaybeTime,
  ports: v.strictObject({ tcp: v.nullable(v.number()), wss: v.nullable(v.number()) }),
  router: v.nullable(
    v.strictObject({
      protocol: v.nullable(v.picklist(['upnp', 'nat-pmp', 'pcp'])),
      externalIp: MaybeText,
      /** Ports that it lets through: outside to inside. */
      mappings: List(v.strictObject({ external: v.number(), internal: v.number(), until: MaybeTime }), 10),
    }),
  ),
  localAddresses: List(Text, 50),
  publicAddresses: List(Text, 50),
  /** The last time that a forge came to see us, which it does for each certificate, and whether it came in. */
  knock: v.nullable(v.strictObject({ by: Text, at: Time, ok: v.boolean() })),
  /** Who tried to come back to us, and how it went. */
  dialBacks: List(v.strictObject({ by: Text, address: Text, ok: v.boolean(), detail: Text }), 50),
})

export const ActivitySlice = v.strictObject({
  /** Newest first. */
  entries: List(
    v.strictObject({
      id: v.number(),
      at: Time,
      level: v.picklist(['info', 'good', 'attention']),
      /** An event's name, or a failure's code after `failed:`; the page shows `detail` where it has no sentence. */
      code: Text,
      params: ParamsSchema,
      detail: Text,
    }),
    200,
  ),
})

export const LANGUAGES = ['system', 'en', 'de', 'en-XA', 'ar-XB'] as const
export const THEMES = ['system', 'light', 'dark'] as const

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

/** What a person can set in the window. */
export const SettingsValues = v.strictObject({
  tcpPort: Port,
  wssPort: Port,
  /** Whether the router may be asked to let visitors in. */
  mapPorts: v.boolean(),
  /** Whether our address is told to the network. */
  discoverable: v.boolean(),
  /** Which addresses of peers are dialled: one of `DIAL_POLICIES`, or one that the configuration describes. */
  dialPolicy: v.pipe(v.string(), v.regex(DIAL_POLICY_NAME)),
  theme: v.picklist(THEMES),
  /** `en-XA` and `ar-XB`, which runs from right to left, are pseudo-locales for tests: they are not offered in the window. */
  language: v.picklist(LANGUAGES),
  startAtLogin: v.boolean(),
  startMinimised: v.boolean(),
  notifications: v.boolean(),
  checkForUpdates: v.boolean(),
})
export type Settings = v.InferOutput<typeof SettingsValues>
export type SettingName = keyof Settings

export const SettingsSlice = v.strictObject({
  values: SettingsValues,
  /** Set by the configuration file, a variable or a flag: shown, not changed here. */
  locked: List(v.picklist(v.keyof(SettingsValues).options), 20),
  /** What this host can do: a browser page cannot start anything at login. */
  /** Dial policies that the configuration describes, by their names. */
  dialPolicies: List(Text, 20),
  can: v.strictObject({ startAtLogin: v.boolean(), tray: v.boolean(), notify: v.boolean(), openFolders: v.boolean() }),
})

export const UpdateSlice = v.strictObject({
  available: v.nullable(v.strictObject({ version: Text, installs: v.boolean() })),
  checkedAt: MaybeTime,
})

/** What "Check everything" found the last time, or has found so far. */
export const DoctorSlice = v.strictObject({
  /** null before anybody asked. */
  startedAt: MaybeTime,
  endedAt: MaybeTime,
  /** In the order in which they are read; `code` is null while it is looked at. */
  findings: List(
    v.strictObject({
      check: v.picklist(NODE_CHECKS),
      code: v.nullable(v.picklist(FINDING_CODES)),
      params: ParamsSchema,
    }),
    NODE_CHECKS.length,
  ),
})

/** Every slice by its name. */
export const SLICES = {
  app: AppSlice,
  identity: IdentitySlice,
  network: NetworkSlice,
  certificate: CertificateSlice,
  addresses: AddressesSlice,
  reachability: ReachabilitySlice,
  peers: PeersSlice,
  name: NameSlice,
  activity: ActivitySlice,
  settings: SettingsSlice,
  update: UpdateSlice,
  doctor: DoctorSlice,
} as const
export type SliceName = keyof typeof SLICES

/** The whole state. */
export const StateSchema = v.strictObject(SLICES)
export type State = v.InferOutput<typeof StateSchema>

/** A state with its revision, as it answers `state.get`. */
export const SnapshotSchema = v.strictObject({ rev: v.number(), state: StateSchema })
export type Snapshot = v.InferOutput<typeof SnapshotSchema>

/** What is pushed: the slices that changed, whole. `rev` follows the last one by one; a gap means: ask for all of it. */
export const PushSchema = v.strictObject({ rev: v.number(), slices: v.partial(StateSchema) })
export type Push = v.InferOutput<typeof PushSchema>
