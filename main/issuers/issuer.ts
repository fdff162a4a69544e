// What every way to a certificate gives: one bundle, whole and verified, and later the CA's wish when to renew it. How that
// is obtained is the issuer's own business.
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { RenewalAnswer } from '../../core/certificates/renewal-window.ts'

export type { RenewalAnswer } from '../../core/certificates/renewal-window.ts'

/** One way to a certificate. */
export interface Issuer {
  /**
   * Obtains a certificate; takes minutes at most.
   *
   * @throws the issuer's typed errors, or the signal's reason
   */
  obtain(signal: AbortSignal): Promise<CertificateBundle>
  /**
   * Asks when the CA would like to see a certificate renewed.
   *
   * @throws the issuer's typed errors, or the signal's reason; the window that is known stays then
   */
  renewal(bundle: CertificateBundle, signal: AbortSignal): Promise<RenewalAnswer>
}
