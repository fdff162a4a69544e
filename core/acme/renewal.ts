// When to renew, and how long to wait after a failure, as functions of their arguments: nodes and issue servers decide with
// the same rules, and tests reach every case without waiting. All times are milliseconds, dates count from 1970. Sources:
// RFC 9773 section 4.2 for the CA's window, Let's Encrypt's integration guide for the shares of a life.
import type { RenewalWindow } from '../x509/bundle.ts'

export { classifyFailure, type FailureClass, TRY_NOW_MS, waitAfter } from './back-off.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Dates are compared this often: rarely enough to cost nothing, often enough that a machine that slept is soon right. */
export const TICK_MS = 10 * MINUTE_MS

/** A shorter pause between two looks would only be work. */
const SHORTEST_TICK_MS = 100

/** Certificates that live shorter than this are renewed at half of their life, not at two thirds. */
const SHORT_LIFE_MS = 10 * DAY_MS

/** Of its life; a certificate with less left is renewed whatever anybody suggests. */
const EMERGENCY_SHARE = 1 / 20

/** Why a certificate is, or will be, renewed. */
export type RenewalReason = 'window' | 'third-left' | 'half-left' | 'twentieth-left' | 'expired'

/** What a decision follows from. */
export interface RenewalQuestion {
  readonly notBefore: number
  readonly notAfter: number
  /** What the CA suggests; one that ends before it begins counts as none. */
  readonly window?: RenewalWindow | undefined
  /** The moment that was chosen in the window (see selectMoment); outside of it, it belonged to an older window. */
  readonly selectedAt?: number | undefined
  readonly now: number
  /** How long it takes until this is asked again. */
  readonly nextTickMs: number
}

/** Whether to renew now, why, and which moment that follows from. */
export interface RenewalDecision {
  readonly due: boolean
  readonly reason: RenewalReason
  readonly at: number
}

/**
 * Decides whether a certificate is to be renewed: at the moment chosen in the CA's window, without one when a third of
 * the life is left (half of a life below ten days), and always when a twentieth is left. Nothing is remembered from the
 * certificate before, so a life that changes from one to the next needs no care.
 *
 * A chosen moment that would pass before the next look is not waited for (RFC 9773 section 4.2), but the window's begin is:
 * Let's Encrypt lifts its limits only inside of it.
 */
export function decideRenewal(question: RenewalQuestion): RenewalDecision {
  const { notBefore, notAfter, now, nextTickMs } = question
  if (now >= notAfter) return { due: true, reason: 'expired', at: notAfter }
  const life = Math.max(0, notAfter - notBefore)
  const window = usableWindow(question.window)
  if (!window) {
    const at = renewalWithoutWindow(notBefore, notAfter)
    return { due: now >= at, reason: life < SHORT_LIFE_MS ? 'half-left' : 'third-left', at }
  }
  const emergency = Math.floor(notAfter - life * EMERGENCY_SHARE)
  const chosen = isWithin(question.selectedAt, window) ? question.selectedAt : window.start
  if (chosen >= emergency) return { due: now + nextTickMs >= emergency, reason: 'twentieth-left', at: emergency }
  return { due: now >= Math.max(window.start, chosen - nextTickMs), reason: 'window', at: chosen }
}

/**
 * When a certificate is renewed whose CA suggests nothing: with a third of its life left, half of a life below ten days.
 *
 * @param notBefore  milliseconds since 1970, like notAfter and the result
 */
export function renewalWithoutWindow(notBefore: number, notAfter: number): number {
  const life = notAfter - notBefore
  return Math.floor(notAfter - life / (life < SHORT_LIFE_MS ? 2 : 3))
}

/** A window that says something: both ends are dates, the end after the begin. */
export function usableWindow(window: RenewalWindow | undefined): RenewalWindow | undefined {
  return window && Number.isFinite(window.start) && Number.isFinite(window.end) && window.end > window.start
    ? window
    : undefined
}

function isWithin(moment: number | undefined, { start, end }: RenewalWindow): moment is number {
  return moment !== undefined && moment >= start && moment <= end
}

/**
 * Chooses the moment of the renewal (RFC 9773 section 4.2: uniform in the window). Do it once for each window and keep it:
 * whoever chooses at every look renews at the window's begin, together with everybody else.
 *
 * @param random  0 to 1
 */
export function selectMoment(window: RenewalWindow, random: () => number = Math.random): number {
  return Math.floor(window.start + Math.min(Math.max(random(), 0), 1) * (window.end - window.start))
}

/** Whether two windows are the same, so that the moment chosen in the first is kept. */
export function sameWindow(one: RenewalWindow | undefined, other: RenewalWindow | undefined): boolean {
  return one?.start === other?.start && one?.end === other?.end
}

/**
 * How long to wait until the next look at a certificate: ten minutes, or a twentieth of a life that is so short that it
 * would be over else.
 */
export function tickFor(certificate: { readonly notBefore: number; readonly notAfter: number } | undefined): number {
  if (!certificate) return TICK_MS
  const share = (certificate.notAfter - certificate.notBefore) * EMERGENCY_SHARE
  return Math.min(TICK_MS, Math.max(SHORTEST_TICK_MS, share))
}

/**
 * How long a new certificate is left alone, whatever its CA says of it: one that is due as it comes would else be renewed
 * at every look, until the CA's limits stop it. Each early renewal in a row doubles the rest, up to the moment that the certificate
 * would be renewed at without a CA's wish: a window that is stuck in the past costs a few certificates and no more.
 *
 * @param certificate.early  how many renewals in a row were made for a window that asked for them early
 */
export function restAfterIssue({
  notBefore,
  notAfter,
  early = 0,
}: {
  readonly notBefore: number
  readonly notAfter: number
  readonly early?: number | undefined
}): number {
  const first = Math.min(6 * HOUR_MS, (notAfter - notBefore) / 10)
  const longest = renewalWithoutWindow(notBefore, notAfter) - notBefore
  return Math.max(0, Math.min(first * 2 ** Math.min(Math.max(early, 0), MAX_DOUBLINGS), longest))
}

/** Far beyond the longest life. */
const MAX_DOUBLINGS = 16

/** A certificate that was renewed because its CA wished it. */
export interface Renewed {
  readonly notBefore: number
  readonly notAfter: number
  readonly obtainedAt: number
  readonly renewalWindow?: RenewalWindow | undefined
  readonly early?: number | undefined
}

/**
 * How many renewals in a row were early, the one that is made now included: the window was over when the certificate came, or not
 * half of the time had gone by after which it would be renewed without a CA's wish. One alone is what a revocation looks like; one
 * in its time takes one away.
 *
 * @param now  milliseconds since 1970
 */
export function earlyRenewals(
  { notBefore, notAfter, obtainedAt, renewalWindow, early = 0 }: Renewed,
  now: number,
): number {
  const isStuck = renewalWindow !== undefined && renewalWindow.end <= obtainedAt
  const half = notBefore + (renewalWithoutWindow(notBefore, notAfter) - notBefore) / 2
  return isStuck || now < half ? early + 1 : Math.max(0, early - 1)
}

/** How often to ask for the window where nobody says; what Let's Encrypt says. */
export const DEFAULT_ASK_AGAIN_MS = 6 * HOUR_MS

/** How long until the window is asked again: as told, from one minute to one day; six hours where nothing usable was told. */
export function clampAskAgain(toldMs: number | undefined): number {
  if (toldMs === undefined || Number.isNaN(toldMs)) return DEFAULT_ASK_AGAIN_MS
  return Math.min(Math.max(toldMs, MINUTE_MS), DAY_MS)
}
