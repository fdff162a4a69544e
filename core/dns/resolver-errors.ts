// What can go wrong when asking DNS servers, one class per thing a caller can do something about.
import { rcodeName } from './constants.ts'
import type { DnsServerAddress } from './exchange.ts'

/** The name does not exist (NXDOMAIN). */
export class NameNotFoundError extends Error {
  override readonly name = 'NameNotFoundError'
}

/** No server gave an answer; `attempts` says what each of them did. */
export class NoDnsAnswerError extends Error {
  override readonly name = 'NoDnsAnswerError'
  readonly attempts: readonly { readonly server: DnsServerAddress; readonly error: Error }[]

  constructor(question: string, attempts: NoDnsAnswerError['attempts']) {
    const told = attempts.map(({ server, error }) => `${server.host} port ${server.port}: ${error.message}`)
    super(`no DNS server answered ${question} (${told.join('; ')})`, { cause: attempts.at(-1)?.error })
    this.attempts = attempts
  }
}

/** A server answered, but with a code that says it will not or cannot: REFUSED, SERVFAIL, NOTIMP... */
export class DnsServerRefusedError extends Error {
  override readonly name = 'DnsServerRefusedError'
  readonly rcode: number

  constructor(rcode: number) {
    super(`answered ${rcodeName(rcode)}`)
    this.rcode = rcode
  }
}

/** A chain of CNAMEs that is too long or goes round. */
export class CnameChainError extends Error {
  override readonly name = 'CnameChainError'
}

/** A server that is asked for a name that it does not serve (RFC 1912 section 2.8). */
export class LameServerError extends Error {
  override readonly name = 'LameServerError'
}
