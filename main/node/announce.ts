// Which addresses a node tells others: the plain ones it listens on, and for every proved IP address one WSS address under
// a name that its certificate covers. An address in a record is a promise, so nothing is announced that nobody can verify.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { parseIp, unmapIp } from '../../proto/ip.ts'
import { dns2ipName, id0IpName, parseZoneName, peerToId0Label } from '../../proto/names.ts'
import type { PeerId } from '@libp2p/interface'
import type { IpAddress } from '../../proto/ip.ts'

/** Ports of the WSS listener, by the family it is bound to; none before it is up. */
export interface WssPorts {
  readonly 4?: number | undefined
  readonly 6?: number | undefined
}

/** What the announced addresses follow from. */
export interface AnnounceFacts {
  /** The addresses the node is bound to, without /p2p/. */
  readonly listening: readonly Multiaddr[]
  readonly peer: PeerId
  /** The names and the proved IP addresses (as text) of the certificate in use. */
  readonly certificate: { readonly names: readonly string[]; readonly addresses: readonly string[] } | undefined
  readonly wssPorts: WssPorts
}

/** The addresses to tell, the secure ones first. */
export function announcedAddresses(facts: AnnounceFacts): Multiaddr[] {
  const plain = facts.listening.filter((address) => !isSecure(address))
  return [...secureAddresses(facts), ...plain]
}

/** The zone of a certificate for this peer, known by the peer's own name on it; undefined where that is not there. */
export function identityZone(names: readonly string[], peer: PeerId): string | undefined {
  const label = `${peerToId0Label(peer)}.`
  return names.find((name) => name.startsWith(label))?.slice(label.length)
}

function secureAddresses({ certificate, peer, wssPorts }: AnnounceFacts): Multiaddr[] {
  if (!certificate) return []
  const found = certificate.addresses.flatMap((text) => {
    const parsed = parseIp(text)
    const ip = parsed && unmapIp(parsed)
    const port = ip && wssPorts[ip.family]
    const name = ip && nameFor(ip, peer, certificate.names)
    return port && name ? [`/dns${ip.family}/${name}/tcp/${port}/tls/ws`] : []
  })
  return [...new Set(found)].map((text) => multiaddr(text))
}

/** A name that resolves to this very address and that the certificate covers; the identity's own before the IP's. */
function nameFor(ip: IpAddress, peer: PeerId, names: readonly string[]): string | undefined {
  const zone = identityZone(names, peer)
  if (zone !== undefined && names.includes(`*.${peerToId0Label(peer)}.${zone}`)) return id0IpName(ip, peer, zone)
  return names.find((name) => {
    const [, , ...rest] = name.split('.')
    const parsed = parseZoneName(name, rest.join('.'))
    return parsed?.kind === 'dns2ip' && dns2ipName(ip, rest.join('.')) === dns2ipName(parsed.ip, rest.join('.'))
  })
}

function isSecure(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'tls' || name === 'wss')
}
