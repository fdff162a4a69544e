// What most ACME tests need: a CA of some make with its zone, a session with it, and one certificate obtained in the plainest
// way. Whoever provides the CA is called the judge.
import {
  type AcmeSession,
  createAcmeSession,
  type IssuanceOptions,
  type IssuanceStep,
  issueCertificate,
  type IssuedCertificate,
  memoryAccountStore,
  type SessionOptions,
} from '../../core/acme/index.ts'
import { createCsr, type KeyAlgorithm } from '../../core/x509/index.ts'
import { type CaInit, createCa } from '../../servers/ca/ca.ts'
import { createTxtZone, type TxtZone } from './txt-zone.ts'

export interface Judge {
  readonly directoryUrl: string
  /** Of its web server. */
  readonly trustAnchorPem: string
  /** Of the certificates it issues. */
  readonly issuingRootPem: string
  readonly zone: TxtZone
  stop(): Promise<void>
}

/** Our own CA as a judge, with its insides. */
export async function startOwnCa(
  init: Partial<CaInit> = {},
): Promise<Judge & { readonly ca: ReturnType<typeof createCa> }> {
  const zone = createTxtZone()
  const ca = createCa({ resolver: zone, ...init })
  const { directoryUrl, rootPem } = await ca.start()
  return { directoryUrl, trustAnchorPem: rootPem, issuingRootPem: rootPem, zone, ca, stop: () => ca.stop() }
}

/** Waits that suit a CA on the same machine. */
export const QUICK_POLL = { firstMs: 15, maxMs: 200, deadlineMs: 30_000 }

export function openSession(judge: Judge, options: Partial<SessionOptions> = {}): Promise<AcmeSession> {
  return createAcmeSession({
    directory: judge.directoryUrl,
    trustAnchorPem: judge.trustAnchorPem,
    version: '0.0.0-test',
    store: memoryAccountStore(),
    termsOfServiceAgreed: true,
    ...options,
  })
}

export type Obtained = IssuedCertificate & { readonly privateKeyPem: string; readonly steps: readonly IssuanceStep[] }

/** One certificate, in the plainest way unless told otherwise. */
export async function obtain(
  judge: Judge,
  session: AcmeSession,
  names: readonly string[],
  options: Partial<IssuanceOptions> & { readonly algorithm?: KeyAlgorithm; readonly privateKeyPem?: string } = {},
): Promise<Obtained> {
  const { algorithm, privateKeyPem: existing, ...rest } = options
  const { csr, privateKeyPem } = await createCsr({
    names,
    ...(algorithm ? { algorithm } : {}),
    ...(existing === undefined ? {} : { privateKeyPem: existing }),
  })
  const steps: IssuanceStep[] = []
  const issued = await issueCertificate({
    session,
    names,
    csr,
    dns01: judge.zone,
    poll: QUICK_POLL,
    trustAnchorPem: judge.issuingRootPem,
    onStep: (step) => steps.push(step),
    ...rest,
  })
  return { ...issued, privateKeyPem, steps }
}
