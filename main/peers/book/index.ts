// The outside face of the book of addresses.
export { createPeerBook } from './book.ts'
export { isSunken } from './entry.ts'
export { bringerOf, feedBook } from './feed.ts'
export { kindOf } from './places.ts'
export type { PeerBookInit } from './init.ts'
export type {
  AddressKind,
  Consumed,
  Experience,
  KnownAddress,
  KnownPeer,
  Outcome,
  PeerBook,
  Provenance,
  RecordVia,
  Source,
  Teller,
  Told,
} from './types.ts'
