// What `nodetrust init` has to know, and how each answer is read. Flags and questions go through the same readers, so that what one
// refuses the other does not take.
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import * as v from 'valibot'
import { directoryUrl, isTestDirectory } from '../../../core/acme/directories.ts'
import { type AddressClass, addressClass } from '../../../core/net/address-class.ts'
import { parseHostPort } from '../../../core/net/host-port.ts'
import { canonicalIp } from '../../../core/net/network.ts'
import { type IpAddress, parseIp } from '../../../proto/ip.ts'
import { whyNotPeerId } from '../../../proto/peer-id-text.ts'
import { shown } from '../../../proto/plain-text.ts'
import { mendedZone, whyNotZone, zoneFault } from '../../../proto/zone.ts'
import { ROLE_NAMES, type RoleName } from '../../role.ts'
import { UsageError } from '../../../core/commands/index.ts'

/** Who may register at the broker. */
export type Access =
  | { readonly who: 'everybody' }
  /** Whoever gets a link of `nodetrust invite --for`. */
  | { readonly who: 'invited' }
  | { readonly who: 'peers'; readonly peers: readonly string[] }

/** All that a configuration is written from. */
export interface InitValues {
  readonly roles: readonly RoleName[]
  readonly zone: string
  readonly dir: string
  /** The public address of this machine. */
  readonly address: string
  /** Beside an IPv4 address. */
  readonly ipv6: string | undefined
  /** `letsencrypt`, `staging` or the https address of a directory. */
  readonly ca: string
  readonly email: string | undefined
  /** Whether the broker gets a certificate of its own and takes port 443; else a reverse proxy stands before it. */
  readonly brokerHttps: boolean
  readonly access: Access
  /** Where a Prometheus on another machine finds the figures; nowhere where left out. */
  readonly metrics: string | undefined
}

/** `all` is what a self-hoster runs; the CA is for sandboxes and tests and must be named. */
export const ALL: readonly RoleName[] = ['dns', 'proof', 'issue', 'broker']

/** A list of people who are named by hand; more are better invited by name. */
const MAX_PEERS = 100

/** The longest address of RFC 5321 section 4.5.3.1. */
const MAX_EMAIL_CHARS = 254
const Email = v.pipe(v.string(), v.email())

/** @throws UsageError */
export function readRoles(words: readonly string[]): readonly RoleName[] {
  const roles = words.flatMap((word) => (word === 'all' ? ALL : ROLE_NAMES.filter((role) => role === word)))
  const unknown = words.find((word) => word !== 'all' && !ROLE_NAMES.some((role) => role === word))
  if (unknown !== undefined)
    throw new UsageError(`there is no role "${shown(unknown)}": expected ${ROLE_NAMES.join(', ')} or all`)
  if (roles.length === 0) throw new UsageError(`which role? ${ROLE_NAMES.join(', ')} or all`)
  return [...new Set(roles)]
}

/** @throws UsageError */
export function readZone(text: string): string {
  const zone = mendedZone(text)
  if (whyNotZone(zone) !== undefined) throw new UsageError(zoneFault(zone))
  return zone
}

/** @throws UsageError where it is none of one machine */
export function readAddress(text: string): string {
  const ip = parseIp(text)
  if (!ip) throw new UsageError(`"${shown(text)}" is no IP address`)
  if (isNobodys(ip))
    throw new UsageError(`${text} is no address of one machine: expected the one that others reach it at`)
  return canonicalIp(text)
}

/** @throws UsageError */
export function readIpv6(text: string): string {
  if (isIP(text) !== 6) throw new UsageError(`"${shown(text)}" is no IPv6 address, such as 2001:db8::5`)
  return readAddress(text)
}

/** @throws UsageError */
export function readCa(text: string): string {
  try {
    const url = directoryUrl(text)
    return text === 'letsencrypt' || text === 'staging' ? text : url
  } catch {
    throw new UsageError(`"${shown(text)}" is no CA: expected letsencrypt, staging or an https address of a directory`)
  }
}

/** @throws UsageError */
export function readEmail(text: string): string {
  if (text.length <= MAX_EMAIL_CHARS && v.is(Email, text)) return text
  throw new UsageError(`"${shown(text)}" is no e-mail address, such as you@example.org`)
}

/** @throws UsageError */
export function readMetrics(text: string): string {
  if (parseHostPort(text)?.port) return text
  throw new UsageError(`"${shown(text)}" is no address with a port, for example 10.0.0.5:25898`)
}

/** Peer ids, with commas or spaces between them. @throws UsageError */
export function readPeers(text: string): readonly string[] {
  const peers = text.split(/[\s,]+/).filter((word) => word !== '')
  if (peers.length > MAX_PEERS)
    throw new UsageError(`${peers.length} peer ids are too many for a list: invite people by name instead`)
  for (const peer of peers) {
    const why = whyNotPeerId(peer)
    if (why !== undefined) throw new UsageError(`"${shown(peer)}" ${why}: expected a peer id, for example 12D3KooW…`)
  }
  if (peers.length === 0) throw new UsageError('expected peer ids, with commas between them')
  return [...new Set(peers)]
}

/** `everybody`, `invited`, or peer ids. @throws UsageError */
export function readAccess(text: string): Access {
  if (text === 'everybody' || text === 'invited') return { who: text }
  return { who: 'peers', peers: readPeers(text) }
}

/** What an address is to the rest of the world. */
export function classOf(address: string): AddressClass {
  const ip = parseIp(address)
  return ip ? addressClass(ip) : 'reserved'
}

/** Whether an address is one of a home, a carrier's inner network or the machine itself; no record leads others there. */
export function isInside(address: string): boolean {
  return ['private', 'cgnat', 'loopback', 'link-local'].includes(classOf(address))
}

/** The addresses of this machine that others may reach, public ones first. */
export function foundAddresses(family: 4 | 6): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const found = all.flatMap(({ address, internal }) => {
    const ip = internal ? undefined : parseIp(address.replace(/%.*/, ''))
    return ip?.family === family && addressClass(ip) !== 'link-local' ? [canonicalIp(address)] : []
  })
  const isPublic = (address: string) => (classOf(address) === 'public' ? 0 : 1)
  return [...new Set(found)].toSorted((one, other) => isPublic(one) - isPublic(other))
}

/** Whether certificates of this CA are for rehearsals only. */
export function isRehearsal(ca: string): boolean {
  return isTestDirectory(directoryUrl(ca))
}

/** Unspecified, multicast, broadcast: what no machine can be reached at. */
function isNobodys({ family, bytes }: IpAddress): boolean {
  const [first = 0] = bytes
  return family === 4 ? first === 0 || first >= 224 : first === 0xff || bytes.every((byte) => byte === 0)
}

/**
 * Looks at what only several values together can say.
 *
 * @throws UsageError
 */
export function checkTogether({ roles, address, ipv6, brokerHttps, access }: InitValues): void {
  if (ipv6 !== undefined && isIP(address) === 6)
    throw new UsageError('--address is an IPv6 address already: leave --ipv6 out, or name an IPv4 address there')
  if (roles.includes('broker')) return
  if (brokerHttps) throw new UsageError('--broker-https is for the role broker: add it, or leave that out')
  if (access.who !== 'everybody')
    throw new UsageError('--allow and --invited-only are for the role broker: the issue server has no list of people')
}
