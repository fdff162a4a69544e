// IP addresses as bytes and as text, without a platform: this runs in the window, the node and the servers alike.
// Text is written as RFC 5952 says; parsing is strict (no zone ids, no octal, no shortened IPv4).

/** An address and its family; `bytes` has 4 or 16 of them. An IPv4-mapped IPv6 address stays what it was given as. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  /** RFC 5952 text. */
  readonly text: string
}

/** Reads dotted decimal IPv4 (no leading zeros), gives undefined for anything else. */
export function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined
    bytes[index] = Number(part)
  }
  return { family: 4, bytes, text: parts.join('.') }
}

/** Reads IPv6 text in any spelling of RFC 4291 section 2.2 (also with a dotted tail), gives undefined for anything else. */
export function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined
  let source = text
  const dotted = /^(.*:)([0-9]+\.[0-9.]+)$/.exec(text)
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const tail = parseIpv4(dotted[2])
    if (!tail) return undefined
    source = `${dotted[1]}${hexGroup(tail.bytes, 0)}:${hexGroup(tail.bytes, 2)}`
  }
  const halves = source.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] ?? '')
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : []
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  const bytes = new Uint8Array(16)
  for (const [index, group] of all.entries()) {
    bytes[index * 2] = group >> 8
    bytes[index * 2 + 1] = group & 0xff
  }
  return ipFromBytes(bytes)
}

/** Reads an address of either family. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** Makes an address of 4 or 16 bytes; undefined for any other length. */
export function ipFromBytes(bytes: Uint8Array): IpAddress | undefined {
  if (bytes.length === 4) return { family: 4, bytes, text: bytes.join('.') }
  if (bytes.length !== 16) return undefined
  return { family: 6, bytes, text: isMapped(bytes) ? `::ffff:${bytes.slice(12).join('.')}` : compress(bytes) }
}

/** The IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291 section 2.5.5.2); every other address as it is. */
export function unmapIp(ip: IpAddress): IpAddress {
  if (ip.family === 4) return ip
  return (isMapped(ip.bytes) ? ipFromBytes(ip.bytes.slice(12)) : undefined) ?? ip
}

/** The eight groups of an IPv6 address, each without leading zeros. */
export function ipv6Groups(bytes: Uint8Array): string[] {
  return Array.from({ length: 8 }, (_, index) => hexGroup(bytes, index * 2))
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function hexGroup(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16)
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))
    ? parts.map((part) => Number.parseInt(part, 16))
    : undefined
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first one of equals. */
function compress(bytes: Uint8Array): string {
  const all = ipv6Groups(bytes)
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (all[at + length] === '0') length++
    if (length > best.length) best = { at, length }
  }
  if (best.at < 0) return all.join(':')
  return `${all.slice(0, best.at).join(':')}::${all.slice(best.at + best.length).join(':')}`
}
