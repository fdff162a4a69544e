// Which failures end an order at a CA, and which leave one that is worth going on with.
import { CertificateError } from '../x509/certificate-error.ts'
import { AcmeProblem, ChallengeFailedError } from './errors.ts'
import { isPassing } from './polling.ts'

/**
 * Whether a failure of `issueCertificate` ends its order: going on with it cannot lead anywhere else. Only the CA's own word
 * does, about this order: a gateway's page, a limit, a nonce, terms to agree to and a certificate that was cut off on its way
 * leave an order that may have been signed already.
 */
export function endsOrder(error: unknown): boolean {
  if (error instanceof CertificateError) return error.code !== 'not-pem'
  return error instanceof ChallengeFailedError || isFinalProblem(error)
}

/** What passes, or what a person can mend while the order lives. */
const LEAVES_ORDER: ReadonlySet<string> = new Set(['rateLimited', 'userActionRequired'])

/** The CA's own word about this order. */
export function isFinalProblem(error: unknown): error is AcmeProblem {
  return error instanceof AcmeProblem && !isPassing(error) && !LEAVES_ORDER.has(error.type)
}

/** The certificate is good and this machine's clock is not: once that is right, the same order gives it. */
export function isClockFault(error: unknown): boolean {
  return error instanceof CertificateError && error.code === 'not-yet-valid'
}
