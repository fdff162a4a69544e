// How the CA says no (RFC 8555 section 6.7): thrown anywhere below the HTTP layer, turned into a problem document there.

/** The error types of ACME that this CA uses. */
export type ProblemType =
  | 'accountDoesNotExist'
  | 'alreadyReplaced'
  | 'alreadyRevoked'
  | 'badCSR'
  | 'badNonce'
  | 'badPublicKey'
  | 'badRevocationReason'
  | 'badSignatureAlgorithm'
  | 'caa'
  | 'connection'
  | 'dns'
  | 'externalAccountRequired'
  | 'invalidProfile'
  | 'malformed'
  | 'orderNotReady'
  | 'rateLimited'
  | 'rejectedIdentifier'
  | 'serverInternal'
  | 'unauthorized'
  | 'unsupportedIdentifier'
  | 'userActionRequired'

/** A refusal: HTTP status, type, explanation, and headers that belong to it (Retry-After, Location). */
export class CaProblem extends Error {
  override readonly name = 'CaProblem'
  readonly status: number
  readonly type: ProblemType
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, type: ProblemType, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
    this.type = type
    this.headers = headers
  }
}

/** A problem as it stands in answers, orders and challenges. */
export interface ProblemDocument {
  readonly type: string
  readonly detail: string
  readonly status: number
}

/** The document of a refusal. */
export function documentOf(problem: CaProblem): ProblemDocument {
  return { type: `urn:ietf:params:acme:error:${problem.type}`, detail: problem.message, status: problem.status }
}
