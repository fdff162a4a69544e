// What can be wrong with a certificate signing request. Whoever answers for it looks at the code; people read the message.

/** What is wrong with a CSR, for who has to answer it. */
export type CsrFault =
  /** Not a PKCS#10 request at all. */
  | 'garbage'
  /** It says more than a key and names, or says them in another way than DER does. */
  | 'form'
  | 'too-large'
  /** Not signed by its own key, or with SHA-1. */
  | 'bad-signature'
  /** A kind or size of key that no public CA accepts. */
  | 'weak-key'
  /** No names, names of another kind, or not the names that were granted. */
  | 'names'
  /** A good key, but not of the granted algorithm. */
  | 'algorithm'
  /** The key is used for something else already (the account's key). */
  | 'key-reused'

/** A CSR that cannot be made or must not be signed; `code` says why for programs, the message for people. */
export class CsrError extends Error {
  override readonly name = 'CsrError'
  readonly code: CsrFault

  constructor(code: CsrFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
