// Which addresses a node tells others: the plain ones it listens on, and for every proved IP address one WSS address under
// a name that its certificate covers. An address in a record is a promise, so nothing is announced that nobody can verify.
// A forge's certificate names no address and covers all: there the addresses in use count, and one that changes costs nothing.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { parseIp, unmapIp } from '../../proto/ip.ts'
import {
  autotlsIpName,
  dns2ipName,
  id0IpName,
  parseZoneName,
  peerToBase36Label,
  peerToId0Label,
} from '../../proto/names.ts'
import type { PeerId } from '@libp2p/interface'
import type { IpAddress } from '../../proto/ip.ts'

/** Ports of the WSS listener, by the family it is bound to; none before it is up. */
export interface WssPorts {
  readonly 4?: number | undefined
  readonly 6?: number | undefined
}

/**
 * How an address under a forge's name is written: `/dns4/<name>/tcp/4430/tls/ws`, which browsers need, or
 * `/ip4/<ip>/tcp/4430/tls/sni/<name>/ws`, which needs no DNS.
 */
export const FORGE_ADDRESS_FORMS = ['short', 'long', 'both'] as const
export type ForgeAddressForm = (typeof FORGE_ADDRESS_FORMS)[number]

/** What the announced addresses follow from. */
export interface AnnounceFacts {
  /** The addresses the node is bound to, without /p2p/. */
  readonly listening: readonly Multiaddr[]
  readonly peer: PeerId
  /** The names and the proved IP addresses (as text) of the certificate in use. */
  readonly certificate: { readonly names: readonly string[]; readonly addresses: readonly string[] } | undefined
  readonly wssPorts: WssPorts
  /** IP addresses that lead to the WSS listener now, as text: what a forge's names are announced for. */
  readonly inUse?: readonly string[] | undefined
  /** @default short */
  readonly forgeForm?: ForgeAddressForm | undefined
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

/** The forge of a certificate for this peer, known by the wildcard below the peer's name; undefined where that is not there. */
export function forgeDomain(names: readonly string[], peer: PeerId): string | undefined {
  const prefix = `*.${peerToBase36Label(peer)}.`
  return names.find((name) => name.startsWith(prefix))?.slice(prefix.length)
}

function secureAddresses(facts: AnnounceFacts): Multiaddr[] {
  const { certificate, peer, wssPorts } = facts
  if (!certificate) return []
  const forge = forgeDomain(certificate.names, peer)
  if (forge !== undefined) return underForge(facts, forge)
  const found = certificate.addresses.flatMap((text) => {
    const parsed = parseIp(text)
    const ip = parsed && unmapIp(parsed)
    const port = ip && wssPorts[ip.family]
    const name = ip && nameFor(ip, peer, certificate.names)
    return port && name ? [`/dns${ip.family}/${name}/tcp/${port}/tls/ws`] : []
  })
  return [...new Set(found)].map((text) => multiaddr(text))
}

function underForge({ inUse = [], peer, wssPorts, forgeForm = 'short' }: AnnounceFacts, forge: string): Multiaddr[] {
  const found = inUse.flatMap((text) => {
    const parsed = parseIp(text)
    const ip = parsed && unmapIp(parsed)
    const port = ip && wssPorts[ip.family]
    if (!port) return []
    const name = autotlsIpName(ip, peer, forge)
    const short = `/dns${ip.family}/${name}/tcp/${port}/tls/ws`
    const long = `/ip${ip.family}/${ip.text}/tcp/${port}/tls/sni/${name}/ws`
    return { short: [short], long: [long], both: [short, long] }[forgeForm]
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
