// English words for where an address of a peer comes from and where it leads, for a terminal and for reports of dials: the same
// everywhere, so that what one command says is found again in the other.
import type { AddressKind, Provenance } from '../peers.ts'

/** The end of a sentence that begins with the address. */
export const SOURCE_WORDS: Readonly<Record<Provenance, string>> = {
  user: 'added by you',
  certified: 'signed by the peer',
  identify: 'told by the peer',
  exchange: 'told by another peer',
  dht: 'found in the DHT',
  broadcast: 'heard on the topic',
  observed: 'we were connected there',
}

export const KIND_WORDS: Readonly<Record<AddressKind, string>> = {
  public: 'public',
  private: 'in a home or company',
  carrier: 'behind a provider',
  loopback: 'on its own computer',
  relay: 'over a relay',
}
