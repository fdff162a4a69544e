// What a person is told of a failed attempt: a code, a cause in words, and what to do next.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { NoProofsError } from '../../main/issuers/nodetrust/errors.ts'

describe('a failure as a person sees it', () => {
  test('keeps the code, words and time of a server', () => {
    const problem = new ProblemError(ErrorCode.RATE_LIMIT, '50 certificates this week', { retryAfterMs: 5 })
    const { code, message, retryAfterMs } = explainFailure(problem)
    assert.deepEqual({ code, message, retryAfterMs }, { code: 'rate-limit', message: problem.message, retryAfterMs: 5 })
  })

  test('has a code and a next step for everything', () => {
    const errors = [new NoProofsError([]), new TypeError('x'), 'text', new ProblemError(ErrorCode.OTHER, '')]
    assert.deepEqual(
      errors.map((error) => explainFailure(error).code),
      ['no-proofs', 'other', 'other', 'other'],
    )
    for (const error of errors) assert.ok(explainFailure(error).nextStep && explainFailure(error).message)
  })
})
