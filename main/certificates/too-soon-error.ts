// A file of its own, because both the keeper throws it and the app shows it.

/** A person asked for a certificate a moment ago; limits of CAs are not to be spent by pressing a button. */
export class TooSoonError extends Error {
  override readonly name = 'TooSoonError'
  /** Wall clock, milliseconds. */
  readonly until: number

  constructor(until: number) {
    super(`a certificate was asked for less than a minute ago: ask again after ${new Date(until).toISOString()}`)
    this.until = until
  }
}
