// Which of many addresses may be told to others, or dialled because others told them: those of an allowed class
// whose names are names, and of which we know at first hand by others than the person here.
import { isAllowedAddress } from '../../core/net/allowed-address.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { KnownAddress, Provenance } from './book/types.ts'

/** The addresses of a peer whose class is allowed. */
export function allowedAddresses(
  addresses: readonly Multiaddr[],
  owner: PeerId,
  classes: readonly AddressClass[],
): Multiaddr[] {
  return addresses.filter((address) => isAllowedAddress(address, owner, classes))
}

/**
 * Whether an address may be told without its peer's signature: we know it from the peer itself, or have reached the peer there. What others
 * said of it is not passed on, because two who tell each other would keep a rumour alive for ever; and what a person has typed in, and
 * nobody else knows, is their own affair.
 */
export function isFirstHand({ sources, experience }: Pick<KnownAddress, 'sources' | 'experience'>): boolean {
  if (sources.some(({ provenance }) => FIRST_HAND.has(provenance))) return true
  const isNamedByOthers = sources.some(({ provenance }) => provenance !== 'user')
  return isNamedByOthers && experience.lastSuccessMs !== undefined && experience.failures === 0
}

const FIRST_HAND: ReadonlySet<Provenance> = new Set(['certified', 'identify', 'observed'])
