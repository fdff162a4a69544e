// Certificate signing requests (PKCS#10, RFC 2986): made for our own keys, and read with suspicion when they come from
// somebody else. Names stand in the subject alternative name only; a common name is never written.
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  type AcceptedKeyAlgorithm,
  generateKeyPem,
  importKeyPair,
  judgeKey,
  type KeyAlgorithm,
  readPrivateKey,
  spkiSha256,
  webCryptoAlgorithm,
} from './keys.ts'
import { normaliseNames, sameNames, whyNotCertificateName } from './names.ts'
import {
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  webCrypto,
} from './peculiar.ts'

/** The largest request we read, bytes; 100 names and an RSA-4096 key need about 9000. */
export const MAX_CSR_BYTES = 16 * 1024
/** As many names as the largest public CA puts into one certificate. */
const MAX_NAMES = 100

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'

const REFUSED_HASH = 'SHA-1'

/** What is wrong with a CSR, for who has to answer it. */
export type CsrFault =
  /** Not a PKCS#10 request at all. */
  | 'garbage'
  | 'too-large'
  /** Not signed by its own key, or with SHA-1. */
  | 'bad-signature'
  /** A kind or size of key that no public CA accepts. */
  | 'weak-key'
  /** No names, names of another kind, or not the names that were granted. */
  | 'names'
  /** A good key, but not of the granted algorithm. */
  | 'algorithm'
  /** The key is used for something else already (the account's key). */
  | 'key-reused'

/** A CSR that cannot be made or must not be signed; `code` says why for programs, the message for people. */
export class CsrError extends Error {
  override readonly name = 'CsrError'
  readonly code: CsrFault

  constructor(code: CsrFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

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

/**
 * Reads a request and checks everything that can be checked without knowing who sent it: size, form, signature, key and
 * that its names are DNS names in the subject alternative name. A common name is tolerated where it repeats one of them.
 *
 * @param der  as received
 * @throws CsrError
 */
export async function readCsr(der: Uint8Array): Promise<CsrFacts> {
  if (der.length > MAX_CSR_BYTES) {
    throw new CsrError('too-large', `the CSR has ${der.length} bytes, at most ${MAX_CSR_BYTES} are read`)
  }
  const request = parse(der)
  const key = readKey(request)
  const judgement = judgeKey(key)
  if (!judgement.ok) throw new CsrError('weak-key', `the CSR's key is not accepted: ${judgement.why}`)
  await checkSignature(request)
  const spki = new Uint8Array(request.publicKey.rawData)
  return {
    names: readNames(request),
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
    const extension = request.getExtension(SUBJECT_ALTERNATIVE_NAME)
    items = extension ? new SubjectAlternativeNameExtension(extension.rawData).names.items : []
    commonNames = request.subjectName.getField('CN')
  } catch (error) {
    throw new CsrError('garbage', "the CSR's names cannot be read", { cause: error })
  }
  const other = items.find((item) => item.type !== 'dns')
  if (other) throw new CsrError('names', `the CSR names a ${other.type}, only DNS names are issued`)
  const names = checkNames(items.map((item) => item.value))
  const strange = commonNames.find((name) => !names.includes(name.toLowerCase()))
  if (strange !== undefined) throw new CsrError('names', `the CSR's common name "${strange}" is none of its names`)
  return names
}

function checkNames(names: readonly string[]): string[] {
  if (names.length === 0) throw new CsrError('names', 'the CSR holds no DNS name (subject alternative name)')
  if (names.length > MAX_NAMES) throw new CsrError('names', `${names.length} names, at most ${MAX_NAMES} are allowed`)
  for (const name of names) {
    const why = whyNotCertificateName(name)
    if (why !== undefined) throw new CsrError('names', `the name "${name}" ${why}`)
  }
  return normaliseNames(names)
}
