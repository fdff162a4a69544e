// When an address is one of a certain peer, in the one way that records, the exchange, the DHT and the book have of it.
import { isPlainAddress } from './plain-address.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The multiaddr code of /p2p/. */
const P2P_CODE = 0x01a5

/**
 * The address without a final /p2p part that names its own peer.
 *
 * @returns undefined where it is empty, is not made of host names and visible ASCII, names another peer as its end, or has more than
 * one other peer in it: the relay, where it leads through one
 */
export function addressOfPeer(address: Multiaddr, owner: PeerId): Multiaddr | undefined {
  if (!isPlainAddress(address)) return undefined
  const parts = address.getComponents()
  const last = parts.at(-1)
  if (!last) return undefined
  const named = parts.flatMap(({ name }, index) => (name === 'p2p' ? [index] : []))
  const isOwn = last.name === 'p2p' && last.value === owner.toString()
  const [relay, second] = isOwn ? named.slice(0, -1) : named
  if (second !== undefined || (relay !== undefined && parts[relay + 1]?.name !== 'p2p-circuit')) return undefined
  return withoutPeerIf(isOwn, address)
}

/** An address without its final /p2p/ part. */
export function withoutPeer(address: Multiaddr): Multiaddr {
  return withoutPeerIf(address.getComponents().at(-1)?.name === 'p2p', address)
}

function withoutPeerIf(isThere: boolean, address: Multiaddr): Multiaddr {
  return isThere ? address.decapsulateCode(P2P_CODE) : address
}
