// The slice about the certificate: its life, the attempt under way with its steps, what happened before.
import * as v from 'valibot'
import { API_ERROR_CODES, ParamsSchema, ProblemSchema } from './errors.ts'
import { List, MaybeText, MaybeTime, Text, Time } from './slice-parts.ts'

/** The parts of getting a certificate as people see them. */
export const STEP_NAMES = ['reach', 'prove', 'order', 'publish', 'validate', 'finish', 'serve'] as const
export type StepName = (typeof STEP_NAMES)[number]

/**
 * The ways to a certificate. `network`: its servers vouch for us and order for us. `forge`: we order ourselves, and the
 * broker of an AutoTLS forge knocks at our door and puts the code beside our name. The same parts come in another order then.
 */
export const WAY_STEPS = {
  network: STEP_NAMES,
  forge: ['reach', 'order', 'prove', 'publish', 'validate', 'finish', 'serve'],
} as const satisfies Record<string, readonly StepName[]>
export const WAYS = ['network', 'forge'] as const satisfies readonly (keyof typeof WAY_STEPS)[]

/** Which way an attempt goes at present. */
export const WaySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('network') }),
  v.strictObject({
    kind: v.literal('forge'),
    /** Domain of the one that is asked now. */
    forge: Text,
    /** Who was asked just before and did not do it, null for the network's own servers; and why not. */
    before: v.nullable(v.strictObject({ forge: MaybeText, why: v.picklist(API_ERROR_CODES) })),
  }),
])
export type Way = v.InferOutput<typeof WaySchema>

/** Short outcomes of a step; the page has a sentence for each. */
export const STEP_NOTES = [
  'none',
  'reachable',
  'reach-unknown',
  'reach-local',
  'router-opened',
  'unreachable',
  'proved',
  'proof-failed',
  'ordered',
  'queued',
  'published',
  'validated',
  'reused',
  'asked-forge',
  'knocked',
  'not-knocked',
  'seen-at-forge',
  'done-before',
  'issued',
  'serving',
  'failed',
] as const

export const StepSchema = v.strictObject({
  name: v.picklist(STEP_NAMES),
  status: v.picklist(['waiting', 'now', 'done', 'failed']),
  startedAt: MaybeTime,
  /** Duration once it has ended, milliseconds. */
  ms: v.nullable(v.number()),
  note: v.picklist(STEP_NOTES),
  /** For the sentence: `count` of helpers, `position` in the queue, `seconds` to wait. */
  params: ParamsSchema,
  /** Technical English for "Details". */
  detail: v.pipe(v.string(), v.maxLength(1_000)),
})
export type Step = v.InferOutput<typeof StepSchema>

export const UNREACHABLE_REASONS = [
  'no-public-address',
  'carrier-nat',
  'router-refused',
  'no-router-control',
  'port-taken',
  'firewall',
  'not-dialled',
  'offline',
] as const
export type UnreachableReason = (typeof UNREACHABLE_REASONS)[number]

/** Where a certificate's life stands; each has its own words, button and tray icon. */
export const LIFE_STATES = [
  'starting',
  'no-network',
  'idle',
  'working',
  'serving',
  'renewing',
  'renewal-failed',
  'expired',
  'unreachable',
  'rate-limited',
  'refused',
  'offline',
  'key-locked',
  'failed',
] as const
export type LifeState = (typeof LIFE_STATES)[number]

export const HISTORY_CODES = [
  'order-begun',
  'order-ended',
  'failed',
  'swapped',
  'fell-back',
  'not-used',
  'other-network',
  'window-changed',
  'self-look-wrong',
  'clock-jumped',
] as const

export const CertificateSlice = v.strictObject({
  life: v.strictObject({
    state: v.picklist(LIFE_STATES),
    /** Why, in the failure states. */
    problem: v.nullable(ProblemSchema),
    /** Where the state is `unreachable`. */
    reason: v.nullable(v.picklist(UNREACHABLE_REASONS)),
    nextTryAt: MaybeTime,
  }),
  /** The one in service, also when it has expired. */
  current: v.nullable(
    v.strictObject({
      names: List(Text, 100),
      issuer: Text,
      notBefore: Time,
      notAfter: Time,
      obtainedAt: Time,
      renewAt: MaybeTime,
      keyAlgorithm: Text,
      /** SHA-256 of the certificate, hex. */
      fingerprint: Text,
      /** It does not lead to a root that this platform trusts: only browsers that were told to trust its own one do. */
      test: v.boolean(),
      /** The zone it is of, where that is another network's: it stays until this network gave one. */
      otherZone: v.nullable(Text),
    }),
  ),
  attempt: v.nullable(
    v.strictObject({
      id: Text,
      kind: v.picklist(['first', 'renewal']),
      startedAt: Time,
      endedAt: MaybeTime,
      way: WaySchema,
      /** In the order of the way. */
      steps: List(StepSchema, STEP_NAMES.length),
    }),
  ),
  /** Newest first. */
  history: List(v.strictObject({ at: Time, what: v.picklist(HISTORY_CODES), code: Text, detail: Text }), 100),
})

/** What a visitor does who comes in by the name of this computer, in its order. */
export const VISIT_PARTS = ['name', 'handshake', 'chain', 'ping'] as const
export type VisitPart = (typeof VISIT_PARTS)[number]

/** A visit of the node to itself, as a stranger's. */
export const VisitSchema = v.strictObject({
  startedAt: Time,
  parts: List(
    v.strictObject({
      name: v.picklist(VISIT_PARTS),
      status: v.picklist(['waiting', 'now', 'done', 'failed']),
      /** Once it has ended, milliseconds. */
      ms: v.nullable(v.number()),
      /** What was seen, or why it failed; technical English. */
      detail: Text,
    }),
    VISIT_PARTS.length,
  ),
})
export type Visit = v.InferOutput<typeof VisitSchema>
