// libp2p's signed envelope (RFC 0002), for every purpose of the house: peer records, proofs, what comes next. Whoever opens one says
// which domain and which payload type it must be of; the domain is nowhere in the bytes, so a signature made for one purpose
// never passes for another. An envelope has exactly one form in bytes: what the signature does not cover, nobody may vary.
import { BYTES, bytesField, ProtobufError, ProtobufReader, varint } from './protobuf-reader.ts'
import { type KeyType, readSignerKey, type SignerKey, SignerKeyError, writeSignerKey } from './signer-key.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** What an envelope is for. Neither may be empty. */
export interface EnvelopeUse {
  /** The domain of the signature; it is not part of the envelope. */
  readonly domain: string
  /** What the payload is, in the envelope and signed. */
  readonly payloadType: Uint8Array
}

/** An envelope whose signature was verified for the use that was asked for. */
export interface OpenedEnvelope {
  /** Who the key is. */
  readonly signer: PeerId
  readonly publicKey: {
    readonly type: KeyType
    /** libp2p's `PublicKey` message. */
    readonly bytes: Uint8Array
  }
  readonly payloadType: Uint8Array
  /** The bytes that were signed, as they came. */
  readonly payload: Uint8Array
}

/** `use`: the caller's domain or type is empty; `envelope`: no envelope; `key`: one that is not verified here. */
export type EnvelopeFault = 'use' | 'size' | 'envelope' | 'key' | 'signature' | 'payload-type'

/** An envelope that must not be believed. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
  readonly fault: EnvelopeFault

  constructor(fault: EnvelopeFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
  }
}

/** The parts of an envelope that nobody has verified. */
export interface EnvelopeParts {
  readonly publicKey: Uint8Array
  readonly payloadType: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** How one is opened. */
export interface OpenOptions {
  /** The largest that is looked at, in bytes. @default 8192 */
  readonly maxBytes?: number
  /**
   * One of many that are opened at the same time: its signature is verified in Node's threads, which keeps this one free and takes half
   * as long for all of them, but longer for each. @default false
   */
  readonly aside?: boolean
}

/** Go makes none of more; those of ours are far smaller. */
export const MAX_ENVELOPE_BYTES = 8_192

const PUBLIC_KEY = 1
const PAYLOAD_TYPE = 2
const PAYLOAD = 3
const SIGNATURE = 5

/**
 * Signs a payload.
 *
 * @throws EnvelopeError where domain or payload type is empty
 */
export async function sealEnvelope(key: PrivateKey, use: EnvelopeUse, payload: Uint8Array): Promise<Uint8Array> {
  demandUse(use)
  const signature = await key.sign(signedBytes(use.domain, use.payloadType, payload))
  return Uint8Array.from(
    Buffer.concat([
      bytesField(PUBLIC_KEY, writeSignerKey(key)),
      bytesField(PAYLOAD_TYPE, use.payloadType),
      payload.length === 0 ? payload : bytesField(PAYLOAD, payload),
      bytesField(SIGNATURE, signature),
    ]),
  )
}

/**
 * Opens an envelope: size, form, key, signature over the bytes as they came, payload type, in this order. What the payload says is
 * looked at by nobody before.
 *
 * @throws EnvelopeError
 */
export async function openEnvelope(
  bytes: Uint8Array,
  use: EnvelopeUse,
  { maxBytes = MAX_ENVELOPE_BYTES, aside = false }: OpenOptions = {},
): Promise<OpenedEnvelope> {
  demandUse(use)
  const parts = readEnvelope(bytes, { maxBytes })
  const key = await keyOf(parts)
  if (!(aside ? await isSignedAside(key, parts, use.domain) : isSignedBy(key, parts, use.domain))) {
    throw new EnvelopeError('signature', `the signature does not fit what it is for (${use.domain})`)
  }
  const { payloadType, payload, publicKey } = parts
  if (Buffer.compare(payloadType, use.payloadType) !== 0) {
    throw new EnvelopeError('payload-type', `payload type ${hex(payloadType)}, expected ${hex(use.payloadType)}`)
  }
  return { signer: key.peer, publicKey: { type: key.type, bytes: publicKey }, payloadType, payload }
}

/**
 * Takes an envelope apart without believing anything.
 *
 * @throws EnvelopeError with the faults `size` and `envelope`
 */
export function readEnvelope(
  bytes: Uint8Array,
  { maxBytes = MAX_ENVELOPE_BYTES }: { readonly maxBytes?: number } = {},
): EnvelopeParts {
  if (bytes.length > maxBytes) {
    throw new EnvelopeError('size', `an envelope of ${bytes.length} bytes, ${maxBytes} are allowed`)
  }
  try {
    const reader = new ProtobufReader(bytes, { shortest: true })
    let next = reader.done ? undefined : reader.tag()
    const take = (field: number): Uint8Array | undefined => {
      if (next?.field !== field || next.wire !== BYTES) return undefined
      const value = reader.bytes()
      if (value.length === 0) throw new ProtobufError(`field ${field} is there and empty`)
      next = reader.done ? undefined : reader.tag()
      return value
    }
    // in the order in which everybody writes them; an empty payload is left out, as proto3 has it
    const publicKey = take(PUBLIC_KEY)
    const payloadType = take(PAYLOAD_TYPE)
    const payload = take(PAYLOAD) ?? new Uint8Array()
    const signature = take(SIGNATURE)
    if (next) throw new ProtobufError(`field ${next.field} is none of an envelope, or not in its place`)
    if (!publicKey || !payloadType || !signature) throw new ProtobufError('a field is missing')
    return { publicKey, payloadType, payload, signature }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvelopeError('envelope', `the bytes are no signed envelope: ${why}`, error)
  }
}

/** The key of an envelope. @throws EnvelopeError with the fault `key` */
export async function keyOf({ publicKey }: EnvelopeParts): Promise<SignerKey> {
  try {
    return await readSignerKey(publicKey)
  } catch (error) {
    if (!(error instanceof SignerKeyError)) throw error
    throw new EnvelopeError('key', `the signer cannot be told: ${error.message}`, error)
  }
}

/** Whether a key has signed this for a domain. */
export function isSignedBy(
  key: SignerKey,
  { payloadType, payload, signature }: EnvelopeParts,
  domain: string,
): boolean {
  return key.verifies(signedBytes(domain, payloadType, payload), signature)
}

async function isSignedAside(key: SignerKey, parts: EnvelopeParts, domain: string): Promise<boolean> {
  if (!key.verifiesAside) return isSignedBy(key, parts, domain)
  return await key.verifiesAside(signedBytes(domain, parts.payloadType, parts.payload), parts.signature)
}

/** Domain, payload type and payload, each behind its length. */
function signedBytes(domain: string, payloadType: Uint8Array, payload: Uint8Array): Uint8Array {
  const name = Buffer.from(domain, 'utf8')
  const lengths = [varint(name.length), varint(payloadType.length), varint(payload.length)] as const
  return Buffer.concat([lengths[0], name, lengths[1], payloadType, lengths[2], payload])
}

function demandUse({ domain, payloadType }: EnvelopeUse): void {
  if (domain === '') throw new EnvelopeError('use', 'an envelope needs a domain')
  if (payloadType.length === 0) throw new EnvelopeError('use', 'an envelope needs a payload type')
}

function hex(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 32)).toString('hex')
  return bytes.length > 32 ? `${text}…` : text
}
