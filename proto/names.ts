// The names of a nodetrust zone, both ways: an IP address or a peer id becomes a DNS label, a DNS name says what it stands
// for. Three schemes share one zone: DNS2IP (`ip4…`/`ip6…` below `ip`), ID0 (`p…`) and AutoTLS (a base36 peer id, the
// multibase `k…`). Beware of two alphabets: ID0 counts letters before digits, base36 digits before letters.
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { type IpAddress, ipv6Groups, parseIpv4, parseIpv6, unmapIp } from './ip.ts'
import type { PeerId } from '@libp2p/interface'

/** A label (one part of a name between dots), lower case, as it may stand in a certificate. */
export type Label = string & { readonly __label: unique symbol }

/** A full name without the final dot, lower case. */
export type DnsName = string & { readonly __dnsName: unique symbol }

/** The longest label DNS has room for (RFC 1035 section 2.3.4). */
const MAX_LABEL_LENGTH = 63

/** The longest name, written without the final dot. */
const MAX_NAME_LENGTH = 253

const ID0_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** The multicodec of a libp2p key, the codec of every peer id that is written as a CID. */
const LIBP2P_KEY_CODEC = 0x72

const SHA256_BYTES = 32

const CHALLENGE_LABEL = '_acme-challenge'

/** A name that cannot be made or read; the message names the value and what would be right. */
export class InvalidNameError extends Error {
  override readonly name = 'InvalidNameError'
}

/** What a name inside a zone stands for. */
export type ZoneName =
  | { readonly kind: 'apex' }
  /** `ip.<zone>`: nothing itself, but it has children. */
  | { readonly kind: 'dns2ip-parent' }
  | { readonly kind: 'dns2ip'; readonly ip: IpAddress }
  | { readonly kind: 'id0'; readonly peer: PeerId }
  | { readonly kind: 'id0-ip'; readonly ip: IpAddress; readonly peer: PeerId }
  | { readonly kind: 'autotls'; readonly peer: PeerId }
  | { readonly kind: 'autotls-ip'; readonly ip: IpAddress; readonly peer: PeerId }
  /** `_acme-challenge.<name>`, where `of` is what the name stands for. */
  | { readonly kind: 'challenge'; readonly of: Exclude<ZoneName, { kind: 'challenge' }> }

/**
 * The label of an IP address: dots and colons become dashes. An IPv6 address is written compressed with a `0` where the
 * label would begin or end with a dash (`::1` is `0--1`); an IPv4-mapped one is written as the IPv4 address it means.
 */
export function ipToLabel(ip: IpAddress): Label {
  const address = unmapIp(ip)
  if (address.family === 4) return address.text.replaceAll('.', '-') as Label
  const dashed = address.text.replaceAll(':', '-')
  return `${dashed.startsWith('-') ? '0' : ''}${dashed}${dashed.endsWith('-') ? '0' : ''}` as Label
}

/**
 * Reads the label of an IP address, whatever its spelling (`--1`, `0--1` and `0-0-0-0-0-0-0-1` are the same address).
 *
 * @returns the address, or undefined where the label is none
 */
export function labelToIp(label: string): IpAddress | undefined {
  if (label.length > 39) return undefined
  return parseIpv4(label.replaceAll('-', '.')) ?? parseIpv6(label.replaceAll('-', ':'))
}

/**
 * The DNS2IP label of an address: `ip4203-0-113-7`, `ip62001-db8--1`. An IPv6 address that ends in zeros is written with
 * all its groups, because a CA refuses a label that ends with a dash (RFC 1123 section 2.1).
 */
export function ipToDns2ipLabel(ip: IpAddress): Label {
  const address = unmapIp(ip)
  if (address.family === 4) return `ip4${address.text.replaceAll('.', '-')}` as Label
  const text = address.text.endsWith(':') ? ipv6Groups(address.bytes).join(':') : address.text
  return `ip6${text.replaceAll(':', '-')}` as Label
}

/** Reads a DNS2IP label in any spelling; undefined where it is none. */
export function dns2ipLabelToIp(label: string): IpAddress | undefined {
  if (label.length > 42) return undefined
  const rest = label.slice(3)
  const family = label.slice(0, 3).toLowerCase()
  if (family === 'ip4') return parseIpv4(rest.replaceAll('-', '.'))
  return family === 'ip6' ? parseIpv6(rest.replaceAll('-', ':')) : undefined
}

/**
 * The ID0 label of a peer: `p` and the multihash in base 36, letters first.
 *
 * @throws InvalidNameError where the peer id does not fit a label (a peer id with an inlined RSA key)
 */
export function peerToId0Label(peer: PeerId): Label {
  const label = `p${encodeId0(peer.toMultihash().bytes)}`
  if (label.length > MAX_LABEL_LENGTH) {
    throw new InvalidNameError(`peer id ${peer.toString()} needs a label of ${label.length} characters, DNS allows 63`)
  }
  return label as Label
}

/** Reads an ID0 label; undefined where it is none (also for a spelling that is not the one we write). */
export function id0LabelToPeer(label: string): PeerId | undefined {
  const lower = label.toLowerCase()
  if (!/^p[a-z0-9]{1,62}$/.test(lower)) return undefined
  const bytes = decodeId0(lower.slice(1))
  const peer = bytes && peerFromMultihash(bytes)
  return peer && encodeId0(bytes) === lower.slice(1) ? peer : undefined
}

/**
 * The AutoTLS label of a peer: its CID in base36 (`k51qzi5uqu5d…`).
 *
 * @throws InvalidNameError where it does not fit a label
 */
export function peerToBase36Label(peer: PeerId): Label {
  const label = peer.toCID().toString(base36)
  if (label.length > MAX_LABEL_LENGTH) {
    throw new InvalidNameError(`peer id ${peer.toString()} needs a label of ${label.length} characters, DNS allows 63`)
  }
  return label as Label
}

/** Reads an AutoTLS label; undefined where it is none. */
export function base36LabelToPeer(label: string): PeerId | undefined {
  const lower = label.toLowerCase()
  if (!/^k[a-z0-9]{1,62}$/.test(lower)) return undefined
  try {
    const cid = CID.parse(lower, base36)
    if (cid.version !== 1 || cid.code !== LIBP2P_KEY_CODEC || cid.toString(base36) !== lower) return undefined
    return peerFromMultihash(cid.multihash.bytes)
  } catch {
    return undefined
  }
}

/** `ip4203-0-113-7.ip.<zone>`. */
export function dns2ipName(ip: IpAddress, zone: string): DnsName {
  return joinName(ipToDns2ipLabel(ip), 'ip', zone)
}

/** `p….<zone>`, the name that never changes. */
export function id0Name(peer: PeerId, zone: string): DnsName {
  return joinName(peerToId0Label(peer), zone)
}

/** `203-0-113-7.p….<zone>`, covered by the wildcard `*.p….<zone>`. */
export function id0IpName(ip: IpAddress, peer: PeerId, zone: string): DnsName {
  return joinName(ipToLabel(ip), peerToId0Label(peer), zone)
}

/** `<base36>.<forge>`, the parent of a peer's AutoTLS names. */
export function autotlsName(peer: PeerId, forge: string): DnsName {
  return joinName(peerToBase36Label(peer), forge)
}

/** `203-0-113-7.<base36>.<forge>`. */
export function autotlsIpName(ip: IpAddress, peer: PeerId, forge: string): DnsName {
  return joinName(ipToLabel(ip), peerToBase36Label(peer), forge)
}

/** Where the DNS-01 value of a certificate name stands; a wildcard shares its base name's place (RFC 8555 section 8.4). */
export function challengeName(name: string): DnsName {
  return joinName(CHALLENGE_LABEL, name.startsWith('*.') ? name.slice(2) : name)
}

/** The zone that a name of a certificate lies in: without the star and without the label of its peer. */
export function zoneOfName(name: string): string {
  return name.replace(/^\*\./, '').replace(/^[^.]+\./, '')
}

/**
 * Says what a name stands for, by the rules of a zone. Case does not matter, a final dot is allowed.
 *
 * @returns undefined where the name is outside the zone or follows none of the schemes
 */
export function parseZoneName(name: string, zone: string): ZoneName | undefined {
  const lower = stripDot(name.toLowerCase())
  const apex = stripDot(zone.toLowerCase())
  if (lower.length > MAX_NAME_LENGTH) return undefined
  if (lower === apex) return { kind: 'apex' }
  if (!lower.endsWith(`.${apex}`)) return undefined
  const labels = lower.slice(0, -apex.length - 1).split('.')
  if (labels[0] === CHALLENGE_LABEL) {
    const of = labels.length === 1 ? ({ kind: 'apex' } as const) : parseLabels(labels.slice(1))
    return of && { kind: 'challenge', of }
  }
  return parseLabels(labels)
}

type PlainName = Exclude<ZoneName, { kind: 'challenge' }>

/** The labels below the apex, leftmost first. */
function parseLabels(labels: readonly string[]): PlainName | undefined {
  const parent = labels.at(-1)
  const child = labels.length === 2 ? labels[0] : undefined
  if (parent === undefined || labels.length > 2 || labels.some((label) => label.length > MAX_LABEL_LENGTH))
    return undefined
  if (parent === 'ip') {
    if (child === undefined) return { kind: 'dns2ip-parent' }
    const ip = dns2ipLabelToIp(child)
    return ip && { kind: 'dns2ip', ip }
  }
  const id0 = id0LabelToPeer(parent)
  const peer = id0 ?? base36LabelToPeer(parent)
  if (!peer) return undefined
  if (child === undefined) return { kind: id0 ? 'id0' : 'autotls', peer }
  const ip = labelToIp(child)
  return ip && { kind: id0 ? 'id0-ip' : 'autotls-ip', ip, peer }
}

function joinName(...parts: readonly string[]): DnsName {
  const name = parts.join('.').toLowerCase()
  if (name.length > MAX_NAME_LENGTH)
    throw new InvalidNameError(`name ${name} has ${name.length} characters, DNS allows 253`)
  return name as DnsName
}

function stripDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/**
 * A peer id of a multihash: a SHA-256, or an inlined Ed25519 or secp256k1 key in its one canonical form. libp2p itself also
 * takes digests of a wrong length, other encodings of the same key, and URLs.
 */
function peerFromMultihash(bytes: Uint8Array): PeerId | undefined {
  try {
    const digest = Digest.decode(bytes)
    const peer = peerIdFromMultihash(digest)
    if (peer.type === 'RSA') return digest.digest.length === SHA256_BYTES ? peer : undefined
    if (peer.type !== 'Ed25519' && peer.type !== 'secp256k1') return undefined
    return sameBytes(peer.publicKey.toMultihash().bytes, bytes) ? peer : undefined
  } catch {
    return undefined
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** Base-x as bitcoin's base58 does it: every leading zero byte is one first letter, the rest is one big number. */
function encodeId0(bytes: Uint8Array): string {
  const zeros = bytes.findIndex((byte) => byte !== 0)
  const leading = zeros < 0 ? bytes.length : zeros
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  let text = ''
  for (; number > 0n; number /= 36n) text = `${ID0_ALPHABET[Number(number % 36n)]}${text}`
  return `${ID0_ALPHABET[0]?.repeat(leading)}${text}`
}

function decodeId0(text: string): Uint8Array | undefined {
  const zeros = /^a*/.exec(text)?.[0].length ?? 0
  let number = 0n
  for (const letter of text) {
    const digit = ID0_ALPHABET.indexOf(letter)
    if (digit < 0) return undefined
    number = number * 36n + BigInt(digit)
  }
  const hex = number === 0n ? '' : number.toString(16)
  const body = Uint8Array.from((hex.length % 2 ? `0${hex}` : hex).match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  )
  return Uint8Array.from([...new Uint8Array(zeros), ...body])
}
