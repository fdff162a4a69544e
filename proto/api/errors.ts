// What can go wrong at the API, as a closed list: the page has a sentence for every code in every language, so an answer
// never carries words of its own but `detail`, the technical English that stands behind "Details".
import * as v from 'valibot'

/** Every code an answer or a state may carry. Codes are added, never renamed. */
export const API_ERROR_CODES = [
  // the call itself
  'bad-request',
  'unknown-method',
  'too-large',
  'rate-limited',
  'unauthorized',
  'forbidden',
  'not-confirmed',
  'timeout',
  'unavailable',
  'internal',
  // what a person can do something about
  'not-running',
  'no-network',
  'too-soon',
  'invalid-invitation',
  'cut-invitation',
  'newer-invitation',
  'sandbox-failed',
  'key-locked',
  'key-missing',
  'keychain-absent',
  'wrong-passphrase',
  'weak-passphrase',
  'bad-backup',
  'other-identity',
  'bad-address',
  'bad-name',
  'peer-silent',
  'peer-other-key',
  'disk',
  'port-taken',
  'folder-in-use',
  'bad-configuration',
  // how an attempt to get a certificate ended
  'unreachable',
  'ca-limit',
  'refused',
  'offline',
  'other-zone',
  'no-proofs',
  'server-unreachable',
  'server-other-key',
  'ca-unavailable',
  'bad-certificate',
  // all went well up to a certificate for tests
  'rehearsed',
  'wrong-clock',
  'cancelled',
  'failed',
] as const
export type ApiErrorCode = (typeof API_ERROR_CODES)[number]

/** Longest technical text that crosses the boundary, characters. */
export const MAX_DETAIL_CHARS = 1_000

/** Values that a sentence is filled with. */
export const ParamsSchema = v.record(
  v.pipe(v.string(), v.maxLength(32)),
  v.union([v.pipe(v.string(), v.maxLength(512)), v.number()]),
)
export type Params = v.InferOutput<typeof ParamsSchema>

/** A failure as it crosses the boundary: never a stack, never a secret. */
export const ProblemSchema = v.strictObject({
  code: v.picklist(API_ERROR_CODES),
  params: ParamsSchema,
  /** Whether the same call may work later without a person's doing. */
  retryable: v.boolean(),
  /** Technical English for "Details"; may be empty. */
  detail: v.pipe(v.string(), v.maxLength(MAX_DETAIL_CHARS)),
})
export type Problem = v.InferOutput<typeof ProblemSchema>

/** A failed call, on either side of the boundary. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(code: ApiErrorCode, rest: Partial<Omit<Problem, 'code'>> = {}, options?: ErrorOptions) {
    const problem: Problem = {
      code,
      params: rest.params ?? {},
      retryable: rest.retryable ?? false,
      detail: (rest.detail ?? '').slice(0, MAX_DETAIL_CHARS),
    }
    super(problem.detail === '' ? code : `${code}: ${problem.detail}`, options)
    this.problem = problem
  }
}
