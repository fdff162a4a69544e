// The address of a peer that a person types, read for what it is. Alone, since the command line needs it and nothing of the node.
import { multiaddr } from '@multiformats/multiaddr'
import { ApiError } from '../../proto/api/index.ts'
import { canBeDialled, whyNotPeersOf } from '../../proto/peer-id-text.ts'

/** Reads the address of a peer; it ends with /p2p/. @throws ApiError `bad-address` */
export function typedPeer(text: string): string {
  try {
    const address = multiaddr(text.trim())
    const why = whyNotPeersOf(text.trim())
    if (why !== undefined) throw new ApiError('bad-address', { detail: why })
    if (address.getComponents().at(-1)?.name === 'p2p' && canBeDialled(address.toString())) return address.toString()
  } catch (error) {
    if (error instanceof ApiError) throw error
  }
  throw new ApiError('bad-address', {
    detail:
      'expected a multiaddr by TCP that ends with /p2p/ and a peer id, such as /ip4/192.0.2.1/tcp/4431/p2p/12D3KooW…',
  })
}
