// What a person is told of a failed attempt: a code, a cause in words, and what to do next.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CertificateError } from '../../core/x509/index.ts'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import {
  BrokerLimitError,
  BrokerUnavailableError,
  ForgesFailedError,
  ForgeTokenError,
} from '../../main/issuers/autotls/errors.ts'
import { IssuersFailedError } from '../../main/issuers/in-order.ts'
import { NoProofsError } from '../../main/issuers/nodetrust/errors.ts'

describe('a failure as a person sees it', () => {
  test('keeps the code, words and time of a server', () => {
    const problem = new ProblemError(ErrorCode.RATE_LIMIT, '50 certificates this week', { retryAfterMs: 5 })
    const { code, message, retryAfterMs } = explainFailure(problem)
    assert.deepEqual({ code, message, retryAfterMs }, { code: 'rate-limit', message: problem.message, retryAfterMs: 5 })
  })

  test('of several forges is the one that is over soonest, with its forge and how many there were', () => {
    const limit = new BrokerLimitError('enough', 3_600_000)
    const forges = new ForgesFailedError([
      { forge: 'one.example.net', error: limit },
      { forge: 'two.example.net', error: new BrokerUnavailableError('gone') },
    ])
    const { code, forge, others } = explainFailure(forges)
    assert.deepEqual({ code, forge, others }, { code: 'broker-unavailable', forge: 'two.example.net', others: 1 })
    const all = new IssuersFailedError([
      { title: 'issue server', error: new NoProofsError([]) },
      { title: 'AutoTLS', forge: 'one.example.net', error: limit },
    ])
    assert.deepEqual(explainFailure(all).forge, undefined)
    assert.equal(explainFailure(all).others, 1)
  })

  test('is a rehearsal that passed where everything worked and the certificate is of a test CA', () => {
    const passed = explainFailure(new CertificateError('test-issuer', 'the certificate was issued by a test CA (Fake)'))
    assert.deepEqual([passed.code, passed.kind], ['rehearsed', 'refused'])
    assert.match(passed.nextStep, /tell who runs the network that the rehearsal passed/)
    assert.equal(explainFailure(new CertificateError('expired', 'it is over')).code, 'bad-certificate')
  })

  test('says at which forge it was, where there is but one', () => {
    const { code, forge } = explainFailure(new ForgeTokenError('another token'), 'one.example.net')
    assert.deepEqual({ code, forge }, { code: 'forge-token', forge: 'one.example.net' })
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
