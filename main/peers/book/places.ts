// Where an address leads, and what is kept of it. What cannot be a peer's address is kept by nobody: one of another peer, one that is
// longer than addresses are, one that is not made of what addresses are made of.
import { classOfAddress, ipOfAddress } from '../../../core/net/announce-filter.ts'
import { addressOfPeer } from '../../../core/net/own-address.ts'
import { MAX_ADDRESS_CHARS } from './limits.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Place } from './entry.ts'
import type { Networks } from './networks.ts'
import type { AddressKind } from './types.ts'

/**
 * The place of an address.
 *
 * @param isTyped  whether a person typed it in: then it is used in every network
 * @returns undefined where it is no address of this peer
 */
export function placeOf(address: Multiaddr, peer: PeerId, networks: Networks, isTyped = false): Place | undefined {
  const own = addressOfPeer(address, peer)
  if (!own) return undefined
  const text = own.toString()
  if (text === '/' || text === '' || text.length > MAX_ADDRESS_CHARS) return undefined
  const kind = kindOf(own, peer)
  const ip = kind === 'private' && !isTyped ? ipOfAddress(own, peer) : undefined
  return { address: text, kind, network: ip && networks.learntIn(ip) }
}

/** Where an address leads; a name that shows no address counts as public. */
export function kindOf(address: Multiaddr, peer: PeerId): AddressKind {
  if (address.getComponents().some(({ name }) => name === 'p2p-circuit')) return 'relay'
  const found = classOfAddress(address, peer)
  if (found === 'cgnat') return 'carrier'
  if (found === 'private' || found === 'link-local') return 'private'
  // what no host has is refused when it is dialled (core/net/dial-guard.ts)
  return found === 'loopback' ? 'loopback' : 'public'
}
