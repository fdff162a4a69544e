// The messages of AutoNAT v2, the protocol by which any libp2p peer asks another whether it can be dialled back
// (libp2p/specs, autonat/autonat-v2.md). Written by hand, because a nonce needs all of its 64 bits.
import protobuf from 'protobufjs/minimal.js'
import type { WireMessage } from './codec.ts'

/** A client asks to be dialled. */
export const DIAL_REQUEST_PROTOCOL = '/libp2p/autonat/2/dial-request'

/** The server shows, on a connection that it dialled, the nonce it was given. */
export const DIAL_BACK_PROTOCOL = '/libp2p/autonat/2/dial-back'

/** The largest message on a stream of requests: what other implementations send and take. */
export const MAX_AUTONAT_BYTES = 8_192

/** A nonce has 8 bytes. */
export const MAX_DIAL_BACK_BYTES = 64

/** Whether a request was carried out. */
export const DialResponseStatus = { internalError: 0, rejected: 100, refused: 101, ok: 200 } as const

/** How dialling went: nobody there; somebody, but not to be talked to; the nonce was delivered. */
export const DialStatus = { unused: 0, dialError: 100, dialBackError: 101, ok: 200 } as const

/** What is said on a stream of requests; `other` is what a newer version may say. */
export type AutonatMessage =
  | { readonly kind: 'dial-request'; readonly addresses: readonly Uint8Array[]; readonly nonce: bigint }
  | { readonly kind: 'dial-response'; readonly status: number; readonly index: number; readonly dialStatus: number }
  /** The server wants bytes before it dials an address that is not the client's own. */
  | { readonly kind: 'dial-data-request' }
  | { readonly kind: 'other' }

/** What a client may send, and a server answer. */
export type AutonatOutgoing = Extract<AutonatMessage, { kind: 'dial-request' | 'dial-response' }>

export const autonatMessage: WireMessage<AutonatMessage, AutonatOutgoing> = {
  encode(message) {
    const writer = protobuf.Writer.create()
    if (message.kind === 'dial-request') {
      writer.uint32(tag(1, BYTES)).fork()
      for (const address of message.addresses) writer.uint32(tag(1, BYTES)).bytes(address)
      writer.uint32(tag(2, FIXED64))
      writeNonce(writer, message.nonce)
    } else {
      writer.uint32(tag(2, BYTES)).fork()
      writer.uint32(tag(1, VARINT)).uint32(message.status)
      writer.uint32(tag(2, VARINT)).uint32(message.index)
      writer.uint32(tag(3, VARINT)).uint32(message.dialStatus)
    }
    return writer.ldelim()
  },
  decode(bytes) {
    const reader = protobuf.Reader.create(bytes)
    let message: AutonatMessage = { kind: 'other' }
    readFields(reader, (field, type) => {
      if (type !== BYTES) return false
      if (field === 1) message = readDialRequest(reader.bytes())
      else if (field === 2) message = readDialResponse(reader.bytes())
      else if (field === 3) {
        reader.bytes()
        message = { kind: 'dial-data-request' }
      } else return false
      return true
    })
    return message
  },
}

/** The nonce, as the server shows it. */
export const dialBackMessage: WireMessage<{ readonly nonce: bigint }, { readonly nonce: bigint }> = {
  encode({ nonce }) {
    const writer = protobuf.Writer.create().uint32(tag(1, FIXED64))
    return writeNonce(writer, nonce)
  },
  decode(bytes) {
    const reader = protobuf.Reader.create(bytes)
    let nonce = 0n
    readFields(reader, (field, type) => {
      if (field !== 1 || type !== FIXED64) return false
      nonce = readNonce(reader)
      return true
    })
    return { nonce }
  },
}

/** The client has heard the nonce: there is one status, and it is 0. */
export const dialBackResponse: WireMessage<{ readonly status: number }, { readonly status: number }> = {
  encode: ({ status }) => protobuf.Writer.create().uint32(tag(1, VARINT)).uint32(status),
  decode(bytes) {
    const reader = protobuf.Reader.create(bytes)
    let status = 0
    readFields(reader, (field, type) => {
      if (field !== 1 || type !== VARINT) return false
      status = reader.uint32()
      return true
    })
    return { status }
  },
}

/** Wire types of protobuf. */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2

function tag(field: number, type: number): number {
  return (field << 3) | type
}

/** Reads what `take` knows and skips the rest. */
function readFields(reader: protobuf.Reader, take: (field: number, type: number) => boolean): void {
  while (reader.pos < reader.len) {
    const head = reader.uint32()
    if (!take(head >>> 3, head & 7)) reader.skipType(head & 7)
  }
}

function readDialRequest(bytes: Uint8Array): AutonatMessage {
  const reader = protobuf.Reader.create(bytes)
  const addresses: Uint8Array[] = []
  let nonce = 0n
  readFields(reader, (field, type) => {
    if (field === 1 && type === BYTES) addresses.push(Uint8Array.from(reader.bytes()))
    else if (field === 2 && type === FIXED64) nonce = readNonce(reader)
    else return false
    return true
  })
  return { kind: 'dial-request', addresses, nonce }
}

function readDialResponse(bytes: Uint8Array): AutonatMessage {
  const reader = protobuf.Reader.create(bytes)
  const values = [0, 0, 0]
  readFields(reader, (field, type) => {
    if (type !== VARINT || field < 1 || field > values.length) return false
    values[field - 1] = reader.uint32()
    return true
  })
  const [status = 0, index = 0, dialStatus = 0] = values
  return { kind: 'dial-response', status, index, dialStatus }
}

/** Little endian, as protobuf writes a fixed64. */
function writeNonce(writer: protobuf.Writer, nonce: bigint): protobuf.Writer {
  return writer.fixed32(Number(nonce & 0xffff_ffffn)).fixed32(Number((nonce >> 32n) & 0xffff_ffffn))
}

function readNonce(reader: protobuf.Reader): bigint {
  const low = reader.fixed32()
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low)
}
