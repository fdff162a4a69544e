// Keeps the node in a certificate: takes the stored one where it is good, asks the issuer where it is not or no longer
// fresh, and tries again after failures at a stored date. A short tick compares dates; there is no long timer, because a
// laptop that slept would miss it.
import { explainFailure } from './failures.ts'
import { isFresh, type CertificateStore } from './store.ts'
import { isDue, type RetryDate } from './retry.ts'
import { NotConfiguredError } from './not-configured-error.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Emit } from '../events.ts'
import type { Issuer } from '../issuers/issuer.ts'

/** What the keeper needs. */
export interface CertificateKeeperInit {
  readonly store: CertificateStore
  readonly retry: RetryDate
  /** None: no certificate is asked for. */
  readonly issuer: Issuer | undefined
  /** Puts a certificate into service; may be called again with the same one after it has failed. */
  readonly serve: (bundle: CertificateBundle) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
}

/** Keeps a certificate. */
export interface CertificateKeeper {
  /** Begins: the stored certificate first, then the issuer where it is needed. */
  start(): void
  /** The certificate in use. */
  current(): CertificateBundle | undefined
  /** Wall clock, milliseconds; undefined where no attempt is due. */
  nextAttemptAt(): number | undefined
  /**
   * Asks now, whatever the dates say, or joins the attempt under way.
   *
   * @throws what the attempt failed with, or the signal's reason (the attempt goes on then)
   */
  renewNow(signal?: AbortSignal): Promise<CertificateBundle>
  stop(): Promise<void>
}

/** Short enough that a date is never missed by much, long enough to cost nothing. */
const TICK_MS = 10_000

/** A port that is taken may be free again after a minute. */
const SERVE_RETRY_MS = 60_000

/** Makes a keeper. */
export function createCertificateKeeper(init: CertificateKeeperInit): CertificateKeeper {
  const { clock, emit, issuer, log, retry, store } = init
  const stopping = new AbortController()
  const { signal } = stopping
  let current: CertificateBundle | undefined
  /** Obtained, but not in service yet; and when to try that again. */
  let unserved: { readonly bundle: CertificateBundle; readonly reused: boolean; readonly retryAt: number } | undefined
  let attempt: Promise<CertificateBundle> | undefined
  let loop: Promise<void> | undefined

  const tellFailure = (error: unknown, retryAt: number | undefined) => {
    const { code, message, nextStep } = explainFailure(error)
    const date = retryAt === undefined ? null : new Date(retryAt).toISOString()
    emit({ event: 'failed', code, message, nextStep, retryAt: date })
  }

  /** Never rejects: a certificate that cannot be served yet is tried again by the tick. */
  const serve = async (bundle: CertificateBundle, reused: boolean): Promise<void> => {
    const began = performance.now()
    const tell = (status: 'begin' | 'done' | 'failed', detail: string) =>
      emit({ event: 'step', step: 'install', status, ms: Math.round(performance.now() - began), detail })
    tell('begin', '')
    try {
      await init.serve(bundle)
      unserved = undefined
      current = bundle
      tell('done', 'new connections get this certificate')
      const { names, issuer: by, notAfter } = bundle
      emit({ event: 'certificate', names, issuer: by, notAfter: new Date(notAfter).toISOString(), reused })
    } catch (error) {
      const retryAt = clock.now() + SERVE_RETRY_MS
      unserved = { bundle, reused, retryAt }
      tell('failed', explainFailure(error).message)
      tellFailure(error, retryAt)
    }
  }

  const obtain = async (from: Issuer): Promise<CertificateBundle> => {
    try {
      const bundle = await from.obtain(signal)
      await retry.succeeded()
      await store.save(bundle).catch((error: unknown) => tellFailure(error, undefined))
      await serve(bundle, false)
      return bundle
    } catch (error) {
      if (!signal.aborted) tellFailure(error, await retry.failed(explainFailure(error).retryAfterMs))
      throw error
    }
  }

  const renew = (): Promise<CertificateBundle> => {
    if (!issuer) {
      return Promise.reject(new NotConfiguredError('there is no issue server to ask: name one with `network.issue`'))
    }
    attempt ??= obtain(issuer).finally(() => {
      attempt = undefined
    })
    return attempt
  }

  const loadStored = async (): Promise<void> => {
    const stored = await store.load()
    if (stored.kind === 'good') await serve(stored.bundle, true)
    if (stored.kind !== 'unusable') return
    const where = stored.asidePath === undefined ? 'it stays where it is' : `it was kept as ${stored.asidePath}`
    const nextStep = issuer ? 'nothing: a new certificate is asked for' : 'name an issue server with `network.issue`'
    const message = `the stored certificate cannot be used (${stored.reason}); ${where}`
    emit({ event: 'failed', code: 'stored-certificate', message, nextStep, retryAt: null })
  }

  const held = () => unserved?.bundle ?? current
  const wantsNew = () => {
    const bundle = held()
    return issuer !== undefined && (!bundle || isRenewable(bundle, clock.now()))
  }

  const run = async (): Promise<void> => {
    await loadStored().catch((error: unknown) => tellFailure(error, undefined))
    if (!issuer)
      emit({
        event: 'note',
        message: 'no issue server is configured (`network.issue`), so no certificate is asked for',
      })
    while (!signal.aborted) {
      if (unserved && isDue(unserved.retryAt, clock.now())) await serve(unserved.bundle, unserved.reused)
      if (wantsNew() && isDue(retry.dueAt(), clock.now())) await renew().catch(() => undefined) // told already
      await clock.sleep(TICK_MS, signal)
    }
  }

  return {
    start() {
      loop ??= run().catch((error: unknown) => {
        if (!signal.aborted) log.error({ error: String(error) }, 'the certificate is no longer looked after')
      })
    },
    current: () => current,
    nextAttemptAt: () => (wantsNew() ? retry.dueAt() : undefined),
    renewNow: (own) => orAborted(renew(), own),
    async stop() {
      stopping.abort(new Error('the node stops'))
      await Promise.allSettled([loop, attempt])
    },
  }
}

/**
 * A CA can hand out a certificate that it wants renewed already; asking again at every tick would use up its limits, so
 * one that is new is left alone for a while, whatever it says.
 */
function isRenewable(bundle: CertificateBundle, now: number): boolean {
  const pause = Math.min(MAX_PAUSE_MS, (bundle.notAfter - bundle.notBefore) / 10)
  return !isFresh(bundle, now) && Math.abs(now - bundle.obtainedAt) >= pause
}

const MAX_PAUSE_MS = 6 * 3_600_000

/** Waits for work that goes on by itself. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return await work
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined) // who waited has gone; the failure is told by an event
  }
}
