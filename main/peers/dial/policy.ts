// Which addresses of a peer are dialled, and which before which: a policy is a list of stages, and each stage a filter and a delay. It is
// data, so that a person can write one into the configuration; docs/peers.md shows some.
import * as v from 'valibot'
import { TCP, WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import { DIAL_POLICIES, DIAL_POLICY_NAME, type DialPolicyName } from '../../../proto/dial-policy.ts'
import { ADDRESS_KINDS, PROVENANCES } from '../../../proto/peers.ts'
import type { KnownAddress } from '../book/index.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Ways of connecting that this program has. */
export const TRANSPORTS = ['tcp', 'ws', 'wss'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** What dialling an address has shown: it led there once, it did not fail the last time, or it does not matter. */
export const TRIED = ['worked', 'never-failed', 'any'] as const

/** Nobody waits longer for a better address than for a whole dial. */
const MAX_JOINS_AFTER_MS = 60_000

/** More are no order that a person has in mind. */
const MAX_STAGES = 10
const MAX_OWN_POLICIES = 20

const some = <const Word extends string>(words: readonly Word[]) =>
  v.optional(v.pipe(v.array(v.picklist(words)), v.minLength(1, `expected some of ${words.join(', ')}`), v.readonly()))

/** One stage; what is left out does not matter. */
export const StageSchema = v.strictObject({
  /** Where the address comes from; one of them is enough. */
  from: some(PROVENANCES),
  kinds: some(ADDRESS_KINDS),
  transports: some(TRANSPORTS),
  tried: v.optional(v.picklist(TRIED)),
  /** Milliseconds after the stage before began; at once when that has nothing, or nothing more, to try. */
  joinsAfterMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_JOINS_AFTER_MS)), 0),
})
export type Stage = Readonly<v.InferOutput<typeof StageSchema>>

/** A policy. */
export interface DialPolicy {
  readonly name: string
  readonly stages: readonly Stage[]
}

/** What the configuration says of dialling. */
export const DialSection = v.pipe(
  v.strictObject({
    /** Which policy is used where nothing else is asked for. */
    policy: v.optional(v.string(), 'default'),
    /** Policies of one's own, by their names. */
    policies: v.optional(
      v.pipe(
        v.record(
          v.pipe(
            v.string(),
            v.regex(DIAL_POLICY_NAME, 'expected a name of small letters, digits and dashes'),
            v.check(
              (name) => !isNamed(name),
              ({ input }) => `the policy ${input} is there already: give yours another name`,
            ),
          ),
          v.pipe(
            v.array(StageSchema),
            v.minLength(1, 'expected at least one stage'),
            v.maxLength(MAX_STAGES, `expected ${MAX_STAGES} stages at most`),
            v.readonly(),
          ),
        ),
        v.check((own) => Object.keys(own).length <= MAX_OWN_POLICIES, `expected ${MAX_OWN_POLICIES} policies at most`),
      ),
      {},
    ),
  }),
  v.forward(
    v.check(
      ({ policy, policies }) => isNamed(policy) || Object.hasOwn(policies, policy),
      ({ input }) => {
        const { policy, policies } = input as { policy: string; policies: object }
        return `there is no policy "${policy}": expected ${[...DIAL_POLICIES, ...Object.keys(policies)].join(', ')}`
      },
    ),
    ['policy'],
  ),
)
export type DialSection = v.InferOutput<typeof DialSection>

/**
 * How long addresses that nobody vouches for wait while better ones are tried: a connection to the other side of the world takes half
 * a second, and one whose first packet was lost a second more.
 */
const FALLS_BACK_AFTER_MS = 3_000

/** The policies that everybody has. */
export const NAMED: Readonly<Record<DialPolicyName, DialPolicy>> = {
  default: {
    name: 'default',
    stages: [{ from: ['user', 'certified'], joinsAfterMs: 0 }, { joinsAfterMs: FALLS_BACK_AFTER_MS }],
  },
  'certified-only': { name: 'certified-only', stages: [{ from: ['certified'], joinsAfterMs: 0 }] },
  'user-only': { name: 'user-only', stages: [{ from: ['user'], joinsAfterMs: 0 }] },
  any: { name: 'any', stages: [{ joinsAfterMs: 0 }] },
}

/** No such policy. */
export class UnknownPolicyError extends Error {
  override readonly name = 'UnknownPolicyError'
}

/** A policy by its name. @throws UnknownPolicyError, which names those that there are */
export function policyNamed(name: string, own: DialSection['policies'] = {}): DialPolicy {
  if (isNamed(name)) return NAMED[name]
  const stages = Object.hasOwn(own, name) ? own[name] : undefined
  if (!stages) {
    const known = [...DIAL_POLICIES, ...Object.keys(own)].join(', ')
    throw new UnknownPolicyError(`there is no dial policy "${name}": expected ${known}`)
  }
  return { name, stages }
}

/** What two policies are the same by, whatever their names. */
export function keyOf({ stages }: DialPolicy): string {
  return JSON.stringify(
    stages.map(({ from, kinds, transports, tried, joinsAfterMs }) => [
      ...[from, kinds, transports].map((words) => words && [...new Set(words)].sort()),
      ...[tried ?? 'any', joinsAfterMs],
    ]),
  )
}

/** The policy with each stage made stricter; stages that nothing fits any more fall away. */
export function narrowed(policy: DialPolicy, by: Pick<Stage, 'from' | 'transports'>): DialPolicy {
  const stages = policy.stages.flatMap((stage) => {
    const from = both(stage.from, by.from)
    const transports = both(stage.transports, by.transports)
    return from?.length === 0 || transports?.length === 0
      ? []
      : [{ ...stage, ...(from ? { from } : {}), ...(transports ? { transports } : {}) }]
  })
  return { name: policy.name, stages }
}

/** What a stage looks at; of an address that no book has, only what it shows by itself. */
export type Judged = Pick<KnownAddress, 'address' | 'sources' | 'kind' | 'experience'>

/** The first stage that takes an address; undefined where none does. */
export function stageOf({ stages }: DialPolicy, judged: Judged): number | undefined {
  const found = stages.findIndex((stage) => takes(stage, judged))
  return found === -1 ? undefined : found
}

function takes(
  { from, kinds, transports, tried = 'any' }: Stage,
  { address, sources, kind, experience }: Judged,
): boolean {
  if (from && !sources.some(({ provenance }) => from.includes(provenance))) return false
  if (kinds && !kinds.includes(kind)) return false
  if (tried === 'worked' && experience.lastSuccessMs === undefined) return false
  if (tried === 'never-failed' && experience.failures > 0) return false
  return !transports || transports.some((transport) => transport === transportOf(address))
}

/** How an address is connected to; undefined where this program cannot. */
export function transportOf(address: Multiaddr): Transport | undefined {
  if (WebSocketsSecure.exactMatch(address)) return 'wss'
  if (WebSockets.exactMatch(address)) return 'ws'
  return TCP.exactMatch(address) ? 'tcp' : undefined
}

function isNamed(name: string): name is DialPolicyName {
  return Object.hasOwn(NAMED, name)
}

function both<Word>(one: readonly Word[] | undefined, other: readonly Word[] | undefined): readonly Word[] | undefined {
  return one && other ? one.filter((word) => other.includes(word)) : (one ?? other)
}
