// The way from a certificate over its issuers to where it must lead, among everything that a CA has sent (RFC 5280 section 6, RFC 4158).
// Several may be there: roots change, intermediates are signed by two of them, and what has expired is sent on for years. One good
// way is enough.
import type { X509Certificate } from 'node:crypto'
import { CertificateError } from './certificate-error.ts'
import { validityOf } from './validity.ts'

/** How slow our own clock may be; CAs date a certificate an hour back for the same reason. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

/** Ten certificates that all sign one another would give millions of ways; nobody has more than a handful. */
const MAX_STEPS = 200

/** Where a path has to lead. */
export interface PathGoal {
  /** Roots, one of which must be its end or have signed its end; any end where left out. */
  readonly anchors: readonly X509Certificate[] | undefined
  /** Milliseconds since 1970; undefined leaves out the question whether each is in its time. */
  readonly now: number | undefined
}

/**
 * Finds a path.
 *
 * @param pool  in the order of preference; may hold the leaf, the same certificate twice, and what has nothing to do with it
 * @returns leaf first; without anchors the longest that there is
 * @throws CertificateError ('broken-chain', or 'expired' and 'not-yet-valid' where an issuer is known and not in its time)
 */
export function findPath(leaf: X509Certificate, pool: readonly X509Certificate[], goal: PathGoal): X509Certificate[] {
  const { anchors, now } = goal
  const others = distinct(pool.filter((one) => !one.raw.equals(leaf.raw)))
  let outOfTime: CertificateError | undefined
  let steps = 0

  const isInTime = (certificate: X509Certificate): boolean => {
    const fault = now === undefined ? undefined : faultOfDates(certificate, now)
    outOfTime ??= fault
    return !fault
  }
  const isAnchored = (end: X509Certificate): boolean =>
    anchors?.some((anchor) => (anchor.raw.equals(end.raw) || isIssuedBy(end, anchor)) && isInTime(anchor)) ?? false

  const extend = (path: readonly X509Certificate[], end: X509Certificate): X509Certificate[] | undefined => {
    if (isAnchored(end)) return [...path, end]
    if (++steps > MAX_STEPS) return undefined
    let longest: X509Certificate[] | undefined
    for (const issuer of others) {
      if (path.includes(issuer) || issuer === end || !isIssuedBy(end, issuer) || !isInTime(issuer)) continue
      const found = extend([...path, end], issuer)
      if (found && anchors) return found
      if (found && found.length > (longest?.length ?? 0)) longest = found
    }
    return longest ?? (anchors ? undefined : [...path, end])
  }

  const path = extend([], leaf)
  // one certificate without its issuer among others that are not its issuers has lost it
  const isAlone = path?.length === 1 && others.length > 0 && !isAnchored(leaf)
  if (path && !isAlone) return path
  throw outOfTime ?? new CertificateError('broken-chain', whyBroken(leaf, anchors))
}

function whyBroken(leaf: X509Certificate, anchors: PathGoal['anchors']): string {
  const by = `the certificate was issued by ${nameOf(leaf.issuer)}`
  return anchors
    ? `${by}, from which no way leads to the trusted root`
    : `${by}, whose certificate is not in the chain: it is not signed by any other in it`
}

function distinct(certificates: readonly X509Certificate[]): X509Certificate[] {
  return certificates.filter((one, index) => certificates.findIndex((other) => other.raw.equals(one.raw)) === index)
}

/** Whose key is of a kind that OpenSSL does not know has signed nothing that we could check. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

/**
 * Whether a certificate is in its time.
 *
 * @param now  milliseconds since 1970
 * @throws CertificateError ('expired', 'not-yet-valid')
 */
export function checkDates(certificate: X509Certificate, now: number): void {
  const fault = faultOfDates(certificate, now)
  if (fault) throw fault
}

function faultOfDates(certificate: X509Certificate, now: number): CertificateError | undefined {
  const what = nameOf(certificate.subject) || 'the certificate'
  const { notBefore, notAfter } = validityOf(certificate)
  if (notAfter <= now) {
    return new CertificateError('expired', `${what} expired at ${new Date(notAfter).toISOString()}`)
  }
  if (notBefore <= now + CLOCK_TOLERANCE_MS) return undefined
  return new CertificateError(
    'not-yet-valid',
    `${what} begins at ${new Date(notBefore).toISOString()}, now it is ${new Date(now).toISOString()}; check this machine's clock`,
  )
}

/** The common name, else the whole name in one line. Node gives undefined for an empty name, whatever its types say. */
export function nameOf(distinguishedName: string | undefined): string {
  const text = distinguishedName ?? ''
  return /^CN=(.*)$/m.exec(text)?.[1] ?? text.replaceAll('\n', ', ')
}
