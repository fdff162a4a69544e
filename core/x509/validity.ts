// When a certificate is good, in a way that every Node has which this runs on: `validFromDate` came with Node 22.10, and the Electron
// of the tests has 20.
import type { X509Certificate } from 'node:crypto'

/** From when until when, milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

/** Reads both (RFC 5280 section 4.1.2.5); Node writes them as "Nov 30 00:00:00 2026 GMT". */
export function validityOf({ validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>): Validity {
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) }
}
