// What a keeper of a certificate knows, as a value: which certificate is in use, which waits to be, what an attempt came to.
// `next` says what each event makes of it, the rest answers questions about it; nothing here waits, asks or writes.
import { decideRenewal, restAfterIssue, TRY_NOW_MS, tickFor } from '../../core/acme/renewal.ts'
import type { RenewalDecision, RenewalReason } from '../../core/acme/renewal.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Failure } from './failures.ts'
import type { FailedAttempt } from './retry.ts'

/** An attempt under way. */
export interface Attempt {
  readonly id: string
  readonly kind: 'first' | 'renewal'
  /** Wall clock, milliseconds. */
  readonly startedAt: number
}

/** Obtained, but not in service yet. */
interface Unserved {
  readonly bundle: CertificateBundle
  readonly reused: boolean
  /** When to try that again. */
  readonly retryAt: number
}

/** What a keeper knows; moments are milliseconds of the wall clock. */
export interface KeeperState {
  /** The certificate in use. */
  readonly current: CertificateBundle | undefined
  /** The stored one of a network that was left: served, never renewed, and no reason to do without one of this network. */
  readonly other: { readonly bundle: CertificateBundle; readonly zone: string } | undefined
  readonly unserved: Unserved | undefined
  readonly attempt: Attempt | undefined
  /** How many have begun. */
  readonly attempts: number
  /** The last attempt's failure; undefined after a success. */
  readonly failed: FailedAttempt | undefined
  /** Whether a first certificate waits until others can reach this node. */
  readonly looksFirst: boolean
  readonly askedByPersonAt: number
  /** When what is served was last looked at from outside. */
  readonly lookedAt: number
  /** What the last look found; what stays wrong is written down once. */
  readonly lastFault: string | undefined
}

/** What happens to a keeper. */
export type KeeperEvent =
  | { readonly event: 'other-network'; readonly bundle: CertificateBundle; readonly zone: string }
  | { readonly event: 'served'; readonly bundle: CertificateBundle }
  | {
      readonly event: 'not-served'
      readonly bundle: CertificateBundle
      readonly reused: boolean
      readonly failure: Failure
      readonly at: number
    }
  | { readonly event: 'person-asked'; readonly at: number }
  /** A person does not want to wait until others can reach this node. */
  | { readonly event: 'anyway' }
  | { readonly event: 'begun'; readonly at: number }
  | { readonly event: 'obtained' }
  | { readonly event: 'failed'; readonly failed: FailedAttempt }
  | { readonly event: 'cancelled' }
  | { readonly event: 'ended' }
  /** The CA was asked for its wish: the same certificate with other dates. */
  | { readonly event: 'redated'; readonly before: CertificateBundle; readonly after: CertificateBundle }
  | { readonly event: 'looking'; readonly at: number }
  | { readonly event: 'looked'; readonly fault: string | undefined }

/** A port that is taken may be free again after a minute. */
export const SERVE_RETRY_MS = 60_000

/** Often enough that what is wrong is not wrong for a day, rarely enough to cost nothing. */
export const SELF_LOOK_MS = 3_600_000

/** Before anything has happened. @param failed  the last attempt of the run before */
export function beginning(failed: FailedAttempt | undefined): KeeperState {
  return {
    ...{ current: undefined, other: undefined, unserved: undefined, attempt: undefined, attempts: 0, failed },
    ...{ looksFirst: true, askedByPersonAt: -Infinity, lookedAt: -Infinity, lastFault: undefined },
  }
}

/** What an event makes of what is known. */
export function next(state: KeeperState, happened: KeeperEvent): KeeperState {
  switch (happened.event) {
    case 'other-network':
      return { ...state, other: { bundle: happened.bundle, zone: happened.zone } }
    case 'served': {
      // what had failed was the serving
      const failed = state.unserved ? undefined : state.failed
      return { ...state, current: happened.bundle, unserved: undefined, failed, lookedAt: -Infinity }
    }
    case 'not-served': {
      const { bundle, reused, failure, at } = happened
      const retryAt = at + SERVE_RETRY_MS
      return { ...state, unserved: { bundle, reused, retryAt }, failed: { failure, at, retryAt } }
    }
    case 'person-asked':
      return { ...state, askedByPersonAt: happened.at }
    case 'anyway':
      return { ...state, looksFirst: false }
    case 'begun': {
      const attempts = state.attempts + 1
      const kind = state.current && !isOther(state) ? 'renewal' : 'first'
      return { ...state, attempts, attempt: { id: `attempt-${attempts}`, kind, startedAt: happened.at } }
    }
    case 'obtained':
      return { ...state, failed: undefined }
    case 'failed':
      return { ...state, failed: happened.failed }
    case 'cancelled':
      return { ...state, askedByPersonAt: -Infinity }
    case 'ended':
      return { ...state, attempt: undefined }
    case 'redated':
      if (held(state) !== happened.before) return state // renewed meanwhile
      return state.unserved
        ? { ...state, unserved: { ...state.unserved, bundle: happened.after } }
        : { ...state, current: happened.after }
    case 'looking':
      return { ...state, lookedAt: happened.at }
    default:
      return { ...state, lastFault: happened.fault }
  }
}

/** The newest certificate, in use or not. */
export function held({ unserved, current }: KeeperState): CertificateBundle | undefined {
  return unserved?.bundle ?? current
}

/** The newest certificate of this network. */
export function own(state: KeeperState): CertificateBundle | undefined {
  return isOther(state) ? undefined : held(state)
}

/** The zone of the certificate in use, where that is another network's. */
export function otherZone(state: KeeperState): string | undefined {
  return isOther(state) ? state.other?.zone : undefined
}

/** When this network's certificate is to be renewed and why; undefined without one. */
export function renewalOf(state: KeeperState, now: number): RenewalDecision | undefined {
  const bundle = own(state)
  if (!bundle) return undefined
  const { renewalWindow: window, renewAt: selectedAt } = bundle
  return decideRenewal({ ...bundle, window, selectedAt, now, nextTickMs: tickFor(bundle) })
}

/** Why a certificate is asked for. */
export type WhyNew = RenewalReason | 'no-certificate' | 'asked-for'

/** What is known beside the state. */
export interface Circumstances {
  readonly now: number
  /** Whether there is somebody to ask for a certificate. */
  readonly hasIssuer: boolean
  /** Whether a first one is asked for without a person's doing. */
  readonly wantsFirst: boolean
}

/** Why a new certificate is wanted; undefined where none is, or where there is nobody to ask. */
export function whyNew(state: KeeperState, { now, hasIssuer, wantsFirst }: Circumstances): WhyNew | undefined {
  if (!hasIssuer) return undefined
  const bundle = own(state)
  const decision = renewalOf(state, now)
  if (!bundle || !decision) return wantsFirst ? 'no-certificate' : undefined
  const rests = Math.abs(now - bundle.obtainedAt) < restAfterIssue(bundle)
  return decision.due && (!rests || decision.reason === 'expired') ? decision.reason : undefined
}

/** When a person may ask again; undefined for at once, also where the clock was set back meanwhile. */
export function tooSoonUntil({ attempt, askedByPersonAt }: KeeperState, now: number): number | undefined {
  return !attempt && Math.abs(now - askedByPersonAt) < TRY_NOW_MS ? askedByPersonAt + TRY_NOW_MS : undefined
}

/** Whether this network's certificate can still be used. */
export function isInTime(state: KeeperState, now: number): boolean {
  const bundle = own(state)
  return bundle !== undefined && now < bundle.notAfter
}

/** The certificate to put into service now; undefined where none waits for that, or not yet. */
export function toServeNow({ unserved }: KeeperState, now: number): Unserved | undefined {
  return unserved && isOver(unserved.retryAt, SERVE_RETRY_MS, now) ? unserved : undefined
}

/** Whether it is time to look from outside at what is served. */
export function isLookDue({ lookedAt }: KeeperState, now: number): boolean {
  return isOver(lookedAt + SELF_LOOK_MS, SELF_LOOK_MS, now)
}

/**
 * The next moment at which there is something to do; undefined for none.
 *
 * @param retryAt  when a certificate that is wanted is asked for; undefined where no date is set
 */
export function nextMoment(
  state: KeeperState,
  circumstances: Circumstances,
  retryAt: number | undefined,
): number | undefined {
  const { now, hasIssuer } = circumstances
  const bundle = own(state)
  const renewAt = hasIssuer ? renewalOf(state, now)?.at : undefined
  const dates = [
    whyNew(state, circumstances) === undefined ? renewAt : retryAt,
    bundle && bundle.obtainedAt + restAfterIssue(bundle),
    state.unserved?.retryAt,
    hasIssuer ? bundle?.askRenewalAt : undefined,
    state.current && state.lookedAt + SELF_LOOK_MS,
  ]
  const coming = dates.filter((date) => date !== undefined && date > now).map(Number)
  return coming.length > 0 ? Math.min(...coming) : undefined
}

function isOther(state: KeeperState): boolean {
  return state.other !== undefined && held(state) === state.other.bundle
}

/** Whether a date has come that was set at most so far ahead; one further away was set by a wrong clock. */
function isOver(date: number, aheadMs: number, now: number): boolean {
  return now >= date || date - now > aheadMs
}
