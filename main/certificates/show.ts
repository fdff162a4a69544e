// `nodetrust certificate show`: what the data folder says of the certificate, whether the node runs or not. It only reads,
// and nothing of a key ever gets into what it gives.
import { plainLine } from '../../proto/plain-text.ts'
import { join } from 'node:path'
import { decideRenewal, type RenewalReason, TICK_MS } from '../../core/acme/renewal.ts'
import { fold } from '../../core/commands/usage.ts'
import { readFileIfThere } from '../../core/files.ts'
import { en } from '../../proto/text/en.ts'
import { type CertificateBundle, BundleError, parseBundle } from '../../core/x509/index.ts'
import { distance } from '../distance.ts'
import { type HistoryEntry, readHistory } from './history.ts'
import { readRetryState, type RetryState } from './retry.ts'

/** What is shown; dates are ISO 8601. */
export interface CertificateReport {
  readonly certificate: {
    readonly names: readonly string[]
    readonly issuer: string
    readonly source: string
    readonly notBefore: string
    readonly notAfter: string
    readonly obtainedAt: string
    readonly expired: boolean
  } | null
  /** Why there is none, or why it is the one before the last. */
  readonly trouble: string | null
  readonly renewal: { readonly at: string; readonly reason: RenewalReason; readonly due: boolean } | null
  /** What the last attempt failed with; `at` is null where a person has to do something first. */
  readonly nextAttempt: {
    readonly at: string | null
    readonly failures: number
    readonly code: string
    readonly message: string
  } | null
  /** Oldest first. */
  readonly events: readonly HistoryEntry[]
}

/** As many as fit a screen beside the rest. */
const SHOWN_EVENTS = 12

/**
 * Reads a data folder.
 *
 * @param now  milliseconds since 1970
 * @throws FileError for a file that is there and cannot be read
 */
export async function readCertificateReport(dir: string, now: number): Promise<CertificateReport> {
  const { bundle, trouble } = await readBundle(dir)
  const retry = await readRetryState(dir)
  const events = await readHistory(dir)
  return {
    certificate: bundle ? describeBundle(bundle, now) : null,
    trouble: trouble ?? null,
    renewal: bundle ? describeRenewal(bundle, now) : null,
    nextAttempt: retry ? describeRetry(retry) : null,
    events: events.slice(-SHOWN_EVENTS),
  }
}

async function readBundle(
  dir: string,
): Promise<{ readonly bundle?: CertificateBundle | undefined; readonly trouble?: string | undefined }> {
  let trouble: string | undefined
  for (const name of ['certificate.json', 'certificate.previous.json']) {
    const text = await readFileIfThere(join(dir, name))
    if (!text) continue
    try {
      return { bundle: parseBundle(text.toString('utf8')), trouble }
    } catch (error) {
      if (!(error instanceof BundleError)) throw error
      trouble ??= error.message
    }
  }
  return { trouble }
}

function describeBundle(bundle: CertificateBundle, now: number): CertificateReport['certificate'] {
  const { names, issuer, source, notBefore, notAfter, obtainedAt } = bundle
  return {
    ...{ names, issuer, source, expired: now >= notAfter },
    ...{ notBefore: iso(notBefore), notAfter: iso(notAfter), obtainedAt: iso(obtainedAt) },
  }
}

function describeRenewal(bundle: CertificateBundle, now: number): CertificateReport['renewal'] {
  const { renewalWindow: window, renewAt: selectedAt } = bundle
  const { at, reason, due } = decideRenewal({ ...bundle, window, selectedAt, now, nextTickMs: TICK_MS })
  return { at: iso(at), reason, due }
}

function describeRetry({ retryAt, failures, code, message }: RetryState): CertificateReport['nextAttempt'] {
  return { at: retryAt === null ? null : iso(retryAt), failures, code, message }
}

/** The report as a person reads it: one thing a line, the times as dates and as distances from now. */
export function reportText(report: CertificateReport, now: number): string {
  const { certificate, renewal, nextAttempt, trouble, events } = report
  const [firstName = '', ...otherNames] = certificate?.names ?? []
  const rows: (readonly [label: string, text: string])[] = []
  if (certificate && renewal) {
    rows.push(
      ['Names', firstName],
      ...otherNames.map((name) => ['', name] as const),
      ['Issued by', certificate.issuer],
      [certificate.expired ? 'Expired' : 'Good until', moment(certificate.notAfter, now)],
      [
        'Renewal',
        renewal.due ? `due: ${REASONS[renewal.reason]}` : `${moment(renewal.at, now)}: ${REASONS[renewal.reason]}`,
      ],
    )
  } else rows.push(['Certificate', 'there is none yet'])
  if (trouble !== null) rows.push(['Trouble', trouble])
  if (nextAttempt) {
    const { at, failures, code, message } = nextAttempt
    rows.push(
      ['Next attempt', at === null ? 'none before somebody has done something about it' : moment(at, now)],
      ['Last failure', `${message} (${code}, ${failures} in a row)`],
    )
  }
  const table = rows.map(([label, text]) => plainLine(`${label.padEnd(LABEL_WIDTH)}${text}`))
  const told = events.flatMap(({ at, what, detail }) => [
    plainLine(`  ${minute(at)}  ${en[`history.${what}`]}`),
    ...(detail === '' ? [] : [fold(DETAIL, plainTimes(plainLine(detail)).split(' '), DETAIL.length + 1)]),
  ])
  return [...table, ...(told.length > 0 ? ['', 'What happened (UTC):', ...told] : [])].join('\n')
}

const LABEL_WIDTH = 14

/** Below the words of what happened, with a blank between. */
const DETAIL = ' '.repeat(19)

/** A detail is written for the log, with times for programs. */
function plainTimes(text: string): string {
  return text.replaceAll(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z/g, '$1 $2 UTC')
}

const REASONS: Readonly<Record<RenewalReason, string>> = {
  window: 'chosen in the window that the CA wishes',
  'third-left': 'when a third of its life is left',
  'half-left': 'when half of its short life is left',
  'twentieth-left': 'when a twentieth of its life is left',
  expired: 'it has expired',
}

function moment(date: string, now: number): string {
  return `${minute(date)} UTC, ${distance(Date.parse(date) - now)}`
}

function minute(date: string): string {
  return date.slice(0, 16).replace('T', ' ')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
