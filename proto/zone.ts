// What a domain must look like so that names can be given out below it, said in words. A zone is a domain of the operator's,
// delegated to the DNS role: an address, a URL or a name that no public DNS knows would give certificates to nobody.
import { parseIp } from './ip.ts'
import { shown } from './plain-text.ts'

/** What a zone is, for whoever typed something else. */
const EXPECTED =
  'expected a lower-case DNS name, a domain of yours that its parent delegates to your DNS server, for example nt.example.net'

/** Names below a zone are up to 63 characters longer, and a DNS name has 253 at most. */
const MAX_CHARS = 190

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Names that never are in the public DNS, so that no public CA can look at a challenge there (RFC 6761, 6762, 7686, 8375,
 * 9476, and ICANN's `internal`); `nostr` is what this program answers itself. `test` and `example` are for a CA of one's own,
 * and what a sandbox is called.
 */
const NEVER_PUBLIC = [
  'local',
  'localhost',
  'onion',
  'invalid',
  'alt',
  'internal',
  'nostr',
  'home.arpa',
  'arpa',
] as const

/**
 * A zone as it was typed, in the one way it is written: lower case, without the final dot of an absolute name and without space around it.
 */
export function mendedZone(text: string): string {
  return text.trim().toLowerCase().replace(/\.$/, '')
}

/**
 * Says what is wrong with a zone.
 *
 * @param zone  as `mendedZone` gives it
 * @returns a clause without the zone itself, such as "is an IP address"; undefined where nothing is wrong
 */
export function whyNotZone(zone: string): string | undefined {
  if (zone === '') return 'is empty'
  if (parseIp(zone.replace(/^\[|\]$/g, '').replace(/\/\d+$/, ''))) return 'is an IP address'
  if (zone.includes('/')) return zone.includes('://') ? 'is a URL' : 'has a slash'
  if (/:\d+$/.test(zone)) return 'has a port'
  if (zone.includes('@')) return 'is an e-mail address'
  if (zone.startsWith('*.')) return 'is a wildcard'
  if (zone.length > MAX_CHARS) return `has ${zone.length} characters, and ${MAX_CHARS} are the most`
  if (/[^\x21-\x7e]/.test(zone)) return 'has characters outside ASCII; write it as the DNS does (xn--…)'
  const labels = zone.split('.')
  const bad = labels.find((label) => !LABEL.test(label))
  if (bad === '') return 'has an empty label'
  if (bad !== undefined)
    return `has the label "${shown(bad)}"; letters, digits and inner dashes are allowed, at most 63`
  const special = NEVER_PUBLIC.find((name) => zone === name || zone.endsWith(`.${name}`))
  if (special !== undefined) return `is below "${special}", which the public DNS never has`
  if (labels.length < 2) return 'has one label only'
  return /^(?:\d+|0x[0-9a-f]+)$/.test(labels.at(-1) ?? '') ? 'ends in a number, as IP addresses do' : undefined
}

/** The same as a whole sentence, with what would be right; for a zone that has a fault. */
export function zoneFault(zone: string): string {
  return `"${shown(zone)}" is no zone: it ${whyNotZone(zone) ?? 'is one'}; ${EXPECTED}`
}
