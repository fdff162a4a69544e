// The CA's wish beside the certificate: when to renew, the moment chosen in it, and when to ask again. A bundle is never
// changed; each answer makes a new one with other dates.
import { clampAskAgain, earlyRenewals, sameWindow, selectMoment, usableWindow } from '../acme/renewal.ts'
import type { CertificateBundle, RenewalWindow } from '../x509/index.ts'

/** What was answered to the question when to renew. */
export interface RenewalAnswer {
  /** undefined where the CA has no wish. */
  readonly window: RenewalWindow | undefined
  /** How long to wait before asking again, milliseconds, as told; undefined where nothing was told. */
  readonly askAgainMs: number | undefined
  /** A page of the CA that says why. */
  readonly explanationUrl: string | undefined
}

/**
 * A certificate that came of a renewal: it knows how many were early in a row, so that its rest grows.
 *
 * @param renewed  the one before, where the CA's window was the reason; undefined for every other
 */
export function afterRenewal(bundle: CertificateBundle, renewed: CertificateBundle | undefined): CertificateBundle {
  const early = renewed ? earlyRenewals(renewed, bundle.obtainedAt) : 0
  return early > 0 ? { ...bundle, early } : bundle
}

/** A certificate as it came: the moment is chosen, the first question is dated. */
export function withChosenMoment(bundle: CertificateBundle, random: () => number): CertificateBundle {
  const window = usableWindow(bundle.renewalWindow)
  return {
    ...bundle,
    ...(window ? { renewAt: bundle.renewAt ?? selectMoment(window, random) } : {}),
    askRenewalAt: bundle.askRenewalAt ?? bundle.obtainedAt + clampAskAgain(undefined),
  }
}

/** What follows from an answer: another window gets another moment, the same keeps its own. */
export function withAnswer(
  bundle: CertificateBundle,
  answer: RenewalAnswer,
  now: number,
  random: () => number,
): CertificateBundle {
  const window = usableWindow(answer.window)
  const askRenewalAt = now + clampAskAgain(answer.askAgainMs)
  if (!window || sameWindow(window, bundle.renewalWindow)) return { ...bundle, askRenewalAt }
  return { ...bundle, renewalWindow: window, renewAt: selectMoment(window, random), askRenewalAt }
}

/** No answer: the window that is known stays, and nobody is asked again too soon. */
export function withoutAnswer(
  bundle: CertificateBundle,
  retryAfterMs: number | undefined,
  now: number,
): CertificateBundle {
  return { ...bundle, askRenewalAt: now + clampAskAgain(retryAfterMs) }
}

/** Whether to ask; a date further away than any question is dated was written by a wrong clock. */
export function isAskDue({ askRenewalAt, notAfter }: CertificateBundle, now: number): boolean {
  if (askRenewalAt === undefined || now >= notAfter) return false
  return now >= askRenewalAt || askRenewalAt - now > MAX_ASK_MS
}

/** A day and a bit. */
const MAX_ASK_MS = 25 * 3_600_000
