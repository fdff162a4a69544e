// What envelopes hold: by its payload type, what a payload is and who reads it. Opening for use goes by the use that is asked for; this
// table is for whoever has an envelope and does not know what it is.
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_PEER_RECORD_BYTES, PROOF_VALIDITY_MS } from '../../proto/protocols.ts'
import { isPlainAddress } from '../net/plain-address.ts'
import {
  isBelievableSeq,
  LEGACY_PEER_RECORD,
  MAX_ADDRESSES,
  PEER_RECORD,
  seqUnitsPerMs,
  takeRecordApart,
  usableAddress,
} from './peer-record.ts'
import { writeNpub } from '../../proto/npub.ts'
import { decodeNameBinding, NAME_BINDING } from './name-binding.ts'
import { decodeProof, PROOF } from './proof.ts'
import { BYTES, ProtobufReader } from './protobuf-reader.ts'
import { peerOfMultihash } from './signer-key.ts'
import { decodeVoucher, RELAY_VOUCHER } from './voucher.ts'
import type { EnvelopeUse } from './envelope.ts'
import type { PeerId } from '@libp2p/interface'

/** What a payload says. Times are milliseconds since 1970. */
export type Said =
  | {
      readonly kind: 'peer-record' | 'legacy-peer-record'
      readonly peer: string
      readonly seq: bigint
      /** The unit that the number looks like, and the time that it would be; undefined for a mere counter. */
      readonly time: { readonly unit: 's' | 'ms' | 'µs' | 'ns'; readonly atMs: number } | undefined
      readonly addresses: readonly {
        readonly address: string
        /** Why nobody uses it; undefined for a good one. */
        readonly unused: string | undefined
      }[]
      /** Of nim-libp2p, which writes them into a field of its own. */
      readonly services: readonly { readonly id: string; readonly bytes: number }[]
    }
  | { readonly kind: 'proof'; readonly peer: string; readonly atMs: number; readonly addresses: readonly string[] }
  | { readonly kind: 'relay-voucher'; readonly relay: string; readonly peer: string; readonly untilMs: number }
  | { readonly kind: 'name-binding'; readonly peer: string; readonly npub: string }

/** A payload that was read, and why one may not believe it in spite of a good signature. */
export interface Read {
  readonly said: Said
  readonly wrong: readonly string[]
}

/** What a reader is told beside the payload. */
export interface Around {
  readonly signer: PeerId
  /** Bytes of the whole envelope. */
  readonly size: number
  readonly nowMs: number
}

/** A kind of payload. */
export interface PayloadKind {
  readonly name: Said['kind']
  readonly use: EnvelopeUse
  /** @throws for a payload that is none of this kind */
  readonly read: (payload: Uint8Array, around: Around) => Read
}

/** All that is known. */
export const PAYLOAD_KINDS: readonly PayloadKind[] = [
  { name: 'peer-record', use: PEER_RECORD, read: (payload, around) => readRecord('peer-record', payload, around) },
  {
    ...{ name: 'legacy-peer-record', use: LEGACY_PEER_RECORD },
    read: (payload, around) => {
      const { said, wrong } = readRecord('legacy-peer-record', payload, around)
      const legacy = 'it is signed in the old way of rust-libp2p, which no other program accepts'
      return { said, wrong: [legacy, ...wrong] }
    },
  },
  { name: 'proof', use: PROOF, read: readProof },
  { name: 'relay-voucher', use: RELAY_VOUCHER, read: readVoucher },
  { name: 'name-binding', use: NAME_BINDING, read: readNameBinding },
]

function readRecord(kind: 'peer-record' | 'legacy-peer-record', payload: Uint8Array, around: Around): Read {
  const { signer, size, nowMs } = around
  const { peer, seq, addresses, others } = takeRecordApart(payload)
  const owner = peerOfMultihash(peer)
  if (!owner) throw new RangeError('the peer that it is about is none')
  const wrong: string[] = []
  if (!owner.equals(signer)) wrong.push('it is about another peer than the one that signed it')
  if (!isBelievableSeq(seq, nowMs)) wrong.push('its number lies more than a day in the future')
  if (addresses.length > MAX_ADDRESSES) {
    wrong.push(`it has ${addresses.length} addresses, ${MAX_ADDRESSES} are allowed`)
  }
  if (size > MAX_PEER_RECORD_BYTES) wrong.push(`it has ${size} bytes, ${MAX_PEER_RECORD_BYTES} are allowed`)
  const said = {
    ...{ kind, peer: owner.toString(), seq, time: timeOf(seq) },
    addresses: addresses.slice(0, MAX_ADDRESSES).map((bytes) => shownAddress(bytes, owner)),
    services: others.flatMap(({ field, bytes }) => (field === SERVICES && bytes ? (serviceOf(bytes) ?? []) : [])),
  }
  return { said, wrong }
}

/** The field of nim-libp2p's services { 1 id, 2 data }. */
const SERVICES = 4

function serviceOf(bytes: Uint8Array): { readonly id: string; readonly bytes: number } | undefined {
  try {
    const reader = new ProtobufReader(bytes)
    let [id, size] = ['', 0]
    while (!reader.done) {
      const { field, wire } = reader.tag()
      if (field === 1 && wire === BYTES) id = Buffer.from(reader.bytes()).toString('utf8')
      else if (field === 2 && wire === BYTES) size = reader.bytes().length
      else reader.skip(wire)
    }
    return { id, bytes: size }
  } catch {
    return undefined
  }
}

function shownAddress(
  bytes: Uint8Array,
  owner: PeerId,
): { readonly address: string; readonly unused: string | undefined } {
  try {
    const address = multiaddr(bytes)
    if (usableAddress(bytes, owner)) return { address: address.toString(), unused: undefined }
    const unused = isPlainAddress(address)
      ? 'it is the address of another peer'
      : 'it is made of what addresses are not'
    return { address: address.toString(), unused }
  } catch {
    return { address: `0x${Buffer.from(bytes).toString('hex')}`, unused: 'it cannot be read' }
  }
}

/** Seconds count to 10^9 in 2001 and milliseconds to 10^11 in 1973; what is below is a counter. */
const FIRST_SECOND_SEQ = 1_000_000_000n
const FIRST_MILLISECOND_SEQ = 100_000_000_000n

function timeOf(seq: bigint): Extract<Said, { readonly kind: 'peer-record' | 'legacy-peer-record' }>['time'] {
  if (seq < FIRST_SECOND_SEQ) return undefined
  if (seq < FIRST_MILLISECOND_SEQ) return { unit: 's', atMs: Number(seq) * 1_000 }
  const perMs = seqUnitsPerMs(seq)
  return { unit: perMs === 1n ? 'ms' : perMs === 1_000n ? 'µs' : 'ns', atMs: Number(seq / perMs) }
}

function readProof(payload: Uint8Array, { nowMs }: Around): Read {
  const { peer, timestampMs, addresses } = decodeProof(payload)
  const wrong: string[] = []
  if (timestampMs < nowMs - PROOF_VALIDITY_MS) wrong.push('it is older than five minutes')
  if (timestampMs > nowMs + PROOF_VALIDITY_MS) wrong.push('it is from the future')
  return {
    said: { kind: 'proof', peer: peer.toString(), atMs: timestampMs, addresses: addresses.map(({ text }) => text) },
    wrong,
  }
}

function readVoucher(payload: Uint8Array, { signer, nowMs }: Around): Read {
  const { relay, peer, expiration } = decodeVoucher(payload)
  const untilMs = Number(expiration) * 1_000
  const wrong: string[] = []
  if (!relay.equals(signer)) wrong.push('another peer than the relay signed it')
  if (untilMs <= nowMs) wrong.push('it has expired')
  return { said: { kind: 'relay-voucher', relay: relay.toString(), peer: peer.toString(), untilMs }, wrong }
}

function readNameBinding(payload: Uint8Array, { signer }: Around): Read {
  const npub = writeNpub(decodeNameBinding(payload))
  return { said: { kind: 'name-binding', peer: signer.toString(), npub }, wrong: [] }
}
