// Names as they stand in certificates: lower case, perhaps with one `*.` in front. The rules are those of public CAs
// (RFC 5280 section 4.2.1.6, CA/Browser Forum baseline), so that an order for a bad name is never made.
import { shown } from '../../proto/plain-text.ts'

/** The longest name DNS has room for, without the final dot. */
const MAX_NAME_LENGTH = 253
/** Letters, digits and inner dashes. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Says what is wrong with a name that shall stand in a certificate.
 *
 * @param name  a host name, or one with `*.` in front; case does not matter
 * @returns undefined where it is fine
 */
export function whyNotCertificateName(name: string): string | undefined {
  const lower = name.toLowerCase()
  const base = lower.startsWith('*.') ? lower.slice(2) : lower
  if (base.length === 0 || lower.length > MAX_NAME_LENGTH) return `has ${lower.length} characters, expected 1 to 253`
  const labels = base.split('.')
  if (labels.length < 2) return 'has one label only, expected a full name'
  const bad = labels.find((label) => !LABEL.test(label))
  if (bad !== undefined) return `has the label "${shown(bad)}", expected letters, digits and inner dashes, at most 63`
  const top = labels.at(-1) ?? ''
  return /^[0-9]+$/.test(top) ? 'ends in a number, expected a name and not an IP address' : undefined
}

/** Lower case, without repetitions, sorted: two sets of names are the same when this is. */
export function normaliseNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}

/** Whether two lists hold the same names, whatever their order and case. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return normaliseNames(one).join(' ') === normaliseNames(other).join(' ')
}
