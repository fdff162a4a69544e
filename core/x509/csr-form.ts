// The one form of a request that is taken from strangers (RFC 2986 section 4): version, no subject, a key, one extension request
// with one subject alternative name of DNS names, a signature with SHA-2. It is an allow-list: what a CA might make of anything else,
// a usage, must-staple, a CA, a second list of names, is for nobody to find out.
import { CsrError } from './csr-error.ts'
import { DerError, derValue, derValues, type DerValue } from './der.ts'

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** GeneralName, dNSName (RFC 5280 section 4.2.1.6). */
  dnsName: 0x82,
  /** The attributes of a request. */
  attributes: 0xa0,
} as const

/** Version 1, the only one there is. */
const VERSION = '020100'
const TRUE = '0101ff'
const EXTENSION_REQUEST = '06092a864886f70d01090e'
const SUBJECT_ALTERNATIVE_NAME = '0603551d11'

/** Whole algorithm identifiers of signatures (RFC 5758, RFC 4055): ECDSA and RSA, each with SHA-256, SHA-384 and SHA-512. */
const SIGNATURES: ReadonlySet<string> = new Set([
  '300a06082a8648ce3d040302',
  '300a06082a8648ce3d040303',
  '300a06082a8648ce3d040304',
  '300d06092a864886f70d01010b0500',
  '300d06092a864886f70d01010c0500',
  '300d06092a864886f70d01010d0500',
])

/** How the identifiers of ECDSA begin. */
const ECDSA = '300a06082a8648ce3d0403'

/** What stands in a request of this form. */
export interface CsrForm {
  /** As they are written. */
  readonly names: readonly string[]
  /** Whether the algorithm of its signature, with all its parameters, is one that is taken. */
  readonly hasAllowedSignature: boolean
}

/**
 * Reads a request that has the form; whether key, names and signature are good is not looked at.
 *
 * @throws CsrError 'garbage' where it is no request in DER, 'form' where it says something else or more, 'names' where it names
 *   something else than hosts or nothing
 */
export function readCsrForm(der: Uint8Array): CsrForm {
  try {
    return readRequest(der)
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    throw new CsrError('garbage', 'this is no certificate signing request (PKCS#10, DER)', { cause: error })
  }
}

function readRequest(der: Uint8Array): CsrForm {
  const [info, algorithm, signature] = parts(expect(derValue(der), TAG.sequence), 3)
  const [version, subject, key, ...rest] = derValues(expect(info, TAG.sequence).content)
  if (!version || !subject || !key) throw new DerError('the request has no version, subject or key')
  if (hex(version.whole) !== VERSION) throw new DerError(`version ${hex(version.whole)}, expected 1`)
  if (expect(subject, TAG.sequence).content.length > 0)
    throw new CsrError('form', 'the CSR has a subject: leave it empty, names belong into the subject alternative name')
  expect(key, TAG.sequence)
  const names = readAttributes(rest)
  const signedWith = hex(expect(algorithm, TAG.sequence).whole)
  checkSignatureForm(expect(signature, TAG.bitString).content, signedWith)
  return { names, hasAllowedSignature: SIGNATURES.has(signedWith) }
}

/** @throws DerError where bits of the last byte do not count, or an ECDSA signature is not two whole numbers (RFC 3279 section 2.2.3) */
function checkSignatureForm(bits: Uint8Array, algorithm: string): void {
  if (bits[0] !== 0) throw new DerError('a signature that ends within a byte')
  if (!algorithm.startsWith(ECDSA)) return
  for (const number of parts(expect(derValue(bits.subarray(1)), TAG.sequence), 2)) expect(number, TAG.integer)
}

function readAttributes(values: readonly DerValue[]): readonly string[] {
  const [attributes, ...more] = values
  if (more.length > 0) throw new DerError('something follows the attributes')
  const all = attributes ? derValues(expect(attributes, TAG.attributes).content) : []
  const [request, ...others] = all
  if (!request) throw new CsrError('names', 'the CSR holds no DNS name (subject alternative name)')
  if (others.length > 0)
    throw new CsrError('form', `the CSR holds ${all.length} attributes, one extension request is allowed`)
  const [type, set] = parts(expect(request, TAG.sequence), 2)
  if (hex(expect(type, TAG.objectId).whole) !== EXTENSION_REQUEST)
    throw new CsrError('form', `the CSR holds an attribute that is no extension request: ${hex(type.content)}`)
  const [extensions] = parts(expect(set, TAG.set), 1)
  return readExtensions(derValues(expect(extensions, TAG.sequence).content))
}

function readExtensions(extensions: readonly DerValue[]): readonly string[] {
  const [first] = extensions
  if (!first) throw new CsrError('names', 'the CSR holds no DNS name (subject alternative name)')
  if (extensions.length > 1)
    throw new CsrError(
      'form',
      `the CSR asks for ${extensions.length} extensions, one subject alternative name is allowed`,
    )
  const [type, ...rest] = derValues(expect(first, TAG.sequence).content)
  if (!type || hex(expect(type, TAG.objectId).whole) !== SUBJECT_ALTERNATIVE_NAME)
    throw new CsrError(
      'form',
      `the CSR asks for the extension ${hex(type?.content)}, only subject alternative names are given`,
    )
  // it may be critical, as it has to be in a certificate without a subject; that it is not is never written (X.690 section 11.5)
  const value = rest[0]?.tag === TAG.boolean && hex(rest[0].whole) === TRUE ? rest.slice(1) : rest
  const [octets, ...more] = value
  if (!octets || more.length > 0) throw new DerError('an extension has one value')
  return derValues(expect(derValue(expect(octets, TAG.octetString).content), TAG.sequence).content).map((name) =>
    readName(name),
  )
}

function readName({ tag, content }: DerValue): string {
  if (tag !== TAG.dnsName)
    throw new CsrError('names', `the CSR names something of kind ${tag & 0x1f}, only DNS names are issued`)
  return Buffer.from(content).toString('latin1')
}

/** @throws DerError where it has another tag */
function expect(value: DerValue, tag: number): DerValue {
  if (value.tag !== tag) throw new DerError(`tag ${value.tag}, expected ${tag}`)
  return value
}

/** The values in another one, where there are so many. */
function parts(value: DerValue, count: 1): readonly [DerValue]
function parts(value: DerValue, count: 2): readonly [DerValue, DerValue]
function parts(value: DerValue, count: 3): readonly [DerValue, DerValue, DerValue]
function parts(value: DerValue, count: number): readonly DerValue[] {
  const values = derValues(value.content)
  if (values.length !== count) throw new DerError(`${values.length} values, expected ${count}`)
  return values
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex')
}
