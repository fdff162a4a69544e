// The calls about other computers, part of the one table (methods.ts).
import * as v from 'valibot'
import { DialReportSchema } from './dial-report.ts'
import { method } from './method.ts'
import { MAX_PEER_NAME_CHARS, PeerSchema } from './peers-slice.ts'

const Done = v.strictObject({})
const PeerIdText = v.pipe(v.string(), v.maxLength(128))
const SECOND = 1_000

/** Signed records have 4 KiB at most (core/records/); base 64 makes four of three. */
const MAX_RECORD_CHARS = 8_192

export const PEER_METHODS = {
  /** What is known of one peer, also of one that is not in the list; null where nothing is. */
  'peers.show': method({
    input: v.strictObject({ peerId: v.pipe(v.string(), v.maxLength(128)) }),
    output: v.strictObject({ peer: v.nullable(PeerSchema) }),
    role: 'viewer',
    perMinute: 120,
    timeoutMs: 5 * SECOND,
  }),
  /** The signed record of a peer as it came, base 64; this node's own by its own id; null where none is known. */
  'peers.record': method({
    input: v.strictObject({ peerId: v.pipe(v.string(), v.maxLength(128)) }),
    output: v.strictObject({ record: v.nullable(v.pipe(v.string(), v.maxLength(MAX_RECORD_CHARS))) }),
    role: 'viewer',
    perMinute: 120,
    timeoutMs: 5 * SECOND,
  }),
  /** Adds an address by hand and connects to it, unless that is not wanted. */
  'peers.add': method({
    input: v.strictObject({ address: v.pipe(v.string(), v.maxLength(1_024)), connect: v.optional(v.boolean()) }),
    output: Done,
    role: 'owner',
    perMinute: 30,
    timeoutMs: 30 * SECOND,
  }),
  /** Gives a peer a name that only this person sees; an empty one takes it away. */
  'peers.name': method({
    input: v.strictObject({
      peerId: PeerIdText,
      name: v.pipe(v.string(), v.maxLength(MAX_PEER_NAME_CHARS)),
    }),
    output: Done,
    role: 'owner',
    perMinute: 60,
    timeoutMs: 10 * SECOND,
  }),
  /** Takes back one address that was added by hand; what others say of it stays. */
  'peers.remove': method({
    input: v.strictObject({ address: v.pipe(v.string(), v.maxLength(1_024)) }),
    output: Done,
    role: 'owner',
    perMinute: 60,
    timeoutMs: 10 * SECOND,
  }),
  /** Forgets what was added of a peer by hand, and ends the connection to it. */
  'peers.forget': method({
    input: v.strictObject({ peerId: v.pipe(v.string(), v.maxLength(128)) }),
    output: Done,
    role: 'owner',
    perMinute: 60,
    timeoutMs: 10 * SECOND,
  }),
  /**
   * Connects to a peer by what is known of it, and tells what was tried; that it was not reached is no failure of the call. `policy`: the
   * name of one, the chosen one where left out.
   */
  'peers.dial': method({
    input: v.strictObject({
      peerId: PeerIdText,
      policy: v.optional(v.pipe(v.string(), v.maxLength(32))),
    }),
    output: DialReportSchema,
    role: 'owner',
    perMinute: 30,
    timeoutMs: 30 * SECOND,
  }),
} as const
