// What the DHT keeps: signed peer records, each under its own peer's key, and nothing else. Whoever answers can therefore hide a record
// or give an old one, but make none up; of several the one with the highest number counts.
import { peerOfMultihash } from '../../../core/records/signer-key.ts'
import { peekPeerRecord } from '../../../core/discovery/peek.ts'
import { type OpenedPeerRecord, openPeerRecord } from '../../../core/records/peer-record.ts'
import type { SelectFn, ValidateFn } from '@libp2p/kad-dht'
import type { PeerId } from '@libp2p/interface'

/** The name of our values: signed peer records. */
export const NAMESPACE = 'spr'

const PREFIX = new TextEncoder().encode(`/${NAMESPACE}/`)

/** A value under a key that is not its own. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError'
}

/** The key of a peer's record. */
export function keyOf(peer: PeerId): Uint8Array {
  return Uint8Array.from([...PREFIX, ...peer.toMultihash().bytes])
}

/** Whose record a key is of. @returns undefined where it is none of ours */
export function peerOfKey(key: Uint8Array): PeerId | undefined {
  const isOurs = PREFIX.every((byte, index) => key[index] === byte)
  return isOurs ? peerOfMultihash(key.subarray(PREFIX.length)) : undefined
}

/** Opens a value strictly. @throws PeerRecordError; WrongKeyError where it is another peer's */
export async function openValue(key: Uint8Array, value: Uint8Array, nowMs: number): Promise<OpenedPeerRecord> {
  const record = await openPeerRecord(Uint8Array.from(value), nowMs)
  if (!peerOfKey(key)?.equals(record.peer)) {
    throw new WrongKeyError(`a record of ${record.peer.toString()} under the key of somebody else`)
  }
  return record
}

/** Checks a value as `openValue` does, for the library. */
export function validator(now: () => number): ValidateFn {
  return async (key, value) => void (await openValue(key, value, now()))
}

/** Chooses the newest of values that were checked. */
export const newest: SelectFn = (_, values) => {
  const numbers = values.map((value) => peekPeerRecord(value)?.seq ?? -1n)
  return numbers.reduce((best, seq, index) => (seq > (numbers[best] ?? -1n) ? index : best), 0)
}
