// What a keeper of a certificate tells: events for who watches the node now, lines of the history for who asks later. All its
// sentences stand here.
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Emit } from '../events.ts'
import type { RenewalAnswer } from '../issuers/issuer.ts'
import type { ServedFault } from '../node/self-look.ts'
import type { Failure } from './failures.ts'
import type { History } from './history.ts'
import { SELF_LOOK_MS, type WhyNew } from './keeper-state.ts'
import type { StoredCertificate } from './store.ts'

/** Tells what happened. */
export interface KeeperReport {
  /** @param retryAt  wall clock, milliseconds; null where nothing is tried again by itself */
  failed(failure: Failure, retryAt: number | null): void
  /** There is nobody to ask for a certificate. */
  noIssuer(): void
  /** What was found on the disk is not what it should be. */
  stored(stored: StoredCertificate, hasIssuer: boolean): void
  begun(why: WhyNew): void
  obtained(bundle: CertificateBundle, why: WhyNew, tookMs: number): void
  cancelled(): void
  /** @returns tells how putting it into service ended */
  serving(): { done(bundle: CertificateBundle, reused: boolean): void; failed(failure: Failure, retryAt: number): void }
  /** The CA has another wish when to renew. */
  windowChanged(after: CertificateBundle, answer: RenewalAnswer): void
  /** @param seenBefore  what stays wrong is written down once */
  servedWrong(fault: ServedFault, lookedAt: number, seenBefore: boolean): void
  clockJumped(byMs: number): void
}

const MEND_STEP = 'nothing: it is put into service again; if this comes back, start the program again and tell us'
const OUT_OF_TIME_STEP = "check this machine's clock; if it is right, see why no new certificate came"
const JOIN_STEP = 'join a network, or name an issue server with `network.issue` or a forge with `network.autotls`'

/** Reasons as they are told to people. */
const WHY: Readonly<Record<WhyNew, string>> = {
  'no-certificate': 'there is none',
  'asked-for': 'somebody asked for it',
  window: 'the moment has come that was chosen in the window of the CA',
  'third-left': 'a third of its life is left',
  'half-left': 'half of its short life is left',
  'twentieth-left': 'a twentieth of its life is left',
  expired: 'the one in use has expired',
}

/** Makes it. */
export function createKeeperReport({
  emit,
  history,
}: {
  readonly emit: Emit
  readonly history: History
}): KeeperReport {
  const failed: KeeperReport['failed'] = (failure, retryAt) => {
    const { code, message, nextStep, forge, page, kind } = failure
    const where = { ...(forge === undefined ? {} : { forge }), ...(page === undefined ? {} : { page }) }
    const told = { code, message, nextStep, ...where, ...(kind === 'paused' ? { paused: 1 as const } : {}) }
    emit({ event: 'failed', ...told, retryAt: retryAt === null ? null : iso(retryAt) })
    history.note({ what: 'failed', code, detail: message })
  }

  return {
    failed,
    noIssuer() {
      const message =
        'no network is chosen yet, so there is no certificate: an invitation to one is followed by `nodetrust join LINK`'
      emit({ event: 'note', about: 'no-network', message })
    },
    stored(stored, hasIssuer) {
      if (stored.kind === 'none') return
      if (stored.kind === 'other-network') {
        const detail = `the certificate of ${stored.zone} stays in use until there is one of this network`
        history.note({ what: 'other-network', code: 'other-network', detail })
        return
      }
      const isGood = stored.kind === 'good'
      const fault = isGood ? stored.fellBack : stored
      if (!fault) return
      const where = fault.asidePath === undefined ? 'it stays where it is' : `it was kept as ${fault.asidePath}`
      const instead = isGood ? '; the one before it is used' : ''
      const message = `the stored certificate cannot be used (${fault.reason}); ${where}${instead}`
      const mended = isGood ? 'nothing: it is renewed in its time' : 'nothing: a new certificate is asked for'
      const nextStep = hasIssuer ? mended : JOIN_STEP
      emit({ event: 'failed', code: 'stored-certificate', message, nextStep, retryAt: null })
      history.note({ what: isGood ? 'fell-back' : 'not-used', code: 'stored-certificate', detail: message })
    },
    begun(why) {
      history.note({ what: 'order-begun', code: why, detail: `a certificate is asked for: ${WHY[why]}` })
    },
    obtained(bundle, why, tookMs) {
      const detail = `after ${Math.round(tookMs)} ms, by ${bundle.issuer}: ${bundle.names.join(', ')}`
      history.note({ what: 'order-ended', code: why, detail })
    },
    cancelled() {
      history.note({ what: 'order-ended', code: 'cancelled', detail: 'somebody ended the attempt' })
      emit({ event: 'note', message: 'the attempt to get a certificate was ended by a person' })
    },
    serving() {
      const began = performance.now()
      const tell = (status: 'begin' | 'done' | 'failed', detail: string) =>
        emit({ event: 'step', step: 'install', status, ms: Math.round(performance.now() - began), detail })
      tell('begin', '')
      return {
        done({ names, issuer, notAfter }, reused) {
          tell('done', 'new connections get this certificate')
          emit({ event: 'certificate', names, issuer, notAfter: iso(notAfter), reused })
          const detail = `new connections get the certificate that is good until ${iso(notAfter)}`
          history.note({ what: 'swapped', code: reused ? 'stored' : 'new', detail })
        },
        failed(failure, retryAt) {
          tell('failed', failure.message)
          failed(failure, retryAt)
        },
      }
    },
    windowChanged({ renewAt }, { explanationUrl }) {
      const why = explanationUrl === undefined ? '' : `, see ${explanationUrl}`
      const detail = `the CA would like the renewal at ${renewAt === undefined ? '?' : iso(renewAt)}${why}`
      if (why) emit({ event: 'note', message: detail })
      history.note({ what: 'window-changed', code: 'window', detail })
    },
    servedWrong({ message, mendable }, lookedAt, seenBefore) {
      const nextStep = mendable ? MEND_STEP : OUT_OF_TIME_STEP
      emit({ event: 'failed', code: 'served-certificate', message, nextStep, retryAt: iso(lookedAt + SELF_LOOK_MS) })
      if (!seenBefore) history.note({ what: 'self-look-wrong', code: 'served-certificate', detail: message })
    },
    clockJumped(byMs) {
      const detail = `the clock went ${byMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(byMs) / 1_000)} s`
      history.note({ what: 'clock-jumped', code: 'clock-jump', detail })
    },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
