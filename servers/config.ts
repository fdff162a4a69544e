// The configuration of the roles: one file, a section for each role that is served from it. Defaults and their reasons
// stand here and nowhere else; `nodetrust init` writes a file that explains each line.
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import * as v from 'valibot'
import { directoryUrl } from '../core/acme/directories.ts'
import { LOG_LEVELS } from '../core/log.ts'
import { parseHostPort } from '../core/net/host-port.ts'
import { ADDRESS_CLASSES } from '../core/net/address-class.ts'
import { wireAlgorithmNames } from '../proto/algorithms.ts'
import { parseIp } from '../proto/ip.ts'

/** Ports of the first network of 2018, kept so that old firewall notes stay true. */
export const DEFAULT_PORTS = {
  dnsControl: 25_891,
  proof: 25_892,
  issue: 25_893,
  issueWs: 25_894,
  ca: 25_895,
  dns: 53,
} as const

const name = v.pipe(
  v.string(),
  v.regex(
    /^(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected a lower-case DNS name without a final dot, for example nt.example.net',
  ),
)

const address = v.pipe(v.string(), v.check(isMultiaddr, 'expected a multiaddr, for example /ip4/0.0.0.0/tcp/25893'))

const peerAddress = v.pipe(
  v.string(),
  v.check(
    (text) => isMultiaddr(text) && /\/p2p\/[^/]+$/.test(text),
    'expected a multiaddr that ends with /p2p/ and a peer id',
  ),
)

const peer = v.pipe(v.string(), v.check(isPeerId, 'expected a peer id, for example 12D3KooW…'))

const ip = v.pipe(
  v.string(),
  v.check((text) => parseIp(text) !== undefined, 'expected an IP address'),
)

const hostPort = v.pipe(
  v.string(),
  v.check(
    (text) => parseHostPort(text) !== undefined,
    'expected an address and a port, for example 0.0.0.0:53 or [::]:53',
  ),
)

const addressClasses = v.optional(
  v.pipe(v.array(v.picklist(ADDRESS_CLASSES)), v.minLength(1, 'expected at least one class')),
  ['public'],
)

const directory = v.pipe(
  v.string(),
  v.check(isDirectory, 'expected letsencrypt, staging or an https address of an ACME directory'),
)

/** A list that must not be empty, so that a role never runs without what it needs. */
const some = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(v.array(item), v.minLength(1, `expected at least one ${what}`))

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000_000))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

const proofSection = v.strictObject({
  listen: some(address, 'multiaddr'),
  announce: v.optional(v.array(address), []),
  addressClasses,
  discovery: v.optional(v.boolean(), true),
})

/** A DNS server of the zone: where it takes challenge values, and where it answers queries. */
const dnsServerObject = v.strictObject({
  control: peerAddress,
  /** Port 53 of the control address's host where left out. */
  query: v.optional(hostPort),
})
const dnsServerText = v.pipe(
  peerAddress,
  v.transform((control): v.InferOutput<typeof dnsServerObject> => ({ control })),
)
// not a union: its message would name neither of the two
const dnsServer = v.lazy((input) => (typeof input === 'string' ? dnsServerText : dnsServerObject))

const issueSection = v.strictObject({
  /** What the network is called in invitations; the zone where left out. */
  displayName: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
  listen: some(address, 'multiaddr'),
  announce: v.optional(v.array(address), []),
  proofServers: some(
    v.strictObject({
      peer,
      addresses: some(address, 'multiaddr'),
      displayName: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
    }),
    'proof server',
  ),
  dnsServers: some(dnsServer, 'DNS server'),
  /** How long a DNS server may take to show a challenge value to the world before the order is given up, milliseconds. */
  dnsWaitMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 10_000),
  addressClasses,
  keyAlgorithms: v.optional(some(v.picklist(wireAlgorithmNames()), 'key algorithm'), [
    'ecdsa-p256',
    'ecdsa-p384',
    'rsa-2048',
  ]),
  ipNames: v.optional(v.boolean(), true),
  discovery: v.optional(v.boolean(), true),
  /**
   * How many certificates there are. The defaults are Let's Encrypt's public numbers (2026-08) and shares of them; another
   * CA, or a domain with other zones in it, wants others.
   */
  budget: v.optional(
    v.strictObject({
      /** How long each of the buckets below takes to refill, in days. */
      days: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(366)), 7),
      /** Certificates for new names that the CA gives the registered domain. */
      newCertificates: v.optional(count, 50),
      /** The part of them that is given to new names; the rest is for names that come back after months. */
      newShare: v.optional(share, 0.8),
      /** The part after which certificates are issued without names that contain an address, which cost most. */
      ipNamesShare: v.optional(share, 0.5),
      /** Certificates that the CA gives exactly the same names. */
      sameNames: v.optional(count, 5),
      /** New certificates for one peer: it moves, reinstalls, tries. */
      newPerPeer: v.optional(count, 5),
      /** New certificates for the peers of one network, an IPv4 /24 or an IPv6 /56: a fifth of the week. */
      newPerPrefix: v.optional(count, 10),
    }),
    {},
  ),
  /** The line in front of the CA. */
  queue: v.optional(
    v.strictObject({
      /** Orders at the CA at once: with its answers in seconds, more than the 300 in three hours that it allows. */
      atOnce: v.optional(count, 8),
      /** Orders that wait; at a quarter of a minute each, the last of them waits six minutes. */
      maxWaiting: v.optional(count, 200),
      /** Orders that wait for peers of one network (IPv4 /24, IPv6 /56), so that it cannot fill the line. */
      maxWaitingPerNetwork: v.optional(count, 50),
    }),
    {},
  ),
  acme: v.optional(
    v.strictObject({
      directory: v.optional(directory, 'letsencrypt'),
      email: v.optional(v.pipe(v.string(), v.email('expected an e-mail address'))),
      profile: v.optional(v.string()),
      trustAnchor: v.optional(v.string()),
      /** How long the CA may take for one answer, milliseconds. */
      timeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 30_000),
      /** How soon after telling it the CA is asked how far it is, milliseconds; a public CA needs a second or more. */
      pollFirstMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(15_000)), 1_000),
      externalAccount: v.optional(v.strictObject({ keyId: v.string(), keyFile: v.string() })),
    }),
    {},
  ),
})

const dnsSection = v.strictObject({
  listen: v.optional(hostPort, `0.0.0.0:${DEFAULT_PORTS.dns}`),
  control: some(address, 'multiaddr'),
  admins: v.optional(v.array(peer), []),
  nameServers: some(v.strictObject({ name, addresses: some(ip, 'IP address') }), 'name server'),
  apexAddresses: v.optional(v.array(ip), []),
  hostmaster: v.optional(name),
  caa: v.optional(
    v.array(
      v.strictObject({
        flags: v.optional(v.picklist([0, 128]), 0),
        tag: v.picklist(['issue', 'issuewild', 'iodef']),
        value: v.string(),
      }),
    ),
    [],
  ),
  rateLimit: v.optional(v.boolean(), true),
})

const caSection = v.strictObject({
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), DEFAULT_PORTS.ca),
  /** Where names are looked up for validation: the zone's own DNS server. */
  resolver: hostPort,
})

export const ServersConfig = v.strictObject({
  zone: name,
  dir: v.string(),
  log: v.optional(v.picklist(LOG_LEVELS), 'info'),
  dns: v.optional(dnsSection),
  proof: v.optional(proofSection),
  issue: v.optional(issueSection),
  ca: v.optional(caSection),
})

export type ServersConfig = v.InferOutput<typeof ServersConfig>
export type DnsSection = v.InferOutput<typeof dnsSection>
export type ProofSection = v.InferOutput<typeof proofSection>
export type IssueSection = v.InferOutput<typeof issueSection>
export type CaSection = v.InferOutput<typeof caSection>

function isMultiaddr(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 0
  } catch {
    return false
  }
}

function isPeerId(text: string): boolean {
  try {
    return peerIdFromString(text).toString() === text
  } catch {
    return false
  }
}

function isDirectory(text: string): boolean {
  try {
    return directoryUrl(text) !== ''
  } catch {
    return false
  }
}
