// Which kind of network an IP address belongs to. Only a public one can be reached from everywhere; the table is the IANA
// special-purpose registries (RFC 6890 and its updates), the same that libp2p's Go side uses.
import { BlockList } from 'node:net'
import { type IpAddress, ipFromBytes, unmapIp } from '../../proto/ip.ts'

/** The classes an operator can allow. `reserved` is everything that no host has: documentation, multicast, future use. */
export const ADDRESS_CLASSES = [
  'public',
  'private',
  'cgnat',
  'loopback',
  'link-local',
  'translated',
  'reserved',
] as const
export type AddressClass = (typeof ADDRESS_CLASSES)[number]

type SpecialClass = Exclude<AddressClass, 'public'>

const V4: Record<SpecialClass, readonly string[]> = {
  loopback: ['127.0.0.0/8'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  cgnat: ['100.64.0.0/10'],
  'link-local': ['169.254.0.0/16'],
  translated: ['192.88.99.0/24'],
  reserved: [
    ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
    ...['224.0.0.0/4', '240.0.0.0/4'],
  ],
}

/** Outside 2000::/3 nothing is public, whatever this table says. */
const V6: Record<SpecialClass, readonly string[]> = {
  loopback: ['::1/128'],
  private: ['fc00::/7'],
  cgnat: [],
  'link-local': ['fe80::/10'],
  translated: ['64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
  reserved: ['2001:db8::/32', '2001:2::/48', '2001:10::/28', '3fff::/20', '100::/64'],
}

const ORDER: readonly SpecialClass[] = ['loopback', 'private', 'cgnat', 'link-local', 'translated', 'reserved']

const LISTS = {
  4: new Map(ORDER.map((name) => [name, blockList(V4[name], 'ipv4')])),
  6: new Map(ORDER.map((name) => [name, blockList(V6[name], 'ipv6')])),
}
const GLOBAL_V6 = blockList(['2000::/3'], 'ipv6')

/** The class of an address; an IPv4-mapped IPv6 address is judged as the IPv4 address it means. */
export function addressClass(ip: IpAddress): AddressClass {
  const address = unmapIp(ip)
  const type = address.family === 4 ? 'ipv4' : 'ipv6'
  for (const [name, list] of LISTS[address.family]) {
    if (list.check(address.text, type)) return name
  }
  if (address.family === 6 && !GLOBAL_V6.check(address.text, 'ipv6')) return 'reserved'
  return 'public'
}

const NAT64 = blockList(['64:ff9b::/96'], 'ipv6')
const SIX_TO_FOUR = blockList(['2002::/16'], 'ipv6')

/**
 * The IPv4 address to which a translator or a 6to4 relay passes on what is sent to an IPv6 address (RFC 6052 section 2.2, RFC 3056
 * section 2).
 *
 * @returns it alone, or nothing
 */
export function translatedIpv4(ip: IpAddress): readonly IpAddress[] {
  if (ip.family === 4) return []
  const at = NAT64.check(ip.text, 'ipv6') ? 12 : SIX_TO_FOUR.check(ip.text, 'ipv6') ? 2 : undefined
  const found = at === undefined ? undefined : ipFromBytes(ip.bytes.slice(at, at + 4))
  return found ? [found] : []
}

function blockList(ranges: readonly string[], type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network, prefix] = range.split('/')
    if (network !== undefined) list.addSubnet(network, Number(prefix), type)
  }
  return list
}
