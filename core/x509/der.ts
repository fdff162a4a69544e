// Reads DER (X.690 section 10) and nothing but DER: lengths that are definite and as short as can be, tags of one byte. Two programs
// that read the same bytes with different patience are how a request comes to mean two things, so there is none here.

/** Bytes that are not DER, or not the DER that was expected. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One value. */
export interface DerValue {
  /** Class, form and number in one byte. */
  readonly tag: number
  readonly content: Uint8Array
  /** Header and content. */
  readonly whole: Uint8Array
}

/** So many bytes of length are read: 64 KiB, more than anything we look at. */
const MAX_LENGTH_BYTES = 2

/**
 * Reads values that follow each other up to the end.
 *
 * @throws DerError
 */
export function derValues(bytes: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at)
    values.push(value)
    at += value.whole.length
  }
  return values
}

/**
 * Reads exactly one value.
 *
 * @throws DerError where there is another number of them
 */
export function derValue(bytes: Uint8Array): DerValue {
  const [value, ...more] = derValues(bytes)
  if (!value || more.length > 0) throw new DerError(`expected one value, found ${more.length + (value ? 1 : 0)}`)
  return value
}

function valueAt(bytes: Uint8Array, start: number): DerValue {
  const tag = byteAt(bytes, start)
  if ((tag & 0x1f) === 0x1f) throw new DerError(`a tag of several bytes at ${start}`)
  const first = byteAt(bytes, start + 1)
  const { length, header } = first < 0x80 ? { length: first, header: 2 } : longLength(bytes, start, first & 0x7f)
  const end = start + header + length
  if (end > bytes.length) throw new DerError(`a value at ${start} ends behind the last byte`)
  return { tag, content: bytes.subarray(start + header, end), whole: bytes.subarray(start, end) }
}

function longLength(bytes: Uint8Array, start: number, count: number): { length: number; header: number } {
  if (count === 0) throw new DerError(`a length that is not told at ${start}`)
  if (count > MAX_LENGTH_BYTES) throw new DerError(`a length of ${count} bytes at ${start}`)
  let length = 0
  for (let at = 0; at < count; at++) length = length * 0x100 + byteAt(bytes, start + 2 + at)
  const isShortest = count === 1 ? length >= 0x80 : length >= 0x100
  if (!isShortest) throw new DerError(`a length at ${start} that is longer than it must be`)
  return { length, header: 2 + count }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new DerError(`the bytes end at ${at}`)
  return byte
}
