// Asks again until the CA is done. Every wait is bounded, whatever Retry-After says; a few answers that got lost are
// forgiven; what counts as the limit is the time waited here, answers included, and no wall clock, which can jump.
import type { Clock } from '../clock.ts'
import { AcmeProblem, AcmeTimeoutError, AcmeTransportError } from './errors.ts'

export interface PollOptions {
  /** The first wait; each one after it is longer. */
  readonly firstMs: number
  /** The longest single wait, also where the CA asks for more. */
  readonly maxMs: number
  /** After so long, slow answers included, we give up; the order can be resumed. */
  readonly deadlineMs: number
}

/** A public CA needs 2 to 5 s to validate, and an answer of it takes a tenth of a second. */
export const DEFAULT_POLL: PollOptions = { firstMs: 250, maxMs: 15_000, deadlineMs: 180_000 }

/** A CA that answers sooner is near, and mostly has little to do. */
const NEAREST_FIRST_MS = 10
/** So many answers could have come in the time until the first look. */
const ANSWERS_PER_LOOK = 3

/**
 * How long to wait before the first look.
 *
 * @param answerMs  what the CA's quickest answer took; undefined before the first
 * @returns milliseconds, never more than the default
 */
export function firstLookMs(answerMs: number | undefined): number {
  if (answerMs === undefined) return DEFAULT_POLL.firstMs
  return Math.min(Math.max(answerMs * ANSWERS_PER_LOOK, NEAREST_FIRST_MS), DEFAULT_POLL.firstMs)
}

/** Seven looks in the first five seconds at a public CA, twenty in three minutes. */
const GROWTH = 1.5
/** While the waits are shorter than that, each is twice as long as the one before. */
const QUICK_MS = 100
/** A CA that asks for less than our own wait gets that, but not more often than so. */
const SHORTEST_ASKED_MS = 1000

/** A poll forgives so many failures in a row: a router that restarts, a server behind a balancer that is replaced. */
const MAX_FAILURES_IN_A_ROW = 3

/** Errors of the network, and of what stands before a CA, that often are gone a moment later. */
const PASSING_CODES = new Set([
  'TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'UPGRADE',
  // somebody else answers: a gateway, a page to log in, a server behind a balancer that is being replaced
  'REDIRECT',
  'BAD_JSON',
  'TOO_LARGE',
  'NOT_ACME',
])

/**
 * Problems that the CA has with itself or with this one request, whatever their status is. A `conflict` is that with another
 * request of ours, which the CA has not done with yet.
 */
const PASSING_TYPES = new Set(['serverInternal', 'badNonce', 'conflict'])

/** Whether the same request may well succeed a moment later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AcmeTransportError) return PASSING_CODES.has(error.code) || error.code.startsWith('HTTP_')
  return error instanceof AcmeProblem && (error.status >= 500 || PASSING_TYPES.has(error.type))
}

/**
 * Reads until `done` says so.
 *
 * @param what  for the message of a timeout
 * @param firstRetryAfterMs  of the answer that began the wait
 * @throws AcmeTimeoutError at the deadline, whatever `read` throws and is not passing, the signal's reason
 */
export async function poll<T extends { readonly url: string; readonly retryAfterMs: number | undefined }>(options: {
  readonly read: () => Promise<T>
  readonly done: (value: T) => boolean
  readonly what: string
  readonly url: string
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly limits: PollOptions
  readonly firstRetryAfterMs?: number | undefined
  /** A clock that cannot jump. */
  readonly monotonicMs?: (() => number) | undefined
}): Promise<T> {
  const { clock, signal, limits, monotonicMs = () => performance.now() } = options
  let asked = options.firstRetryAfterMs
  let next = limits.firstMs
  let waited = 0
  let failures = 0
  for (;;) {
    const pause = Math.min(Math.max(asked ?? next, Math.min(next, SHORTEST_ASKED_MS)), limits.maxMs)
    if (waited + pause > limits.deadlineMs) throw new AcmeTimeoutError(options.what, waited, options.url)
    await clock.sleep(pause, signal)
    waited += pause
    next = Math.min(next * (next < QUICK_MS ? 2 : GROWTH), limits.maxMs)
    const began = monotonicMs()
    try {
      const value = await options.read()
      if (options.done(value)) return value
      failures = 0
      asked = value.retryAfterMs
    } catch (error) {
      failures += 1
      const told = error instanceof AcmeProblem || error instanceof AcmeTransportError
      const wait = told ? error.retryAfterMs : undefined
      // A CA that asks for more time than one of our waits is obeyed by stopping.
      if (failures > MAX_FAILURES_IN_A_ROW || !isPassing(error) || (wait ?? 0) > limits.maxMs) throw error
      asked = wait
    } finally {
      waited += monotonicMs() - began
    }
  }
}
