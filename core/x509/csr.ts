// Certificate signing requests (PKCS#10, RFC 2986): made for our own keys, and read with suspicion when they come from
// somebody else: what is in them that we did not ask for is not looked over but refused. Names stand in the subject alternative
// name only; a common name is never written.
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  type AcceptedKeyAlgorithm,
  generateKeyPem,
  importKeyPair,
  judgeKey,
  type KeyAlgorithm,
  readPrivateKey,
  spkiOf,
  spkiSha256,
  webCryptoAlgorithm,
} from './keys.ts'
import { CsrError } from './csr-error.ts'
import { readCsrForm } from './csr-form.ts'
import { normaliseNames, sameNames, whyNotCertificateName } from './names.ts'
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  webCrypto,
} from './peculiar.ts'

export { CsrError, type CsrFault } from './csr-error.ts'

/** The largest request that is read, bytes: an RSA-4096 key and two names need 1,300, each further name less than 100. */
export const MAX_CSR_BYTES = 4 * 1024
/** The same where any ACME client may ask for as many names as a CA gives; 100 names and an RSA-4096 key need about 9000. */
export const MAX_FOREIGN_CSR_BYTES = 16 * 1024
/** As many names as the largest public CA puts into one certificate. */
const MAX_NAMES = 100

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
/** PKCS#9, RFC 2985 section 5.4.2. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

const REFUSED_HASH = 'SHA-1'

export interface NewCsr {
  /** DER. */
  readonly csr: Uint8Array
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string
}

/**
 * Makes a request, and the key for it where none is given.
 *
 * @param names  1 to 100 DNS names, wildcards allowed
 * @param algorithm  of the new key; ECDSA P-256 where left out
 * @param privateKeyPem  an existing key, used instead of making one
 * @throws CsrError ('names') for names that no CA would take
 * @throws KeyError where the existing key is unreadable or of a kind we do not use
 */
export async function createCsr(options: {
  readonly names: readonly string[]
  readonly algorithm?: KeyAlgorithm
  readonly privateKeyPem?: string
}): Promise<NewCsr> {
  const names = checkNames(options.names)
  const privateKeyPem = options.privateKeyPem ?? (await generateKeyPem(options.algorithm ?? 'ecdsa-p256'))
  const keys = await importKeyPair(readPrivateKey(privateKeyPem))
  const request = await Pkcs10CertificateRequestGenerator.create(
    {
      keys,
      signingAlgorithm: webCryptoAlgorithm(keys.algorithm),
      extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
    },
    webCrypto,
  )
  return { csr: new Uint8Array(request.rawData), privateKeyPem }
}

/** What a request asks for. */
export interface CsrFacts {
  /** Lower case, sorted, no repetitions. */
  readonly names: readonly string[]
  readonly algorithm: AcceptedKeyAlgorithm
  readonly keyBits: number
  /** Hex. */
  readonly spkiSha256: string
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeySpki: Uint8Array
}

/** How much a request may say beside its key and its names. */
export interface ReadCsrOptions {
  /**
   * `ours`: a key, one extension request, in it one subject alternative name, and nothing else, in DER (csr-form.ts), at most
   * MAX_CSR_BYTES. `any`: what ACME clients in general send, up to MAX_FOREIGN_CSR_BYTES. A common name that repeats one of the
   * names, a wish for a usage or for must-staple, and a challenge password are read past: whoever signs must take key and names
   * and nothing else from it. What could be read in two ways, and the wish to be a CA, are refused there as well.
   *
   * @default 'ours'
   */
  readonly form?: 'ours' | 'any'
}

/**
 * Reads a request and checks everything that can be checked without knowing who sent it: size, form, signature, key and
 * that its names are DNS names in the subject alternative name.
 *
 * @param der  as received
 * @throws CsrError
 */
export async function readCsr(der: Uint8Array, { form = 'ours' }: ReadCsrOptions = {}): Promise<CsrFacts> {
  const maxBytes = form === 'ours' ? MAX_CSR_BYTES : MAX_FOREIGN_CSR_BYTES
  if (der.length > maxBytes)
    throw new CsrError('too-large', `the CSR has ${der.length} bytes, at most ${maxBytes} are read`)
  // before anything else looks at it: what has this form means the same to every parser
  const written = form === 'ours' ? readCsrForm(der) : undefined
  const request = parse(der)
  const key = readKey(request)
  const judgement = judgeKey(key)
  if (!judgement.ok) throw new CsrError('weak-key', `the CSR's key is not accepted: ${judgement.why}`)
  const spki = new Uint8Array(request.publicKey.rawData)
  if (written) checkKeyForm(spki, key, judgement.algorithm)
  if (written?.hasAllowedSignature === false)
    throw new CsrError('bad-signature', 'the CSR is not signed with ECDSA or RSA (PKCS#1 version 1.5) and SHA-2')
  await checkSignature(request)
  return {
    names: written ? checkNames(written.names, 'once') : readNames(request),
    algorithm: judgement.algorithm,
    keyBits: judgement.bits,
    spkiSha256: spkiSha256(spki),
    publicKeySpki: spki,
  }
}

/**
 * Checks that a request asks for exactly what was granted.
 *
 * @param csr  of readCsr
 * @param granted.names  the names, in any order and case
 * @param granted.algorithm  left out where any accepted one will do
 * @param granted.notSpki  hex SHA-256 of keys that must not be used again (the ACME account's)
 * @throws CsrError ('names', 'algorithm', 'key-reused')
 */
export function checkCsrFor(
  csr: CsrFacts,
  granted: {
    readonly names: readonly string[]
    readonly algorithm?: AcceptedKeyAlgorithm
    readonly notSpki?: readonly string[]
  },
): void {
  if (!sameNames(csr.names, granted.names)) {
    throw new CsrError(
      'names',
      `the CSR asks for ${csr.names.join(', ')}, granted were ${normaliseNames(granted.names).join(', ')}`,
    )
  }
  if (granted.algorithm !== undefined && csr.algorithm !== granted.algorithm) {
    throw new CsrError('algorithm', `the CSR's key is ${csr.algorithm}, agreed was ${granted.algorithm}`)
  }
  if (granted.notSpki?.includes(csr.spkiSha256)) {
    throw new CsrError('key-reused', 'the CSR uses a key that belongs to an account; make a key of its own')
  }
}

function parse(der: Uint8Array): Pkcs10CertificateRequest {
  try {
    const request = new Pkcs10CertificateRequest(new Uint8Array(der))
    if (request.rawData.byteLength !== der.length || derLength(der) !== der.length) throw new Error('trailing bytes')
    return request
  } catch (error) {
    throw new CsrError('garbage', 'this is no certificate signing request (PKCS#10, DER)', { cause: error })
  }
}

/** How long the outer SEQUENCE says it is, with its own header; undefined for what DER does not allow. */
function derLength(der: Uint8Array): number | undefined {
  const first = der[1]
  if (der[0] !== 0x30 || first === undefined) return undefined
  if (first < 0x80) return 2 + first
  const count = first & 0x7f
  if (count < 1 || count > 3) return undefined
  return der.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0) + 2 + count
}

function readKey(request: Pkcs10CertificateRequest): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' })
  } catch (error) {
    throw new CsrError('weak-key', "the CSR's public key cannot be read", { cause: error })
  }
}

/** The key must be written as it is always written: with a compressed point, say, the same key would have another hash. */
function checkKeyForm(spki: Uint8Array, key: KeyObject, algorithm: AcceptedKeyAlgorithm): void {
  const pointBytes = POINT_BYTES[algorithm]
  const isUncompressed = pointBytes === undefined || spki.at(-pointBytes) === UNCOMPRESSED
  if (isUncompressed && spkiOf(key).equals(spki)) return
  throw new CsrError('form', "the CSR's public key is not written in its usual form (RFC 5480: an uncompressed point)")
}

/** The first byte of a point of which both coordinates follow (SEC 1 section 2.3.3), and how long such a point is. */
const UNCOMPRESSED = 0x04
const POINT_BYTES: Readonly<Partial<Record<AcceptedKeyAlgorithm, number>>> = { 'ecdsa-p256': 65, 'ecdsa-p384': 97 }

async function checkSignature(request: Pkcs10CertificateRequest): Promise<void> {
  let good: boolean
  try {
    good = request.signatureAlgorithm.hash.name !== REFUSED_HASH && (await request.verify(webCrypto))
  } catch (error) {
    throw new CsrError('bad-signature', "the CSR's signature cannot be checked", { cause: error })
  }
  if (!good) throw new CsrError('bad-signature', 'the CSR is not signed by its own key with SHA-2')
}

function readNames(request: Pkcs10CertificateRequest): string[] {
  let items: readonly { readonly type: string; readonly value: string }[]
  let commonNames: readonly string[]
  try {
    refuseAmbiguous(request)
    const extension = request.getExtension(SUBJECT_ALTERNATIVE_NAME)
    items = extension ? new SubjectAlternativeNameExtension(extension.rawData).names.items : []
    commonNames = request.subjectName.getField('CN')
  } catch (error) {
    if (error instanceof CsrError) throw error
    throw new CsrError('garbage', "the CSR's names cannot be read", { cause: error })
  }
  const other = items.find((item) => item.type !== 'dns')
  if (other) throw new CsrError('names', `the CSR names a ${other.type}, only DNS names are issued`)
  const names = checkNames(items.map((item) => item.value))
  const strange = commonNames.find((name) => !names.includes(name.toLowerCase()))
  if (strange !== undefined) throw new CsrError('names', `the CSR's common name "${strange}" is none of its names`)
  return names
}

/** @throws CsrError ('form') where programs could take different things from it, or where it wants to be a CA */
function refuseAmbiguous(request: Pkcs10CertificateRequest): void {
  const requests = request.attributes.filter(({ type }) => type === EXTENSION_REQUEST)
  if (requests.length > 1) throw new CsrError('form', 'the CSR holds several extension requests, one is allowed')
  const types = request.extensions.map(({ type }) => type)
  const twice = types.find((type, index) => types.indexOf(type) !== index)
  if (twice !== undefined) throw new CsrError('form', `the CSR holds the extension ${twice} twice`)
  const constraints = request.getExtension(BASIC_CONSTRAINTS)
  if (constraints && new BasicConstraintsExtension(constraints.rawData).ca)
    throw new CsrError('form', 'the CSR asks for the certificate of a CA')
}

function checkNames(names: readonly string[], repeated: 'once' | 'dropped' = 'dropped'): string[] {
  if (names.length === 0) throw new CsrError('names', 'the CSR holds no DNS name (subject alternative name)')
  if (names.length > MAX_NAMES) throw new CsrError('names', `${names.length} names, at most ${MAX_NAMES} are allowed`)
  for (const name of names) {
    const why = whyNotCertificateName(name)
    if (why !== undefined) throw new CsrError('names', `the name "${name}" ${why}`)
  }
  const distinct = normaliseNames(names)
  if (repeated === 'once' && distinct.length !== names.length)
    throw new CsrError('form', 'the CSR holds the same name twice')
  return distinct
}
