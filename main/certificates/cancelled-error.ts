// A person ended an attempt to get a certificate. It is told to nobody as a failure, and nothing waits because of it.

/** The attempt was ended by a person. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
}
