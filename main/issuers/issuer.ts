// What every way to a certificate gives: one bundle, whole and verified. How it is obtained is the issuer's own business.
import type { CertificateBundle } from '../../core/x509/index.ts'

/** One way to a certificate. */
export interface Issuer {
  /**
   * Obtains a certificate; takes minutes at most.
   *
   * @throws the issuer's typed errors, or the signal's reason
   */
  obtain(signal: AbortSignal): Promise<CertificateBundle>
}
