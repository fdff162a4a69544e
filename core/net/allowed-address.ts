// Whether an address may be told to others, or dialled because others told it. One rule for everybody who tells: the book, the
// exchange, the DHT, our own record and the servers.
import { classOfAddress } from './announce-filter.ts'
import { isPlainAddress } from './plain-address.ts'
import type { AddressClass } from './address-class.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Whether an address of a peer is of an allowed class and its names are names; one that shows no address counts as public. */
export function isAllowedAddress(address: Multiaddr, owner: PeerId, classes: readonly AddressClass[]): boolean {
  return isPlainAddress(address) && classes.includes(classOfAddress(address, owner))
}
