// What a fault is, what came of it, and the words for it. A case gives its outcome as a sentence made here, from errors,
// counts at the CA and what was left behind; it holds when that is the sentence expected, so nothing can go wrong unseen.
import {
  AcmeAccountError,
  AcmeAccountGoneError,
  AcmeProblem,
  AcmeTimeoutError,
  AcmeTransportError,
  ChallengeFailedError,
} from '../../core/acme/index.ts'
import { BundleError, CertificateError, CsrError } from '../../core/x509/index.ts'

/** The kinds of trouble, in the order of the report. */
export const FAULT_CLASSES = {
  1: 'DNS',
  2: 'HTTP',
  3: 'Lost answers',
  4: 'Rate limits',
  5: 'Renewal information (ARI)',
  6: 'Time',
  7: 'Crash points',
  8: 'Disk',
  9: 'State of the CA',
  10: 'Names and keys',
  11: 'Load',
  13: 'Shutdown',
  15: 'The broker’s own certificate',
} as const

export type FaultClass = keyof typeof FAULT_CLASSES

/** One thing that goes wrong. */
export interface Fault {
  readonly class: FaultClass
  /** In plain words: it stands in the report as it is. */
  readonly fault: string
  /** What must come of it, in plain words. */
  readonly expected: string
  /** Does it, and says what came of it. */
  run(): Promise<string>
  /** Why it cannot be run on this machine. */
  readonly skip?: string | undefined
  /** Takes too long for a test run; the command runs it. */
  readonly long?: boolean
}

/** What came of one fault. */
export interface Finding {
  readonly class: string
  readonly fault: string
  readonly outcome: string
  readonly ok: boolean
}

/** What is not tried here, and why. */
export interface LeftOut {
  readonly class: string
  readonly fault: string
  readonly why: string
}

export function className(number: FaultClass): string {
  return `${number} ${FAULT_CLASSES[number]}`
}

/** Runs one fault; an outcome that is not the expected one says so, and what had been expected. */
export async function find(fault: Fault): Promise<Finding> {
  const outcome = await fault.run().catch((error: unknown) => inWords(error))
  const ok = outcome === fault.expected
  return {
    class: className(fault.class),
    fault: fault.fault,
    outcome: ok ? outcome : `${outcome} (expected: ${fault.expected})`,
    ok,
  }
}

/** An error as the report says it. */
export function inWords(error: unknown): string {
  if (error instanceof AcmeProblem) return `refused: ${reasonOf(error)}${waitOf(error)}`
  if (error instanceof AcmeTransportError) return `no usable answer: ${error.code}`
  if (error instanceof AcmeTimeoutError) return 'left for now, the order can be resumed'
  if (error instanceof ChallengeFailedError)
    return `the CA did not validate ${error.identifier} (${error.problem.type})`
  if (error instanceof CertificateError) return `certificate not accepted: ${error.code}`
  if (error instanceof CsrError) return `not asked for: ${error.code}`
  if (error instanceof BundleError) return 'bundle not used'
  if (error instanceof AcmeAccountGoneError) return `the account is gone (${error.state}), and what to do is said`
  if (error instanceof AcmeAccountError) return 'account not used, the file is left as it is'
  return error instanceof Error ? error.message : String(error)
}

/** The type where the CA named one, else what else is known. */
function reasonOf({ type, status, detail }: AcmeProblem): string {
  if (type !== 'about:blank') return type
  return status === 0 ? detail : `HTTP ${status}`
}

function waitOf({ type, retryAfterMs }: AcmeProblem): string {
  if (retryAfterMs !== undefined) return `, come back in ${duration(retryAfterMs)}`
  return type === 'rateLimited' ? ', no time given (a pause)' : ''
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const

/** 7 200 000 as `2 h`; whole units of the largest that fits twice or exactly. */
export function duration(ms: number): string {
  for (const [unit, name] of UNITS) {
    if (ms >= 2 * unit || (ms >= unit && ms % unit === 0)) return `${Math.round(ms / unit)} ${name}`
  }
  return ms === 0 ? '0 s' : `${Math.round(ms)} ms`
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five']

/** 1 as `one certificate`, 7 as `7 certificates`. */
export function counted(count: number, what: string): string {
  return `${NUMBERS[count] ?? count} ${what}${count <= 1 ? '' : 's'}`
}
