// The section of the broker.
import * as v from 'valibot'
import { DEFAULT_PORTS } from './ports.ts'
import { acme, dnsServer } from './upstream.ts'
import { addressClasses, count, days, denylists, hostPort, ip, name, peer, some } from './values.ts'

const url = v.pipe(
  v.string(),
  v.check(isBrokerUrl, 'expected https:// and a name, for example https://registration.nt.example.net'),
)

/** As long as an invitation must be that nobody guesses. */
const invitationToken = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{20,200}$/, 'expected 20 to 200 of A-Z, a-z, 0-9, - and _'),
)

export const brokerSection = v.strictObject({
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

export type BrokerSection = v.InferOutput<typeof brokerSection>

/** Plain HTTP is for this machine alone; a path would not be the same for all clients. */
function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, username } = new URL(text)
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return (protocol === 'https:' || (protocol === 'http:' && local)) && pathname === '/' && search + username === ''
}
