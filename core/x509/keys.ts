// Keys of certificates: which algorithms we make, which ones we let others bring, and how one becomes PEM. What a public
// CA accepts is the measure (RSA 2048/3072/4096 with exponent 65537, P-256, P-384); anything else costs a failed order.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  type webcrypto,
} from 'node:crypto'
import { promisify } from 'node:util'
import { webCrypto } from './peculiar.ts'

/** The algorithms a certificate key can be made with here, best first. */
export const KEY_ALGORITHMS = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

/** What a key that somebody else made may be. */
export type AcceptedKeyAlgorithm = KeyAlgorithm | 'rsa-3072' | 'rsa-4096'

const CURVES: Readonly<Record<string, { readonly algorithm: KeyAlgorithm; readonly bits: number }>> = {
  prime256v1: { algorithm: 'ecdsa-p256', bits: 256 },
  secp384r1: { algorithm: 'ecdsa-p384', bits: 384 },
}

const RSA_SIZES: Readonly<Record<number, AcceptedKeyAlgorithm>> = {
  2048: 'rsa-2048',
  3072: 'rsa-3072',
  4096: 'rsa-4096',
}

/** The only public exponent that public CAs accept. */
const RSA_EXPONENT = 65537n

/** A key that cannot be read, or is of a kind that we do not use; the message names the kind. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
}

/**
 * Makes a private key.
 *
 * @returns PKCS#8 PEM
 */
export async function generateKeyPem(algorithm: KeyAlgorithm): Promise<string> {
  const { privateKey } = await generate(algorithm)
  return exportKeyPem(privateKey)
}

function generate(algorithm: KeyAlgorithm): Promise<{ privateKey: KeyObject }> {
  if (algorithm === 'rsa-2048') return promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return promisify(generateKeyPair)('ec', { namedCurve: algorithm === 'ecdsa-p256' ? 'prime256v1' : 'secp384r1' })
}

/** PKCS#8 PEM of a private key. */
export function exportKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * Reads a private key.
 *
 * @param pem  PKCS#8, SEC1 or PKCS#1
 * @throws KeyError where it is no unencrypted private key
 */
export function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw new KeyError('the private key cannot be read: expected PEM of an unencrypted key', { cause: error })
  }
}

/** What a public key is, or why it is not one that a CA accepts. */
export type KeyJudgement =
  | { readonly ok: true; readonly algorithm: AcceptedKeyAlgorithm; readonly bits: number }
  | { readonly ok: false; readonly why: string }

/** Says whether a public (or private) key is of an accepted algorithm and size. */
export function judgeKey(key: KeyObject): KeyJudgement {
  const details = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec') {
    const curve = CURVES[details.namedCurve ?? '']
    return curve ? { ok: true, ...curve } : { ok: false, why: `curve ${details.namedCurve}, expected P-256 or P-384` }
  }
  if (key.asymmetricKeyType !== 'rsa') {
    return { ok: false, why: `key type ${key.asymmetricKeyType}, expected RSA, P-256 or P-384` }
  }
  const bits = details.modulusLength ?? 0
  const algorithm = RSA_SIZES[bits]
  if (!algorithm) return { ok: false, why: `RSA key of ${bits} bits, expected 2048, 3072 or 4096` }
  if (details.publicExponent !== RSA_EXPONENT) {
    return { ok: false, why: `RSA exponent ${details.publicExponent}, expected 65537` }
  }
  return { ok: true, algorithm, bits }
}

/** The DER SubjectPublicKeyInfo of a private or public key. */
export function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** SHA-256 of a SubjectPublicKeyInfo, hex: the name of a key, whatever it is wrapped in. */
export function spkiSha256(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('hex')
}

/** How WebCrypto calls an algorithm when importing and when signing. */
export interface WebCryptoAlgorithm {
  readonly name: string
  readonly hash: string
  readonly namedCurve: string
}

/** The WebCrypto parameters of an algorithm, for importing a key as well as for signing with it. */
export function webCryptoAlgorithm(algorithm: AcceptedKeyAlgorithm): WebCryptoAlgorithm {
  if (algorithm === 'ecdsa-p256') return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  if (algorithm === 'ecdsa-p384') return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
  // RSA has no curve; WebCrypto does not look at the field.
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', namedCurve: '' }
}

/** Both halves of a key as WebCrypto wants them, and which algorithm it is. */
export interface WebCryptoKeys {
  readonly algorithm: AcceptedKeyAlgorithm
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
}

/**
 * A private key as WebCrypto wants it, both halves.
 *
 * @throws KeyError where its algorithm is not accepted
 */
export async function importKeyPair(key: KeyObject): Promise<WebCryptoKeys> {
  const judgement = judgeKey(key)
  if (!judgement.ok) throw new KeyError(`this key cannot be used: ${judgement.why}`)
  const algorithm = webCryptoAlgorithm(judgement.algorithm)
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  return {
    algorithm: judgement.algorithm,
    privateKey: await webCrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await webCrypto.subtle.importKey('spki', spkiOf(key), algorithm, true, ['verify']),
  }
}
