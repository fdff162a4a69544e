// What can go wrong on the way to a certificate of a nodetrust network, one class per thing that a person can do something
// about. A server's own refusal is a ProblemError (proto/problem.ts) and passes through as it came.

import { plainText } from '../../../proto/plain-text.ts'

/** What one proof server answered instead of a proof. */
export interface ProofAttempt {
  readonly server: string
  /** The family of its addresses that was tried. */
  readonly family: ProofFamily
  readonly error: Error
}

/** Which addresses of a proof server were dialled; `any` for names that may stand for both. */
export type ProofFamily = 'ip4' | 'ip6' | 'any'

/** No proof server gave a proof; the message names each and what it answered. */
export class NoProofsError extends Error {
  override readonly name = 'NoProofsError'
  readonly attempts: readonly ProofAttempt[]

  constructor(attempts: readonly ProofAttempt[]) {
    const each = attempts.map(({ server, family, error }) => `${server} (${family}): ${error.message}`)
    super(
      attempts.length === 0
        ? 'the issue server lists no proof server that can be dialled'
        : `none of the proof servers gave a proof. ${each.join('; ')}`,
    )
    this.attempts = attempts
  }
}

/** A proof that does not say what it should; the server that gave it is broken or lies. */
export class BadProofError extends Error {
  override readonly name = 'BadProofError'
}

/** The issue server answered something that an honest one does not: a name that is not ours, an algorithm not offered. */
export class BadAnswerError extends Error {
  override readonly name = 'BadAnswerError'
}

/** The issue server speaks for another zone than the one that was agreed to; nothing was asked of it. */
export class OtherZoneError extends Error {
  override readonly name = 'OtherZoneError'
  readonly agreed: string
  readonly told: string

  constructor(agreed: string, told: string) {
    const other = plainText(told).slice(0, MAX_ZONE_CHARS)
    super(`the issue server speaks for the zone "${other}", and ${agreed} was agreed to`)
    this.agreed = agreed
    this.told = other
  }
}

/** RFC 1035 section 2.3.4. */
const MAX_ZONE_CHARS = 255

/** A server could not be connected to, or does not speak the protocol. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** Somebody else answered in the server's place: the key is another one than was agreed to, and nothing was asked of it. */
export class OtherKeyError extends Error {
  override readonly name = 'OtherKeyError'
}

/** The whole attempt took too long. */
export class AttemptTimeoutError extends Error {
  override readonly name = 'AttemptTimeoutError'
}
