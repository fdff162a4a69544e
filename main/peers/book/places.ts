// Where an address leads, and what is kept of it. What cannot be a peer's address is kept by nobody: one of another peer, one that is
// longer than addresses are, one that is not made of what addresses are made of.
import { classOfAddress, ipOfAddress } from '../../../core/net/announce-filter.ts'
import { isPlainAddress } from '../../../core/net/plain-address.ts'
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
  const own = ownAddress(address, peer)
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

/** Without the peer's own name at its end; undefined where it names another one, except as a relay. */
function ownAddress(address: Multiaddr, peer: PeerId): Multiaddr | undefined {
  if (!isPlainAddress(address)) return undefined
  const parts = address.getComponents()
  const last = parts.at(-1)
  const isOwn = last?.name === 'p2p' && last.value === peer.toString()
  const own = isOwn ? address.decapsulateCode(P2P_CODE) : address
  const circuit = parts.findIndex(({ name }) => name === 'p2p-circuit')
  const before = own.getComponents()
  const names = before.filter(({ name }, index) => name === 'p2p' && (circuit < 0 || index > circuit))
  return before.length > 0 && names.length === 0 ? own : undefined
}

/** The multiaddr code of /p2p/. */
const P2P_CODE = 0x01a5
