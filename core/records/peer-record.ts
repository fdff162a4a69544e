// Signed peer records, opened strictly (libp2p RFC 0003): what js-libp2p's own store lets through (other payload types,
// foreign addresses, any size) is refused here. This part keeps no state; whether a record is newer than the last one is
// the address book's business.
// Faults of libraries that this is a way around (docs/upstream.md): payload-type, foreign-address, size, errors, seq-last, one-address.
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { addressOfPeer } from '../net/own-address.ts'
import { MAX_PEER_RECORD_BYTES } from '../../proto/protocols.ts'
import { EnvelopeError, type EnvelopeUse, openEnvelope, sealEnvelope } from './envelope.ts'
import { BYTES, bytesField, numberField, ProtobufError, ProtobufReader, VARINT } from './protobuf-reader.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** What go-libp2p, js-libp2p and nim-libp2p use: the multicodec 0x0301, its two bytes as they are. */
export const PEER_RECORD: EnvelopeUse = { domain: 'libp2p-peer-record', payloadType: Uint8Array.of(3, 1) }

/** What RFC 0003 says and nobody but rust-libp2p uses, where it is not told otherwise. */
export const LEGACY_PEER_RECORD: EnvelopeUse = {
  domain: 'libp2p-routing-state',
  payloadType: Buffer.from('/libp2p/routing-state-record'),
}

/** Go keeps 64 addresses of an unconnected peer; a home node has a handful. */
export const MAX_ADDRESSES = 32

/**
 * How far ahead of our clock a sequence number may lie. A node whose clock once ran years ahead could not be updated for
 * years, and one that sent 2^64-1 never again. Nothing more may be read into the number.
 */
const MAX_SEQ_AHEAD_MS = 24 * 3_600_000

/** js counts milliseconds, rust and nim seconds, go nanoseconds, others may count microseconds: from here on (the year 2001) they do. */
const FIRST_MICROSECOND_SEQ = 1_000_000_000_000_000n
const FIRST_NANOSECOND_SEQ = 1_000_000_000_000_000_000n

/** How much of a millisecond the unit of a sequence number is, as far as its size tells. */
export function seqUnitsPerMs(seq: bigint): bigint {
  if (seq < FIRST_MICROSECOND_SEQ) return 1n
  return seq < FIRST_NANOSECOND_SEQ ? 1_000n : 1_000_000n
}

/** Whether a sequence number is at most a day ahead of our clock, whatever its unit. */
export function isBelievableSeq(seq: bigint, nowMs: number): boolean {
  return seq <= BigInt(nowMs + MAX_SEQ_AHEAD_MS) * seqUnitsPerMs(seq)
}

/** A record that was opened and checked. */
export interface OpenedPeerRecord {
  readonly peer: PeerId
  readonly seq: bigint
  readonly addresses: readonly Multiaddr[]
  /** The envelope as it came: what may be passed on. */
  readonly envelope: Uint8Array
  /** Signed for rust-libp2p's old domain, which no other program understands; only where that was asked for. */
  readonly legacy?: true
}

/** Why a record was refused. */
export type PeerRecordFault =
  'size' | 'envelope' | 'signature' | 'payload-type' | 'record' | 'signer' | 'seq' | 'addresses'

/** Whether whoever passed a record on is to blame for what is wrong with it: its clock and ours may differ. */
export function isBlamable(fault: PeerRecordFault): boolean {
  return fault !== 'seq'
}

/** A record that must not be believed. */
export class PeerRecordError extends Error {
  override readonly name = 'PeerRecordError'
  readonly fault: PeerRecordFault

  constructor(fault: PeerRecordFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
  }
}

/**
 * Opens a signed peer record: size, signature, payload type, signer, sequence number, addresses, in this order.
 * Addresses that cannot be read, belong to another peer or are not made of host names and visible ASCII are left out.
 *
 * @param bytes  the marshalled envelope
 * @param nowMs  our wall clock, for the ceiling of the sequence number
 * @param options.legacy  read rust-libp2p's old domain instead of the one that everybody else uses. @default false
 * @param options.aside  one of many that are opened at the same time (envelope.ts). @default false
 * @throws PeerRecordError
 */
export async function openPeerRecord(
  bytes: Uint8Array,
  nowMs: number,
  { legacy = false, aside = false }: { readonly legacy?: boolean; readonly aside?: boolean } = {},
): Promise<OpenedPeerRecord> {
  const use = legacy ? LEGACY_PEER_RECORD : PEER_RECORD
  const { signer, payload } = await openEnvelope(bytes, use, { maxBytes: MAX_PEER_RECORD_BYTES, aside }).catch(refuse)
  const record = readPeerRecord(payload, signer)
  if (!isBelievableSeq(record.seq, nowMs)) {
    throw new PeerRecordError('seq', `sequence number ${record.seq} lies more than a day in the future`)
  }
  const addresses = record.addresses.flatMap((address) => usableAddress(address, signer) ?? [])
  return { peer: signer, seq: record.seq, addresses, envelope: bytes, ...(legacy ? { legacy } : {}) }
}

/**
 * Signs the node's own record; byte by byte what go-libp2p makes of the same content.
 *
 * @param seq  must be greater than every one used before
 * @throws PeerRecordError with the faults `addresses` and `size`, for what everybody would refuse
 */
export async function sealPeerRecord(
  key: PrivateKey,
  addresses: readonly Multiaddr[],
  seq: bigint,
): Promise<Uint8Array> {
  if (addresses.length > MAX_ADDRESSES) throw tooMany(addresses.length)
  const payload = Buffer.concat([
    bytesField(PEER_ID, key.publicKey.toCID().multihash.bytes),
    // proto3 leaves a zero out
    seq === 0n ? new Uint8Array() : numberField(SEQ, seq),
    ...addresses.map(({ bytes }) => bytesField(ADDRESSES, bytesField(MULTIADDR, bytes))),
  ])
  const envelope = await sealEnvelope(key, PEER_RECORD, payload)
  if (envelope.length > MAX_PEER_RECORD_BYTES) {
    throw new PeerRecordError('size', `a record of ${envelope.length} bytes, ${MAX_PEER_RECORD_BYTES} are allowed`)
  }
  return envelope
}

/** Of a record besides its addresses: an RSA key of 4,096 bits and its signature are the largest. */
const FRAME_BYTES = 1_200

/** Tags and lengths of one address. */
const ADDRESS_FRAME_BYTES = 6

/** So many of these addresses, the first ones, as there is room for in one record; one that is too long for what is left is passed over. */
export function fittingAddresses(addresses: readonly Multiaddr[]): Multiaddr[] {
  let left = MAX_PEER_RECORD_BYTES - FRAME_BYTES
  const fitting = addresses.filter(({ bytes }) => {
    const size = bytes.length + ADDRESS_FRAME_BYTES
    if (size > left) return false
    left -= size
    return true
  })
  return fitting.slice(0, MAX_ADDRESSES)
}

function tooMany(count: number): PeerRecordError {
  return new PeerRecordError('addresses', `${count} addresses, ${MAX_ADDRESSES} are allowed`)
}

/** A peer record of RFC 0003: `peer_id` = 1, `seq` = 2, repeated `addresses` = 3 { `multiaddr` = 1 }. */
const PEER_ID = 1
const SEQ = 2
const ADDRESSES = 3
const MULTIADDR = 1

/** What a record says, its addresses not looked at. */
export interface RecordParts {
  /** The multihash of the peer id. */
  readonly peer: Uint8Array
  readonly seq: bigint
  readonly addresses: readonly Uint8Array[]
  /** Fields that are not in RFC 0003: nim-libp2p writes its services into one. */
  readonly others: readonly { readonly field: number; readonly bytes: Uint8Array | undefined }[]
}

/**
 * Takes a record apart without believing anything.
 *
 * @throws ProtobufError for what is no record, or says its peer or its number twice: one reader would take the first, one the last
 */
export function takeRecordApart(payload: Uint8Array): RecordParts {
  const reader = new ProtobufReader(payload)
  let peer: Uint8Array | undefined
  let seq: bigint | undefined
  const addresses: Uint8Array[] = []
  const others: { readonly field: number; readonly bytes: Uint8Array | undefined }[] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field > ADDRESSES) {
      const bytes = wire === BYTES ? reader.bytes() : undefined
      if (!bytes) reader.skip(wire)
      others.push({ field, bytes })
      continue
    }
    if (wire !== (field === SEQ ? VARINT : BYTES)) throw new ProtobufError(`field ${field} is of another kind`)
    if (field === SEQ) seq = once(seq, reader.uint64(), 'sequence number')
    else if (field === PEER_ID) peer = once(peer, reader.bytes(), 'peer id')
    else addresses.push(...readAddressInfo(reader.bytes()))
  }
  if (!peer) throw new ProtobufError('no peer id')
  return { peer, seq: seq ?? 0n, addresses, others }
}

function once<Value>(before: Value | undefined, value: Value, what: string): Value {
  if (before !== undefined) throw new ProtobufError(`it has two values for the ${what}`)
  return value
}

/** An address in its wrapper, which may get more fields one day. */
function readAddressInfo(bytes: Uint8Array): Uint8Array[] {
  const reader = new ProtobufReader(bytes)
  const found: Uint8Array[] = []
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === MULTIADDR && wire === BYTES) found.push(reader.bytes())
    else reader.skip(wire)
  }
  return found
}

/** @throws PeerRecordError */
function readPeerRecord(payload: Uint8Array, signer: PeerId): RecordParts {
  const parts = recordFault(() => takeRecordApart(payload))
  if (Buffer.compare(parts.peer, signer.toMultihash().bytes) !== 0) {
    const named = recordFault(() => peerIdFromMultihash(Digest.decode(Uint8Array.from(parts.peer))))
    throw new PeerRecordError('signer', `the record of ${named.toString()} is signed by ${signer.toString()}`)
  }
  if (parts.addresses.length > MAX_ADDRESSES) {
    throw tooMany(parts.addresses.length)
  }
  return parts
}

function recordFault<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw new PeerRecordError('record', `the content of the peer record cannot be read: ${String(error)}`, error)
  }
}

/** Why the envelope of a record is none, in the words of records. */
function refuse(error: unknown): never {
  if (!(error instanceof EnvelopeError)) throw error
  const { fault, message } = error
  if (fault === 'use') throw error
  throw new PeerRecordError(fault === 'key' ? 'envelope' : fault, `not a peer record: ${message}`, error)
}

/** The address, as `addressOfPeer` has it; nothing where it cannot be read. */
export function usableAddress(bytes: Uint8Array, owner: PeerId): Multiaddr | undefined {
  try {
    return addressOfPeer(multiaddr(bytes), owner)
  } catch {
    return undefined
  }
}
