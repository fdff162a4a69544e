// Who counts as one: the network that an address belongs to, since one household or one machine has as many addresses of it
// as it likes.
import type { IpAddress } from '../../proto/ip.ts'

/** What one customer of a provider gets: an IPv6 /56 is usual, an IPv4 /24 the smallest network that is routed. */
const BYTES = { 4: 3, 6: 7 } as const

/** What anybody can have for nothing from a tunnel broker. */
const FREE_V6_BYTES = 6

/** The /24 or /48 of an address, for those whose word is all that there is: they have as many /56 as they like. */
export function widePrefixOf(ip: IpAddress): string {
  return prefixOf(ip, FREE_V6_BYTES)
}

/**
 * The /24 or /56 of an address, as a text that is the same for all addresses in it.
 *
 * @param v6Bytes  how much of an IPv6 address counts
 */
export function prefixOf({ family, bytes }: IpAddress, v6Bytes: number = BYTES[6]): string {
  const kept = [...bytes.subarray(0, family === 4 ? BYTES[4] : v6Bytes)]
  if (family === 4) return `${kept.join('.')}.0/24`
  return `${kept.map((byte) => byte.toString(16).padStart(2, '0')).join('')}/${v6Bytes * 8}`
}
