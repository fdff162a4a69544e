// What every way to a certificate gives: one bundle, whole and verified, and later the CA's wish when to renew it. How that
// is obtained is the issuer's own business.
import type { CertificateBundle, RenewalWindow } from '../../core/x509/index.ts'

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

/** What was answered. */
export interface RenewalAnswer {
  /** undefined where the CA has no wish. */
  readonly window: RenewalWindow | undefined
  /** How long to wait before asking again, milliseconds, as told; undefined where nothing was told. */
  readonly askAgainMs: number | undefined
  /** A page of the CA that says why. */
  readonly explanationUrl: string | undefined
}
