// The CA's suggestion when to renew (RFC 9773), and the window that stands for it where a CA suggests nothing. What follows
// from a window is decided in renewal.ts.
import type { RenewalWindow } from '../x509/bundle.ts'
import { certId } from '../x509/certid.ts'
import { headerOf } from './connection.ts'
import { AcmeProblem } from './errors.ts'
import { readRenewalInfo } from './objects.ts'
import { clampAskAgain, renewalWithoutWindow, usableWindow } from './renewal.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { AcmeSession } from './session.ts'

/** How wide Let's Encrypt makes its windows, as a part of the life. */
const WINDOW_WIDTH = 0.02

export interface RenewalInfo {
  readonly window: RenewalWindow
  /** A page that says why, to be shown to a person. */
  readonly explanationUrl: string | undefined
  /** When to ask again, from now; one minute to one day. */
  readonly askAgainMs: number
}

/**
 * Asks the CA when a certificate should be renewed.
 *
 * @param chainPem  leaf first
 * @param now  milliseconds since 1970
 * @returns undefined where the CA does not offer this, does not know the certificate, or answers with an impossible window
 * @throws CertificateError ('no-issuer-key'), AcmeProblem, AcmeTransportError
 */
export async function fetchRenewalInfo(
  session: AcmeSession,
  chainPem: string,
  now: number,
  signal?: AbortSignal,
): Promise<RenewalInfo | undefined> {
  const { renewalInfo } = await session.directory(signal)
  if (renewalInfo === undefined) return undefined
  try {
    const answer = await session.get(`${renewalInfo.replace(/\/$/, '')}/${certId(chainPem)}`, signal)
    const info = readRenewalInfo(answer.data)
    const window = usableWindow({
      start: Date.parse(info?.suggestedWindow.start ?? ''),
      end: Date.parse(info?.suggestedWindow.end ?? ''),
    })
    if (!info || !window) return undefined
    return {
      window,
      explanationUrl: webPage(info.explanationURL),
      askAgainMs: clampAskAgain(parseRetryAfter(headerOf(answer, 'retry-after'), now)),
    }
  } catch (error) {
    if (error instanceof AcmeProblem && error.status === 404) return undefined
    throw error
  }
}

/** What a person may be shown as a link; anything else that a CA writes there is none. */
function webPage(text: string | undefined): string | undefined {
  const url = URL.parse(text ?? '')
  return url?.protocol === 'https:' ? url.href : undefined
}

/**
 * The window where no CA says otherwise: it begins when a third of the life is left (half of it for a life below ten days)
 * and is as wide as Let's Encrypt's.
 *
 * @param notBefore  milliseconds since 1970, like notAfter
 */
export function fallbackRenewalWindow(notBefore: number, notAfter: number): RenewalWindow {
  const start = renewalWithoutWindow(notBefore, notAfter)
  return { start, end: start + (notAfter - notBefore) * WINDOW_WIDTH }
}
