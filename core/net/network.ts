// Who counts as one: the network that an address belongs to, since one household or one machine has as many addresses of it
// as it likes. Every limit "per network" in this house uses these two keys and no others.
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import { translatedIpv4 } from './address-class.ts'

/** An IPv4 /24 is the smallest network that is routed; an IPv6 /48 is what a tunnel broker gives anybody for nothing. */
const NETWORK_BYTES = { 4: 3, 6: 6 } as const

/** One machine: an IPv4 address; an IPv6 /64, of which every machine has as many addresses as it likes (RFC 7934). */
const MACHINE_BYTES = { 4: 4, 6: 8 } as const

/** Stands for everything that has no address, which therefore is one network. */
export const NO_NETWORK = ''

/**
 * The /24 or /48 that an address belongs to, as a text that is the same for all addresses in it. An address that stands for an IPv4
 * address (mapped, NAT64, 6to4) counts as that one, or everybody behind a translator would be one network.
 */
export function networkOf(ip: IpAddress): string {
  return prefixText(meant(ip), NETWORK_BYTES)
}

/** The one address, or the /64 of an IPv6 one, as a text. */
export function machineOf(ip: IpAddress): string {
  return prefixText(meant(ip), MACHINE_BYTES)
}

/** The network of a text that may be an address; `NO_NETWORK` where it is none. */
export function networkOfText(text: string | undefined): string {
  return keysOf(text).network
}

/** The machine of a text that may be an address; `NO_NETWORK` where it is none. */
export function machineOfText(text: string | undefined): string {
  return keysOf(text).machine
}

/** An address in the one spelling in which texts can be compared, an IPv4-mapped one as IPv4; a text that is none as it is. */
export function canonicalIp(text: string | undefined): string {
  return keysOf(text).canonical
}

interface Keys {
  readonly network: string
  readonly machine: string
  readonly canonical: string
}

/** The last one that was asked for: who comes in is asked for several times, one after the other. */
let last: { readonly text: string | undefined; readonly keys: Keys } | undefined

function keysOf(text: string | undefined): Keys {
  if (last && last.text === text) return last.keys
  const ip = readIp(text)
  const keys = ip
    ? { network: networkOf(ip), machine: machineOf(ip), canonical: unmapIp(ip).text }
    : { network: NO_NETWORK, machine: NO_NETWORK, canonical: text ?? '' }
  last = { text, keys }
  return keys
}

function meant(ip: IpAddress): IpAddress {
  return translatedIpv4(ip)[0] ?? unmapIp(ip)
}

/** Sockets tell a link-local address with its interface behind it. */
function readIp(text: string | undefined): IpAddress | undefined {
  return parseIp((text ?? '').replace(/%.*$/, ''))
}

function prefixText({ family, bytes }: IpAddress, lengths: { readonly 4: number; readonly 6: number }): string {
  const kept = [...bytes.subarray(0, lengths[family])]
  if (family === 4) return `${[...kept, 0].slice(0, 4).join('.')}/${lengths[4] * 8}`
  return `${kept.map((byte) => byte.toString(16).padStart(2, '0')).join('')}/${lengths[6] * 8}`
}
