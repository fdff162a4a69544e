// The key that a peer id is made of, and its text form: libp2p's protobuf of a private key in base64, one line. A file
// that is there but cannot be read is never replaced: a new identity because of a bad disk would cost the user every name.
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { makePrivate, readFileIfThere, writeFileAtomic } from './files.ts'
import type { PrivateKey } from '@libp2p/interface'

/** The file is there, but holds no key. */
export class PeerKeyError extends Error {
  override readonly name = 'PeerKeyError'
}

/**
 * Reads the key of a file, or makes an Ed25519 key and writes it there (mode 0600).
 *
 * @throws PeerKeyError where the file holds something else; FileError where it cannot be read or written
 */
export async function loadOrCreatePeerKey(path: string): Promise<PrivateKey> {
  const text = await readFileIfThere(path)
  if (text) {
    await makePrivate(path)
    return parsePeerKey(path, text.toString('utf8'))
  }
  const key = await generatePeerKey()
  await writeFileAtomic(path, serialisePeerKey(key))
  return key
}

/** Makes an Ed25519 key. */
export function generatePeerKey(): Promise<PrivateKey> {
  return generateKeyPair('Ed25519')
}

/** The key as text: what its file holds, and what an OS keychain is given. It is a secret. */
export function serialisePeerKey(key: PrivateKey): string {
  return `${Buffer.from(privateKeyToProtobuf(key)).toString('base64')}\n`
}

/**
 * Reads a key of its text.
 *
 * @param place  where the text comes from, for the message: a path, or "the keychain"
 * @throws PeerKeyError; the message never holds any of the text
 */
export function parsePeerKey(place: string, text: string): PrivateKey {
  try {
    return privateKeyFromProtobuf(Buffer.from(text.trim(), 'base64'))
  } catch (error) {
    throw new PeerKeyError(
      `${place} holds no peer key: restore it from a backup, or move it away to start as a new peer`,
      { cause: error },
    )
  }
}
