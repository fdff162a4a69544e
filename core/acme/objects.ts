// The objects of the protocol as we use them (RFC 8555 section 7.1): what is null or empty counts as absent, only what the present
// state needs is required, the rest is ignored. What does not fit then is the answer of something that is no ACME server.
import * as v from 'valibot'
import { plainText } from '../../proto/plain-text.ts'
import { AcmeTransportError, isRecord, type ProblemDocument, readProblem, withoutEmpty } from './errors.ts'

/** A member that is not needed: what is not of its type counts as absent. */
const Text = v.fallback(v.optional(v.string()), undefined)
const Flag = v.fallback(v.optional(v.boolean()), undefined)
const List = v.fallback(v.optional(v.array(v.unknown())), undefined)

const DirectorySchema = v.object({
  newNonce: v.string(),
  newAccount: v.string(),
  newOrder: v.string(),
  revokeCert: Text,
  keyChange: Text,
  renewalInfo: Text,
  meta: v.fallback(v.optional(v.object({ termsOfService: Text, externalAccountRequired: Flag })), undefined),
})

/** Where a CA's resources are and what it says about itself; addresses are absolute and https. */
export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  readonly revokeCert: string | undefined
  readonly keyChange: string | undefined
  readonly renewalInfo: string | undefined
  readonly meta:
    | {
        readonly termsOfService?: string | undefined
        readonly externalAccountRequired?: boolean | undefined
        /** What the CA is called in CAA records. */
        readonly caaIdentities?: readonly string[] | undefined
        /** What they are for, by their names. */
        readonly profiles: Readonly<Record<string, string>> | undefined
      }
    | undefined
}

/** More than any CA has; a directory is kept in memory. */
const MAX_PROFILES = 100

/** ZeroSSL has seven. */
const MAX_CAA_IDENTITIES = 20

/** As many as an order can have names (Let's Encrypt's limit): each costs a request. */
const MAX_AUTHORIZATIONS = 100

const ORDER_STATES = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const

/** What CAs call the end of an order or authorization beside `invalid`: nothing more can come of it. */
const ENDED_STATES: ReadonlySet<string> = new Set([
  ...['invalid', 'deactivated', 'expired', 'revoked', 'canceled', 'cancelled', 'failed', 'rejected'],
])

/** Whether nothing more can come of an order or authorization in this state. */
export function isEnd(status: string): boolean {
  return ENDED_STATES.has(status)
}

const OrderSchema = v.object({
  status: Text,
  identifiers: List,
  authorizations: List,
  finalize: Text,
  certificate: Text,
  error: v.optional(v.unknown()),
})

/** An order, with its own address. */
export interface Order {
  readonly url: string
  /**
   * A state that means an end (`deactivated`, `expired`) counts as invalid, any other that RFC 8555 does not know as processing:
   * the CA is at it.
   */
  readonly status: (typeof ORDER_STATES)[number]
  /** DNS names, lower case; empty where the answer does not repeat them. */
  readonly names: readonly string[]
  /** Empty where the answer does not need them. */
  readonly authorizations: readonly string[]
  readonly finalize: string | undefined
  /** Also a valid order may have none yet. */
  readonly certificate: string | undefined
  readonly problem: ProblemDocument | undefined
  /** How long the CA asks to wait before asking again. */
  readonly retryAfterMs: number | undefined
}

const AuthorizationSchema = v.object({
  identifier: v.fallback(v.optional(v.object({ value: Text })), undefined),
  status: Text,
  wildcard: Flag,
  challenges: List,
})

const ChallengeSchema = v.object({ type: v.string(), url: v.string(), status: Text, token: Text })

export interface Challenge {
  readonly type: string
  readonly url: string
  /** `pending` where the CA does not say. */
  readonly status: string
  readonly token: string | undefined
}

/** The CA's question about one name. */
export interface Authorization {
  readonly url: string
  /** As the CA calls it, lower case; `pending` where it does not say. Whether it is an end tells `isEnd`. */
  readonly status: string
  /** Without `*.`; lower case; undefined where the CA does not say. */
  readonly base: string | undefined
  /** The name in the order, with `*.` where it is a wildcard, for a person. */
  readonly identifier: string
  /** Those that have an address. */
  readonly challenges: readonly Challenge[]
  /** Of the first challenge that has one. */
  readonly problem: ProblemDocument | undefined
}

const RenewalInfoSchema = v.object({
  suggestedWindow: v.object({ start: v.string(), end: v.string() }),
  explanationURL: Text,
})

/**
 * Reads a directory.
 *
 * @param url  of the request, which relative addresses are taken from (RFC 9110 section 10.2.2)
 * @throws AcmeTransportError ('NOT_ACME')
 */
export function readDirectory(data: unknown, url: string): Directory {
  const { meta, ...said } = parse(DirectorySchema, data, url, 'directory')
  const profiles = profilesOf(data)
  const needed = (member: 'newNonce' | 'newAccount' | 'newOrder') => {
    const resolved = httpsUrl(said[member], url)
    if (resolved !== undefined) return resolved
    throw new AcmeTransportError(
      'NOT_ACME',
      `the answer is no ACME directory (${member}: expected an https address)`,
      url,
    )
  }
  return {
    ...{ newNonce: needed('newNonce'), newAccount: needed('newAccount'), newOrder: needed('newOrder') },
    revokeCert: httpsUrl(said.revokeCert, url),
    keyChange: httpsUrl(said.keyChange, url),
    renewalInfo: httpsUrl(said.renewalInfo, url),
    meta: (meta ?? profiles) && { ...meta, profiles, caaIdentities: caaIdentitiesOf(data) },
  }
}

/** From the answer as it came: what is no text is no name. */
function caaIdentitiesOf(data: unknown): readonly string[] | undefined {
  const meta = isRecord(data) ? data['meta'] : undefined
  const names = isRecord(meta) ? meta['caaIdentities'] : undefined
  return Array.isArray(names)
    ? names.slice(0, MAX_CAA_IDENTITIES).filter((name) => typeof name === 'string')
    : undefined
}

/** From the answer as it came: a profile that is not described is one all the same. */
function profilesOf(data: unknown): Readonly<Record<string, string>> | undefined {
  const meta = isRecord(data) ? data['meta'] : undefined
  const profiles = isRecord(meta) ? meta['profiles'] : undefined
  if (!isRecord(profiles)) return undefined
  const named = Object.entries(profiles).slice(0, MAX_PROFILES)
  return Object.fromEntries(named.map(([name, about]) => [name, typeof about === 'string' ? about : '']))
}

/** Where an order was read. */
export interface OrderOrigin {
  readonly url: string
  /** Of the request, which relative addresses are taken from. */
  readonly base: string
  readonly retryAfterMs: number | undefined
}

/**
 * Reads an order; of its members only those are required that its state needs.
 *
 * @throws AcmeTransportError ('NOT_ACME')
 */
export function readOrder(data: unknown, { url, base, retryAfterMs }: OrderOrigin): Order {
  const order = parse(OrderSchema, data, base, 'order')
  const said = order.status?.toLowerCase()
  const status = orderStatus(said, order)
  const refuse = (member: string) =>
    new AcmeTransportError('NOT_ACME', `the answer is no ACME order (${member}: expected https addresses)`, base)
  if (!status) throw new AcmeTransportError('NOT_ACME', 'the answer is no ACME order (status: it has none)', base)

  const listed = order.authorizations ?? []
  const authorizations = [...new Set(listed.flatMap((one) => httpsUrl(one, base) ?? []))]
  if (listed.length > MAX_AUTHORIZATIONS || (status === 'pending' && authorizations.length < new Set(listed).size))
    throw refuse('authorizations')
  const [finalize, certificate] = [httpsUrl(order.finalize, base), httpsUrl(order.certificate, base)]
  if (status === 'ready' && order.finalize !== undefined && finalize === undefined) throw refuse('finalize')
  if (status === 'valid' && order.certificate !== undefined && certificate === undefined) throw refuse('certificate')

  const ended = { type: 'about:blank', detail: `the order is ${plainText(said ?? '')}`, status: 0, subproblems: [] }
  const isOtherEnd = status === 'invalid' && said !== 'invalid'
  return {
    ...{ url, status, authorizations, finalize, certificate, retryAfterMs },
    names: (order.identifiers ?? []).flatMap((one) => nameOf(one) ?? []),
    problem: order.error === undefined ? (isOtherEnd ? ended : undefined) : readProblem(order.error, 0),
  }
}

/** @returns undefined where nothing says what it is */
function orderStatus(said: string | undefined, order: v.InferOutput<typeof OrderSchema>): Order['status'] | undefined {
  const known = ORDER_STATES.find((state) => state === said)
  if (known) return known
  if (said !== undefined && isEnd(said)) return 'invalid'
  if (order.certificate !== undefined) return 'valid'
  if (said === undefined && order.error !== undefined) return 'invalid'
  if (order.authorizations === undefined && order.identifiers === undefined) return undefined
  return said === undefined && order.authorizations !== undefined ? 'pending' : 'processing'
}

/** An answer may leave out what an earlier one has said. */
export function withEarlier(now: Order, before: Order): Order {
  return {
    ...now,
    names: now.names.length > 0 ? now.names : before.names,
    authorizations: now.authorizations.length > 0 ? now.authorizations : before.authorizations,
    finalize: now.finalize ?? before.finalize,
    certificate: now.certificate ?? before.certificate,
  }
}

/**
 * Reads an authorization. Challenges of other kinds, and those that lack what makes them one, are passed over.
 *
 * @param url  of the request
 * @throws AcmeTransportError ('NOT_ACME')
 */
export function readAuthorization(data: unknown, url: string): Authorization {
  const said = parse(AuthorizationSchema, data, url, 'authorization')
  if (said.status === undefined && said.challenges === undefined)
    throw new AcmeTransportError('NOT_ACME', 'the answer is no ACME authorization (status: it has none)', url)
  const status = said.status?.toLowerCase() ?? 'pending'
  const listed = (said.challenges ?? []).filter((one) => isRecord(one))
  const value = nameOf(said.identifier)
  const base = value?.replace(/^\*\./, '')
  const isWildcard = said.wildcard === true || base !== value
  const wrong = listed.find((challenge) => challenge['error'] !== undefined)
  return {
    url,
    status: plainText(status),
    base,
    identifier: plainText(base === undefined ? 'a name' : isWildcard ? `*.${base}` : base),
    challenges: listed.flatMap((one) => readChallenge(one, url) ?? []),
    problem: wrong && readProblem(wrong['error'], 0),
  }
}

function readChallenge(data: unknown, base: string): Challenge | undefined {
  const { success, output } = v.safeParse(ChallengeSchema, data)
  const url = success ? httpsUrl(output.url, base) : undefined
  if (!success || url === undefined) return undefined
  return { type: output.type, url, status: output.status?.toLowerCase() ?? 'pending', token: output.token }
}

/** The name of an identifier, lower case, without a final dot. */
function nameOf(identifier: unknown): string | undefined {
  const value = isRecord(identifier) ? identifier['value'] : undefined
  return typeof value === 'string' ? value.toLowerCase().replace(/\.$/, '') : undefined
}

/** @returns undefined where the answer is no renewal information */
export function readRenewalInfo(data: unknown): v.InferOutput<typeof RenewalInfoSchema> | undefined {
  const result = v.safeParse(RenewalInfoSchema, withoutEmpty(data))
  return result.success ? result.output : undefined
}

/**
 * An address that a CA gives, absolute or relative to the request's (RFC 9110 section 10.2.2).
 *
 * @returns undefined where there is none, or none of https
 */
export function httpsUrl(text: unknown, base: string): string | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined
  const url = URL.parse(text, base)
  return url?.protocol === 'https:' ? url.href : undefined
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
  url: string,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, isRecord(data) ? (withoutEmpty(data) ?? {}) : data)
  if (result.success) return result.output
  const [issue] = result.issues
  const why = `${v.getDotPath(issue) ?? what}: ${issue.message}`
  throw new AcmeTransportError('NOT_ACME', `the answer is no ACME ${what} (${why})`, url)
}

/** Whether an answer says what is to be done next; one that does not is the first of an order that the CA is still writing. */
export function isWhole({ status, authorizations }: Order): boolean {
  return status === 'pending' ? authorizations.length > 0 : status !== 'processing'
}

/** Some CAs call an order valid a moment before they say where its certificate is. */
export function isDone({ status, certificate }: Order): boolean {
  return status === 'invalid' || (status === 'valid' && certificate !== undefined)
}
