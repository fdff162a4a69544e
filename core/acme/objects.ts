// The objects of the protocol as we use them (RFC 8555 section 7.1), read strictly where we depend on them and ignoring the
// rest. What does not fit is the answer of something that is no ACME server.
import * as v from 'valibot'
import { AcmeTransportError, type ProblemDocument, readProblem } from './errors.ts'

const HttpsUrl = v.pipe(
  v.string(),
  v.check((text) => URL.parse(text)?.protocol === 'https:', 'expected an https address'),
)

/** A problem inside another object; nothing about it is required. */
const Problem = v.optional(v.unknown())

const DirectorySchema = v.object({
  newNonce: HttpsUrl,
  newAccount: HttpsUrl,
  newOrder: HttpsUrl,
  revokeCert: v.optional(HttpsUrl),
  keyChange: v.optional(HttpsUrl),
  renewalInfo: v.optional(HttpsUrl),
  meta: v.optional(
    v.object({
      termsOfService: v.optional(v.string()),
      externalAccountRequired: v.optional(v.boolean()),
      profiles: v.optional(v.record(v.string(), v.string())),
    }),
  ),
})

/** Where a CA's resources are and what it says about itself. */
export type Directory = v.InferOutput<typeof DirectorySchema>

const ORDER_STATES = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const

const OrderSchema = v.object({
  status: v.string(),
  expires: v.optional(v.string()),
  identifiers: v.array(v.object({ type: v.string(), value: v.string() })),
  authorizations: v.array(HttpsUrl),
  finalize: HttpsUrl,
  certificate: v.optional(HttpsUrl),
  error: Problem,
})

/** An order, with its own address. */
export interface Order {
  readonly url: string
  /** A state that RFC 8555 does not know (`deactivated`, `expired`) counts as invalid: nothing more can come of it. */
  readonly status: (typeof ORDER_STATES)[number]
  /** DNS names, lower case. */
  readonly names: readonly string[]
  readonly authorizations: readonly string[]
  readonly finalize: string
  readonly certificate: string | undefined
  readonly problem: ProblemDocument | undefined
  /** How long the CA asks to wait before asking again. */
  readonly retryAfterMs: number | undefined
}

const ChallengeSchema = v.object({
  type: v.string(),
  url: HttpsUrl,
  status: v.string(),
  token: v.optional(v.string()),
  error: Problem,
})

const AuthorizationSchema = v.object({
  identifier: v.object({ type: v.string(), value: v.string() }),
  status: v.string(),
  wildcard: v.optional(v.boolean()),
  challenges: v.array(ChallengeSchema),
})

export interface Challenge {
  readonly type: string
  readonly url: string
  readonly status: string
  readonly token: string | undefined
  readonly problem: ProblemDocument | undefined
}

/** The CA's question about one name. */
export interface Authorization {
  readonly url: string
  /** pending, valid; anything else is an end (invalid, deactivated, expired, revoked). */
  readonly status: string
  /** Without `*.`; lower case. */
  readonly base: string
  /** The name in the order, with `*.` where it is a wildcard. */
  readonly identifier: string
  readonly challenges: readonly Challenge[]
}

const RenewalInfoSchema = v.object({
  suggestedWindow: v.object({ start: v.string(), end: v.string() }),
  explanationURL: v.optional(v.string()),
})

/** @throws AcmeTransportError ('NOT_ACME') */
export function readDirectory(data: unknown, url: string): Directory {
  return parse(DirectorySchema, data, url, 'directory')
}

/** @throws AcmeTransportError ('NOT_ACME') */
export function readOrder(data: unknown, url: string, retryAfterMs: number | undefined): Order {
  const order = parse(OrderSchema, data, url, 'order')
  const status = ORDER_STATES.find((state) => state === order.status)
  const unknown = { type: 'about:blank', detail: `the order is ${order.status}`, status: 0, subproblems: [] }
  return {
    url,
    status: status ?? 'invalid',
    names: order.identifiers.map((identifier) => identifier.value.toLowerCase()),
    authorizations: order.authorizations,
    finalize: order.finalize,
    certificate: order.certificate,
    problem: order.error == null ? (status ? undefined : unknown) : readProblem(order.error, 0),
    retryAfterMs,
  }
}

/** @throws AcmeTransportError ('NOT_ACME') */
export function readAuthorization(data: unknown, url: string): Authorization {
  const authorization = parse(AuthorizationSchema, data, url, 'authorization')
  const base = authorization.identifier.value.toLowerCase()
  return {
    url,
    status: authorization.status,
    base,
    identifier: authorization.wildcard ? `*.${base}` : base,
    challenges: authorization.challenges.map((challenge) => ({
      type: challenge.type,
      url: challenge.url,
      status: challenge.status,
      token: challenge.token,
      problem: challenge.error == null ? undefined : readProblem(challenge.error, 0),
    })),
  }
}

/** @returns undefined where the answer is no renewal information */
export function readRenewalInfo(data: unknown): v.InferOutput<typeof RenewalInfoSchema> | undefined {
  const result = v.safeParse(RenewalInfoSchema, data)
  return result.success ? result.output : undefined
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
  url: string,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  const [issue] = result.issues
  const why = `${v.getDotPath(issue) ?? what}: ${issue.message}`
  throw new AcmeTransportError('NOT_ACME', `the answer is no ACME ${what} (${why})`, url)
}
