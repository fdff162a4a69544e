// An identity as one encrypted file that a person keeps in a safe place. It is sealed like the passphrase file, but is of
// another kind, so that neither passes for the other.
import { PeerKeyError, parsePeerKey, serialisePeerKey } from '../../core/peer-key.ts'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { seal, SealedTextError, unseal } from './sealed.ts'
import type { Identity } from './identity.ts'

/**
 * Makes the file.
 *
 * @param cost  scrypt's N
 * @throws WeakPassphraseError
 */
export function makeExport({ key, peerId }: Identity, passphrase: string, cost?: number): Promise<Uint8Array> {
  const about = { kind: 'identity-backup', peerId: peerId.toString() } as const
  return seal(Buffer.from(serialisePeerKey(key)), passphrase, about, cost)
}

/**
 * Opens the file.
 *
 * @throws SealedTextError, WrongPassphraseError
 */
export async function openExport(file: Uint8Array, passphrase: string): Promise<Identity> {
  const secret = await unseal(file, passphrase, 'identity-backup')
  try {
    const key = parsePeerKey('the exported file', Buffer.from(secret).toString('utf8'))
    return { key, peerId: peerIdFromPrivateKey(key) }
  } catch (error) {
    if (!(error instanceof PeerKeyError)) throw error
    throw new SealedTextError('damaged', error.message)
  }
}
