// What CAs are called in CAA records (RFC 8659 section 4.2). Most say it in their directory (`meta.caaIdentities`, RFC 8555 section
// 7.1.1); of the public ones it is known here as well, because the record must stand before the directory can be read.
import { directoryOrigin } from '../../core/acme/directories.ts'
import { CA_IDENTITY } from '../ca/caa.ts'
import { ONLY_METHOD } from './caa-issuers.ts'

/** By the origin of the directory; each CA's own documentation says it. */
const KNOWN: Readonly<Record<string, string>> = {
  'https://acme-v02.api.letsencrypt.org': 'letsencrypt.org',
  'https://acme-staging-v02.api.letsencrypt.org': 'letsencrypt.org',
  'https://dv.acme-v02.api.pki.goog': 'pki.goog',
  'https://dv.acme-v02.test-api.pki.goog': 'pki.goog',
  'https://acme.zerossl.com': 'sectigo.com',
  'https://acme.sectigo.com': 'sectigo.com',
  'https://acme.ssl.com': 'ssl.com',
  'https://api.buypass.com': 'buypass.com',
  'https://api.test4.buypass.no': 'buypass.com',
  'https://acme.digicert.com': 'digicert.com',
  'https://acme-api.actalis.com': 'actalis.it',
  'https://emea.acme.atlas.globalsign.com': 'globalsign.com',
}

/** A CA on this machine is the embedded one, or one that looks at no records. */
const LOOPBACK = /^https:\/\/(localhost|127\.[0-9.]+|\[::1\])(:|$)/

/** As many names of one CA as are put into records: more would not fit beside an account. */
const MAX_IDENTITIES = 3

/**
 * What a CA is called.
 *
 * @param directory  as configured
 * @param configured  what the operator says; counts more than anything
 * @param meta  what the directory says, where it was read
 * @returns empty for a CA that nobody knows and that does not say it: such a one looks at no CAA record
 */
export function caaIdentities(
  directory: string | undefined,
  { configured = [], meta = [] }: { readonly configured?: readonly string[]; readonly meta?: readonly string[] } = {},
): readonly string[] {
  if (configured.length > 0) return configured
  const origin = directoryOrigin(directory)
  const known = KNOWN[origin] ?? (LOOPBACK.test(origin) && meta.length === 0 ? CA_IDENTITY : undefined)
  if (known !== undefined) return [known]
  return [...new Set(meta.map((name) => name.toLowerCase()))]
    .filter((name) => /^[a-z0-9.-]{1,80}$/.test(name))
    .slice(0, MAX_IDENTITIES)
}

/** The `issue` values of CAs that may validate by DNS alone, and for one account alone where it is given (RFC 8657). */
export function issueValues(identities: readonly string[], account?: string): readonly string[] {
  const only = account !== undefined && /^[\x21-\x3a\x3c-\x7e]{1,150}$/.test(account) ? `; accounturi=${account}` : ''
  return [...new Set(identities)].map((identity) => `${identity}; ${ONLY_METHOD}${only}`)
}
