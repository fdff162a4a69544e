// How long to wait after a failure: each class of failure has its own wait, and none is repeated quickly for ever. The
// codes are those that people see (the names of nodetrust's own error codes, of the node's failures) and ACME's problem
// types; they do not overlap, so one table serves nodes and issue servers.

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The shortest wait that a server can ask for: "at once" from somebody who just refused is not meant. */
export const MIN_WAIT_MS = MINUTE_MS

/** The longest a server can make us wait: a CA counts its limits by the week. A later date comes from a wrong clock. */
export const MAX_WAIT_MS = 8 * DAY_MS

/** A person who presses a button again and again must not use up the limits of a CA. */
export const TRY_NOW_MS = MINUTE_MS

/** A passing fault is over in a minute, a restarted server in ten; what lasts longer needs a person. */
const BACK_OFF_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS] as const

/** So that those who failed together do not come back together. */
const JITTER = 0.2

/** What kind of failure it is, by what waiting can do about it. */
export type FailureClass =
  /** Too many requests; somebody said until when. */
  | 'rate-limited'
  /**
   * A CA has stopped serving us until a person does something (Let's Encrypt: a limit without a time). Nobody tells us when that is
   * done, so we look once a day.
   */
  | 'paused'
  /** Somebody decided against it; that changes by the day at best. */
  | 'refused'
  /** The CA looked and did not find the proof; a few of these each hour are allowed. */
  | 'validation-failed'
  /** Nobody answered, or this place and moment do not allow it; that passes. */
  | 'unavailable'
  /** What we ask for is wrong; asking again is no use before something has been changed. */
  | 'mistake'

const CLASSES: Readonly<Record<string, FailureClass>> = {
  ...of('rate-limited', ['rate-limit', 'rateLimited', 'broker-limit']),
  ...of('paused', ['paused']),
  ...of('refused', ['not-authorized', 'ca-refused', 'bad-answer', 'bad-certificate', 'rehearsed', 'account-gone']),
  ...of('refused', ['broker-refused', 'forge-token', 'bad-broker', 'other-zone']),
  ...of('refused', ['externalAccountRequired', 'alreadyReplaced', 'alreadyRevoked', 'malformed']),
  ...of('validation-failed', ['unauthorized', 'dns', 'caa', 'connection', 'incorrectResponse', 'tls']),
  ...of('validation-failed', ['orderNotReady', 'challenge-failed', 'value-not-shown', 'not-dialled']),
  ...of('unavailable', ['unreachable', 'timeout', 'no-proofs', 'ca-unavailable', 'dns-unavailable', 'shutting-down']),
  ...of('unavailable', ['order-in-progress', 'serverInternal', 'badNonce', 'about:blank', 'other', 'disk']),
  ...of('unavailable', ['invalid-proof', 'address-refused', 'relayed', 'wss-listen', 'not-reachable']),
  ...of('unavailable', ['broker-unavailable', 'no-address', 'other-key']),
  // the next order begins with an account that is registered again
  ...of('unavailable', ['accountDoesNotExist']),
  ...of('mistake', ['no-matching-crypto', 'name-refused', 'nothing-to-grant', 'invalid-request', 'invalid-csr']),
  ...of('mistake', ['rejectedIdentifier', 'unsupportedIdentifier', 'badCSR', 'badPublicKey', 'badSignatureAlgorithm']),
  ...of('mistake', ['userActionRequired', 'invalidProfile', 'invalidContact', 'unsupportedContact', 'not-configured']),
}

function of(kind: FailureClass, codes: readonly string[]): Record<string, FailureClass> {
  return Object.fromEntries(codes.map((code) => [code, kind]))
}

/** A failure as far as waiting goes. */
export interface ClassifiableFailure {
  /** A code of ours, or the short name of an ACME problem type. */
  readonly code: string
  /** How long a server asked to wait, milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/**
 * Says what kind of failure it is; what no rule knows counts as passing.
 *
 * ACME's `rateLimited` without a time is Let's Encrypt's pause. A mistake for which a server names a time is its decision and
 * no mistake of ours.
 */
export function classifyFailure({ code, retryAfterMs }: ClassifiableFailure): FailureClass {
  const kind = Object.hasOwn(CLASSES, code) ? CLASSES[code] : undefined
  const told = isTold(retryAfterMs)
  if (code === 'rateLimited' && !told) return 'paused'
  if (kind === 'mistake' && told) return 'refused'
  return kind ?? 'unavailable'
}

/**
 * How long to wait after a failure.
 *
 * @param failures  how many came before it in a row
 * @param retryAfterMs  what the server asked for; a limit is followed exactly, elsewhere the longer of both waits counts. Who
 *   refuses and names no future ("0", a date that is past) is asked again ever more rarely.
 * @param random  0 to 1, for 20 % more or less
 * @returns milliseconds, a minute to eight days (20 % of our own wait less or more); undefined for a mistake: stop, and show it
 */
export function waitAfter(
  kind: FailureClass,
  facts: { readonly failures: number; readonly retryAfterMs?: number | undefined; readonly random?: () => number },
): number | undefined {
  const { failures, retryAfterMs, random = Math.random } = facts
  if (kind === 'mistake') return undefined
  const told = isTold(retryAfterMs) ? Math.min(Math.max(retryAfterMs, MIN_WAIT_MS), MAX_WAIT_MS) : undefined
  const namesNoFuture = isTold(retryAfterMs) && retryAfterMs <= 0
  if (kind === 'rate-limited' && told !== undefined && !namesNoFuture) return told
  const first = kind === 'rate-limited' && namesNoFuture ? 0 : FIRST_STEP[kind]
  const step = backOffMs(Math.max(failures, 0) + first)
  const own = Math.round(step * (1 + JITTER * (2 * Math.min(Math.max(random(), 0), 1) - 1)))
  return Math.max(own, told ?? 0)
}

/** The wait for what passes, milliseconds: 1, 10 and 100 minutes, then a day. @param failures  how many came before it in a row */
export function backOffMs(failures: number): number {
  return BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? DAY_MS
}

/** Where in the row of waits a class begins. */
const FIRST_STEP: Readonly<Record<Exclude<FailureClass, 'mistake'>, number>> = {
  unavailable: 0,
  // Let's Encrypt allows five an hour
  'validation-failed': 1,
  'rate-limited': BACK_OFF_MS.length - 1,
  paused: BACK_OFF_MS.length - 1,
  refused: BACK_OFF_MS.length - 1,
}

function isTold(ms: number | undefined): ms is number {
  return ms !== undefined && !Number.isNaN(ms)
}
