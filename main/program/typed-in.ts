// What a person types or pastes into the window, read for what it is: an invitation, the address of a peer.
import { multiaddr } from '@multiformats/multiaddr'
import { ApiError } from '../../proto/api/index.ts'
import { type Invitation, parseInvitation } from '../../proto/invitation.ts'
import { canBeDialled, whyNotPeersOf } from '../../proto/peer-id-text.ts'
import { peerOf } from '../settings/config.ts'
import { toApiError } from './problems.ts'

/** Reads an invitation. @throws ApiError with what is wrong with it */
export function typedInvitation(text: string): Invitation {
  try {
    return parseInvitation(text)
  } catch (error) {
    throw toApiError(error)
  }
}

/** Reads the address of a peer; it ends with /p2p/. @throws ApiError `bad-address` */
export function typedPeer(text: string): string {
  try {
    const address = multiaddr(text.trim())
    const why = whyNotPeersOf(text.trim())
    if (why !== undefined) throw new ApiError('bad-address', { detail: why })
    if (peerOf(address) !== undefined && canBeDialled(address.toString())) return address.toString()
  } catch (error) {
    if (error instanceof ApiError) throw error
  }
  throw new ApiError('bad-address', {
    detail:
      'expected a multiaddr by TCP that ends with /p2p/ and a peer id, such as /ip4/192.0.2.1/tcp/4431/p2p/12D3KooW…',
  })
}
