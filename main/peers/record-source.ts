// What of the book others are told, by the exchange and the DHT: records whose every address is of a class that may be told, as their owners
// signed them; of peers without such a record, plain addresses of those classes that we know at first hand. What is only of use in our own network stays here, and
// so does what a person has typed in. A record is judged by what stands in it, not by what of it can be used where we are.
import { type HeldRecord, type PlainAddresses, type RecordSource } from '../../core/exchange/source.ts'
import { peekPeerRecord } from '../../core/discovery/peek.ts'
import { isAllowedAddress } from '../../core/net/allowed-address.ts'
import { readEnvelope } from '../../core/records/envelope.ts'
import { takeRecordApart, usableAddress } from '../../core/records/peer-record.ts'
import { allowedAddresses, isFirstHand } from './told-addresses.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerBook } from './book/types.ts'
import type { PeerId } from '@libp2p/interface'

/** What telling needs. */
export interface RecordSourceInit {
  readonly book: Pick<PeerBook, 'addresses' | 'known' | 'signedRecords'>
  /** Our own record as it is now. */
  readonly own: () => HeldRecord | undefined
  readonly addressClasses: readonly AddressClass[]
}

/**
 * Half a millisecond each, where they have as many addresses as there may be: after a start those heard last are judged first, and others
 * are told by the next questions. An answer has no more of them anyway.
 */
const MAX_JUDGED_AT_ONCE = 128

/** Makes it. */
export function bookAsSource({ book, own, addressClasses }: RecordSourceInit): RecordSource {
  /** What was judged once: strangers ask for a thousand records several times a second. Goes with the envelope. */
  const judged = new WeakMap<Uint8Array, HeldRecord | 'not-told'>()

  /** The record, where all of it may be told; its addresses are read when somebody wants them. */
  const tellable = (peer: PeerId, envelope: Uint8Array): HeldRecord | undefined => {
    const before = judged.get(envelope)
    if (before) return before === 'not-told' ? undefined : before
    const record = readRecord(peer, envelope)
    const isTold = record?.addresses.every((address) => isAllowedAddress(address, peer, addressClasses)) === true
    judged.set(envelope, isTold ? record : 'not-told')
    return isTold ? record : undefined
  }

  /** Of one without a record that may be told, such as one that says where somebody lives, the rest is told unsigned. */
  const plainOf = (peer: PeerId): PlainAddresses[] => {
    const known = book.addresses(peer).filter((one) => isFirstHand(one))
    const told = allowedAddresses(
      known.map(({ address }) => address),
      peer,
      addressClasses,
    )
    return told.length > 0 ? [{ peer, addresses: told }] : []
  }

  const toldOf = (peer: PeerId, envelope: Uint8Array): (HeldRecord | PlainAddresses)[] => {
    const record = tellable(peer, envelope)
    return record ? [record] : plainOf(peer)
  }

  return {
    own,
    recordsOf: (peers) =>
      book
        .signedRecords(peers)
        .flatMap((told) => ('envelope' in told ? toldOf(told.peer, told.envelope) : plainOf(told.peer))),
    recent(most) {
      const told: HeldRecord[] = []
      let unjudged = 0
      for (const { peer, envelope } of book.known()) {
        if (told.length >= most) break
        if (!judged.has(envelope) && ++unjudged > MAX_JUDGED_AT_ONCE) continue
        const record = tellable(peer, envelope)
        if (record) told.push(record)
      }
      return told
    },
  }
}

/** What a record says, without believing it; its addresses are parsed when they are asked for. @returns undefined where it is none */
function readRecord(peer: PeerId, envelope: Uint8Array): HeldRecord | undefined {
  const peeked = peekPeerRecord(envelope)
  return (
    peeked && {
      ...{ peer, seq: peeked.seq, envelope },
      get addresses() {
        const { addresses } = takeRecordApart(readEnvelope(envelope).payload)
        return addresses.flatMap((bytes) => usableAddress(bytes, peer) ?? [])
      },
    }
  )
}
