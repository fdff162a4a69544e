// A row of the book is not believed for standing on our disk: its record is opened again before it counts, at once where somebody asks for
// the peer. That can be done without waiting for keys of Ed25519, which all but a few peers have; of others what the record certified
// counts no more until it is heard again.
import { createPublicKey, verify } from 'node:crypto'
import { peerIdFromString } from '@libp2p/peer-id'
import { putNewest } from '../../../core/bounded.ts'
import { isSignedBy, readEnvelope } from '../../../core/records/envelope.ts'
import { PEER_RECORD, takeRecordApart, usableAddress } from '../../../core/records/peer-record.ts'
import { sourceOf, uncertified, type Entry } from './entry.ts'
import type { SignerKey } from '../../../core/records/signer-key.ts'

/** Before the 32 bytes of a key in libp2p's `PublicKey` message: Ed25519, 32 bytes. */
const ED25519_HEAD = Buffer.from([0x08, 0x01, 0x12, 0x20])

/** A dial or an answer asks for the same peer a few times; opening costs a tenth of a millisecond. */
const REMEMBERED = 1_000

/** Makes what gives an entry from the disk as far as it can be believed. */
export function createTrust(): (id: string, entry: Entry) => Entry {
  const opened = new Map<string, Uint8Array>()
  return (id, entry) => {
    const { record } = entry
    if (!record) return entry.held.some((one) => sourceOf(one, 'certified')) ? uncertified(entry) : entry
    const before = opened.get(id)
    if (!before || Buffer.compare(before, record.envelope) !== 0) {
      if (!isOwners(id, record.envelope)) return uncertified(entry)
      putNewest(opened, id, record.envelope, REMEMBERED)
    }
    return saysSo(id, entry) ? entry : uncertified(entry)
  }
}

/** Whether the peer has signed it. */
function isOwners(id: string, envelope: Uint8Array): boolean {
  try {
    const parts = readEnvelope(envelope)
    const isMeant = Buffer.compare(parts.payloadType, PEER_RECORD.payloadType) === 0
    return isMeant && isSignedBy(ed25519KeyOf(id, parts.publicKey), parts, PEER_RECORD.domain)
  } catch {
    return false
  }
}

/** Whether number and certified addresses are those of the record. */
function saysSo(id: string, { record, held, seq }: Entry): boolean {
  try {
    const peer = peerIdFromString(id)
    const said = takeRecordApart(readEnvelope(record?.envelope ?? new Uint8Array()).payload)
    const addresses = new Set(said.addresses.map((bytes) => usableAddress(bytes, peer)?.toString()))
    return (
      Buffer.compare(said.peer, peer.toMultihash().bytes) === 0 &&
      said.seq === record?.seq &&
      said.seq === seq &&
      held.every((one) => !sourceOf(one, 'certified') || addresses.has(one.address))
    )
  } catch {
    return false
  }
}

/** @throws Error where it is another key, or of another kind */
function ed25519KeyOf(id: string, bytes: Uint8Array): SignerKey {
  const peer = peerIdFromString(id)
  const raw = Buffer.from(bytes.subarray(ED25519_HEAD.length))
  if (Buffer.compare(bytes, Buffer.concat([ED25519_HEAD, raw])) !== 0) throw new Error('no key of Ed25519')
  if (peer.type !== 'Ed25519' || Buffer.compare(peer.publicKey.raw, raw) !== 0)
    throw new Error('the key of another peer')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })
  return { type: 'Ed25519', peer, verifies: (message, signature) => verify(null, message, key, signature) }
}
