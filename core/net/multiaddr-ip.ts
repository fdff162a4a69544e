// The IP address that a multiaddr begins with. Every limit, class and dial-back that looks at a peer's address takes it from here, so
// that an IPv4-mapped one is the IPv4 address everywhere.
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import { addressClass } from './address-class.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The address; undefined for a name, an address with an interface (`ip6zone`), or anything else. */
export function ipOf(address: Multiaddr): IpAddress | undefined {
  const first = address.getComponents()[0]
  const ip = first?.name === 'ip4' || first?.name === 'ip6' ? parseIp(first.value ?? '') : undefined
  return ip && unmapIp(ip)
}

/** The same where it is a public one. */
export function publicIpOf(address: Multiaddr): IpAddress | undefined {
  const ip = ipOf(address)
  return ip && addressClass(ip) === 'public' ? ip : undefined
}
