// What a proof says and how it is sealed and opened: a signed envelope with a domain and a payload type of our own, so that no
// other signature of the same key can ever pass for a proof. Whether a proof is good enough is not decided here: that is the
// issue server's policy.
import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { type IpAddress, ipFromBytes } from '../../proto/ip.ts'
import { MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { EnvelopeError, type EnvelopeUse, type OpenedEnvelope, openEnvelope, sealEnvelope } from './envelope.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export const PROOF: EnvelopeUse = {
  domain: 'nodetrust-proof',
  payloadType: new TextEncoder().encode('/nodetrust/proof'),
}

/** One connection has one remote address; room for a server that knows several. */
const MAX_PROVED_ADDRESSES = 8

/** What a proof server saw: this peer, at these addresses, at this time. */
export interface Proof {
  /** Milliseconds since 1970 by the proof server's clock. */
  readonly timestampMs: number
  readonly peer: PeerId
  readonly addresses: readonly IpAddress[]
}

/** A proof whose seal is whole, and who sealed it. */
export interface OpenedProof extends Proof {
  readonly signer: PeerId
}

/** The bytes are no proof; the message says which part is wrong. */
export class MalformedProofError extends Error {
  override readonly name = 'MalformedProofError'
}

/** Signs a proof with the proof server's key. */
export async function sealProof(proof: Proof, key: PrivateKey): Promise<Uint8Array> {
  const payload = nodetrust.Proof.encode({
    timestampMs: proof.timestampMs,
    peerId: proof.peer.toMultihash().bytes,
    addresses: proof.addresses.map((address) => address.bytes),
  }).finish()
  return await sealEnvelope(key, PROOF, payload)
}

/**
 * Opens a proof: the signature first, over the bytes as they came, then what they say.
 *
 * @throws MalformedProofError
 */
export async function openProof(bytes: Uint8Array): Promise<OpenedProof> {
  const { payload, signer } = await open(bytes)
  return { ...decodeProof(payload), signer }
}

async function open(bytes: Uint8Array): Promise<OpenedEnvelope> {
  try {
    return await openEnvelope(bytes, PROOF, { maxBytes: MAX_MESSAGE_BYTES.proof })
  } catch (error) {
    const other = error instanceof EnvelopeError && error.fault === 'payload-type'
    const what = other
      ? 'the envelope holds something else than a proof'
      : 'the proof is not an envelope with a good signature'
    throw new MalformedProofError(what, { cause: error })
  }
}

/** @throws MalformedProofError */
export function decodeProof(payload: Uint8Array): Proof {
  try {
    const proof = nodetrust.Proof.decode(payload)
    const addresses = proof.addresses.map((address) => ipFromBytes(Uint8Array.from(address)))
    if (addresses.length === 0 || addresses.length > MAX_PROVED_ADDRESSES)
      throw new RangeError(`${addresses.length} addresses`)
    if (!addresses.every((address) => address !== undefined))
      throw new RangeError('an address has neither 4 nor 16 bytes')
    return { timestampMs: proof.timestampMs, peer: peerIdFromMultihash(Digest.decode(proof.peerId)), addresses }
  } catch (error) {
    throw new MalformedProofError(`the proof's content cannot be read: ${String(error)}`, { cause: error })
  }
}
