// What can go wrong with a CA, sorted by what a caller can do about it. A problem is the CA's own answer (RFC 8555 section
// 6.7), a transport error means there was none that counts (a gateway's page is none, whatever its status), a timeout means
// it never came to an end.
import { plainText } from '../../proto/plain-text.ts'

const ACME_URN = 'urn:ietf:params:acme:error:'

/** A part of a problem that concerns one name (RFC 8555 section 6.7.1). */
export interface Subproblem {
  readonly type: string
  readonly detail: string
  readonly identifier: string | undefined
}

/** A problem document as it arrived, in any object of the protocol. */
export interface ProblemDocument {
  /** The short name where it is one of ACME's (`rateLimited`), else the URI as it came; `about:blank` for none. */
  readonly type: string
  readonly detail: string
  readonly status: number
  readonly subproblems: readonly Subproblem[]
  /** Where more is to be read, as it came (RFC 9457 section 3.1.5): for terms the page to agree at. */
  readonly instance?: string | undefined
}

/** The CA said no. `type` says why; `retryAfterMs` is set where it said when to come back. */
export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem'
  readonly type: string
  readonly status: number
  readonly detail: string
  readonly subproblems: readonly Subproblem[]
  /** Never negative; may be weeks, so it belongs into a stored date and not into a timer. */
  readonly retryAfterMs: number | undefined
  readonly url: string
  /** The page where a person can lift it; https. */
  readonly page: string | undefined

  constructor(problem: ProblemDocument, url: string, retryAfterMs?: number, page?: string) {
    const see = page === undefined || problem.detail.includes(page) ? '' : `; see ${page}`
    super(`the CA refused (${problem.type}, ${problem.status}): ${problem.detail}${see}`)
    this.page = page
    this.type = problem.type
    this.status = problem.status
    this.detail = problem.detail
    this.subproblems = problem.subproblems
    this.retryAfterMs = retryAfterMs
    this.url = url
  }

  /**
   * Let's Encrypt pauses an account for a name with the type of a rate limit and no time; only a person can lift it, at
   * the address in `detail`.
   */
  get isPause(): boolean {
    return this.type === 'rateLimited' && this.retryAfterMs === undefined
  }
}

/**
 * There was no answer that can be used. `code` is Node's (ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED...) or one of ours:
 * TIMEOUT, NOT_HTTPS, REDIRECT, TOO_LARGE, BAD_JSON, NOT_ACME (something else answers at that address), HTTP_429 and its like
 * (somebody on the way answers with an error that is no problem of ACME), CLOSED (the session was closed).
 */
export class AcmeTransportError extends Error {
  override readonly name = 'AcmeTransportError'
  readonly code: string
  readonly url: string
  /** Of the HTTP answer, where that is what is wrong with it. */
  readonly status: number | undefined
  /** How long whoever answered asks to wait, milliseconds; a day at most. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    url: string,
    options: ErrorOptions & { readonly status?: number; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(`no usable answer from ${hostOf(url)} (${code}): ${message}`, options)
    this.code = code
    this.url = url
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The CA kept answering but did not come to an end in time; the order can be resumed. */
export class AcmeTimeoutError extends Error {
  override readonly name = 'AcmeTimeoutError'
  readonly url: string

  constructor(what: string, waitedMs: number, url: string) {
    super(`${what} was not finished after ${Math.round(waitedMs / 1000)} s; resume it later`)
    this.url = url
  }
}

/** The CA looked for the challenge's value and did not accept what it saw. Costs one of a few failures per hour. */
export class ChallengeFailedError extends Error {
  override readonly name = 'ChallengeFailedError'
  /** The name that failed. */
  readonly identifier: string
  readonly problem: ProblemDocument

  constructor(identifier: string, problem: ProblemDocument) {
    super(`the CA could not validate ${identifier} (${problem.type}): ${problem.detail}`)
    this.identifier = identifier
    this.problem = problem
  }
}

/** The stored account cannot be used here; the message says why and what to do. */
export class AcmeAccountError extends Error {
  override readonly name = 'AcmeAccountError'
}

/**
 * The CA knows our account and does not serve it any more (deactivated by somebody, revoked by the CA), or does not know it. The
 * message says what to do.
 */
export class AcmeAccountGoneError extends Error {
  override readonly name = 'AcmeAccountGoneError'
  readonly state: AccountFate
  /** The account's address. */
  readonly account: string

  constructor(state: AccountFate, account: string, remedy: string, options?: ErrorOptions) {
    super(`our account at the CA (${account}) ${FATES[state]}: ${remedy}`, options)
    this.state = state
    this.account = account
  }
}

/** What has become of an account. */
export type AccountFate = 'deactivated' | 'revoked' | 'unknown'

const FATES: Readonly<Record<AccountFate, string>> = {
  deactivated: 'was deactivated',
  revoked: 'was revoked by the CA',
  unknown: 'does not exist there any more, or has another key',
}

/** The ACME library is not the version this code was written for. */
export class AcmeLibraryError extends Error {
  override readonly name = 'AcmeLibraryError'
}

/** Deeper than any object of the protocol is; what lies below is of no use to us. */
const MAX_DEPTH = 8

/**
 * Leaves out what is null or empty, at every depth: some CAs write every member they know, others leave them out (RFC 8555 names
 * no null anywhere).
 *
 * @returns undefined where nothing is left
 */
export function withoutEmpty(value: unknown): unknown {
  return prune(value, 0)
}

function prune(value: unknown, depth: number): unknown {
  if (value === null || value === '' || depth > MAX_DEPTH) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => prune(item, depth + 1)).filter((item) => item !== undefined)
    return items.length > 0 ? items : undefined
  }
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, prune(member, depth + 1)] as const)
  const left = members.filter(([, member]) => member !== undefined)
  return left.length > 0 ? Object.fromEntries(left) : undefined
}

/**
 * Reads a problem document, whatever is missing or of the wrong type.
 *
 * @param body  the parsed answer, or its text where it was no JSON
 * @param status  of the HTTP answer
 */
export function readProblem(body: unknown, status: number): ProblemDocument {
  const said = withoutEmpty(body)
  const fields = isRecord(said) ? said : {}
  const detail = textOf(fields['detail']) ?? (typeof body === 'string' ? firstLine(body) : undefined)
  return {
    type: shortType(textOf(fields['type'])),
    detail: detail || `HTTP ${status} without an explanation`,
    status: typeof fields['status'] === 'number' ? fields['status'] : status,
    ...(typeof fields['instance'] === 'string' ? { instance: fields['instance'] } : {}),
    subproblems: (Array.isArray(fields['subproblems']) ? fields['subproblems'] : [])
      .slice(0, MAX_SUBPROBLEMS)
      .map((one) => readSubproblem(one)),
  }
}

/**
 * Whether a body is a problem of ACME: one of its own types, whatever else is there. Only this is the CA's word; a page of
 * HTML and a problem of another kind come from something that stands before it.
 *
 * @param body  the parsed answer
 */
export function isAcmeProblem(body: unknown): boolean {
  return isRecord(body) && typeof body['type'] === 'string' && body['type'].startsWith(ACME_URN)
}

/** What somebody who is not the CA says with an error answer, in one line. */
export function saidInstead(body: unknown, status: number): string {
  const fields = isRecord(body) ? body : {}
  const said = typeof body === 'string' ? firstLine(body) : firstLine(textOf(fields['detail'] ?? fields['title']) ?? '')
  return said || `HTTP ${status} without an explanation`
}

/** As many as an order can have names. */
const MAX_SUBPROBLEMS = 100
/** Of an error page only so much is worth showing. */
const MAX_DETAIL_LENGTH = 200

function readSubproblem(value: unknown): Subproblem {
  const fields = isRecord(value) ? value : {}
  const identifier = isRecord(fields['identifier']) ? textOf(fields['identifier']['value']) : undefined
  return { type: shortType(textOf(fields['type'])), detail: textOf(fields['detail']) ?? '', identifier }
}

function shortType(type: string | undefined): string {
  if (type === undefined) return 'about:blank'
  return type.startsWith(ACME_URN) ? type.slice(ACME_URN.length) : type
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? plainText(value.slice(0, 10 * MAX_DETAIL_LENGTH)) : undefined
}

/** An error page in one line, without its tags. */
function firstLine(text: string): string {
  return plainText(text.slice(0, 10 * MAX_DETAIL_LENGTH))
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_DETAIL_LENGTH)
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the CA'
}

/** Whether a parsed value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
