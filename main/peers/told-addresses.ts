// Which of many addresses may be told to others, or dialled because others told them: those of an allowed class. A name
// that contains an IP address (our own scheme) counts by that address, because it resolves to nothing else.
import { addressClass, type AddressClass } from '../../core/net/address-class.ts'
import { parseIp, type IpAddress } from '../../proto/ip.ts'
import { parseZoneName } from '../../proto/names.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The addresses of a peer whose class is allowed; a name that shows no address counts as public. */
export function allowedAddresses(
  addresses: readonly Multiaddr[],
  owner: PeerId,
  classes: readonly AddressClass[],
): Multiaddr[] {
  return addresses.filter((address) => classes.includes(classOf(address, owner)))
}

function classOf(address: Multiaddr, owner: PeerId): AddressClass {
  const first = address.getComponents()[0]
  const value = first?.value ?? ''
  if (first?.name === 'ip4' || first?.name === 'ip6') {
    const ip = parseIp(value)
    return ip ? addressClass(ip) : 'reserved'
  }
  if (value.toLowerCase() === 'localhost') return 'loopback'
  const ip = ipOfName(value, owner)
  return ip ? addressClass(ip) : 'public'
}

/** The address in a name under the peer's own label, or in a DNS2IP name. */
function ipOfName(name: string, owner: PeerId): IpAddress | undefined {
  const parsed = parseZoneName(name, name.split('.').slice(2).join('.'))
  if (parsed?.kind === 'dns2ip') return parsed.ip
  const own = parsed?.kind === 'id0-ip' || parsed?.kind === 'autotls-ip' ? parsed : undefined
  return own?.peer.equals(owner) ? own.ip : undefined
}
