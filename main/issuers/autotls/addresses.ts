// Which of its addresses a node tells a broker: where somebody outside can dial it by IP. Private ones are of no use there and
// say where one lives; names, relays, link-local and translated addresses are never dialled back.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { addressClass, type AddressClass } from '../../../core/net/address-class.ts'
import { ipOf } from '../../../core/net/multiaddr-ip.ts'
import { type IpAddress, parseIp, unmapIp } from '../../../proto/ip.ts'

/** Classes that a broker can be told of; the others lead nowhere from there. */
export const FORGE_ADDRESS_CLASSES = [
  'public',
  'private',
  'cgnat',
  'loopback',
] as const satisfies readonly AddressClass[]

/** What the addresses follow from. */
export interface AddressFacts {
  /** Plain addresses that are bound, 0.0.0.0 and :: among them. */
  readonly bound: readonly Multiaddr[]
  /** IP addresses that lead to this machine, its own and those of its router, as text. */
  readonly ips: readonly string[]
  /** Ports that the router passes on, for IPv4. */
  readonly mappings: readonly { readonly internal: number; readonly external: number }[]
  readonly classes: readonly AddressClass[]
  /** Whether an address may be told at all. @default every one */
  readonly mayTell?: ((address: Multiaddr) => boolean) | undefined
}

/** More tell a broker nothing new, and each costs it a dial. */
const MAX_ADDRESSES = 8

/** The addresses to tell a broker, best first, as text without /p2p/. */
export function forgeAddresses({ bound, ips, mappings, classes, mayTell }: AddressFacts): string[] {
  const found = bound.flatMap((address) => {
    const [first, ...rest] = address.getComponents()
    const own = parseIp(first?.value ?? '')
    const port = Number(rest.find(({ name }) => name === 'tcp')?.value)
    if (!own || !port) return []
    const isAny = own.bytes.every((byte) => byte === 0)
    const isInner = !['public', 'loopback'].includes(addressClass(own))
    const hosts = isAny ? ips.flatMap((text) => parseIp(text) ?? []) : [own, ...(isInner ? outsideOf(ips) : [])]
    const tail = textOf(rest.filter(({ name }) => name !== 'tcp' && name !== 'p2p'))
    return hosts
      .map((ip) => unmapIp(ip))
      .filter((ip) => ip.family === own.family)
      .flatMap((ip) => {
        const mapped = ip.family === 4 ? mappings.find(({ internal }) => internal === port)?.external : undefined
        const outside = addressClass(ip) === 'public' ? (mapped ?? port) : port
        return [`/ip${ip.family}/${ip.text}/tcp/${outside}${tail}`]
      })
  })
  const tellable = found.map((text) => multiaddr(text)).filter((address) => mayTell?.(address) ?? true)
  const sendable = tellable.flatMap((address) => sendableAddress(address, classes) ?? [])
  const rank = (text: string) => Number(!isPublic(text)) * 2 + Number(text.startsWith('/ip6'))
  return [...new Set(sendable)].sort((one, other) => rank(one) - rank(other)).slice(0, MAX_ADDRESSES)
}

/**
 * An address as a broker is told it: by IP (an IPv4-mapped one as IPv4), of an allowed class, not through a relay, without
 * our peer id.
 *
 * @returns undefined for every other address
 */
export function sendableAddress(address: Multiaddr, classes: readonly AddressClass[]): string | undefined {
  const [, second, ...rest] = address.getComponents()
  const ip = ipOf(address)
  if (!ip || (second?.name !== 'tcp' && second?.name !== 'udp')) return undefined
  if (rest.some(({ name }) => name === 'p2p-circuit')) return undefined
  const kind = addressClass(ip)
  if (!FORGE_ADDRESS_CLASSES.some((allowed) => allowed === kind) || !classes.includes(kind)) return undefined
  const tail = textOf(rest.filter(({ name }) => name !== 'p2p'))
  return `/ip${ip.family}/${ip.text}/${second.name}/${second.value ?? ''}${tail}`
}

function textOf(components: readonly { readonly name: string; readonly value?: string | undefined }[]): string {
  return components.map(({ name, value }) => `/${name}${value === undefined ? '' : `/${value}`}`).join('')
}

/** The router's addresses pass on to a port that is bound to one inner address, too. */
function outsideOf(ips: readonly string[]): IpAddress[] {
  return ips.flatMap((text) => parseIp(text) ?? []).filter((ip) => addressClass(ip) === 'public')
}

function isPublic(text: string): boolean {
  const ip = parseIp(multiaddr(text).getComponents()[0]?.value ?? '')
  return ip !== undefined && addressClass(ip) === 'public'
}
