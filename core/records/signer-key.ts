// The public key in an envelope: which ones are verified, and which peer each one is (libp2p's peer ids, "Keys"). A key has one
// spelling: the peer id is made of its bytes, so a second spelling would be a second peer with the same key.
// Faults of libraries that this is a way around (docs/upstream.md): ecdsa, ecdsa-of-others.
import { createHash, createPublicKey, KeyObject, verify, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { putNewest } from '../bounded.ts'
import { bytesField, numberField } from './protobuf-reader.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** By their numbers in libp2p's `KeyType`. */
const TYPES = ['RSA', 'Ed25519', 'secp256k1', 'ECDSA'] as const
export type KeyType = (typeof TYPES)[number]
const ED25519 = 1
const SECP256K1 = 2

/** A key that signatures can be held against. */
export interface SignerKey {
  readonly type: KeyType
  readonly peer: PeerId
  /** Whether this key made the signature; false as well for one that is none. */
  verifies(message: Uint8Array, signature: Uint8Array): boolean
  /** The same in one of Node's threads, where it can be done there. */
  verifiesAside?(message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

const verifyAside = promisify(verify)

/** A key that is not verified here; the message says why. */
export class SignerKeyError extends Error {
  override readonly name = 'SignerKeyError'
}

/** Before a key's raw bytes: `Type` (field 1) and `Data` (field 2), in this order as the peer id demands it. */
const TYPE_TAG = 0x08
const DATA_TAG = 0x12

/** The largest key has 8192 bits, which are a thousand bytes and a little. */
const MAX_KEY_BYTES = 1_200

/** Go refuses smaller and larger ones as well. A signature of 8192 bits takes three times as long to verify as one of Ed25519. */
const MIN_RSA_BITS = 2_048
const MAX_RSA_BITS = 8_192

/** Go's limit too. With an exponent as long as the key one verification would take a second. */
const MAX_RSA_EXPONENT = 2n ** 31n - 1n

const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

const ED25519_KEY_BYTES = 32
const ED25519_SIGNATURE_BYTES = 64

/** Compressed: the only form that peer ids are made of. */
const SECP256K1_KEY_BYTES = 33

/** libp2p's peer ids: a key of up to 42 bytes is the id itself, a longer one is hashed. */
const SHA2_256 = 0x12

/** Peers say the same again and again, and of one whose key is remembered a signature takes a third less of the processor. */
const REMEMBERED_KEYS = 256

/** What keys say never changes, so that it does not matter who asked first. By their bytes. */
const remembered = new Map<string, SignerKey>()

/**
 * Reads a public key.
 *
 * @param bytes  libp2p's `PublicKey` message
 * @throws SignerKeyError
 */
export async function readSignerKey(bytes: Uint8Array): Promise<SignerKey> {
  if (bytes.length > MAX_KEY_BYTES)
    throw new SignerKeyError(`a key of ${bytes.length} bytes, ${MAX_KEY_BYTES} are allowed`)
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const key = remembered.get(name) ?? (await read(bytes))
  putNewest(remembered, name, key, REMEMBERED_KEYS)
  return key
}

async function read(bytes: Uint8Array): Promise<SignerKey> {
  const type = TYPES[bytes[1] ?? TYPES.length]
  if (bytes[0] !== TYPE_TAG || type === undefined) throw new SignerKeyError('a key of an unknown kind')
  const { from, length } = dataOf(bytes)
  if (bytes[2] !== DATA_TAG || from + length !== bytes.length) {
    throw new SignerKeyError('the key is not written in the one way that peer ids are made of')
  }
  return await READERS[type](bytes.subarray(from), bytes)
}

/** The `PublicKey` message of a key of ours. */
export function writeSignerKey({ publicKey }: PrivateKey): Uint8Array {
  if (publicKey.type === 'ECDSA') throw new SignerKeyError('js-libp2p writes ECDSA keys as nobody else does')
  return Buffer.concat([numberField(1, BigInt(TYPES.indexOf(publicKey.type))), bytesField(2, publicKey.raw)])
}

/** The length of `Data`, in one byte or two and in no more than it needs, and where it begins. */
function dataOf(bytes: Uint8Array): { readonly from: number; readonly length: number } {
  const [low = 0, high = 0] = [bytes[3], bytes[4]]
  if (low < 0x80) return { from: 4, length: low }
  return { from: 5, length: high === 0 ? -1 : (low & 0x7f) + high * 0x80 }
}

const READERS: Readonly<Record<KeyType, (data: Uint8Array, bytes: Uint8Array) => SignerKey | Promise<SignerKey>>> = {
  async Ed25519(data) {
    if (data.length !== ED25519_KEY_BYTES) throw new SignerKeyError(`an Ed25519 key of ${data.length} bytes`)
    const key = await ed25519Key(Buffer.from(data))
    return {
      ...{ type: 'Ed25519', peer: peerIdFromPublicKey(publicKeyFromRaw(data)) },
      verifies: (message, signature) =>
        signature.length === ED25519_SIGNATURE_BYTES && verify(null, message, key, signature),
      verifiesAside: async (message, signature) =>
        signature.length === ED25519_SIGNATURE_BYTES && (await verifyAside(null, message, key, signature)),
    }
  },

  secp256k1(data) {
    if (data.length !== SECP256K1_KEY_BYTES) throw new SignerKeyError(`a secp256k1 key of ${data.length} bytes`)
    // the library's: Electron's crypto does not know the curve
    const key = attempt('it is no point of the curve', () => publicKeyFromRaw(data))
    if (key.type !== 'secp256k1') throw new SignerKeyError('no secp256k1 key')
    return {
      ...{ type: 'secp256k1', peer: peerIdFromPublicKey(key) },
      verifies: (message, signature) => {
        try {
          return key.verify(message, signature) === true
        } catch {
          return false
        }
      },
    }
  },

  RSA(data, bytes) {
    const key = spki(data, 'rsa')
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
    if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) {
      throw new SignerKeyError(
        `an RSA key of ${modulusLength} bits, ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits are verified`,
      )
    }
    if (publicExponent < 3n || publicExponent > MAX_RSA_EXPONENT)
      throw new SignerKeyError('an RSA key with a strange exponent')
    return {
      ...{ type: 'RSA', peer: hashedPeer(bytes) },
      verifies: (message, signature) => verify('sha256', message, key, signature),
    }
  },

  ECDSA(data, bytes) {
    const key = spki(data, 'ec')
    const { namedCurve } = key.asymmetricKeyDetails ?? {}
    if (!CURVES.has(namedCurve)) throw new SignerKeyError(`an ECDSA key on the curve ${namedCurve}`)
    return {
      ...{ type: 'ECDSA', peer: hashedPeer(bytes) },
      verifies: (message, signature) => verify('sha256', message, { key, dsaEncoding: 'der' }, signature),
    }
  },
}

/** By the short way where there is one: DER and JWK take three times as long, a third of a whole verification. */
async function ed25519Key(raw: Buffer<ArrayBuffer>): Promise<KeyObject> {
  try {
    return KeyObject.from(await webcrypto.subtle.importKey('raw', raw, 'Ed25519', true, ['verify']))
  } catch {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })
  }
}

/** A key in the one DER form of SubjectPublicKeyInfo. */
function spki(der: Uint8Array, type: 'rsa' | 'ec'): KeyObject {
  const key = keyObject(der)
  if (key.asymmetricKeyType !== type) throw new SignerKeyError('the key is of another kind than it says')
  if (!key.export({ format: 'der', type: 'spki' }).equals(der)) {
    throw new SignerKeyError('the key is not written in the one way that peer ids are made of')
  }
  return key
}

function keyObject(der: Uint8Array): KeyObject {
  return attempt('it cannot be read', () => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }))
}

function attempt<Value>(why: string, make: () => Value): Value {
  try {
    return make()
  } catch (error) {
    throw new SignerKeyError(`the key is none: ${why}`, { cause: error })
  }
}

function hashedPeer(bytes: Uint8Array): PeerId {
  return peerIdFromMultihash(Digest.create(SHA2_256, createHash('sha256').update(bytes).digest()))
}

/**
 * A peer id by the bytes of its multihash, in the one form that it has: a hash of 32 bytes, or a key as short as Ed25519 and secp256k1 have
 * them. Others can be made by the thousand for one key, and are not read back from their own text.
 *
 * @returns undefined where they are none
 */
export function peerOfMultihash(bytes: Uint8Array): PeerId | undefined {
  if (!MULTIHASH_STARTS.some(({ start, length }) => bytes.length === length && startsWith(bytes, start)))
    return undefined
  try {
    return peerIdFromMultihash(Digest.decode(Uint8Array.from(bytes)))
  } catch {
    return undefined // no point of the curve
  }
}

/** Code and length of the multihash; then, where the key itself is in it, the key's type and length. */
const MULTIHASH_STARTS = [
  { start: [SHA2_256, 32], length: 34 },
  { start: [0, 36, TYPE_TAG, ED25519, DATA_TAG, ED25519_KEY_BYTES], length: 38 },
  { start: [0, 37, TYPE_TAG, SECP256K1, DATA_TAG, SECP256K1_KEY_BYTES], length: 39 },
]

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}
