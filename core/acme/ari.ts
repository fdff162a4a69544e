// When to renew: what the CA suggests (RFC 9773), or the rule that everybody follows without it.
import type { RenewalWindow } from '../x509/bundle.ts'
import { certId } from '../x509/certid.ts'
import { headerOf } from './connection.ts'
import { AcmeProblem } from './errors.ts'
import { readRenewalInfo } from './objects.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { AcmeSession } from './session.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3_600_000
/** How often to ask where the CA does not say; what Let's Encrypt says. */
const DEFAULT_ASK_AGAIN_MS = 6 * 3_600_000
/** Certificates that live shorter than this are renewed at half of their life, not at two thirds. */
const SHORT_LIFE_MS = 10 * DAY_MS
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
    const start = Date.parse(info?.suggestedWindow.start ?? '')
    const end = Date.parse(info?.suggestedWindow.end ?? '')
    if (!info || !(end > start)) return undefined
    const asked = parseRetryAfter(headerOf(answer, 'retry-after'), now) ?? DEFAULT_ASK_AGAIN_MS
    return {
      window: { start, end },
      explanationUrl: info.explanationURL,
      askAgainMs: Math.min(Math.max(asked, MINUTE_MS), DAY_MS),
    }
  } catch (error) {
    if (error instanceof AcmeProblem && error.status === 404) return undefined
    throw error
  }
}

/**
 * The window where no CA says otherwise: it begins when a third of the life is left (half of it for a life below ten days)
 * and is as wide as Let's Encrypt's.
 *
 * @param notBefore  milliseconds since 1970, like notAfter
 */
export function fallbackRenewalWindow(notBefore: number, notAfter: number): RenewalWindow {
  const life = notAfter - notBefore
  const start = notAfter - life / (life < SHORT_LIFE_MS ? 2 : 3)
  return { start, end: start + life * WINDOW_WIDTH }
}
