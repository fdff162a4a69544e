// An entry of the book as others see it: addresses are parsed when somebody asks for them.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { type Entry, type Held, keyOf, sourceOf } from './entry.ts'
import type { PeerId } from '@libp2p/interface'
import type { KnownAddress, KnownPeer, Provenance } from './types.ts'

/** An address as others see it. */
export function knownAddress({ address, sources, kind, network, experience }: Held): KnownAddress {
  return { address: multiaddr(address), sources, kind, network, experience }
}

/** Undefined without a record; its addresses are read when they are asked for. */
export function knownOf(peer: PeerId, { record, held }: Entry): KnownPeer | undefined {
  if (!record) return undefined
  const { seq, envelope, heardMs } = record
  return {
    ...{ peer, seq, envelope, heardAt: heardMs },
    get addresses(): readonly Multiaddr[] {
      return held.filter((one) => sourceOf(one, 'certified')).map((one) => multiaddr(one.address))
    },
  }
}

/** The addresses that are known for this reason, as a text that can be compared. */
export function keysOf({ held }: Entry, provenance: Provenance): string {
  return held
    .filter((one) => sourceOf(one, provenance))
    .map((one) => keyOf(one))
    .join('\n')
}
