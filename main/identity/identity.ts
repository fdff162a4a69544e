// Who this node is: the peer id, and with it every name of the node, comes from this key. Where it is kept is the keeper's
// business.
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** A key and the peer id that is made of it. */
export interface Identity {
  readonly key: PrivateKey
  readonly peerId: PeerId
}
