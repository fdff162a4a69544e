// What the CA may have heard of an order, and therefore counts. An answer that did not come proves nothing: whoever hangs up, or a
// machine that dies, in the very moment of the request leaves an order or a certificate that exists.
import { endsOrder } from '../../core/acme/index.ts'
import { CertificateError } from '../../core/x509/index.ts'

/** What may have reached the CA. */
export interface Heard {
  /** Notes a step of core/acme/issuance.ts; gives whether the CA was asked for an order more than was to be expected. */
  note(step: string, detail?: string): boolean
  /** Whether it may have been asked for an order. */
  mayHaveOrdered(): boolean
  /** Whether it may have signed, after the order failed like this. */
  mayHaveSigned(error: unknown): boolean
}

/** What `acme.ts` says of an order that was made anew after the CA did not take it for a renewal. */
export const ORDERED_ANEW = 'new, not as a renewal'

/**
 * Begins to note.
 *
 * @param resumed  whether there is an order already, of which nobody knows how far it came
 */
export function whatTheCaHeard(resumed: boolean): Heard {
  let ordered = resumed
  let signed = resumed
  return {
    note(step, detail) {
      // the account is there: the order is what is asked for next
      ordered ||= step === 'account'
      // and the names are: the signature
      signed ||= step === 'validated'
      if (step !== 'order') return false
      // an order that was to be gone on with and is none any more
      if (resumed && detail !== 'resumed') signed = false
      return detail === ORDERED_ANEW || (resumed && detail !== 'resumed')
    },
    mayHaveOrdered: () => ordered,
    mayHaveSigned(error) {
      const isRefusal = endsOrder(error) && !(error instanceof CertificateError)
      return signed && !isRefusal
    },
  }
}
