// The broker's HTTPS certificate as the role and the operator's page see it, wherever it comes from.
import type { KeyAndChain } from './own-certificate.ts'

/** What there is to say about the certificate. Times are milliseconds since 1970. */
export interface CertificateState {
  readonly from: 'acme' | 'files'
  /** What the server shows; undefined where it speaks to nobody yet. */
  readonly current:
    | {
        readonly names: readonly string[]
        readonly issuer: string
        readonly notBefore: number
        readonly notAfter: number
      }
    | undefined
  /** When it is renewed, where that is the broker's own doing. */
  readonly renewAt: number | undefined
  /** Whether another one is being ordered. */
  readonly busy: boolean
  /** What went wrong last and was not mended since. */
  readonly fault: CertificateFault | undefined
}

/** What went wrong, for the operator. */
export interface CertificateFault {
  /** Of one sentence. */
  readonly message: string
  readonly nextStep: string
  readonly at: number | undefined
  /** When it is tried again by itself. */
  readonly retryAt: number | undefined
}

/** The certificate of one broker. */
export interface BrokerCertificate {
  /** What the server begins with; empty where the certificate comes later, undefined for plain HTTP. */
  readonly tls: Partial<KeyAndChain> | undefined
  /** Gives the server each certificate from now on. */
  start(use: (pair: KeyAndChain) => void): void
  state(): CertificateState | undefined
  /** Reads files of somebody else's now instead of in ten seconds; never rejects, the state tells what went wrong. */
  reread?(): Promise<void>
  /** Comes back within seconds; what was interrupted is gone on with at the next start. */
  stop(): Promise<void>
}
