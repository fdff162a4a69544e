// What a relay gives to a peer for whom it keeps a place (circuit relay v2, "Reservation vouchers"): read here to be shown.
import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { BYTES, ProtobufError, ProtobufReader, VARINT } from './protobuf-reader.ts'
import type { EnvelopeUse } from './envelope.ts'
import type { PeerId } from '@libp2p/interface'

/** The multicodec 0x0302, its two bytes as they are. */
export const RELAY_VOUCHER: EnvelopeUse = { domain: 'libp2p-relay-rsvp', payloadType: Uint8Array.of(3, 2) }

/** A place at a relay. */
export interface RelayVoucher {
  readonly relay: PeerId
  readonly peer: PeerId
  /** Seconds since 1970. */
  readonly expiration: bigint
}

const RELAY = 1
const PEER = 2
const EXPIRATION = 3

/** @throws ProtobufError, and what libp2p throws for an id that is none */
export function decodeVoucher(payload: Uint8Array): RelayVoucher {
  const reader = new ProtobufReader(payload)
  let relay: PeerId | undefined
  let peer: PeerId | undefined
  let expiration = 0n
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === RELAY && wire === BYTES) relay = peerOf(reader.bytes())
    else if (field === PEER && wire === BYTES) peer = peerOf(reader.bytes())
    else if (field === EXPIRATION && wire === VARINT) expiration = reader.uint64()
    else reader.skip(wire)
  }
  if (!relay || !peer) throw new ProtobufError('the relay or the peer is missing')
  return { relay, peer, expiration }
}

function peerOf(multihash: Uint8Array): PeerId {
  return peerIdFromMultihash(Digest.decode(Uint8Array.from(multihash)))
}
