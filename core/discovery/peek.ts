// What a broadcast says of itself before anything of it is checked: whose record it claims to be, and which one. It may only be
// used to throw a message away, never to believe it; checking two signatures costs a hundred times as much as this look.
import { createHash } from 'node:crypto'
import protobuf from 'protobufjs/minimal.js'
import { readUint64 } from '../peer-record.ts'

/** What is read. */
export interface Peeked {
  /** The multihash of the peer id in the record, as hexadecimal text. */
  readonly peer: string
  readonly seq: bigint
}

/**
 * Reads peer id and sequence number out of a signed envelope (libp2p RFC 0002 and 0003).
 *
 * @returns undefined where the bytes are no such envelope
 */
export function peekPeerRecord(envelope: Uint8Array): Peeked | undefined {
  try {
    const payload = fieldsOf(envelope).get(PAYLOAD)
    if (!(payload instanceof Uint8Array)) return undefined
    const fields = fieldsOf(payload)
    const peer = fields.get(PEER_ID)
    const seq = fields.get(SEQ)
    return peer instanceof Uint8Array ? { peer: hex(peer), seq: typeof seq === 'bigint' ? seq : 0n } : undefined
  } catch {
    return undefined
  }
}

/** Tells two envelopes apart. */
export function digestOf(envelope: Uint8Array): string {
  return createHash('sha256').update(envelope).digest('base64')
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** `payload` of the envelope; `peer_id` and `seq` of the record. */
const PAYLOAD = 3
const PEER_ID = 1
const SEQ = 2

const VARINT = 0
const BYTES = 2

/** The last value of each field, as protobuf has it. */
function fieldsOf(bytes: Uint8Array): Map<number, bigint | Uint8Array> {
  const reader = protobuf.Reader.create(bytes)
  const fields = new Map<number, bigint | Uint8Array>()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const type = tag & 7
    if (type === VARINT) fields.set(tag >>> 3, readUint64(reader))
    else if (type === BYTES) fields.set(tag >>> 3, reader.bytes())
    else reader.skipType(type)
  }
  return fields
}
