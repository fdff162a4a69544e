// A compact summary of the records somebody has, so that a partner need not tell them again: a Bloom filter (Bloom 1970) with a salt of
// its own. Ten bits a record make 2.5 KB of the two thousand heard last; hashes that tell as much would be three times that, and what tells
// the difference alone (an IBLT) fails where more differs than was guessed. A record in 120 is taken for known although it is not: with
// the next partner the salt is another one, and so is that record.
import { createHash, randomBytes } from 'node:crypto'
import { MAX_SUMMARISED } from './limits.ts'
import type { PeerId } from '@libp2p/interface'

/** What is summarised of a record. */
export interface Summarised {
  readonly peer: PeerId
  readonly seq: bigint
}

/** A summary as it is sent. */
export interface Summary {
  readonly salt: Uint8Array
  readonly filter: Uint8Array
}

/** With seven bits for each and ten for all of it one record in 120 is taken for known. */
const BITS_PER_RECORD = 10
const HASHES = 7

const SALT_BYTES = 8

/** The largest filter that is looked at. */
const MAX_FILTER_BYTES = (MAX_SUMMARISED * BITS_PER_RECORD) / 8

/** Summarises records, the first ones where they are too many. @param salt  8 bytes. @default random ones */
export function summaryOf(records: readonly Summarised[], salt: Uint8Array = randomBytes(SALT_BYTES)): Summary {
  const summarised = records.slice(0, MAX_SUMMARISED)
  const filter = new Uint8Array(Math.max(1, Math.ceil((summarised.length * BITS_PER_RECORD) / 8)))
  for (const record of summarised) {
    for (const bit of bitsOf(record, salt, filter.length * 8))
      filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  return { salt, filter }
}

/** Whether a record is among those that were summarised, or looks like it. */
export function isSummarised({ salt, filter }: Summary, record: Summarised): boolean {
  return bitsOf(record, salt, filter.length * 8).every((bit) => ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
}

/** A summary that came in. @returns undefined where it is none */
export function readSummary({ salt, filter }: Summary): Summary | undefined {
  const isOne = salt.length === SALT_BYTES && filter.length > 0 && filter.length <= MAX_FILTER_BYTES
  return isOne ? { salt, filter } : undefined
}

function bitsOf({ peer, seq }: Summarised, salt: Uint8Array, bits: number): number[] {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, seq)
  const hash = createHash('sha256').update(salt).update(peer.toMultihash().bytes).update(number).digest()
  return Array.from({ length: HASHES }, (_, index) => hash.readUInt32BE(index * 4) % bits)
}
