// Certificates from a CA that speaks ACME (RFC 8555): the outside face of the folder.
export { type Account, type AccountState, type AccountStore, fileAccountStore, memoryAccountStore } from './account.ts'
export { fallbackRenewalWindow, fetchRenewalInfo, type RenewalInfo } from './ari.ts'
export { DEFAULT_DIRECTORY, DIRECTORIES, DirectoryError, directoryUrl, isProduction } from './directories.ts'
export {
  AcmeAccountError,
  AcmeAccountGoneError,
  AcmeLibraryError,
  AcmeProblem,
  AcmeTimeoutError,
  AcmeTransportError,
  ChallengeFailedError,
  type ProblemDocument,
  type Subproblem,
} from './errors.ts'
export { type IssuanceOptions, type IssuanceStep, issueCertificate } from './issuance.ts'
export { endsOrder, isClockFault } from './order-end.ts'
export type { IssuedCertificate, OrderStore } from './issuance.ts'
export type { Directory } from './objects.ts'
export { DEFAULT_POLL, type PollOptions } from './polling.ts'
export { parseRetryAfter } from './retry-after.ts'
export { type AcmeSession, createAcmeSession, type OrderRequest, type SessionOptions } from './session.ts'
export type { ExternalAccount } from './signing.ts'
export type { AnswerNote } from './transport.ts'
export type { Dns01, UnremovedRecord } from './validation.ts'
