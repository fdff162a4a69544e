// Which addresses are told to nobody: those that a person or operator has named, in whatever way they think of them. A name that holds an IP
// address (our schemes, and AutoTLS') counts as that address, because it resolves to nothing else.
import { BlockList } from 'node:net'
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import { parseZoneName } from '../../proto/names.ts'
import { ADDRESS_CLASSES, addressClass, type AddressClass } from './address-class.ts'
import { ipOf } from './multiaddr-ip.ts'
import { TCP, WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What may be named besides IP addresses, networks, names and multiaddrs. */
const TRANSPORTS = ['ip4', 'ip6', 'tcp', 'ws', 'wss'] as const

/** For messages: what an entry may be. */
export const EXCLUSION_FORMS = `an IP address, a network (10.0.0.0/8), a class (${ADDRESS_CLASSES.join(', ')}), a way (${TRANSPORTS.join(', ')}), a name (*.example.org) or the beginning of a multiaddr (/ip4/192.0.2.1/tcp/4001)`

/** Whether an address is meant. */
type Exclusion = (address: Multiaddr, owner: PeerId) => boolean

/** Reads one entry. @returns undefined where it is none of `EXCLUSION_FORMS` */
export function parseExclusion(text: string): Exclusion | undefined {
  const entry = text.trim().toLowerCase()
  const kind = ADDRESS_CLASSES.find((name) => name === entry)
  if (kind) return (address, owner) => classOfAddress(address, owner) === kind
  const way = TRANSPORTS.find((name) => name === entry)
  if (way) return (address, owner) => isBy(way, address, owner)
  if (entry.startsWith('/'))
    return /^(\/[a-z0-9.:_*-]+)+$/.test(entry) ? (address) => beginsWith(address, entry) : undefined
  const network = parseNetwork(entry)
  if (network) {
    return (address, owner) => {
      const ip = ipOfAddress(address, owner)
      return ip !== undefined && network.check(ip.text, ip.family === 4 ? 'ipv4' : 'ipv6')
    }
  }
  if (!/^(\*\.)?([a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}$/.test(entry)) return undefined
  return (address) => {
    const names = address.getComponents().filter(({ name }) => name.startsWith('dns') || name === 'sni')
    return names.some(({ value = '' }) => matchesName(value.toLowerCase(), entry))
  }
}

/**
 * Makes the filter of a list of entries.
 *
 * @returns whether an address may be told
 * @throws TypeError for an entry that is none
 */
export function announceFilter(entries: readonly string[]): (address: Multiaddr, owner: PeerId) => boolean {
  const exclusions = entries.map((entry) => {
    const exclusion = parseExclusion(entry)
    if (!exclusion) throw new TypeError(`"${entry}" is no address to keep back: expected ${EXCLUSION_FORMS}`)
    return exclusion
  })
  return (address, owner) => !exclusions.some((excludes) => excludes(address, owner))
}

/** The class that an address counts as; a name that shows no IP address counts as public. */
export function classOfAddress(address: Multiaddr, owner: PeerId): AddressClass {
  const first = address.getComponents()[0]
  if (first?.value?.toLowerCase() === 'localhost') return 'loopback'
  const ip = ipOfAddress(address, owner)
  if (ip) return addressClass(ip)
  return first?.name === 'ip4' || first?.name === 'ip6' ? 'reserved' : 'public'
}

/** The IP address of an address: its own, or the one in its name. */
export function ipOfAddress(address: Multiaddr, owner: PeerId): IpAddress | undefined {
  const ip = ipOf(address)
  if (ip) return ip
  const named = ipOfName(address.getComponents()[0]?.value ?? '', owner)
  return named && unmapIp(named)
}

/** The address in a name under the peer's own label, or in a DNS2IP name. */
function ipOfName(name: string, owner: PeerId): IpAddress | undefined {
  const parsed = parseZoneName(name, name.split('.').slice(2).join('.'))
  if (parsed?.kind === 'dns2ip') return parsed.ip
  const own = parsed?.kind === 'id0-ip' || parsed?.kind === 'autotls-ip' ? parsed : undefined
  return own?.peer.equals(owner) ? own.ip : undefined
}

function isBy(way: (typeof TRANSPORTS)[number], address: Multiaddr, owner: PeerId): boolean {
  if (way === 'wss') return WebSocketsSecure.matches(address)
  if (way === 'ws') return WebSockets.matches(address) && !WebSocketsSecure.matches(address)
  if (way === 'tcp') return TCP.exactMatch(address)
  return ipOfAddress(address, owner)?.family === (way === 'ip4' ? 4 : 6) || familyOfName(address) === way
}

function familyOfName(address: Multiaddr): string | undefined {
  const name = address.getComponents()[0]?.name
  return name === 'dns4' ? 'ip4' : name === 'dns6' ? 'ip6' : undefined
}

function beginsWith(address: Multiaddr, beginning: string): boolean {
  return `${address.toString().toLowerCase()}/`.startsWith(`${beginning}/`)
}

function parseNetwork(text: string): BlockList | undefined {
  const [host = '', length, ...rest] = text.split('/')
  const ip = parseIp(host)
  if (!ip || rest.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const most = ip.family === 4 ? 32 : 128
  const bits = length === undefined ? most : Number(length)
  if (bits > most) return undefined
  const list = new BlockList()
  list.addSubnet(ip.text, bits, ip.family === 4 ? 'ipv4' : 'ipv6')
  return list
}

function matchesName(name: string, entry: string): boolean {
  return entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry
}
