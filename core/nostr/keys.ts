// The key that a machine's name belongs to: secp256k1, signing by Schnorr (BIP 340) as Nostr does. It is made for this alone; a person's
// own key (`nsec1…`) can be taken over, which is for them to decide. In pure JavaScript, because Electron's BoringSSL lacks the curve.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bech32 } from '@scure/base'
import { writeNpub } from '../../proto/npub.ts'

/** A naming key. Never log it: `secret` is the name. */
export interface NamingKey {
  /** 32 bytes. */
  readonly secret: Uint8Array
  /** The public key without its sign: 64 small hexadecimal digits. */
  readonly pubkey: string
  readonly npub: string
}

/** The text or the bytes are no key; the message never repeats them. */
export class NamingKeyError extends Error {
  override readonly name = 'NamingKeyError'
}

const SECRET_BYTES = 32
const NSEC_PREFIX = 'nsec'
const NSEC_CHARS = 63

/** Makes a new one. */
export function makeNamingKey(): NamingKey {
  return namingKeyOf(secp256k1.utils.randomSecretKey())
}

/**
 * The key with this secret.
 *
 * @param secret  32 bytes
 * @throws NamingKeyError
 */
export function namingKeyOf(secret: Uint8Array): NamingKey {
  if (secret.length !== SECRET_BYTES || !secp256k1.utils.isValidSecretKey(secret)) {
    throw new NamingKeyError(`a naming key has ${SECRET_BYTES} bytes and is no number outside of the curve`)
  }
  const pubkey = bytesToHex(schnorr.getPublicKey(secret))
  return { secret: Uint8Array.from(secret), pubkey, npub: writeNpub(pubkey) }
}

/**
 * Reads a secret key as Nostr programs write it (NIP-19).
 *
 * @throws NamingKeyError
 */
export function namingKeyFromNsec(text: string): NamingKey {
  const trimmed = text.trim()
  const decoded = trimmed.length === NSEC_CHARS ? bech32.decodeUnsafe(trimmed, NSEC_CHARS) : undefined
  const bytes = decoded?.prefix === NSEC_PREFIX ? bech32.fromWordsUnsafe(decoded.words) : undefined
  if (!bytes) {
    const public_ = /^npub1/i.test(trimmed) ? '; it begins with npub1, which is the public half' : ''
    throw new NamingKeyError(`this is no secret key: that begins with nsec1 and has ${NSEC_CHARS} characters${public_}`)
  }
  return namingKeyOf(bytes)
}

/** Writes a secret key for other programs. */
export function nsecOf({ secret }: NamingKey): string {
  return bech32.encode(NSEC_PREFIX, bech32.toWords(secret), NSEC_CHARS)
}
