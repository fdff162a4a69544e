// Just enough DER to put a certificate request together by hand, for keys and signatures that no library would make.
import { createPublicKey, type KeyObject, sign } from 'node:crypto'

function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 0x80
      ? Buffer.of(body.length)
      : body.length < 0x100
        ? Buffer.of(0x81, body.length)
        : Buffer.of(0x82, body.length >> 8, body.length & 0xff)
  return Buffer.concat([Buffer.of(tag), length, body])
}

const sequence = (...content: readonly Uint8Array[]) => tlv(0x30, ...content)
const hex = (text: string) => Buffer.from(text, 'hex')

/** Algorithm identifiers. */
export const der = {
  sha1WithRsa: hex('300d06092a864886f70d0101050500'),
  sha256WithRsa: hex('300d06092a864886f70d01010b0500'),
  ed25519: hex('300506032b6570'),
} as const

/**
 * A PKCS#10 request, DER.
 *
 * @param hash  what the signature is made with; null where the algorithm has none
 */
export function derCsr(parts: {
  readonly key: KeyObject
  readonly names: readonly string[]
  readonly algorithm: Uint8Array
  readonly hash: string | null
}): Buffer {
  const san = sequence(...parts.names.map((name) => tlv(0x82, Buffer.from(name, 'latin1'))))
  const extension = sequence(hex('0603551d11'), tlv(0x04, san))
  const extensionRequest = sequence(hex('06092a864886f70d01090e'), tlv(0x31, sequence(extension)))
  const info = sequence(
    hex('020100'),
    sequence(),
    createPublicKey(parts.key).export({ type: 'spki', format: 'der' }),
    tlv(0xa0, extensionRequest),
  )
  const signature = sign(parts.hash, info, parts.key)
  return sequence(info, parts.algorithm, tlv(0x03, Buffer.of(0), signature))
}
