// The calls about other computers, part of the one table (methods.ts).
import * as v from 'valibot'
import { method } from './method.ts'
import { MAX_PEER_NAME_CHARS } from './state.ts'

const Done = v.strictObject({})
const PeerIdText = v.pipe(v.string(), v.maxLength(128))

const SECOND = 1_000

export const PEER_METHODS = {
  /** Adds an address by hand and connects to it. */
  'peers.add': method({
    input: v.strictObject({ address: v.pipe(v.string(), v.maxLength(1_024)) }),
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
  /** Forgets a peer that was added by hand. */
  'peers.forget': method({
    input: v.strictObject({ peerId: PeerIdText }),
    output: Done,
    role: 'owner',
    perMinute: 60,
    timeoutMs: 10 * SECOND,
  }),
} as const
