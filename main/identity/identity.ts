// Who this node is: a key in a file of its data folder that only its owner may read. The peer id, and with it every name
// of the node, comes from this key, so it is the one file worth a backup.
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** A key and the peer id that is made of it. */
export interface Identity {
  readonly key: PrivateKey
  readonly peerId: PeerId
}

/**
 * Reads the identity of a data folder, or makes one.
 *
 * @throws PeerKeyError, FileError
 */
export async function loadIdentity(dir: string): Promise<Identity> {
  const key = await loadOrCreatePeerKey(join(dir, 'peer.key'))
  return { key, peerId: peerIdFromPrivateKey(key) }
}
