// What `nodetrust doctor` and "Check everything" look at, and what they can find. A finding is a code of a closed list with values
// for its sentence; the code alone says which check it belongs to and whether something is wrong.
import { plainJson, plainLine } from './plain-text.ts'
import type { Params } from './api/errors.ts'

/** good: as it should be; warning: works, and may stop to; bad: something is wrong; unknown: nobody could look. */
const FINDING_STATUSES = ['good', 'warning', 'bad', 'unknown'] as const
export type FindingStatus = (typeof FINDING_STATUSES)[number]

/** What is looked at on a node, in the order in which a person reads it: each stands on those before it. */
export const NODE_CHECKS = [
  ...(['clock', 'disk', 'key', 'network', 'ports', 'router', 'dial-back', 'names', 'certificate'] as const),
] as const
export type NodeCheck = (typeof NODE_CHECKS)[number]

/** Everything that can be found, with what it means. Codes are added, never renamed. */
export const FINDINGS = {
  'clock-good': 'good',
  'clock-off': 'bad',
  'clock-unknown': 'unknown',
  'disk-good': 'good',
  'disk-low': 'warning',
  'disk-full': 'bad',
  'disk-unwritable': 'bad',
  'disk-open': 'bad',
  'disk-none': 'unknown',
  'key-keychain': 'good',
  'key-file': 'good',
  'key-sealed': 'good',
  'key-fell-back': 'warning',
  'key-readable': 'bad',
  'key-locked': 'bad',
  'key-missing': 'bad',
  'key-unavailable': 'bad',
  'key-unknown': 'unknown',
  'network-good': 'good',
  'network-local': 'good',
  'network-some': 'warning',
  'network-silent': 'bad',
  'network-no-address': 'bad',
  'network-none': 'unknown',
  'network-asleep': 'unknown',
  'ports-good': 'good',
  'ports-ready': 'good',
  'ports-free': 'good',
  'ports-taken': 'bad',
  'ports-closed': 'bad',
  'ports-held': 'unknown',
  'router-opened': 'good',
  'router-not-needed': 'good',
  'router-local': 'good',
  'router-off': 'warning',
  'router-refused': 'warning',
  'router-silent': 'warning',
  'router-carrier-nat': 'bad',
  'router-unknown': 'unknown',
  'door-good': 'good',
  'door-local': 'good',
  'door-knocked': 'good',
  'door-firewall': 'bad',
  'door-router': 'bad',
  'door-carrier-nat': 'bad',
  'door-no-address': 'bad',
  'door-closed': 'bad',
  'door-unasked': 'unknown',
  'door-unknown': 'unknown',
  'names-good': 'good',
  'names-none': 'unknown',
  'names-missing': 'bad',
  'names-elsewhere': 'bad',
  'names-resolver': 'bad',
  'names-silent': 'bad',
  'certificate-good': 'good',
  'certificate-test': 'good',
  'certificate-none': 'warning',
  'certificate-late': 'warning',
  'certificate-silent': 'bad',
  'certificate-other': 'bad',
  'certificate-name': 'bad',
  'certificate-chain': 'bad',
  'certificate-expired': 'bad',
  'certificate-early': 'bad',
  'certificate-stored': 'unknown',
  // of any check: it did not end in time
  unchecked: 'unknown',
} as const satisfies Record<string, FindingStatus>
export type FindingCode = keyof typeof FINDINGS
export const FINDING_CODES = Object.keys(FINDINGS) as readonly FindingCode[]

/** What a check of a node found. */
export interface NodeFinding {
  readonly code: FindingCode
  /** For the sentence: never a secret. */
  readonly params: Params
}

/** A finding as it is printed: of a node, or of a host. */
export interface DoctorLine {
  readonly check: string
  readonly status: FindingStatus
  /** What was looked at. */
  readonly title: string
  readonly say: string
  /** What to do; empty where nothing is. */
  readonly todo: string
}

/** Whether nothing is wrong, so that a command may end with 0. What nobody could look at is not well. */
export function isWell(lines: readonly Pick<DoctorLine, 'status'>[]): boolean {
  return lines.some(({ status }) => status === 'good') && lines.every(({ status }) => status !== 'bad')
}

/** Three lines of an address each, and what to do with them; beyond it no person reads. */
const MAX_LINE_CHARS = 2_000

const MARKS: Readonly<Record<FindingStatus, string>> = { good: '✓', warning: '!', bad: '✗', unknown: '-' }

/** Lines for a terminal: a mark, what was looked at, what was found, and below it what to do. */
export function doctorText(lines: readonly DoctorLine[]): string {
  const width = Math.max(0, ...lines.map(({ title }) => title.length)) + 2
  return lines
    .flatMap(({ status, title, say, todo }) => [
      `${MARKS[status]} ${title.padEnd(width)}${bounded(say)}`,
      ...(todo === '' ? [] : [`${' '.repeat(width + 2)}→ ${bounded(todo)}`]),
    ])
    .join('\n')
}

/** What was found may hold what somebody else wrote, as a record of the DNS: one line of it, and no endless one. */
function bounded(text: string): string {
  const line = plainLine(text)
  return line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line
}

/** The one sentence at the end. */
export function doctorSum(lines: readonly DoctorLine[]): string {
  if (lines.length === 0) return 'Nothing was looked at.'
  const count = (wanted: FindingStatus) => lines.filter(({ status }) => status === wanted).length
  const parts = [
    count('bad') > 0 ? `${count('bad')} to mend` : '',
    count('warning') > 0 ? `${count('warning')} to keep an eye on` : '',
    count('unknown') > 0 ? `${count('unknown')} not looked at` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'All is well.' : `${parts.join(', ')}, ${count('good')} well.`
}

/** What a program reads. */
export function doctorJson(lines: readonly DoctorLine[]): string {
  return plainJson({ ok: isWell(lines), findings: lines })
}
