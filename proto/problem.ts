// A refusal as it crosses the wire: a code a program can act on, a sentence for a person, and how long to wait.
import { plainText } from './plain-text.ts'
import { nodetrust } from './wire/nodetrust.js'

export const ErrorCode = nodetrust.ErrorCode
export type ErrorCode = nodetrust.ErrorCode

/** A server's refusal. Thrown where it is decided, sent as a message, thrown again at the client. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ErrorCode
  /** How long to wait before asking again, in milliseconds; undefined where waiting does not help. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The longest text of a problem that is passed on: a CA's own words may be pages. */
const MAX_PROBLEM_TEXT = 500

/** A refusal as a message. */
export function problemToWire(error: ProblemError): nodetrust.Problem.$Properties {
  return { code: error.code, message: error.message.slice(0, MAX_PROBLEM_TEXT), retryAfterMs: error.retryAfterMs ?? 0 }
}

/** Throws what a message says went wrong; does nothing where it says nothing. */
export function throwProblem(problem: nodetrust.Problem.$Properties | null | undefined): void {
  if (!problem || !problem.code) return
  const retryAfterMs = problem.retryAfterMs || undefined
  throw new ProblemError(problem.code, plainText((problem.message ?? '').slice(0, MAX_PROBLEM_TEXT)), { retryAfterMs })
}

/** The name of a code, for logs and people. */
export function errorCodeName(code: ErrorCode): string {
  return ErrorCode[code] ?? `code ${code}`
}
