// The key that a peer id is made of, in a file that only its owner may read. A file that is there but cannot be read is
// never replaced: a new identity because of a bad disk would cost the user every name.
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
  const key = await generateKeyPair('Ed25519')
  await writeFileAtomic(path, `${Buffer.from(privateKeyToProtobuf(key)).toString('base64')}\n`)
  return key
}

function parsePeerKey(path: string, text: string): PrivateKey {
  try {
    return privateKeyFromProtobuf(Buffer.from(text.trim(), 'base64'))
  } catch (error) {
    throw new PeerKeyError(
      `${path} holds no peer key: restore it from a backup, or move it away to start as a new peer`,
      {
        cause: error,
      },
    )
  }
}
