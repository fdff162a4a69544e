// Looks at a certificate chain before anything uses it: is it ours, does it hold every name, is each link signed by the
// next, is it in its time. A CA's answer is not believed, because a wrong certificate in a running server is an outage.
import { plainText } from '../../proto/plain-text.ts'
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { CertificateError } from './certificate-error.ts'
import { readPrivateKey, spkiOf } from './keys.ts'
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, PeculiarCertificate } from './peculiar.ts'
import { SubjectAlternativeNameExtension } from './peculiar.ts'

/** Largest chain we read, characters; four certificates with RSA-4096 keys need about 9000. */
const MAX_CHAIN_LENGTH = 100_000
/** More links than any CA sends. */
const MAX_CERTIFICATES = 10
/** How slow our own clock may be; CAs date a certificate an hour back for the same reason. */
const CLOCK_TOLERANCE_MS = 5 * 60_000
/** Issuers of the well-known test CAs and of our own. */
const TEST_ISSUER = /\b(pebble|staging|fake le|not trusted)\b/i

/** What a server certificate says. */
export interface CertificateFacts {
  /** DNS names, lower case, as they stand in the subject alternative name. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** The issuer's common name, else its whole name. */
  readonly issuer: string
  /** Hex. */
  readonly serial: string
  /** SHA-256, hex with colons, as browsers show it. */
  readonly fingerprint: string
}

export interface ChainCheck {
  /** Leaf first. */
  readonly chainPem: string
  /** Each must be on the leaf, letter by letter; case does not matter. */
  readonly names: readonly string[]
  /** The private key that belongs to it, PEM. */
  readonly keyPem?: string | undefined
  /** DER SubjectPublicKeyInfo of the key that belongs to it, where the key itself is elsewhere. */
  readonly spki?: Uint8Array | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** The root that the chain must end at; a chain is not anchored where left out (roots of public CAs change). */
  readonly trustAnchorPem?: string | undefined
  /** Refuses certificates of test CAs. */
  readonly production?: boolean | undefined
}

/**
 * Reads the facts of the first certificate of a chain, without any check.
 *
 * @throws CertificateError ('not-pem')
 */
export function readCertificate(chainPem: string): CertificateFacts {
  const [leaf] = readChain(chainPem)
  return factsOf(leaf)
}

/**
 * Checks a chain and gives the leaf's facts.
 *
 * @throws CertificateError
 */
export function verifyChain(check: ChainCheck): CertificateFacts {
  const chain = readChain(check.chainPem)
  const [leaf] = chain
  const facts = factsOf(leaf)
  checkKey(leaf, check)
  checkNames(facts, check.names)
  checkPurpose(leaf)
  checkLinks(chain, check.trustAnchorPem)
  for (const certificate of chain) checkDates(certificate, check.now)
  const test = chain.find((certificate) => TEST_ISSUER.test(`${certificate.issuer} ${certificate.subject}`))
  if (check.production && test) {
    throw new CertificateError(
      'test-issuer',
      `the certificate was issued by a test CA (${nameOf(test.issuer)}); browsers will not trust it`,
    )
  }
  return facts
}

type Chain = readonly [X509Certificate, ...X509Certificate[]]

/**
 * Splits PEM into certificates; nothing but certificates and white space may be in it.
 *
 * @throws CertificateError ('not-pem')
 */
export function readChain(chainPem: string): Chain {
  if (chainPem.length > MAX_CHAIN_LENGTH) {
    throw new CertificateError('not-pem', `the chain has ${chainPem.length} characters, expected a few thousand`)
  }
  const blocks = chainPem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  const rest = blocks.reduce((text, block) => text.replace(block, ''), chainPem).trim()
  if (rest !== '' || blocks.length > MAX_CERTIFICATES) {
    throw new CertificateError('not-pem', 'expected 1 to 10 certificates in PEM and nothing else')
  }
  try {
    const [leaf, ...others] = blocks.map((block) => new X509Certificate(block))
    if (leaf) return [leaf, ...others]
  } catch (error) {
    throw new CertificateError('not-pem', 'a certificate of the chain cannot be read', { cause: error })
  }
  throw new CertificateError('not-pem', 'there is no certificate in the answer')
}

function factsOf(leaf: X509Certificate): CertificateFacts {
  return {
    names: namesOf(leaf),
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    issuer: plainText(nameOf(leaf.issuer)),
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: leaf.fingerprint256,
  }
}

function namesOf(certificate: X509Certificate): string[] {
  const san = peculiar(certificate).getExtension(SubjectAlternativeNameExtension)
  return (san?.names.items ?? []).filter((item) => item.type === 'dns').map((item) => item.value.toLowerCase())
}

function peculiar(certificate: X509Certificate): PeculiarCertificate {
  try {
    return new PeculiarCertificate(new Uint8Array(certificate.raw))
  } catch (error) {
    throw new CertificateError('not-pem', 'a certificate of the chain cannot be read', { cause: error })
  }
}

/** The common name, else the whole name in one line. Node gives undefined for an empty name, whatever its types say. */
function nameOf(distinguishedName: string | undefined): string {
  const text = distinguishedName ?? ''
  return /^CN=(.*)$/m.exec(text)?.[1] ?? text.replaceAll('\n', ', ')
}

function checkKey(leaf: X509Certificate, { keyPem, spki }: ChainCheck): void {
  const actual = spkiOf(leaf.publicKey)
  for (const expected of [keyPem === undefined ? undefined : spkiOf(readPrivateKey(keyPem)), canonicalSpki(spki)]) {
    if (expected && !actual.equals(expected)) {
      throw new CertificateError('key-mismatch', 'the certificate does not belong to our key')
    }
  }
}

function canonicalSpki(spki: Uint8Array | undefined): Buffer | undefined {
  if (!spki) return undefined
  const key: KeyObject = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  return spkiOf(key)
}

function checkNames(facts: CertificateFacts, names: readonly string[]): void {
  const missing = names.find((name) => !facts.names.includes(name.toLowerCase()))
  if (missing !== undefined) {
    throw new CertificateError('missing-name', `the certificate lacks ${missing}; it holds ${facts.names.join(', ')}`)
  }
}

function checkPurpose(leaf: X509Certificate): void {
  const usages = peculiar(leaf).getExtension(ExtendedKeyUsageExtension)?.usages
  if (leaf.ca || (usages && !usages.includes(ExtendedKeyUsage.serverAuth))) {
    throw new CertificateError('not-for-servers', 'the certificate is not one for a server')
  }
}

function checkLinks(chain: Chain, trustAnchorPem: string | undefined): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1]
    if (issuer && !isIssuedBy(certificate, issuer)) {
      throw new CertificateError('broken-chain', `certificate ${index + 1} of the chain is not signed by the next one`)
    }
  }
  if (trustAnchorPem === undefined) return
  const last = chain.at(-1) ?? chain[0]
  const anchors = readChain(trustAnchorPem)
  if (!anchors.some((anchor) => anchor.raw.equals(last.raw) || isIssuedBy(last, anchor))) {
    throw new CertificateError(
      'broken-chain',
      `the chain ends at ${nameOf(last.issuer)}, which is not the trusted root`,
    )
  }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function checkDates(certificate: X509Certificate, now: number): void {
  const what = nameOf(certificate.subject) || 'the certificate'
  if (certificate.validToDate.getTime() <= now) {
    throw new CertificateError('expired', `${what} expired at ${certificate.validToDate.toISOString()}`)
  }
  if (certificate.validFromDate.getTime() > now + CLOCK_TOLERANCE_MS) {
    throw new CertificateError(
      'not-yet-valid',
      `${what} begins at ${certificate.validFromDate.toISOString()}, now it is ${new Date(now).toISOString()}; check this machine's clock`,
    )
  }
}
