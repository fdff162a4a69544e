// What can go wrong between a node and the brokers of AutoTLS forges, one class per thing that a person or the next attempt
// can do something about. What a CA says is an AcmeProblem (core/acme/errors.ts) and passes through as it came.

/** A broker did not answer, or says that it cannot work now. */
export class BrokerUnavailableError extends Error {
  override readonly name = 'BrokerUnavailableError'
  /** How long it asks to wait, milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Of its answer; undefined where there was none. */
  readonly status: number | undefined

  constructor(message: string, retryAfterMs?: number, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
    this.status = options.status
  }
}

/** A broker has registered enough for us, our network or its zone. */
export class BrokerLimitError extends Error {
  override readonly name = 'BrokerLimitError'
  /** How long to wait, milliseconds. */
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** A broker will not register us: we are on a list, or our request is not to its liking. */
export class BrokerRefusedError extends Error {
  override readonly name = 'BrokerRefusedError'
}

/** A broker wants a token, or another one than ours. */
export class ForgeTokenError extends Error {
  override readonly name = 'ForgeTokenError'
}

/** A broker could not connect to any of our addresses. */
export class NotDialledError extends Error {
  override readonly name = 'NotDialledError'
}

/** A broker answers what an honest one does not, or is not the one whose key it names. */
export class BadBrokerError extends Error {
  override readonly name = 'BadBrokerError'
}

/** A broker said that our value stands in the DNS, and the DNS does not show it. */
export class ValueNotShownError extends Error {
  override readonly name = 'ValueNotShownError'
}

/** There is no address of this node that a broker could dial. */
export class NoAddressError extends Error {
  override readonly name = 'NoAddressError'
}

/** What one forge came to. */
export interface ForgeAttempt {
  /** The forge's domain. */
  readonly forge: string
  readonly error: Error
}

/** None of several forges gave a certificate; the message names each and what came of it. */
export class ForgesFailedError extends Error {
  override readonly name = 'ForgesFailedError'
  readonly attempts: readonly ForgeAttempt[]

  constructor(attempts: readonly ForgeAttempt[]) {
    super(
      `none of the forges gave a certificate. ${attempts.map(({ forge, error }) => `${forge}: ${error.message}`).join('; ')}`,
    )
    this.attempts = attempts
  }
}
