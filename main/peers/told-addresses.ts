// Which of many addresses may be told to others, or dialled because others told them: those of an allowed class
// whose names are names, and of which we know by others than the person here.
import { isAllowedAddress } from '../../core/net/allowed-address.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { KnownAddress } from './book/types.ts'

/** The addresses of a peer whose class is allowed. */
export function allowedAddresses(
  addresses: readonly Multiaddr[],
  owner: PeerId,
  classes: readonly AddressClass[],
): Multiaddr[] {
  return addresses.filter((address) => isAllowedAddress(address, owner, classes))
}

/** Whether others have named an address: what a person has typed in, and nobody else knows, is their own affair. */
export function isNamedByOthers({ sources }: Pick<KnownAddress, 'sources'>): boolean {
  return sources.some(({ provenance }) => provenance !== 'user')
}
