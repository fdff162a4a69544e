// What of the book others are told, by the exchange and the DHT: records whose every address is of a class that may be told, as their owners
// signed them; of peers without such a record, plain addresses of those classes. What is only of use in our own network stays here.
import { type HeldRecord, type PlainAddresses, type RecordSource } from '../../core/exchange/source.ts'
import { peekPeerRecord } from '../../core/discovery/peek.ts'
import { classOfAddress } from '../../core/net/announce-filter.ts'
import { isPlainAddress } from '../../core/net/plain-address.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerBook } from './book/types.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What telling needs. */
export interface RecordSourceInit {
  readonly book: Pick<PeerBook, 'addresses' | 'known' | 'signedRecords'>
  /** Our own record as it is now. */
  readonly own: () => HeldRecord | undefined
  readonly addressClasses: readonly AddressClass[]
}

/** Makes it. */
export function bookAsSource({ book, own, addressClasses }: RecordSourceInit): RecordSource {
  const mayTell = (address: Multiaddr, owner: PeerId) =>
    isPlainAddress(address) && addressClasses.includes(classOfAddress(address, owner))

  const plainOf = (peer: PeerId, addresses: readonly Multiaddr[]): PlainAddresses[] => {
    const told = addresses.filter((address) => mayTell(address, peer))
    return told.length > 0 ? [{ peer, addresses: told }] : []
  }

  const toldOf = (peer: PeerId, envelope: Uint8Array): (HeldRecord | PlainAddresses)[] => {
    const known = book.addresses(peer)
    const addresses = known.flatMap(({ address, sources }) =>
      sources.some(({ provenance }) => provenance === 'certified') ? [address] : [],
    )
    const seq = peekPeerRecord(envelope)?.seq
    // of one that says where somebody lives the rest is told unsigned
    if (seq === undefined || !addresses.every((address) => mayTell(address, peer))) {
      return plainOf(
        peer,
        known.map(({ address }) => address),
      )
    }
    return [{ peer, seq, envelope, addresses }]
  }

  return {
    own,
    recordsOf: (peers) =>
      book
        .signedRecords(peers)
        .flatMap((told) =>
          'envelope' in told ? toldOf(told.peer, told.envelope) : plainOf(told.peer, told.addresses),
        ),
    recent: (most) =>
      book
        .known()
        .filter(({ peer, addresses }) => addresses.every((address) => mayTell(address, peer)))
        .slice(0, most),
  }
}
