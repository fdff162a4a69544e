// A file of its own, because both the keeper throws it and the app shows it.

/** A certificate was asked for, but nobody is configured who could give one. */
export class NotConfiguredError extends Error {
  override readonly name = 'NotConfiguredError'
}
