// Keeps the broker in a certificate of its own for years: takes the stored one where it is good, orders another when the CA or
// its dates say so, exchanges it while the server runs, and tries again after failures at a stored date. Whether something is
// due is decided by functions of core; dates are compared every ten minutes, because a wall clock can jump.
import { join } from 'node:path'
import { decideRenewal, restAfterIssue, TICK_MS, tickFor } from '../../core/acme/renewal.ts'
import { type BundleStore, createBundleStore } from '../../core/certificates/bundle-store.ts'
import {
  afterRenewal,
  isAskDue,
  withAnswer,
  withChosenMoment,
  withoutAnswer,
} from '../../core/certificates/renewal-window.ts'
import { type FailedAttempt, loadRetryDate, type RetryDate } from '../../core/certificates/retry-date.ts'
import { isProduction } from '../../core/acme/index.ts'
import { CertificateError, type CertificateBundle, sameNames, verifyChain } from '../../core/x509/index.ts'
import { createOwnOrder, type OwnOrderInit } from './own-order.ts'
import { explainOwnFailure, nextStepOf } from './own-failures.ts'
import type { RenewalDecision } from '../../core/acme/renewal.ts'

/** Key and chain in PEM, as a TLS server takes them. */
export interface KeyAndChain {
  readonly key: string
  readonly cert: string
}

/** How the certificate is kept. */
export interface OwnCertificateInit extends OwnOrderInit {
  /** What is configured, as text that changes with it: what failed with other settings is tried at once. */
  readonly situation: string
  /** Told of each certificate, also the stored one. */
  readonly use: (pair: KeyAndChain) => void
  /** Told of a certificate that renews none: it is one of the zone's week. Never rejects. */
  readonly onNewName?: (() => Promise<void>) | undefined
  /** 0 to 1. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** What there is to say about it. */
export interface OwnCertificateState {
  /** The certificate in use. */
  readonly current: CertificateBundle | undefined
  /** When it will be renewed, and why then. */
  readonly renewal: RenewalDecision | undefined
  /** Whether it is being ordered now. */
  readonly busy: boolean
  /** The last attempt's failure; undefined after a success. */
  readonly failed: FailedAttempt | undefined
  /** Why the certificate in use lies on no disk. */
  readonly unsaved: string | undefined
}

/** The broker's own certificate. */
export interface OwnCertificate {
  /** Begins; there may be no certificate for some time then. */
  start(): void
  state(): OwnCertificateState
  /** Ends what is under way; the next start goes on with it. Takes as long as the removal of a TXT value, at most. */
  stop(): Promise<void>
}

/** A date that has come but is not acted on must not become a busy loop. */
const SHORTEST_SLEEP_MS = 1_000

/** One small question; there is a window already. */
const ASK_TIMEOUT_MS = 30_000

/** Where certificate and key lie. */
export function ownCertificatePath(dir: string): string {
  return join(dir, 'broker-certificate.json')
}

/** Makes it; nothing happens before its start. */
export function createOwnCertificate(init: OwnCertificateInit): OwnCertificate {
  const { authority, clock, dir, log, name, random = Math.random } = init
  const stopping = new AbortController()
  const { signal } = stopping
  const store = createBundleStore({ path: ownCertificatePath(dir), verify: (bundle) => verify(bundle, init) })
  const order = createOwnOrder(init)
  let current: CertificateBundle | undefined
  let failed: FailedAttempt | undefined
  let unsaved: string | undefined
  let busy = false
  let running: Promise<void> | undefined

  const renewal = (): RenewalDecision | undefined =>
    current &&
    decideRenewal({
      ...current,
      ...{ window: current.renewalWindow, selectedAt: current.renewAt, now: clock.now(), nextTickMs: tickFor(current) },
    })

  /** Why a new certificate is wanted; undefined where none is. */
  const whyNew = (): string | undefined => {
    const decision = renewal()
    if (!current || !decision) return 'there is none'
    const rests = Math.abs(clock.now() - current.obtainedAt) < restAfterIssue(current)
    return decision.due && (!rests || decision.reason === 'expired') ? decision.reason : undefined
  }

  /** A certificate that is not on the disk stays in use, and its key stays where the next start finds it. */
  const keep = async (bundle: CertificateBundle): Promise<void> => {
    try {
      await store.save(bundle)
      await order.forget()
      unsaved = undefined
    } catch (error) {
      unsaved = explainOwnFailure(error).message
      log.error({ name, error: unsaved }, 'the certificate of the broker is in use, but could not be written')
    }
  }

  const obtain = async (date: RetryDate, why: string): Promise<void> => {
    busy = true
    try {
      log.info({ name, why }, 'the broker orders a certificate of its own')
      const isNew = current === undefined
      const renewed = why === 'window' ? current : undefined
      const bundle = withChosenMoment(afterRenewal(await order.obtain(current, signal), renewed), random)
      if (isNew) await init.onNewName?.()
      init.use(pairOf(bundle)) // before it is kept: a full disk must not cost a second one while this process lives
      current = bundle
      failed = undefined
      await keep(bundle)
      await date.succeeded()
      log.info({ name, notAfter: iso(bundle.notAfter) }, 'the broker has a certificate of its own')
    } catch (error) {
      if (signal.aborted) return
      const failure = explainOwnFailure(error)
      const retryAt = await date.failed(failure)
      failed = { failure, at: clock.now(), retryAt }
      const again = retryAt === null ? 'not by itself' : iso(retryAt)
      log.error({ name, error: failure.message, nextStep: failure.nextStep, again }, 'the broker got no certificate')
    } finally {
      busy = false
    }
  }

  /** Asks when the CA would like the renewal; failures leave what is known. */
  const askWindow = async (bundle: CertificateBundle): Promise<void> => {
    try {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)])
      const info = await authority.renewalInfo(bundle.chainPem, ends)
      const { window, askAgainMs, explanationUrl } = info ?? {}
      current = withAnswer(bundle, { window, askAgainMs, explanationUrl }, clock.now(), random)
      if (current.renewAt !== undefined && current.renewAt !== bundle.renewAt)
        log.info({ name, at: iso(current.renewAt), explanationUrl }, 'the CA would like another moment for the renewal')
    } catch (error) {
      if (signal.aborted) return
      log.debug({ name, error: String(error) }, 'the renewal window could not be asked for')
      current = withoutAnswer(bundle, explainOwnFailure(error).retryAfterMs, clock.now())
    }
    if (unsaved === undefined)
      await store
        .save(current)
        .catch((error: unknown) => log.warn({ name, error: String(error) }, 'the window is not stored'))
  }

  const look = async (date: RetryDate): Promise<void> => {
    current ??= await useStored(init, store, random)
    if (current && unsaved !== undefined) await keep(current)
    if (current && isAskDue(current, clock.now())) await askWindow(current)
    const why = whyNew()
    if (why !== undefined && date.isDue() && !signal.aborted) await obtain(date, why)
  }

  const sleepTime = (date: RetryDate): number => {
    const tick = current ? tickFor(current) : TICK_MS
    const next = whyNew() === undefined ? renewal()?.at : date.dueAt()
    const dates = [next, current?.askRenewalAt].filter((at) => at !== undefined && at > clock.now()).map(Number)
    return Math.min(tick, Math.max(Math.min(...dates) - clock.now(), Math.min(SHORTEST_SLEEP_MS, tick)))
  }

  const run = async (): Promise<void> => {
    const path = join(dir, 'broker-certificate.retry.json')
    const date = await loadRetryDate({ path, clock, log, random, situation: init.situation })
    failed = withNextStep(date.last())
    while (!signal.aborted) {
      await look(date).catch((error: unknown) => {
        if (!signal.aborted) log.error({ name, error: String(error) }, 'a look at the certificate of the broker failed')
      })
      await clock.sleep(sleepTime(date), signal).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
    }
  }

  return {
    start() {
      running ??= run().catch((error: unknown) =>
        log.error({ name, error: String(error) }, 'the certificate of the broker is not kept any more'),
      )
    },
    state: () => ({ current, busy, unsaved, failed, renewal: renewal() }),
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await running
    },
  }
}

/**
 * What is stored, where it may be used; anything else is replaced as if it was not there. A file that cannot even be read is no
 * reason to speak to nobody.
 */
async function useStored(
  { use, log, name }: OwnCertificateInit,
  store: BundleStore,
  random: () => number,
): Promise<CertificateBundle | undefined> {
  try {
    const stored = await store.load()
    if (stored.kind === 'none') return undefined
    const fault = stored.kind === 'good' ? stored.fellBack : stored
    if (fault) log.warn({ name, ...fault }, 'the stored certificate of the broker cannot be used')
    if (stored.kind !== 'good') return undefined
    const bundle = withChosenMoment(stored.bundle, random)
    use(pairOf(bundle))
    return bundle
  } catch (error) {
    log.error({ name, error: String(error) }, 'the stored certificate of the broker cannot be read')
    return undefined
  }
}

/** @throws CertificateError where it may not be used: its key, its dates, for another name, or of a test CA in earnest */
function verify(bundle: CertificateBundle, { authority, clock, name }: OwnCertificateInit): void {
  const { chainPem, keyPem, names } = bundle
  if (!sameNames(names, [name]))
    throw new CertificateError('missing-name', `it is for ${names.join(', ')}, not ${name}`)
  verifyChain({ chainPem, keyPem, names, now: clock.now(), production: isProduction(authority.directoryUrl) })
}

function pairOf({ keyPem, chainPem }: CertificateBundle): KeyAndChain {
  return { key: keyPem, cert: chainPem }
}

/** What is stored of a failure lacks what to do about it, because that may be said better by a newer version. */
function withNextStep(failed: FailedAttempt | undefined): FailedAttempt | undefined {
  return failed && { ...failed, failure: { ...failed.failure, nextStep: nextStepOf(failed.failure.code) } }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
