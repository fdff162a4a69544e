// What went wrong at the CA or in the DNS, in the terms of the client: a code it can act on, a sentence that names the
// cause, and when asking again makes sense.
import { CertificateError, CsrError } from '../../core/x509/index.ts'
import {
  AcmeAccountGoneError,
  AcmeProblem,
  AcmeTimeoutError,
  AcmeTransportError,
  ChallengeFailedError,
} from '../../core/acme/errors.ts'
import { isPassing } from '../../core/acme/polling.ts'
import { ProblemError } from '../../proto/problem.ts'
import { problem } from '../serve-protocol.ts'
import { DnsServerError } from '../dns/client.ts'

/** A CA or DNS server that does not answer is asked again after a minute at the earliest. */
const UNAVAILABLE_RETRY_MS = 60_000

/** Let's Encrypt allows five failed validations an hour for a name; one each quarter of an hour stays below. */
const VALIDATION_RETRY_MS = 15 * 60_000

/** A rate limit without a time may be a pause that only the operator can lift: ask again after a day. */
const PAUSE_RETRY_MS = 24 * 3_600_000

/** What only the operator can mend, who sees the whole of it in the log: looked at again by the day. */
const OPERATOR_RETRY_MS = 24 * 3_600_000
const OPERATOR = 'whoever runs the issue server has to act first'

/** Turns any failure of an order into what is told to the client. */
export function explainFailure(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof CsrError) return problem('INVALID_CSR', error.message)
  if (error instanceof DnsServerError) {
    return problem(
      'DNS_UNAVAILABLE',
      `the zone's DNS servers do not all have the challenge: ${error.message}`,
      UNAVAILABLE_RETRY_MS,
    )
  }
  if (error instanceof ChallengeFailedError) return problem('CA_REFUSED', error.message, VALIDATION_RETRY_MS)
  if (error instanceof AcmeProblem) return explainProblem(error)
  if (error instanceof AcmeAccountGoneError)
    return problem('CA_REFUSED', `${OPERATOR}: its account at the CA is not served any more`, OPERATOR_RETRY_MS)
  if (error instanceof AcmeTransportError) {
    return problem('CA_UNAVAILABLE', error.message, Math.max(error.retryAfterMs ?? 0, UNAVAILABLE_RETRY_MS))
  }
  if (error instanceof AcmeTimeoutError) return problem('CA_UNAVAILABLE', error.message, UNAVAILABLE_RETRY_MS)
  if (error instanceof CertificateError) {
    return problem(
      'CA_UNAVAILABLE',
      `the CA sent a certificate that cannot be used: ${error.message}`,
      UNAVAILABLE_RETRY_MS,
    )
  }
  if (isAbort(error))
    return problem('SHUTTING_DOWN', 'the order was ended before it was done: ask again', UNAVAILABLE_RETRY_MS)
  return problem(
    'OTHER',
    `the order failed: ${error instanceof Error ? error.message : String(error)}`,
    UNAVAILABLE_RETRY_MS,
  )
}

function explainProblem(error: AcmeProblem): ProblemError {
  if (error.type === 'rateLimited') return problem('RATE_LIMIT', error.message, error.retryAfterMs ?? PAUSE_RETRY_MS)
  if (isPassing(error)) {
    return problem('CA_UNAVAILABLE', error.message, error.retryAfterMs ?? UNAVAILABLE_RETRY_MS)
  }
  if (error.type === 'userActionRequired')
    return problem('CA_REFUSED', `${OPERATOR}: ${error.message}`, error.retryAfterMs ?? OPERATOR_RETRY_MS)
  if (error.type === 'badCSR' || error.type === 'badPublicKey') return problem('INVALID_CSR', error.message)
  return problem('CA_REFUSED', error.message, error.retryAfterMs)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}
