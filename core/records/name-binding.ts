// What binds a peer to a Nostr name: the peer's signature over the name's key, in an envelope of its own domain. The name's event carries
// it, so each of the two keys has signed the other, and nobody can claim a peer that did not agree.
import { type EnvelopeUse, openEnvelope, sealEnvelope } from './envelope.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export const NAME_BINDING: EnvelopeUse = {
  domain: 'nodetrust-name',
  payloadType: new TextEncoder().encode('/nodetrust/name'),
}

/** A key without its sign. */
const PUBKEY_BYTES = 32

/** Envelope, the largest key that is verified and its signature. */
const MAX_BINDING_BYTES = 2_048

/** A binding that says something else than it should. */
export class NameBindingError extends Error {
  override readonly name = 'NameBindingError'
}

/**
 * The peer's half of the bond.
 *
 * @param pubkey  the name's key, 64 hexadecimal digits
 */
export async function sealNameBinding(key: PrivateKey, pubkey: string): Promise<Uint8Array> {
  return await sealEnvelope(key, NAME_BINDING, Buffer.from(pubkey, 'hex'))
}

/**
 * Opens one.
 *
 * @param pubkey  the name it has to be for, 64 hexadecimal digits
 * @returns the peer that signed it
 * @throws EnvelopeError, NameBindingError where it is for another name
 */
export async function openNameBinding(bytes: Uint8Array, pubkey: string): Promise<PeerId> {
  const { payload, signer } = await openEnvelope(bytes, NAME_BINDING, { maxBytes: MAX_BINDING_BYTES })
  const bound = decodeNameBinding(payload)
  if (bound !== pubkey) throw new NameBindingError(`the peer has signed the name ${bound}, not ${pubkey}`)
  return signer
}

/** @returns the name's key, 64 hexadecimal digits @throws NameBindingError */
export function decodeNameBinding(payload: Uint8Array): string {
  if (payload.length !== PUBKEY_BYTES)
    throw new NameBindingError(`a name's key has ${PUBKEY_BYTES} bytes, this has ${payload.length}`)
  return Buffer.from(payload).toString('hex')
}
