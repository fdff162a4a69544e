// Keeps the node in a certificate: takes the stored one where it is good, asks the issuer where it is not or its renewal is
// due, and tries again after failures at a stored date. When anything happens is the schedule's business, what is known and what
// is due by it stands in keeper-state.ts, what is said of it in keeper-report.ts; here is what is done then.
import { unlessAborted } from '../../core/abort.ts'
import { TICK_MS, tickFor } from '../../core/acme/renewal.ts'
import { explainFailure, type Failure } from './failures.ts'
import {
  afterRenewal,
  isAskDue,
  withAnswer,
  withChosenMoment,
  withoutAnswer,
} from '../../core/certificates/renewal-window.ts'
import { createKeeperReport } from './keeper-report.ts'
import { beginning, held, next, otherZone, own, renewalOf, SERVE_RETRY_MS } from './keeper-state.ts'
import { isInTime, isLookDue, nextMoment, tooSoonUntil, toServeNow, whyNew } from './keeper-state.ts'
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
import type { Attempt, Circumstances, KeeperEvent, WhyNew } from './keeper-state.ts'
import type { PendingKey } from './pending.ts'
import type { FailedAttempt, RetryDate } from './retry.ts'
import type { CertificateStore } from './store.ts'

export type { Attempt } from './keeper-state.ts'

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

/** Spreads machines that wake up together, after a power cut or a holiday. */
const JITTER_MS = 60_000

/** Makes a keeper. */
export function createCertificateKeeper(init: CertificateKeeperInit): CertificateKeeper {
  const { clock, history, issuer, log, pending, random, retry, store } = init
  const stopping = new AbortController()
  const { signal } = stopping
  const report = createKeeperReport(init)
  let state = beginning(retry.last())
  let attempt: Promise<CertificateBundle> | undefined
  let cancelling = new AbortController()
  let schedule: Schedule | undefined
  let running: Promise<void> | undefined

  const note = (happened: KeeperEvent): void => void (state = next(state, happened))

  const circumstances = (): Circumstances => ({
    now: clock.now(),
    hasIssuer: issuer !== undefined,
    wantsFirst: init.wanted?.() ?? true,
  })

  /** Never rejects: a certificate that cannot be served yet is tried again by the schedule. */
  const serve = async (bundle: CertificateBundle, reused: boolean): Promise<void> => {
    const told = report.serving()
    try {
      await init.serve(bundle)
      note({ event: 'served', bundle })
      told.done(bundle, reused)
    } catch (error) {
      const failure = explainFailure(error)
      const at = clock.now()
      note({ event: 'not-served', bundle, reused, failure, at })
      told.failed(failure, at + SERVE_RETRY_MS)
    }
  }

  /** The key has done its work once its certificate is on the disk; until then it stays for the case of a crash. */
  const keep = async (bundle: CertificateBundle): Promise<void> => {
    try {
      await store.save(bundle)
      await pending.clear()
    } catch (error) {
      report.failed(explainFailure(error), null)
    }
  }

  const obtain = async (from: Issuer, why: WhyNew): Promise<CertificateBundle> => {
    const began = performance.now()
    cancelling = new AbortController()
    const ends = AbortSignal.any([signal, cancelling.signal])
    report.begun(why)
    try {
      if (!state.current) await init.demandPort?.()
      if (state.looksFirst && !isInTime(state, clock.now())) await init.reach?.(ends)
      // each certificate has a key of its own, also after one that could not be stored
      const servedKey = held(state)?.keyPem
      if (servedKey !== undefined) await pending.forget(servedKey)
      ends.throwIfAborted()
      const renewed = why === 'window' ? own(state) : undefined
      const bundle = withChosenMoment(afterRenewal(await from.obtain(ends), renewed), random)
      note({ event: 'obtained' })
      await retry.succeeded()
      await keep(bundle)
      report.obtained(bundle, why, performance.now() - began)
      await serve(bundle, false)
      return bundle
    } catch (error) {
      if (cancelling.signal.aborted) {
        report.cancelled()
        throw cancelling.signal.reason
      }
      if (!signal.aborted) {
        const failure = (init.explain ?? explainFailure)(error)
        if (failure.kind === 'mistake') await pending.clear().catch(() => undefined)
        const at = clock.now()
        const retryAt = await retry.failed(failure)
        note({ event: 'failed', failed: { failure, at, retryAt } })
        report.failed(failure, retryAt)
      }
      throw error
    }
  }

  const renew = (from: Issuer, why: WhyNew): Promise<CertificateBundle> => {
    if (!attempt) {
      note({ event: 'begun', at: clock.now() })
      attempt = obtain(from, why).finally(() => {
        attempt = undefined
        note({ event: 'ended' })
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
    const soon = tooSoonUntil(state, now)
    if (soon !== undefined) throw new TooSoonError(soon)
    note({ event: 'person-asked', at: now })
    return renew(issuer, 'asked-for')
  }

  const loadStored = async (): Promise<void> => {
    const stored = await store.load()
    report.stored(stored, issuer !== undefined)
    if (stored.kind === 'other-network') {
      note({ event: 'other-network', bundle: stored.bundle, zone: stored.zone })
      await serve(stored.bundle, true)
    }
    if (stored.kind === 'good') await serve(withChosenMoment(stored.bundle, random), true)
  }

  /** Asks when the CA would like the renewal; failures leave what is known. */
  const askWindow = async (from: Issuer, before: CertificateBundle): Promise<void> => {
    let after: CertificateBundle
    try {
      const answer = await from.renewal(before, signal)
      after = withAnswer(before, answer, clock.now(), random)
      if (after.renewAt !== before.renewAt) report.windowChanged(after, answer)
    } catch (error) {
      if (signal.aborted) return
      log.debug({ error: String(error) }, 'the renewal window could not be asked for')
      after = withoutAnswer(before, explainFailure(error).retryAfterMs, clock.now())
    }
    note({ event: 'redated', before, after })
    if (held(state) !== after) return // renewed meanwhile
    await store.save(after).catch((error: unknown) => log.warn({ error: String(error) }, 'the window is not stored'))
  }

  const lookFromOutside = async (bundle: CertificateBundle): Promise<void> => {
    const at = clock.now()
    note({ event: 'looking', at })
    const fault = await init.look(signal)
    const seenBefore = fault?.message === state.lastFault
    note({ event: 'looked', fault: fault?.message })
    if (!fault) return
    report.servedWrong(fault, at, seenBefore)
    if (fault.mendable) await init.serve(bundle)
  }

  const look = async (triggers: ReadonlySet<Trigger>): Promise<void> => {
    for (const reason of triggers) if (reason !== 'start') retry.changed(reason)
    // after the clock was set right, a stored certificate may not lie in the future any more
    if (triggers.has('clock-jump') && !held(state)) await loadStored()
    const waiting = toServeNow(state, clock.now())
    if (waiting) await serve(waiting.bundle, waiting.reused)
    const bundle = own(state)
    if (issuer && bundle && isAskDue(bundle, clock.now())) await askWindow(issuer, bundle)
    const why = whyNew(state, circumstances())
    if (issuer && why !== undefined && retry.isDue()) await renew(issuer, why).catch(() => undefined) // told already
    const { current } = state
    const lookDue = triggers.size > 0 || isLookDue(state, clock.now())
    if (current && lookDue && !signal.aborted) await lookFromOutside(current)
  }

  const safely = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      if (!signal.aborted) report.failed(explainFailure(error), null)
    })

  const run = async (): Promise<void> => {
    await safely(loadStored())
    if (!issuer) report.noIssuer()
    schedule = startSchedule({
      ...{ clock, random, signal, monotonic: init.monotonic },
      nextAt: () => nextMoment(state, circumstances(), retry.dueAt()),
      look: (triggers) => safely(look(triggers)),
      tickMs: () => (held(state) ? tickFor(held(state)) : TICK_MS),
      jitterMs: () => (isInTime(state, clock.now()) ? Math.min(JITTER_MS, tickFor(own(state))) : 0),
      onJump: (byMs) => report.clockJumped(byMs),
    })
    await schedule.ended
  }

  return {
    start() {
      running ??= run().catch((error: unknown) => {
        if (!signal.aborted) log.error({ error: String(error) }, 'the certificate is no longer looked after')
      })
    },
    current: () => state.current,
    otherZone: () => otherZone(state),
    renewal: () => renewalOf(state, clock.now()),
    nextAttemptAt: () => (whyNew(state, circumstances()) === undefined ? undefined : retry.dueAt()),
    trigger: (reason) => schedule?.trigger(reason),
    async renewNow(asked) {
      return await unlessAborted(ask(), asked)
    },
    begin(options) {
      if (options?.anyway === true) note({ event: 'anyway' })
      void ask().catch(() => undefined) // told by events
      return state.attempt?.id ?? ''
    },
    cancel() {
      if (!attempt) return
      note({ event: 'cancelled' })
      cancelling.abort(new CancelledError('the attempt was ended by a person'))
    },
    attempt: () => state.attempt,
    failed: () => state.failed,
    async stop() {
      stopping.abort(new Error('the node stops'))
      await Promise.allSettled([running, attempt])
      await history.ended()
    },
  }
}
