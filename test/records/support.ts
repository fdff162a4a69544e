// Envelopes of every kind for the tests of records: the fixtures, and hand-made ones with one thing wrong.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type EnvelopeUse, sealEnvelope } from '../../core/records/envelope.ts'
import { PEER_RECORD } from '../../core/records/peer-record.ts'
import { bytesField, numberField } from '../../core/records/protobuf-reader.ts'
import type { Ed25519PrivateKey, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** One entry of `vectors.json`. */
export interface Vector {
  readonly group: 'public' | 'generated'
  readonly name: string
  readonly domain?: string
  readonly envelope?: string
  readonly record?: string
  readonly decoded: {
    readonly record?: { readonly peer_id: string; readonly seq: string; readonly addresses: string[] }
  }
  readonly strict?: string
}

/** One entry of `go.json`. */
export interface GoRecord {
  readonly name: string
  readonly key: 'Ed25519' | 'secp256k1' | 'RSA' | 'ECDSA'
  readonly private_key_protobuf?: string
  readonly peer_id: string
  readonly seq?: string
  readonly addresses?: readonly string[]
  readonly envelope: string
  readonly relay?: string
  readonly for?: string
  readonly expiration?: string
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'peer-records', name), 'utf8'))

/** Envelopes and records of other implementations, and some that are wrong. */
export const { vectors, keys } = read('vectors.json') as {
  readonly vectors: readonly Vector[]
  readonly keys: { readonly A: { readonly private_key_protobuf: string } }
}

/** Made by go-libp2p. */
export const goRecords = read('go.json') as readonly GoRecord[]

/** A running go-libp2p node's answer to identify, behind its length. */
export const goIdentify = read('go-identify.json') as { readonly peer_id: string; readonly message: string }

/** @throws where there is no such one */
export function vectorOf(name: string): Vector & { readonly bytes: Uint8Array } {
  const found = vectors.find((vector) => vector.name === name)
  if (!found) throw new Error(`there is no vector ${name}`)
  return { ...found, bytes: bytesOf(found.envelope ?? found.record ?? '') }
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

/** The same key in every test. */
export const someone: Ed25519PrivateKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(1))
export const somebody = peerIdFromPrivateKey(someone)

/** A record of however many addresses, as somebody may make it who does not keep to the limits. */
export async function sealWithoutLimits(
  key: PrivateKey,
  addresses: readonly Multiaddr[],
  seq: bigint,
): Promise<Uint8Array> {
  const peer = peerIdFromPrivateKey(key).toMultihash().bytes
  const fields = [
    bytesField(1, peer),
    numberField(2, seq),
    ...addresses.map(({ bytes }) => bytesField(3, bytesField(1, bytes))),
  ]
  return await sealEnvelope(key, PEER_RECORD, Buffer.concat(fields))
}

/** A record of any content, in an envelope of `someone`. */
export async function sealRecord(
  content: {
    readonly peer?: Uint8Array
    readonly seq?: bigint
    readonly addresses?: readonly Uint8Array[]
    readonly more?: readonly Uint8Array[]
  } = {},
  use: EnvelopeUse = PEER_RECORD,
): Promise<Uint8Array> {
  const { peer = somebody.toMultihash().bytes, seq = 1n, addresses = [], more = [] } = content
  const fields = [
    bytesField(1, peer),
    numberField(2, seq),
    ...addresses.map((bytes) => bytesField(3, bytesField(1, bytes))),
    ...more,
  ]
  return await sealEnvelope(someone, use, Buffer.concat(fields))
}
