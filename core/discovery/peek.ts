// What a broadcast says of itself before anything of it is checked: whose record it claims to be, and which one. It may only be
// used to throw a message away, never to believe it; checking two signatures costs a hundred times as much as this look.
import { createHash } from 'node:crypto'
import { readEnvelope } from '../records/envelope.ts'
import { takeRecordApart } from '../records/peer-record.ts'

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
    const { peer, seq } = takeRecordApart(readEnvelope(envelope).payload)
    return { peer: hex(peer), seq }
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
