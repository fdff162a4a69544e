// Just enough DER to put a certificate request together by hand, for keys and signatures that no library would make.
import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/** One value: a tag of one byte and what stands in it. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 0x80
      ? Buffer.of(body.length)
      : body.length < 0x100
        ? Buffer.of(0x81, body.length)
        : Buffer.of(0x82, body.length >> 8, body.length & 0xff)
  return Buffer.concat([Buffer.of(tag), length, body])
}

export const sequence = (...content: readonly Uint8Array[]) => tlv(0x30, ...content)
export const hex = (text: string) => Buffer.from(text, 'hex')

/** Algorithm identifiers. */
export const der = {
  sha1WithRsa: hex('300d06092a864886f70d0101050500'),
  sha256WithEcdsa: hex('300a06082a8648ce3d040302'),
  sha256WithRsa: hex('300d06092a864886f70d01010b0500'),
  ed25519: hex('300506032b6570'),
} as const

/** What a request consists of, each part as DER; what a good one has where left out. */
export interface CsrParts {
  readonly key: KeyObject
  readonly names: readonly string[]
  readonly algorithm: Uint8Array
  /** What the signature is made with; null where the algorithm has none. */
  readonly hash: string | null
  readonly version?: Uint8Array
  readonly subject?: Uint8Array
  readonly spki?: Uint8Array
  readonly extensions?: readonly Uint8Array[]
  /** Everything behind the key. */
  readonly attributes?: Uint8Array
  /** Behind the signature. */
  readonly behind?: Uint8Array
}

/** The extension with which a request names hosts. */
export function sanExtension(names: readonly string[]): Buffer {
  return extension('0603551d11', sequence(...names.map((name) => tlv(0x82, Buffer.from(name, 'latin1')))))
}

/** Any extension; `type` is the whole object identifier in hex. */
export function extension(type: string, value: Uint8Array, critical: Uint8Array = Buffer.of()): Buffer {
  return sequence(hex(type), critical, tlv(0x04, value))
}

/** The attribute that asks for extensions. */
export function extensionRequest(...extensions: readonly Uint8Array[]): Buffer {
  return sequence(hex('06092a864886f70d01090e'), tlv(0x31, sequence(...extensions)))
}

/** A PKCS#10 request, DER. */
export function derCsr(parts: CsrParts): Buffer {
  const { extensions = [sanExtension(parts.names)] } = parts
  const info = sequence(
    parts.version ?? hex('020100'),
    parts.subject ?? sequence(),
    parts.spki ?? createPublicKey(parts.key).export({ type: 'spki', format: 'der' }),
    parts.attributes ?? tlv(0xa0, extensionRequest(...extensions)),
  )
  const signature = sign(parts.hash, info, parts.key)
  return sequence(info, parts.algorithm, tlv(0x03, Buffer.of(0), signature), parts.behind ?? Buffer.of())
}
