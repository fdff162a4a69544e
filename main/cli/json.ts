// What each command prints with --json: one object on one line (`logs` and --watch: one for each line), whose schema stands here. Fields are added, never renamed. Times
// in the state of the node are milliseconds since 1970, as in its API; what is made here says them as ISO 8601.
import * as v from 'valibot'
import {
  CertificateSlice,
  CONFIRM_ACTIONS,
  DialReportSchema,
  InvitationSchema,
  LogLineSchema,
  LookedUpSchema,
  NameSlice,
  PeerSchema,
  PeersSlice,
  ReachabilitySlice,
  StateSchema,
  VerificationSchema,
} from '../../proto/api/index.ts'
import { plainJson } from '../../proto/plain-text.ts'
import type { Terminal } from './terminal.ts'

const IsoTime = v.pipe(v.string(), v.isoTimestamp())

/** By the name of the command. */
export const JSON_OUTPUTS = {
  status: StateSchema,
  peers: PeersSlice,
  /** What is known of one; null where nothing is. */
  'peers show': v.object({ peer: v.nullable(PeerSchema) }),
  /** Base 64; null where none is known. */
  'peers show --record': v.object({ record: v.nullable(v.string()) }),
  /** The address that was added, or what was removed: an address or a peer id. */
  'peers add': v.object({ added: v.string() }),
  'peers remove': v.object({ removed: v.string() }),
  'peers dial': DialReportSchema,
  'name status': NameSlice,
  'name publish': NameSlice,
  'name withdraw': NameSlice,
  'name resolve': LookedUpSchema,
  'name verify': VerificationSchema,
  'name open': v.object({ url: v.string(), pac: v.string() }),
  'name trust': v.object({ trusted: v.boolean(), places: v.array(v.string()), certPem: v.string() }),
  reachability: ReachabilitySlice,
  'certificate show': v.object({
    certificate: v.nullable(
      v.object({
        names: v.pipe(v.array(v.string()), v.readonly()),
        issuer: v.string(),
        source: v.string(),
        notBefore: IsoTime,
        notAfter: IsoTime,
        obtainedAt: IsoTime,
        expired: v.boolean(),
      }),
    ),
    trouble: v.nullable(v.string()),
    renewal: v.nullable(v.object({ at: IsoTime, reason: v.string(), due: v.boolean() })),
    nextAttempt: v.nullable(
      v.object({ at: v.nullable(IsoTime), failures: v.number(), code: v.string(), message: v.string() }),
    ),
    events: v.pipe(v.array(v.object({ at: IsoTime, what: v.string(), detail: v.string() })), v.readonly()),
  }),
  'certificate get': CertificateSlice,
  'certificate renew': CertificateSlice,
  /** A line of the log; with several lines, several objects. */
  logs: v.object({
    time: v.nullable(IsoTime),
    ...{ level: LogLineSchema.entries.level, message: v.string(), fields: v.record(v.string(), v.unknown()) },
  }),
  'certificate export': v.object({
    chainPem: v.string(),
    /** The file that it was written to; null where there is none. */
    out: v.nullable(v.string()),
  }),
  join: v.object({
    /** False where it was only shown, because nobody said yes. */
    joined: v.boolean(),
    /** Whether the server of the network does not answer. */
    silent: v.boolean(),
    invitation: InvitationSchema,
  }),
  open: v.object({ url: v.pipe(v.string(), v.url()), role: v.picklist(['owner', 'viewer']), until: IsoTime }),
  confirm: v.object({
    pending: v.nullable(
      v.object({
        action: v.picklist(CONFIRM_ACTIONS),
        code: v.pipe(v.string(), v.regex(/^[0-9]{6}$/)),
        until: IsoTime,
      }),
    ),
  }),
  'record show': v.object({
    kind: v.picklist([
      'peer-record',
      'legacy-peer-record',
      'proof',
      'relay-voucher',
      'name-binding',
      'unknown',
      'broken',
    ]),
    /** Whether nothing is wrong with it; the exit code is 0 then, and 1 otherwise. */
    believable: v.boolean(),
    bytes: v.number(),
    /** The peer id of the key in it. */
    signer: v.nullable(v.string()),
    key: v.nullable(v.picklist(['Ed25519', 'secp256k1', 'RSA', 'ECDSA'])),
    /** `unknown` where nobody can tell: the domain that was signed is not part of an envelope. */
    signature: v.picklist(['good', 'bad', 'unknown']),
    /** What the signature is for. */
    domain: v.nullable(v.string()),
    /** In hexadecimal digits. */
    payloadType: v.nullable(v.string()),
    payloadBytes: v.number(),
    /** Each reason not to believe it. */
    wrong: v.pipe(v.array(v.string()), v.readonly()),
    record: v.nullable(
      v.object({
        peer: v.string(),
        /** A number of up to 64 bits. */
        seq: v.string(),
        /** What the number looks like; null for a counter. */
        unit: v.nullable(v.picklist(['s', 'ms', 'µs', 'ns'])),
        time: v.nullable(IsoTime),
        /** Those that nobody uses have a reason. */
        addresses: v.array(v.object({ address: v.string(), unused: v.nullable(v.string()) })),
        services: v.array(v.object({ id: v.string(), bytes: v.number() })),
      }),
    ),
    proof: v.nullable(v.object({ peer: v.string(), time: v.nullable(IsoTime), addresses: v.array(v.string()) })),
    voucher: v.nullable(v.object({ relay: v.string(), peer: v.string(), until: v.nullable(IsoTime) })),
    /** A peer's half of the bond between it and a name by key. */
    name: v.nullable(v.object({ peer: v.string(), npub: v.string() })),
  }),
} as const satisfies Record<string, v.GenericSchema>

/** Prints what a command gives to programs. */
export function writeJson<Name extends keyof typeof JSON_OUTPUTS>(
  { write }: Pick<Terminal, 'write'>,
  _name: Name,
  value: v.InferOutput<(typeof JSON_OUTPUTS)[Name]>,
): void {
  write(plainJson(value))
}

/** A time as a program reads it. */
export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
