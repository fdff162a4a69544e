// The name that belongs to this machine's key, as the page and the command line know it. Part of the one state (state.ts).
import * as v from 'valibot'
import { List, MaybeText, MaybeTime, Text, Time } from './slice-parts.ts'

/** What a relay last did: `kept` has our name; `late`: others were quicker. */
export const RELAY_STATES = [
  'unasked',
  'kept',
  'answered',
  'late',
  'refused',
  'silent',
  'unreachable',
  'misbehaved',
] as const

/** Why publishing came to nothing. */
export const NAME_TROUBLES = ['no-relay', 'no-address', 'clock', 'lists'] as const

export const NameRecordView = v.strictObject({ type: Text, name: Text, value: Text })

export const NameSlice = v.strictObject({
  /** `off`: nothing of it is loaded; what is shown of it then is only what was chosen. */
  state: v.picklist(['off', 'starting', 'ready', 'failed']),
  /** For "Details", where it failed. */
  detail: Text,
  npub: MaybeText,
  /** The names that stand for it, the first for people. */
  names: List(Text, 5),
  /** The key is a person's own, and not this machine's. */
  imported: v.boolean(),
  /** Whether it is to be published, and whether the configuration says so. */
  publish: v.boolean(),
  locked: v.boolean(),
  /** What the world can read; null where that is nothing. */
  published: v.nullable(
    v.strictObject({ at: Time, until: Time, records: List(NameRecordView, 20), pins: List(Text, 4) }),
  ),
  trouble: v.nullable(v.picklist(NAME_TROUBLES)),
  /** Another machine publishes with this key. */
  otherMachineAt: MaybeTime,
  busy: v.boolean(),
  relays: List(v.strictObject({ url: Text, state: v.picklist(RELAY_STATES), why: MaybeText, at: MaybeTime }), 8),
  /** Where the DNS server for names by key listens. */
  resolver: v.nullable(v.strictObject({ addresses: List(Text, 4) })),
  /** The address of the proxy's rules, for a browser. */
  proxy: v.nullable(v.strictObject({ pac: Text })),
  /** Whether this person's browsers know the authority of the proxy; null where nobody can tell here. */
  trusted: v.nullable(v.boolean()),
})
export type NameView = v.InferOutput<typeof NameSlice>
