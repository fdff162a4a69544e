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
import { isInvitedName } from '../proto/invitation.ts'
import { canonicalIp } from '../core/net/network.ts'
import { parseIp } from '../proto/ip.ts'
import { shown, whyNotPeerId, whyNotPeersOf } from '../proto/peer-id-text.ts'
import { mendedZone, whyNotZone, zoneFault } from '../proto/zone.ts'

/** Ports of the first network of 2018, kept so that old firewall notes stay true. */
export const DEFAULT_PORTS = {
  dnsControl: 25_891,
  proof: 25_892,
  issue: 25_893,
  issueWs: 25_894,
  ca: 25_895,
  broker: 25_896,
  admin: 25_897,
  metrics: 25_898,
  dns: 53,
} as const

const name = v.pipe(
  v.string(),
  v.regex(
    /^(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected a lower-case DNS name without a final dot, for example nt.example.net',
  ),
)

/** As what an invitation can say, so that nobody prints links that no node takes. */
const displayName = v.pipe(
  v.string(),
  v.check((text) => text === '' || isInvitedName(text), 'expected up to 64 letters, digits, spaces and punctuation'),
)
const zoneName = v.pipe(
  v.string(),
  v.transform(mendedZone),
  v.check(
    (zone) => whyNotZone(zone) === undefined,
    (issue) => zoneFault(issue.input),
  ),
)

/** A peer id in an address is decoded here, since one that was cut off would fail much later and elsewhere. */
const peersFit = v.check<string, (issue: v.CheckIssue<string>) => string>(
  (text) => whyNotPeersOf(text) === undefined,
  ({ input }) => `${whyNotPeersOf(input) ?? ''}, in "${shown(input)}"`,
)

const address = v.pipe(
  v.string(),
  v.check(isMultiaddr, 'expected a multiaddr, for example /ip4/0.0.0.0/tcp/25893'),
  peersFit,
)

const peerAddress = v.pipe(
  v.string(),
  v.check(
    (text) => isMultiaddr(text) && /\/p2p\/[^/]+$/.test(text),
    'expected a multiaddr that ends with /p2p/ and a peer id',
  ),
  peersFit,
)

const peer = v.pipe(
  v.string(),
  v.check(isPeerId, ({ input }) => {
    const why = whyNotPeerId(input)
    return why === undefined
      ? `expected a peer id as it is usually written, for example 12D3KooW…, got "${shown(input)}"`
      : `"${shown(input)}" ${why}: expected a peer id, for example 12D3KooW…`
  }),
)

const ip = v.pipe(
  v.string(),
  v.check((text) => parseIp(text) !== undefined, 'expected an IP address'),
  v.transform((text) => canonicalIp(text)),
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
const denylists = v.optional(v.array(v.string()), [])
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const days = v.pipe(v.number(), v.minValue(0.001), v.maxValue(366))

/**
 * How many certificates for new names a CA gives the zone. Issue server and broker take from the same ones. The defaults are
 * Let's Encrypt's public numbers (2026-08); another CA, or a domain with other zones in it, wants others.
 */
export const WeekSection = v.strictObject({
  /** How long it takes until as many as were used are there again. */
  days: v.optional(days, 7),
  /** Certificates for new names that the CA gives the registered domain, all accounts together. */
  newCertificates: v.optional(count, 50),
  /** The part of them that is given to new names; the rest is for names that come back after months. */
  newShare: v.optional(share, 0.8),
})

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

/** A CA, and who we are there. */
const acme = v.strictObject({
  directory: v.optional(directory, 'letsencrypt'),
  email: v.optional(v.pipe(v.string(), v.email('expected an e-mail address'))),
  profile: v.optional(v.string()),
  trustAnchor: v.optional(v.string()),
  /** How long the CA may take for one answer, milliseconds. */
  timeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 30_000),
  /** How soon after telling it the CA is asked how far it is, milliseconds; a public CA needs a second or more. */
  pollFirstMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(20), v.maxValue(15_000)), 1_000),
  externalAccount: v.optional(v.strictObject({ keyId: v.string(), keyFile: v.string() })),
  /** The CA's names in CAA records, where neither we nor its directory know them. */
  caaIdentities: v.optional(v.pipe(v.array(name), v.maxLength(4)), []),
})

const issueSection = v.strictObject({
  /** What the network is called in invitations; the zone where left out. */
  displayName: v.optional(displayName, ''),
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
  /**
   * Names that contain an address as well, for peers that were dialled back there. Addresses change hands, and each change costs a
   * certificate of the week: nobody needs them where names of peers do.
   */
  ipNames: v.optional(v.boolean(), false),
  discovery: v.optional(v.boolean(), true),
  /** Who gets how much of the zone's week. */
  budget: v.optional(
    v.strictObject({
      /** How long each of the buckets below takes to refill, in days. */
      days: v.optional(days, 7),
      /** The part of the week after which certificates are issued without names that contain an address, which cost most. */
      ipNamesShare: v.optional(share, 0.5),
      /** Certificates that the CA gives exactly the same names. */
      sameNames: v.optional(count, 5),
      /** New certificates for one peer: it moves, reinstalls, tries. */
      newPerPeer: v.optional(count, 5),
      /**
       * New certificates for the peers of one network, an IPv4 /24 or an IPv6 /48: a fifth of the week, and less the more of the week
       * is used.
       */
      newPerPrefix: v.optional(count, 10),
      /** Orders that the CA takes from our account in so many hours, whatever comes of them. Let's Encrypt: 300 in 3 (2026-08). */
      orders: v.optional(count, 300),
      ordersHours: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(8_784)), 3),
      /** The part of them that is given to new names; the rest is for renewals. */
      newOrdersShare: v.optional(share, 0.8),
      /** Orders of one peer in that time: who fails asks again after 1, 10 and 100 minutes. */
      ordersPerPeer: v.optional(count, 6),
      /**
       * Orders of one network in that time for new names, and as many again for renewals; fewer the more of all orders are used, and
       * half of them for one address, so that a few networks cannot use them up.
       */
      ordersPerNetwork: v.optional(count, 30),
      /** Conversations that a network may begin in ten minutes. Each costs us some signatures that are checked, and no more. */
      attemptsPerNetwork: v.optional(count, 300),
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
      /** Orders that wait for peers of one network (IPv4 /24, IPv6 /48), so that it cannot fill the line. */
      maxWaitingPerNetwork: v.optional(count, 50),
    }),
    {},
  ),
  acme: v.optional(acme, {}),
})

const url = v.pipe(
  v.string(),
  v.check(isBrokerUrl, 'expected https:// and a name, for example https://registration.nt.example.net'),
)

const loopbackPort = v.pipe(
  v.string(),
  v.check(isLoopbackPort, 'expected a loopback address and a port, for example 127.0.0.1:25897'),
)

/** As long as an invitation must be that nobody guesses. */
const invitationToken = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{20,200}$/, 'expected 20 to 200 of A-Z, a-z, 0-9, - and _'),
)

const brokerSection = v.strictObject({
  /** Where clients find it. They sign its host, so it must be the very one that they use. */
  url,
  /** Behind a reverse proxy on loopback; anywhere with a certificate of its own. */
  listen: v.optional(hostPort, `127.0.0.1:${DEFAULT_PORTS.broker}`),
  /** PEM files of its own certificate, read again when they change; without these and `acme` it speaks plain HTTP. */
  tls: v.optional(v.strictObject({ certificateFile: v.string(), keyFile: v.string() })),
  /** The CA of a certificate that it gets itself; its URL must then be the zone's own name. */
  acme: v.optional(acme),
  /** Reverse proxies whose X-Forwarded-For is believed. */
  trustedProxies: v.optional(v.array(ip), ['127.0.0.1', '::1']),
  dnsServers: some(dnsServer, 'DNS server'),
  dnsWaitMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(120_000)), 10_000),
  /** Classes of addresses that are dialled. Another than public lets every client look whether ports in it are open. */
  addressClasses,
  /** How long a dial-back may take, and how long every failed one does, milliseconds. */
  dialTimeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(60_000)), 8_000),
  /** Who may register; everybody where nothing is said. One of these is enough. */
  access: v.optional(
    v.strictObject({
      /** A file whose one line is the token that clients send as Forge-Authorization. */
      tokenFile: v.optional(v.string()),
      /** Tokens that are given to people, one each, so that one can be taken back. */
      invitations: v.optional(v.array(invitationToken), []),
      /** Peers that need no token. */
      peers: v.optional(v.array(peer), []),
    }),
    {},
  ),
  /** Files of addresses and networks, one a line, that may not register; read again when they change. */
  denylists,
  limits: v.optional(
    v.strictObject({
      /** How long the buckets of new peers take to refill, in days. */
      days: v.optional(days, 7),
      /**
       * Peers that were not here before. Each costs one of the new certificates of the zone's week (`week`); no more of them
       * than this, so that the issue server has some, too.
       */
      newPeers: v.optional(count, 25),
      /**
       * Peers that were here in the last 120 days and come back. Each should be a renewal, which costs nothing; whether it is one
       * only the CA knows. Half of the known peers where left out, and never fewer than new ones.
       */
      returning: v.optional(count),
      /** New peers of one network, an IPv4 /24 or an IPv6 /48. */
      newPerPrefix: v.optional(count, 5),
      /** Registrations of one peer in a day: a certificate needs one, and Let's Encrypt forgives five failures an hour. */
      perPeerAndDay: v.optional(count, 10),
      /** Requests of one network in a minute; a registration takes two. */
      requestsPerPrefixAndMinute: v.optional(count, 30),
      /** Addresses of one request that are read; the rest is cut. */
      addresses: v.optional(count, 1_024),
      /**
       * Addresses of one request that are dialled: the caller's own first, both families in turn, side by side. Each costs a quarter
       * of a millisecond; whom strangers name is protected by a limit of its own.
       */
      dialled: v.optional(count, 256),
      /** Dial-backs at once, those that wait for their time to be over among them; one that dials is a few hundred kilobytes. */
      dialsAtOnce: v.optional(count, 64),
      connections: v.optional(count, 512),
      /** Connections at once from one network; of trusted proxies as many as there are. */
      connectionsPerPrefix: v.optional(count, 32),
    }),
    {},
  ),
  /** More CAs, by their names in CAA records, that peers may use without telling their account. */
  caaIdentities: v.optional(v.pipe(v.array(name), v.maxLength(4)), []),
  /** Which CA an account belongs to: what the CAA record of a peer says that tells its account. */
  accounts: v.optional(v.array(v.strictObject({ prefix: v.pipe(v.string(), v.url()), issuer: name })), [
    { prefix: 'https://acme-v02.api.letsencrypt.org/acme/acct/', issuer: 'letsencrypt.org' },
    { prefix: 'https://acme-staging-v02.api.letsencrypt.org/acme/acct/', issuer: 'letsencrypt.org' },
  ]),
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
  /** The address of the request to be put on the Public Suffix List, which its keepers look for at `_psl`. */
  psl: v.optional(v.pipe(v.string(), v.url(), v.maxLength(200))),
  /** What the zone's own name says about mail: that there is none, neither to nor from here, where left out. */
  mail: v.optional(
    v.strictObject({
      mx: v.optional(
        v.array(
          v.strictObject({
            preference: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
            exchange: name,
          }),
        ),
        [],
      ),
      /** TXT records, with the one of SPF. */
      txt: v.optional(v.array(v.string()), ['v=spf1 -all']),
      dmarc: v.optional(v.string()),
    }),
    {},
  ),
  /** Files of addresses and networks, one a line: names with them exist and lead nowhere. Read again when they change. */
  denylists,
  rateLimit: v.optional(v.boolean(), true),
})

const caSection = v.strictObject({
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), DEFAULT_PORTS.ca),
  /** Where names are looked up for validation: the zone's own DNS server. */
  resolver: hostPort,
})

/** Figures for a Prometheus on another machine: at an address of its own, with a token, and nothing but /metrics. */
const metrics = v.strictObject({
  /** Plain HTTP: an address in a network of your own. */
  listen: hostPort,
  /** A file whose one line is the token that Prometheus sends (`authorization: { credentials_file }`). */
  tokenFile: v.string(),
})

const adminSection = v.strictObject({
  /** Of the page, on loopback; no page where left out. */
  listen: v.optional(loopbackPort),
  metrics: v.optional(metrics),
})
const adminText = v.pipe(
  loopbackPort,
  v.transform((listen): v.InferOutput<typeof adminSection> => ({ listen })),
)
// not a union: its message would name neither of the two
const admin = v.lazy((input) => (typeof input === 'string' ? adminText : adminSection))

export const ServersConfig = v.strictObject({
  zone: zoneName,
  dir: v.string(),
  log: v.optional(v.picklist(LOG_LEVELS), 'info'),
  /** Where the operator's page and the figures for Prometheus are; nowhere where left out. */
  admin: v.optional(admin),
  week: v.optional(WeekSection, {}),
  dns: v.optional(dnsSection),
  proof: v.optional(proofSection),
  issue: v.optional(issueSection),
  ca: v.optional(caSection),
  broker: v.optional(brokerSection),
})

export type ServersConfig = v.InferOutput<typeof ServersConfig>
export type WeekSection = v.InferOutput<typeof WeekSection>
export type DnsSection = v.InferOutput<typeof dnsSection>
export type ProofSection = v.InferOutput<typeof proofSection>
export type IssueSection = v.InferOutput<typeof issueSection>
export type CaSection = v.InferOutput<typeof caSection>
export type BrokerSection = v.InferOutput<typeof brokerSection>
export type DnsServerSection = v.InferOutput<typeof dnsServerObject>

function isMultiaddr(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 0
  } catch {
    return false
  }
}

/** Plain HTTP is for this machine alone; a path would not be the same for all clients. */
function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, username } = new URL(text)
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return (protocol === 'https:' || (protocol === 'http:' && local)) && pathname === '/' && search + username === ''
}

function isLoopbackPort(text: string): boolean {
  const host = parseHostPort(text)?.host
  return host === '::1' || host?.startsWith('127.') === true
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
