// DNS names between text and wire. Text has no final dot (one is accepted), bytes that would confuse it are escaped as
// RFC 1035 section 5.1 says (`\.` and `\DDD`); the wire form is a row of length-prefixed labels that ends with the root.
import { MAX_LABEL_LENGTH, MAX_WIRE_NAME_LENGTH } from './constants.ts'

/** A text that is no DNS name; the message says which and why. */
export class InvalidDnsNameError extends Error {
  override readonly name = 'InvalidDnsNameError'
}

/**
 * Writes a name as wire bytes, case kept, never compressed.
 *
 * @param name  text with or without the final dot; the empty text and `.` are the root
 * @throws InvalidDnsNameError for an empty or too long label, a too long name, or a broken escape
 */
export function nameToWire(name: string): Buffer {
  const labels = splitLabels(name)
  const wire = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)])
  if (wire.length > MAX_WIRE_NAME_LENGTH) {
    throw new InvalidDnsNameError(`name ${JSON.stringify(name)} takes ${wire.length} bytes, DNS allows 255`)
  }
  return wire
}

function splitLabels(name: string): Buffer[] {
  if (name === '' || name === '.') return []
  const labels: Buffer[] = []
  let label: number[] = []
  const finish = () => {
    if (label.length === 0) throw new InvalidDnsNameError(`name ${JSON.stringify(name)} has an empty label`)
    if (label.length > MAX_LABEL_LENGTH) {
      throw new InvalidDnsNameError(`a label of ${JSON.stringify(name)} has ${label.length} bytes, DNS allows 63`)
    }
    labels.push(Buffer.from(label))
    label = []
  }
  const bytes = Buffer.from(name, 'utf8')
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x2e) {
      finish()
      if (at === bytes.length - 1) return labels
    } else if (byte === 0x5c) {
      const decimal = /^[0-9]{3}/.exec(bytes.toString('latin1', at + 1, at + 4))?.[0]
      const value = decimal === undefined ? bytes[at + 1] : Number(decimal)
      if (value === undefined || value > 255) {
        throw new InvalidDnsNameError(`name ${JSON.stringify(name)} has a broken escape; write \\. or \\000 to \\255`)
      }
      label.push(value)
      at += decimal === undefined ? 1 : 3
    } else {
      label.push(byte)
    }
  }
  finish()
  return labels
}

/** A name read from a message, and where the message goes on behind it. */
export interface ReadName {
  readonly name: string
  readonly end: number
}

/**
 * Reads a name from a message; compression is followed backwards only, so it always ends (RFC 1035 section 4.1.4).
 *
 * @param at  where the name begins, in bytes
 * @returns undefined where the bytes are no name
 */
export function readName(message: Uint8Array, at: number): ReadName | undefined {
  const labels: string[] = []
  let end = -1
  let length = 1
  let lowest = at
  for (let next = at; ;) {
    const size = message[next]
    if (size === undefined) return undefined
    if (size === 0) return { name: labels.join('.'), end: end < 0 ? next + 1 : end }
    if (size >= 0xc0) {
      const low = message[next + 1]
      if (low === undefined) return undefined
      const target = ((size & 0x3f) << 8) | low
      if (target >= lowest) return undefined
      if (end < 0) end = next + 2
      lowest = target
      next = target
      continue
    }
    if (size > MAX_LABEL_LENGTH || next + 1 + size > message.length) return undefined
    length += size + 1
    if (length > MAX_WIRE_NAME_LENGTH) return undefined
    labels.push(labelText(message.subarray(next + 1, next + 1 + size)))
    next += size + 1
  }
}

/** Whether two names are the same; letter case and a final dot do not matter. */
export function sameName(a: string, b: string): boolean {
  return withoutDot(a).toLowerCase() === withoutDot(b).toLowerCase()
}

/** The name without its final dot. */
export function withoutDot(name: string): string {
  return name.endsWith('.') && !name.endsWith('\\.') ? name.slice(0, -1) : name
}

function labelText(label: Uint8Array): string {
  let text = ''
  for (const byte of label) {
    if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\${String(byte).padStart(3, '0')}`
  }
  return text
}
