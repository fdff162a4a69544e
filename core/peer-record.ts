// Signed peer records, opened strictly (libp2p RFC 0003): what js-libp2p's own store lets through (other payload types,
// foreign addresses, any size) is refused here. This part keeps no state; whether a record is newer than the last one is
// the address book's business.
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { peerIdFromMultihash, peerIdFromPublicKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import protobuf from 'protobufjs/minimal.js'
import { isPlainAddress } from './net/plain-address.ts'
import { MAX_PEER_RECORD_BYTES } from '../proto/protocols.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

const DOMAIN = PeerRecord.DOMAIN
const PAYLOAD_TYPE = PeerRecord.CODEC

/** Go keeps 64 addresses of an unconnected peer; a home node has a handful. */
const MAX_ADDRESSES = 32

/**
 * How far ahead of our clock a sequence number may lie. A node whose clock once ran years ahead could not be updated for
 * years, and one that sent 2^64-1 never again. Nothing more may be read into the number.
 */
const MAX_SEQ_AHEAD_MS = 24 * 3_600_000

/** js counts milliseconds, rust and nim seconds, but go nanoseconds: numbers from here on (the year 2001) are those. */
const FIRST_NANOSECOND_SEQ = 1_000_000_000_000_000_000n
const NANOSECONDS_PER_MS = 1_000_000n

function isBelievableSeq(seq: bigint, nowMs: number): boolean {
  const ceiling = BigInt(nowMs + MAX_SEQ_AHEAD_MS)
  return seq < FIRST_NANOSECOND_SEQ ? seq <= ceiling : seq <= ceiling * NANOSECONDS_PER_MS
}

/** A record that was opened and checked. */
export interface OpenedPeerRecord {
  readonly peer: PeerId
  readonly seq: bigint
  readonly addresses: readonly Multiaddr[]
  /** The envelope as it came: what may be passed on. */
  readonly envelope: Uint8Array
}

/** Why a record was refused. */
export type PeerRecordFault =
  'size' | 'envelope' | 'signature' | 'payload-type' | 'record' | 'signer' | 'seq' | 'addresses'

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
 * @throws PeerRecordError
 */
export async function openPeerRecord(bytes: Uint8Array, nowMs: number): Promise<OpenedPeerRecord> {
  if (bytes.length > MAX_PEER_RECORD_BYTES) {
    throw new PeerRecordError('size', `a peer record of ${bytes.length} bytes, ${MAX_PEER_RECORD_BYTES} are allowed`)
  }
  const envelope = parseEnvelope(bytes)
  if (!(await verify(envelope))) throw new PeerRecordError('signature', 'the signature of the peer record does not fit')
  if (!Buffer.from(envelope.payloadType).equals(PAYLOAD_TYPE)) {
    throw new PeerRecordError(
      'payload-type',
      `payload type ${Buffer.from(envelope.payloadType).toString('hex')}, expected 0301`,
    )
  }
  const record = decodeRecord(envelope.payload.subarray())
  const signer = peerIdFromPublicKey(envelope.publicKey)
  if (!record.peer.equals(signer)) {
    throw new PeerRecordError('signer', `the record of ${record.peer.toString()} is signed by ${signer.toString()}`)
  }
  if (!isBelievableSeq(record.seq, nowMs)) {
    throw new PeerRecordError('seq', `sequence number ${record.seq} lies more than a day in the future`)
  }
  return { ...record, envelope: bytes }
}

/**
 * Signs the node's own record.
 *
 * @param seq  must be greater than every one used before
 */
export async function sealPeerRecord(
  key: PrivateKey,
  addresses: readonly Multiaddr[],
  seq: bigint,
): Promise<Uint8Array> {
  const record = new PeerRecord({
    peerId: peerIdFromPublicKey(key.publicKey),
    multiaddrs: [...addresses],
    seqNumber: seq,
  })
  return (await RecordEnvelope.seal(record, key)).marshal()
}

function parseEnvelope(bytes: Uint8Array): RecordEnvelope {
  try {
    return RecordEnvelope.createFromProtobuf(bytes)
  } catch (error) {
    throw new PeerRecordError('envelope', 'the bytes are no signed envelope', error)
  }
}

async function verify(envelope: RecordEnvelope): Promise<boolean> {
  try {
    return await envelope.validate(DOMAIN)
  } catch {
    return false // a signature of the wrong length throws instead of not fitting
  }
}

interface DecodedRecord {
  readonly peer: PeerId
  readonly seq: bigint
  readonly addresses: readonly Multiaddr[]
}

/**
 * Reads `peer_id` = 1, `seq` = 2, repeated `addresses` = 3 { `multiaddr` = 1 }. By hand, because the library's decoder
 * throws the whole record away for one address of a protocol it does not know.
 */
function decodeRecord(payload: Uint8Array): DecodedRecord {
  try {
    const reader = protobuf.Reader.create(payload)
    let peer: PeerId | undefined
    let seq = 0n
    const found: Uint8Array[] = []
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag === 0x0a) peer = peerIdFromMultihash(Digest.decode(Uint8Array.from(reader.bytes())))
      else if (tag === 0x10) seq = readUint64(reader)
      else if (tag === 0x1a) found.push(...readAddressInfo(Uint8Array.from(reader.bytes())))
      else reader.skipType(tag & 7)
    }
    if (!peer) throw new RangeError('no peer id')
    if (found.length > MAX_ADDRESSES) {
      throw new PeerRecordError('addresses', `${found.length} addresses, ${MAX_ADDRESSES} are allowed`)
    }
    const owner = peer
    return { peer, seq, addresses: found.flatMap((address) => usableAddress(address, owner)) }
  } catch (error) {
    if (error instanceof PeerRecordError) throw error
    throw new PeerRecordError('record', `the content of the peer record cannot be read: ${String(error)}`, error)
  }
}

function readAddressInfo(bytes: Uint8Array): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes)
  const found: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === 0x0a) found.push(Uint8Array.from(reader.bytes()))
    else reader.skipType(tag & 7)
  }
  return found
}

/** The address without a final /p2p part that names its own peer; nothing where it names another or cannot be read. */
function usableAddress(bytes: Uint8Array, owner: PeerId): Multiaddr[] {
  try {
    const address = multiaddr(bytes)
    if (!isPlainAddress(address)) return []
    const named = address.getComponents().filter((component) => component.name === 'p2p')
    if (named.length === 0) return [address]
    const last = address.getComponents().at(-1)
    const own = last?.name === 'p2p' && last.value === owner.toString()
    return own ? [address.decapsulateCode(0x01a5)] : []
  } catch {
    return []
  }
}

/** A 64-bit number, whichever way the library gives it. */
export function readUint64(reader: protobuf.Reader): bigint {
  const value: unknown = reader.uint64()
  if (typeof value === 'number') return BigInt(value)
  const long = value as { readonly low: number; readonly high: number }
  return (BigInt(long.high >>> 0) << 32n) | BigInt(long.low >>> 0)
}
