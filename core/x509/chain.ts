// Looks at a certificate chain before anything uses it: is it ours, does it hold every name, does a path of issuers lead from it to
// where it must, is that in its time now (RFC 5280 section 6). A CA's answer is not believed, because a wrong certificate in a
// running server is an outage; what a CA sends beside a good path harms nobody.
import { plainText } from '../../proto/plain-text.ts'
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { CertificateError } from './certificate-error.ts'
import { checkDates, findPath, nameOf } from './chain-path.ts'
import { readPrivateKey, spkiOf } from './keys.ts'
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, PeculiarCertificate } from './peculiar.ts'
import { SubjectAlternativeNameExtension } from './peculiar.ts'
import { validityOf } from './validity.ts'

/** Largest chain we read, characters; four certificates with RSA-4096 keys need about 9000. */
const MAX_CHAIN_LENGTH = 100_000
/** More links than any CA sends. */
const MAX_CERTIFICATES = 10
/**
 * Issuers of the well-known test CAs (Let's Encrypt's staging, old and new, Pebble) and of our own, as they stand in an issuer's name.
 * A zone or an honest CA may have such a word in its name, too.
 */
const TEST_ISSUER = /^(?:CN|O)=(?:\(STAGING\)|Fake LE |Pebble (?:Root|Intermediate) CA\b)|\(not trusted\)$/im

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
  /** Milliseconds since 1970; undefined leaves out the question whether it is in its time. */
  readonly now: number | undefined
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
  return usableChain(check).facts
}

/** A chain as a server sends it. */
export interface UsableChain {
  readonly facts: CertificateFacts
  /** Leaf first, each followed by its issuer; without what was superfluous. The text as it came where it is so already. */
  readonly chainPem: string
}

/**
 * Checks a chain and puts it in order. Certificates that lie beside the path (expired ones, cross-signed ones, the same one twice,
 * in any order) are left out.
 *
 * @throws CertificateError
 */
export function usableChain(check: ChainCheck): UsableChain {
  const { chain, isBare, unreadable } = readAll(check.chainPem)
  const leaf = leafOf(chain, check)
  // what cannot be read may be the very one; a certificate that was spoilt on its way is no wrong one
  if (unreadable && !leaf) throw unreadable
  return judge({ chain, isBare, leaf: leaf ?? chain[0] }, check)
}

/** @param given.isBare  whether the text holds nothing but these certificates */
function judge(
  { chain, isBare, leaf }: { readonly chain: Chain; readonly isBare: boolean; readonly leaf: X509Certificate },
  check: ChainCheck,
): UsableChain {
  const facts = factsOf(leaf)
  checkKey(leaf, check)
  checkNames(facts, check.names)
  checkPurpose(leaf)
  if (check.now !== undefined) checkDates(leaf, check.now)
  const anchors = check.trustAnchorPem === undefined ? undefined : readChain(check.trustAnchorPem)
  const path = findPath(leaf, chain, { anchors, now: check.now })
  const test = path.find((certificate) => TEST_ISSUER.test(certificate.issuer))
  if (check.production && test) {
    throw new CertificateError(
      'test-issuer',
      `the certificate was issued by a test CA (${nameOf(test.issuer)}); browsers will not trust it`,
    )
  }
  const asItCame = isBare && chain.length === path.length && path.every((one, index) => one === chain[index])
  return { facts, chainPem: asItCame ? check.chainPem : path.map(String).join('') }
}

/** The certificate of our key, wherever it stands; of several the one that holds the names and is in its time. */
function leafOf(chain: Chain, check: ChainCheck): X509Certificate | undefined {
  const [expected] = expectedKeys(check)
  const ours = chain.filter((one) => !one.ca && expected !== undefined && keyOf(one)?.equals(expected))
  const fits = (one: X509Certificate): boolean => {
    try {
      checkNames(factsOf(one), check.names)
      if (check.now !== undefined) checkDates(one, check.now)
      return true
    } catch {
      return false
    }
  }
  return ours.find((one) => fits(one)) ?? ours[0]
}

/** Undefined where it is of a kind that OpenSSL does not know. */
function keyOf(certificate: X509Certificate): Buffer | undefined {
  try {
    return spkiOf(certificate.publicKey)
  } catch {
    return undefined
  }
}

type Chain = readonly [X509Certificate, ...X509Certificate[]]

/**
 * Splits PEM into certificates. Words between them, as OpenSSL and some CAs write, say nothing (RFC 7468 section 2); a key or
 * anything else in PEM does not belong there, and half of a certificate was cut off. Of several certificates those that cannot be
 * read are left out: nobody needs them who can do without.
 *
 * @throws CertificateError ('not-pem')
 */
export function readChain(chainPem: string): Chain {
  return readAll(chainPem).chain
}

/** @returns isBare: the text is nothing but them, as OpenSSL writes them; unreadable: why one was left out */
function readAll(chainPem: string): {
  readonly chain: Chain
  readonly isBare: boolean
  readonly unreadable: CertificateError | undefined
} {
  if (chainPem.length > MAX_CHAIN_LENGTH) {
    throw new CertificateError('not-pem', `the chain has ${chainPem.length} characters, expected a few thousand`)
  }
  const blocks = chainPem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  const rest = blocks.reduce((text, block) => text.replace(block, '\n'), chainPem).trim()
  if (/^[ \t]*-/m.test(rest) || new Set(blocks).size > MAX_CERTIFICATES) {
    throw new CertificateError('not-pem', 'expected 1 to 10 certificates in PEM and nothing else')
  }
  let isBare = rest === ''
  let unreadable: CertificateError | undefined
  const [first, ...others] = blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)]
    } catch (error) {
      isBare = false
      const read = fromBase64(block)
      unreadable ??= read
        ? undefined
        : new CertificateError('not-pem', 'a certificate of the chain cannot be read', { cause: error })
      return read ?? []
    }
  })
  if (first) return { chain: [first, ...others], isBare, unreadable }
  throw unreadable ?? new CertificateError('not-pem', 'there is no certificate in the answer')
}

/** OpenSSL reads no PEM with an empty line in it; the bytes are the same. */
function fromBase64(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(block.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64'))
  } catch {
    return undefined
  }
}

function factsOf(leaf: X509Certificate): CertificateFacts {
  return {
    names: namesOf(leaf),
    ...validityOf(leaf),
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

function checkKey(leaf: X509Certificate, check: ChainCheck): void {
  const actual = keyOf(leaf)
  if (expectedKeys(check).some((expected) => !actual?.equals(expected)))
    throw new CertificateError('key-mismatch', 'the certificate does not belong to our key')
}

function expectedKeys({ keyPem, spki }: ChainCheck): Buffer[] {
  const keys = [keyPem === undefined ? undefined : spkiOf(readPrivateKey(keyPem)), canonicalSpki(spki)]
  return keys.filter((key) => key !== undefined)
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
