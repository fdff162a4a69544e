// Why a certificate is not used. It has a file of its own because reading, naming and checking certificates all throw it.

export type CertificateFault =
  | 'not-pem'
  /** Its public key is not the one we made. */
  | 'key-mismatch'
  /** A name that was asked for is not on it. */
  | 'missing-name'
  /** A link is not signed by the next one, or the last not by the trust anchor. */
  | 'broken-chain'
  | 'expired'
  /** It begins in the future: most often this machine's clock is slow. */
  | 'not-yet-valid'
  /** A test CA's, where production was asked for. */
  | 'test-issuer'
  /** Not for servers, or not an end entity's at all. */
  | 'not-for-servers'
  | 'no-issuer-key'

/** A certificate that must not be used; `code` says why for programs, the message for people. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  readonly code: CertificateFault

  constructor(code: CertificateFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
