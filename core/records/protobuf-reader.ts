// Reads the few kinds of protobuf that signed records are made of, strictly and without copying. By hand, since a library reads bytes that
// are no message as if they were one, and because this is done for every record that a stranger sends.

/** Bytes that are not what was expected at a place; the message says where and why. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** What follows a tag (protobuf's wire types; groups are in no record). */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

/** A number of 64 bits has ten bytes at most, seven bits in each. */
const MAX_VARINT_BYTES = 10

/** Of field and wire type. */
const MAX_TAG_BYTES = 5

/** A message, read from its first byte to its last. */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  /** Whether a number may be written in one way only. */
  readonly #shortest: boolean
  #at = 0

  /** @param options.shortest  refuse numbers with more bytes than they need: where anybody could add some, since nothing signs them */
  constructor(bytes: Uint8Array, { shortest = false }: { readonly shortest?: boolean } = {}) {
    this.#bytes = bytes
    this.#shortest = shortest
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The next field's number and wire type. @throws ProtobufError */
  tag(): { readonly field: number; readonly wire: number } {
    const at = this.#at
    const tag = this.#number(MAX_TAG_BYTES)
    const field = Math.floor(tag / 8)
    if (field === 0) throw new ProtobufError(`byte ${at}: there is no field 0`)
    return { field, wire: tag % 8 }
  }

  /** A number of up to 64 bits. @throws ProtobufError */
  uint64(): bigint {
    const at = this.#at
    let [low, middle, high] = [0, 0, 0]
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#byte()
      const bits = byte & 0x7f
      if (index < 4) low += bits * 2 ** (7 * index)
      else if (index < 8) middle += bits * 2 ** (7 * (index - 4))
      else high += bits * 2 ** (7 * (index - 8))
      if (byte < 0x80) {
        if (index === MAX_VARINT_BYTES - 1 && byte > 1) throw new ProtobufError(`byte ${at}: a number beyond 64 bits`)
        if (this.#shortest && byte === 0 && index > 0) throw longer(at)
        return (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
      }
    }
    throw new ProtobufError(`byte ${at}: a number that does not end`)
  }

  /** A length and that many bytes, as a view. @throws ProtobufError */
  bytes(): Uint8Array {
    const at = this.#at
    const length = this.#number(MAX_TAG_BYTES)
    const end = this.#at + length
    if (end > this.#bytes.length) {
      throw new ProtobufError(`byte ${at}: ${length} bytes are announced, ${this.#bytes.length - this.#at} are there`)
    }
    const found = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return found
  }

  /** Passes over what follows a tag that nobody knows. @throws ProtobufError */
  skip(wire: number): void {
    if (wire === VARINT) this.uint64()
    else if (wire === BYTES) this.bytes()
    else if (wire === FIXED64 || wire === FIXED32) {
      const end = this.#at + (wire === FIXED64 ? 8 : 4)
      if (end > this.#bytes.length) throw new ProtobufError(`byte ${this.#at}: the message ends in a number`)
      this.#at = end
    } else throw new ProtobufError(`byte ${this.#at}: there is no wire type ${wire} in records`)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new ProtobufError(`byte ${this.#at}: the message ends in a number`)
    this.#at += 1
    return byte
  }

  #number(maxBytes: number): number {
    const at = this.#at
    let value = 0
    for (let index = 0; index < maxBytes; index++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) {
        if (this.#shortest && byte === 0 && index > 0) throw longer(at)
        return value
      }
    }
    throw new ProtobufError(`byte ${at}: a number that does not end`)
  }
}

function longer(at: number): ProtobufError {
  return new ProtobufError(`byte ${at}: a number with more bytes than it needs`)
}

/** A field of bytes, as it is written. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(field * 8 + BYTES), varint(bytes.length), bytes])
}

/** A field with a number, as it is written. */
export function numberField(field: number, value: bigint): Uint8Array {
  return Buffer.concat([Uint8Array.of(field * 8 + VARINT), varint(value)])
}

/** A number in sevens of bits, the lowest first. */
export function varint(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && value < 0x80) return Uint8Array.of(value)
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.from([...bytes, Number(rest)])
}
