// Keeps the node in a certificate: takes the stored one where it is good, asks the issuer where it is not or its renewal is
// due, and tries again after failures at a stored date. When anything happens is the schedule's business, whether it is due
// is decided by functions in core/acme; here is what is done then.
import { unlessAborted } from '../../core/abort.ts'
import { decideRenewal, restAfterIssue, TICK_MS, tickFor, TRY_NOW_MS } from '../../core/acme/renewal.ts'
import { explainFailure, type Failure } from './failures.ts'
import {
  afterRenewal,
  isAskDue,
  withAnswer,
  withChosenMoment,
  withoutAnswer,
} from '../../core/certificates/renewal-window.ts'
import { startSchedule, type Schedule, type Trigger } from './schedule.ts'
import { NotConfiguredError } from './not-configured-error.ts'
import { CancelledError } from './cancelled-error.ts'
import { TooSoonError } from './too-soon-error.ts'
import type { RenewalDecision } from '../../core/acme/renewal.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Emit } from '../events.ts'
import type { ServedFault } from '../node/self-look.ts'
import type { Issuer } from '../issuers/issuer.ts'
import type { History } from './history.ts'
import type { PendingKey } from './pending.ts'
import type { FailedAttempt, RetryDate } from './retry.ts'
import type { CertificateStore } from './store.ts'

/** What the keeper needs. */
export interface CertificateKeeperInit {
  readonly store: CertificateStore
  readonly retry: RetryDate
  readonly pending: PendingKey
  readonly history: History
  /** None: no certificate is asked for. */
  readonly issuer: Issuer | undefined
  /** Whether a first certificate is asked for without a person's doing. @default always */
  readonly wanted?: () => boolean
  /**
   * Looks whether others can reach this node before the first certificate is asked for; rejects where they certainly cannot.
   * A renewal is not held up: a router that is being restarted must not cost the certificate.
   */
  readonly reach?: ((signal: AbortSignal) => Promise<void>) | undefined
  /** Rejects where a certificate could not be served: then none is asked for, which would count at the CA and be of no use. */
  readonly demandPort?: (() => Promise<void>) | undefined
  /** Puts a certificate into service; may be called again with the same one after it has failed. */
  readonly serve: (bundle: CertificateBundle) => Promise<void>
  /** Explains what ended an attempt. @default explainFailure, which does not know where it was made */
  readonly explain?: (error: unknown) => Failure
  /** Called when an attempt begins or has ended. */
  readonly onChange?: () => void
  /** Looks from outside at what is served and says what is wrong with it. */
  readonly look: (signal: AbortSignal) => Promise<ServedFault | undefined>
  readonly clock: Clock
  readonly monotonic: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly log: Log
  readonly emit: Emit
}

/** An attempt under way. */
export interface Attempt {
  readonly id: string
  readonly kind: 'first' | 'renewal'
  /** Wall clock, milliseconds. */
  readonly startedAt: number
}

/** Keeps a certificate. */
export interface CertificateKeeper {
  /** Begins: the stored certificate first, then the issuer where it is needed. */
  start(): void
  /** The certificate in use. */
  current(): CertificateBundle | undefined
  /** The zone of the certificate in use, where that is another network's and stays until there is one of this network. */
  otherZone(): string | undefined
  /** When the certificate will be renewed and why; undefined without one. */
  renewal(): RenewalDecision | undefined
  /** Wall clock, milliseconds; undefined where no attempt is due, or none before a person has done something. */
  nextAttemptAt(): number | undefined
  /** Something happened to the machine: looks at everything soon. */
  trigger(reason: Trigger): void
  /**
   * Asks now, whatever the dates say, or joins the attempt under way.
   *
   * @throws what the attempt failed with, TooSoonError within a minute of the last time, NotConfiguredError, or the signal's
   *   reason (the attempt goes on then)
   */
  renewNow(signal?: AbortSignal): Promise<CertificateBundle>
  /**
   * The same without waiting for the outcome.
   *
   * @param options.anyway  no more looking whether others can reach this node, until it is stopped
   * @returns the attempt's id
   * @throws TooSoonError, NotConfiguredError
   */
  begin(options?: { readonly anyway?: boolean }): string
  /** Ends the attempt under way; it fails with a CancelledError, which is no failure to wait after. */
  cancel(): void
  attempt(): Attempt | undefined
  /** The last attempt's failure; undefined after a success. */
  failed(): FailedAttempt | undefined
  stop(): Promise<void>
}

/** A port that is taken may be free again after a minute. */
const SERVE_RETRY_MS = 60_000

/** Often enough that what is wrong is not wrong for a day, rarely enough to cost nothing. */
const SELF_LOOK_MS = 3_600_000

const MEND_STEP = 'nothing: it is put into service again; if this comes back, start the program again and tell us'
const OUT_OF_TIME_STEP = "check this machine's clock; if it is right, see why no new certificate came"

/** Spreads machines that wake up together, after a power cut or a holiday. */
const JITTER_MS = 60_000

/** Makes a keeper. */
export function createCertificateKeeper(init: CertificateKeeperInit): CertificateKeeper {
  const { clock, emit, history, issuer, log, pending, random, retry, store } = init
  const stopping = new AbortController()
  const { signal } = stopping
  let current: CertificateBundle | undefined
  /** The stored one of a network that was left: served, never renewed, and no reason to do without one of this network. */
  let other: { readonly bundle: CertificateBundle; readonly zone: string } | undefined
  /** Obtained, but not in service yet; and when to try that again. */
  let unserved: { readonly bundle: CertificateBundle; readonly reused: boolean; readonly retryAt: number } | undefined
  let attempt: Promise<CertificateBundle> | undefined
  let attemptFacts: Attempt | undefined
  let cancelling = new AbortController()
  let failed: FailedAttempt | undefined = retry.last()
  let attempts = 0
  let looksFirst = true
  let schedule: Schedule | undefined
  let running: Promise<void> | undefined
  let askedByPersonAt = -Infinity
  let lookedAt = -Infinity
  /** What the last look found; what stays wrong is written down once. */
  let lastFault: string | undefined

  const held = () => unserved?.bundle ?? current
  const isOther = () => other !== undefined && held() === other.bundle
  /** Of this network. */
  const own = () => (isOther() ? undefined : held())

  const tellFailure = (failure: Failure, retryAt: number | null) => {
    const { code, message, nextStep, forge, page, kind } = failure
    const where = { ...(forge === undefined ? {} : { forge }), ...(page === undefined ? {} : { page }) }
    const told = { code, message, nextStep, ...where, ...(kind === 'paused' ? { paused: 1 as const } : {}) }
    emit({ event: 'failed', ...told, retryAt: retryAt === null ? null : iso(retryAt) })
    history.note({ what: 'failed', code, detail: message })
  }

  const renewal = (): RenewalDecision | undefined => {
    const bundle = own()
    return bundle && decideRenewal({ ...bundle, ...wishOf(bundle), now: clock.now(), nextTickMs: tickFor(bundle) })
  }

  /** Why a new certificate is wanted; undefined where none is. */
  const whyNew = (): string | undefined => {
    const bundle = own()
    const decision = renewal()
    if (!issuer || !bundle || !decision) return issuer && (init.wanted?.() ?? true) ? 'no-certificate' : undefined
    const rests = Math.abs(clock.now() - bundle.obtainedAt) < restAfterIssue(bundle)
    return decision.due && (!rests || decision.reason === 'expired') ? decision.reason : undefined
  }

  /** Never rejects: a certificate that cannot be served yet is tried again by the schedule. */
  const serve = async (bundle: CertificateBundle, reused: boolean): Promise<void> => {
    const began = performance.now()
    const tell = (status: 'begin' | 'done' | 'failed', detail: string) =>
      emit({ event: 'step', step: 'install', status, ms: Math.round(performance.now() - began), detail })
    tell('begin', '')
    try {
      await init.serve(bundle)
      if (unserved) failed = undefined
      unserved = undefined
      current = bundle
      lookedAt = -Infinity
      tell('done', 'new connections get this certificate')
      const { names, issuer: by, notAfter } = bundle
      emit({ event: 'certificate', names, issuer: by, notAfter: iso(notAfter), reused })
      const detail = `new connections get the certificate that is good until ${iso(notAfter)}`
      history.note({ what: 'swapped', code: reused ? 'stored' : 'new', detail })
    } catch (error) {
      const retryAt = clock.now() + SERVE_RETRY_MS
      unserved = { bundle, reused, retryAt }
      const failure = explainFailure(error)
      failed = { failure, at: clock.now(), retryAt }
      tell('failed', failure.message)
      tellFailure(failure, retryAt)
    }
  }

  /** The key has done its work once its certificate is on the disk; until then it stays for the case of a crash. */
  const keep = async (bundle: CertificateBundle): Promise<void> => {
    try {
      await store.save(bundle)
      await pending.clear()
    } catch (error) {
      tellFailure(explainFailure(error), null)
    }
  }

  const obtain = async (from: Issuer, why: string): Promise<CertificateBundle> => {
    const began = performance.now()
    cancelling = new AbortController()
    const ends = AbortSignal.any([signal, cancelling.signal])
    history.note({ what: 'order-begun', code: why, detail: `a certificate is asked for: ${WHY[why] ?? why}` })
    try {
      if (!current) await init.demandPort?.()
      if (looksFirst && !isInTime(own(), clock.now())) await init.reach?.(ends)
      // each certificate has a key of its own, also after one that could not be stored
      const servedKey = held()?.keyPem
      if (servedKey !== undefined) await pending.forget(servedKey)
      ends.throwIfAborted()
      const renewed = why === 'window' ? own() : undefined
      const bundle = withChosenMoment(afterRenewal(await from.obtain(ends), renewed), random)
      failed = undefined
      await retry.succeeded()
      await keep(bundle)
      const detail = `after ${Math.round(performance.now() - began)} ms, by ${bundle.issuer}: ${bundle.names.join(', ')}`
      history.note({ what: 'order-ended', code: why, detail })
      await serve(bundle, false)
      return bundle
    } catch (error) {
      if (cancelling.signal.aborted) {
        history.note({ what: 'order-ended', code: 'cancelled', detail: 'somebody ended the attempt' })
        emit({ event: 'note', message: 'the attempt to get a certificate was ended by a person' })
        throw cancelling.signal.reason
      }
      if (!signal.aborted) {
        const failure = (init.explain ?? explainFailure)(error)
        if (failure.kind === 'mistake') await pending.clear().catch(() => undefined)
        failed = { failure, at: clock.now(), retryAt: await retry.failed(failure) }
        tellFailure(failure, failed.retryAt)
      }
      throw error
    }
  }

  const renew = (from: Issuer, why: string): Promise<CertificateBundle> => {
    if (!attempt) {
      attemptFacts = {
        id: `attempt-${++attempts}`,
        kind: current && !isOther() ? 'renewal' : 'first',
        startedAt: clock.now(),
      }
      attempt = obtain(from, why).finally(() => {
        attempt = undefined
        attemptFacts = undefined
        init.onChange?.()
        schedule?.wake()
      })
      init.onChange?.()
    }
    return attempt
  }

  /** A person asks. @throws TooSoonError, NotConfiguredError */
  const ask = (): Promise<CertificateBundle> => {
    const now = clock.now()
    if (!issuer)
      throw new NotConfiguredError(
        'there is nobody to ask: join a network, or name an issue server with `network.issue` or a forge with `network.autotls`',
      )
    if (!attempt && Math.abs(now - askedByPersonAt) < TRY_NOW_MS) throw new TooSoonError(askedByPersonAt + TRY_NOW_MS)
    askedByPersonAt = now
    return renew(issuer, 'asked-for')
  }

  const loadStored = async (): Promise<void> => {
    const stored = await store.load()
    if (stored.kind === 'none') return
    if (stored.kind === 'other-network') {
      other = stored
      const detail = `the certificate of ${stored.zone} stays in use until there is one of this network`
      history.note({ what: 'other-network', code: 'other-network', detail })
      return await serve(stored.bundle, true)
    }
    const fault = stored.kind === 'good' ? stored.fellBack : stored
    if (fault) {
      const where = fault.asidePath === undefined ? 'it stays where it is' : `it was kept as ${fault.asidePath}`
      const instead = stored.kind === 'good' ? '; the one before it is used' : ''
      const message = `the stored certificate cannot be used (${fault.reason}); ${where}${instead}`
      const mended =
        stored.kind === 'good' ? 'nothing: it is renewed in its time' : 'nothing: a new certificate is asked for'
      const nextStep = issuer
        ? mended
        : 'join a network, or name an issue server with `network.issue` or a forge with `network.autotls`'
      emit({ event: 'failed', code: 'stored-certificate', message, nextStep, retryAt: null })
      const what = stored.kind === 'good' ? 'fell-back' : 'not-used'
      history.note({ what, code: 'stored-certificate', detail: message })
    }
    if (stored.kind === 'good') await serve(withChosenMoment(stored.bundle, random), true)
  }

  /** Asks when the CA would like the renewal; failures leave what is known. */
  const askWindow = async (from: Issuer, bundle: CertificateBundle): Promise<void> => {
    let next: CertificateBundle
    try {
      const answer = await from.renewal(bundle, signal)
      next = withAnswer(bundle, answer, clock.now(), random)
      if (next.renewAt !== bundle.renewAt) {
        const why = answer.explanationUrl === undefined ? '' : `, see ${answer.explanationUrl}`
        const detail = `the CA would like the renewal at ${next.renewAt === undefined ? '?' : iso(next.renewAt)}${why}`
        if (why) emit({ event: 'note', message: detail })
        history.note({ what: 'window-changed', code: 'window', detail })
      }
    } catch (error) {
      if (signal.aborted) return
      log.debug({ error: String(error) }, 'the renewal window could not be asked for')
      next = withoutAnswer(bundle, explainFailure(error).retryAfterMs, clock.now())
    }
    if (held() !== bundle) return // renewed meanwhile
    if (unserved) unserved = { ...unserved, bundle: next }
    else current = next
    await store.save(next).catch((error: unknown) => log.warn({ error: String(error) }, 'the window is not stored'))
  }

  const lookFromOutside = async (bundle: CertificateBundle): Promise<void> => {
    lookedAt = clock.now()
    const fault = await init.look(signal)
    const seenBefore = fault?.message === lastFault
    lastFault = fault?.message
    if (!fault) return
    const { message, mendable } = fault
    const nextStep = mendable ? MEND_STEP : OUT_OF_TIME_STEP
    emit({ event: 'failed', code: 'served-certificate', message, nextStep, retryAt: iso(lookedAt + SELF_LOOK_MS) })
    if (!seenBefore) history.note({ what: 'self-look-wrong', code: 'served-certificate', detail: message })
    if (mendable) await init.serve(bundle)
  }

  const look = async (triggers: ReadonlySet<Trigger>): Promise<void> => {
    for (const reason of triggers) if (reason !== 'start') retry.changed(reason)
    // after the clock was set right, a stored certificate may not lie in the future any more
    if (triggers.has('clock-jump') && !held()) await loadStored()
    if (unserved && isOver(unserved.retryAt, SERVE_RETRY_MS, clock.now())) await serve(unserved.bundle, unserved.reused)
    const bundle = own()
    if (issuer && bundle && isAskDue(bundle, clock.now())) await askWindow(issuer, bundle)
    const why = whyNew()
    if (issuer && why !== undefined && retry.isDue()) await renew(issuer, why).catch(() => undefined) // told already
    const lookDue = triggers.size > 0 || isOver(lookedAt + SELF_LOOK_MS, SELF_LOOK_MS, clock.now())
    if (current && lookDue && !signal.aborted) await lookFromOutside(current)
  }

  const safely = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      if (!signal.aborted) tellFailure(explainFailure(error), null)
    })

  const nextAt = (): number | undefined => {
    const bundle = own()
    const due = whyNew() === undefined ? issuer && renewal()?.at : retry.dueAt()
    const rested = bundle && bundle.obtainedAt + restAfterIssue(bundle)
    const dates = [due, rested, unserved?.retryAt, issuer && bundle?.askRenewalAt, current && lookedAt + SELF_LOOK_MS]
    const coming = dates.filter((date) => date !== undefined && date > clock.now()).map(Number)
    return coming.length > 0 ? Math.min(...coming) : undefined
  }

  const run = async (): Promise<void> => {
    await safely(loadStored())
    if (!issuer) {
      const message =
        'no network is chosen, so no certificate is asked for: follow an invitation with `nodetrust join`, or set `network.issue`'
      emit({ event: 'note', message })
    }
    schedule = startSchedule({
      ...{ clock, random, signal, nextAt, monotonic: init.monotonic },
      look: (triggers) => safely(look(triggers)),
      tickMs: () => (held() ? tickFor(held()) : TICK_MS),
      jitterMs: () => (isInTime(own(), clock.now()) ? Math.min(JITTER_MS, tickFor(own())) : 0),
      onJump(byMs) {
        const detail = `the clock went ${byMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(byMs) / 1_000)} s`
        history.note({ what: 'clock-jumped', code: 'clock-jump', detail })
      },
    })
    await schedule.ended
  }

  return {
    start() {
      running ??= run().catch((error: unknown) => {
        if (!signal.aborted) log.error({ error: String(error) }, 'the certificate is no longer looked after')
      })
    },
    current: () => current,
    otherZone: () => (isOther() ? other?.zone : undefined),
    renewal,
    nextAttemptAt: () => (whyNew() === undefined ? undefined : retry.dueAt()),
    trigger: (reason) => schedule?.trigger(reason),
    async renewNow(asked) {
      return await unlessAborted(ask(), asked)
    },
    begin(options) {
      if (options?.anyway === true) looksFirst = false
      void ask().catch(() => undefined) // told by events
      return attemptFacts?.id ?? ''
    },
    cancel() {
      if (!attempt) return
      askedByPersonAt = -Infinity
      cancelling.abort(new CancelledError('the attempt was ended by a person'))
    },
    attempt: () => attemptFacts,
    failed: () => failed,
    async stop() {
      stopping.abort(new Error('the node stops'))
      await Promise.allSettled([running, attempt])
      await history.ended()
    },
  }
}

/** Reasons as they are told to people. */
const WHY: Readonly<Record<string, string>> = {
  'no-certificate': 'there is none',
  'asked-for': 'somebody asked for it',
  window: 'the moment has come that was chosen in the window of the CA',
  'third-left': 'a third of its life is left',
  'half-left': 'half of its short life is left',
  'twentieth-left': 'a twentieth of its life is left',
  expired: 'the one in use has expired',
}

function wishOf({ renewalWindow: window, renewAt: selectedAt }: CertificateBundle) {
  return { window, selectedAt }
}

function isInTime(bundle: CertificateBundle | undefined, now: number): boolean {
  return bundle !== undefined && now < bundle.notAfter
}

/** Whether a date has come that was set at most so far ahead; one further away was set by a wrong clock. */
function isOver(date: number, aheadMs: number, now: number): boolean {
  return now >= date || date - now > aheadMs
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
