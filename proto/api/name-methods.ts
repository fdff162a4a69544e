// The calls about names by key, part of the one table (methods.ts).
import * as v from 'valibot'
import { method } from './method.ts'
import { NameRecordView, RELAY_STATES } from './name-slice.ts'
import { List, MaybeText, MaybeTime, Text, Time } from './slice-parts.ts'

const Nothing = v.strictObject({})
const Done = v.strictObject({})
const SECOND = 1_000

/** A key or a name of one: `npub1…`, `npub1….nostr`, `www.npub1….nostr`. */
const NameText = v.pipe(v.string(), v.maxLength(300))

/** How well an answer is known. */
export const LOOK_UP_STATES = ['fresh', 'cached', 'stale', 'none', 'unknown', 'busy'] as const

export const LookedUpSchema = v.strictObject({
  name: Text,
  npub: Text,
  state: v.picklist(LOOK_UP_STATES),
  /** When relays said so. */
  at: Time,
  /** When its owner signed it. */
  signedAt: MaybeTime,
  until: MaybeTime,
  layout: v.nullable(v.picklist(['native', 'legacy'])),
  records: List(NameRecordView, 64),
  pins: List(v.strictObject({ port: v.number(), sha256: Text }), 16),
  peerId: MaybeText,
  /** Parts of it that do not count, and why. */
  left: List(v.strictObject({ what: Text, why: Text }), 40),
  /** A relay gave an older version than one that was seen before. */
  rolledBack: v.boolean(),
  relays: List(v.strictObject({ url: Text, state: v.picklist(RELAY_STATES), why: MaybeText }), 16),
})
export type LookedUpData = v.InferOutput<typeof LookedUpSchema>

/** Steps of a verification, in their order. */
export const NAME_STEPS = [
  'found',
  'signed-pin',
  'address',
  'connected',
  'pin',
  'names',
  'dates',
  'authority',
  'peer',
] as const

export const VerificationSchema = v.strictObject({
  name: Text,
  npub: Text,
  /** What is served there is what the owner has signed. */
  ok: v.boolean(),
  findings: List(
    v.strictObject({
      step: v.picklist(NAME_STEPS),
      outcome: v.picklist(['good', 'note', 'bad']),
      code: Text,
      params: v.record(v.string(), v.union([v.string(), v.number()])),
    }),
    40,
  ),
})
export type VerificationData = v.InferOutput<typeof VerificationSchema>

export const NAME_METHODS = {
  /** Loads what the page of the name needs: the key, what was published last. */
  'name.wake': method({ input: Nothing, output: Done, role: 'owner', perMinute: 60, timeoutMs: 15 * SECOND }),
  /** Publishes the name now and from now on, also where another machine has. */
  'name.publish': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 60 * SECOND }),
  /** Publishes no more, and says so to the relays. */
  'name.withdraw': method({ input: Nothing, output: Done, role: 'owner', perMinute: 12, timeoutMs: 60 * SECOND }),
  /** Takes a person's own key (`nsec1…`); an empty text goes back to the machine's own. */
  'name.import': method({
    input: v.strictObject({ nsec: v.pipe(v.string(), v.maxLength(100)) }),
    output: Done,
    role: 'owner',
    perMinute: 6,
    timeoutMs: 60 * SECOND,
  }),
  /** The certificate that is served under the name, PEM. */
  'name.certificate': method({
    input: Nothing,
    output: v.strictObject({ certPem: v.string() }),
    role: 'owner',
    perMinute: 60,
    timeoutMs: 15 * SECOND,
  }),
  'name.look': method({
    input: v.strictObject({ name: NameText, fresh: v.optional(v.boolean()) }),
    output: LookedUpSchema,
    role: 'owner',
    perMinute: 60,
    timeoutMs: 20 * SECOND,
  }),
  'name.verify': method({
    input: v.strictObject({ name: NameText }),
    output: VerificationSchema,
    role: 'owner',
    perMinute: 30,
    timeoutMs: 45 * SECOND,
  }),
  /** Switches the DNS server for names by key on or off, from now on. */
  'name.resolver': method({
    input: v.strictObject({ on: v.boolean() }),
    output: v.strictObject({ addresses: List(Text, 4) }),
    role: 'owner',
    perMinute: 12,
    timeoutMs: 15 * SECOND,
  }),
  /** Starts the proxy for browsers, and says how a browser takes it; opens the name where the host can. */
  'name.open': method({
    input: v.strictObject({ name: NameText }),
    output: v.strictObject({ url: Text, pac: Text }),
    role: 'owner',
    perMinute: 30,
    timeoutMs: 20 * SECOND,
  }),
  /** Puts the authority of the proxy into this person's browsers, or takes it out. */
  'name.trust': method({
    input: v.strictObject({ on: v.boolean() }),
    output: v.strictObject({ certPem: v.string(), places: List(Text, 20) }),
    role: 'owner',
    perMinute: 12,
    timeoutMs: 30 * SECOND,
  }),
} as const
