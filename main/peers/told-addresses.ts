// Which of many addresses may be told to others, or dialled because others told them: those of an allowed class
// whose names are names.
import { classOfAddress } from '../../core/net/announce-filter.ts'
import { isPlainAddress } from '../../core/net/plain-address.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The addresses of a peer whose class is allowed; a name that shows no address counts as public. */
export function allowedAddresses(
  addresses: readonly Multiaddr[],
  owner: PeerId,
  classes: readonly AddressClass[],
): Multiaddr[] {
  return addresses.filter((address) => isPlainAddress(address) && classes.includes(classOfAddress(address, owner)))
}
