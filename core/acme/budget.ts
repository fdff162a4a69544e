// What one issuance may ask of a CA, all in all. Each request has its own retries and each wait its own end; a CA that makes use of all
// of them would be asked some thousand times for one certificate.
import { AcmeTransportError } from './errors.ts'

/** Counts requests that belong together; both throw AcmeTransportError ('TOO_MUCH') where there have been enough. */
export interface RequestBudget {
  /** Before a request. */
  spend(url: string): void
  /** After one whose nonce was refused. */
  refused(url: string): void
}

/**
 * Beside those for names; a CA that is slow and wants to be asked every second is asked for three minutes, and one that refuses nine of ten
 * nonces, as ours does in the tests of faults, needs a hundred and more.
 */
const REQUESTS = 600

/** Nine of ten for ten requests are ninety as a rule, and by bad luck twice of that. */
const REFUSED_NONCES = 250

/** An authorization, its challenge, a look at each, giving it up; and of each as much again for nonces. */
const PER_NAME = 10

/** Makes one. @param names  how many are ordered */
export function createRequestBudget(names: number): RequestBudget {
  const more = PER_NAME * names
  let [requests, nonces] = [REQUESTS + more, REFUSED_NONCES + more]
  const stop = (what: string, url: string): never => {
    throw new AcmeTransportError('TOO_MUCH', `the CA ${what}: it is left alone until the next attempt`, url)
  }
  return {
    spend(url) {
      if (--requests < 0) stop(`has not come to an end after ${REQUESTS + more} requests`, url)
    },
    refused(url) {
      if (--nonces < 0) stop(`has refused more than ${REFUSED_NONCES + more} nonces of one issuance`, url)
    },
  }
}
