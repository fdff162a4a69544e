// The configuration that `nodetrust init` writes: a page that explains each of its lines, out of what it was told. Roles that are
// made together know each other; where another machine's peer id is needed, the file says what to put there.
import { join } from 'node:path'
import { parseIp } from '../../../proto/ip.ts'
import { DEFAULT_PORTS } from '../../config.ts'
import type { RoleName } from '../../role.ts'
import type { InitValues } from './values.ts'

/** What the file is written from: what init was told, and the peer id of each role. */
export type Facts = InitValues & { readonly peers: ReadonlyMap<RoleName, string> }

/** Holds the token that a Prometheus on another machine sends, once `admin.metrics` is switched on. */
export const METRICS_TOKEN = 'metrics.token'

/** The whole file. */
export function configurationText(facts: Facts): string {
  return `${head(facts)}${facts.roles.map((role) => SECTIONS[role](facts)).join('')}`
}

function head(facts: Facts): string {
  const { zone, dir, peers } = facts
  return `# Nodetrust servers for ${zone}. Every value can also be given as a variable (NODETRUST_ISSUE__IP_NAMES=true)
# or a flag (--issue.ipNames=true); what comes later wins: file, variable, flag.

# The domain below which names are given out. Its parent must delegate it to the DNS role's name servers.
zone: ${zone}

# Keys and databases of all roles. Back this folder up: the keys are who your servers are.
dir: ${scalar(dir)}

# debug, info, warn, error or silent.
log: info
${facts.roles.every((role) => role === 'ca') ? '' : adminSection(facts)}${peers.has('issue') || peers.has('broker') ? WEEK : ''}`
}

const adminSection = ({ dir, metrics }: Facts): string => `
# How the servers are doing, for you alone: a page, figures for Prometheus at /metrics, and /health for a program that watches.
# Roles that are served by processes of their own need a port each: --admin=127.0.0.1:25899
# A Prometheus on another machine gets the figures alone, at an address of a network of your own (it is plain HTTP), where it sends
# the token of a file:
#   admin: { listen: "127.0.0.1:${DEFAULT_PORTS.admin}", metrics: { listen: "10.0.0.5:${DEFAULT_PORTS.metrics}", tokenFile: /etc/nodetrust/metrics.token } }
${metrics === undefined ? plainAdmin() : adminWithMetrics(metrics, join(dir, METRICS_TOKEN))}
`

const plainAdmin = (): string => `admin: 127.0.0.1:${DEFAULT_PORTS.admin}`

const adminWithMetrics = (listen: string, tokenFile: string): string => `admin:
  listen: 127.0.0.1:${DEFAULT_PORTS.admin}
  metrics: { listen: "${listen}", tokenFile: ${scalar(tokenFile)} }`

const WEEK = `
# New certificates that the CA gives your domain in so many days, all accounts together, refilling all the time; issue server
# and broker take from the same ones. The share is for new names, the rest for names that come back after months; renewals
# cost nothing. Let's Encrypt gives a registered domain 50 a week: set less where others use that domain, too.
week: { days: 7, newCertificates: 50, newShare: 0.8 }
`

const SECTIONS: Record<RoleName, (facts: Facts) => string> = {
  dns: ({ zone, address, ipv6, peers }) => `
# ---- dns: answers for the zone, by UDP and TCP. Peer id ${peers.get('dns')}
dns:
  # Port 53 needs a privilege: CAP_NET_BIND_SERVICE, or another port behind a redirect.
  listen: ${everywhere({ address, ipv6 }, DEFAULT_PORTS.dns)}
  # Where issue servers and brokers set challenge values. Leave it on loopback when they run on this machine.
  control:
    - /ip4/127.0.0.1/tcp/${DEFAULT_PORTS.dnsControl}
  # Peer ids of the issue servers and brokers that may do so.
  admins:${list([peers.get('issue'), peers.get('broker')])}
  # What NS says, with the addresses (glue) that the parent zone must carry too. Two on different networks are better.
  nameServers:
    - name: ns1.${zone}
      addresses: [${both({ address, ipv6 })}]
  # Addresses of the zone's own name: where its broker is found, or a web page about your network.
  apexAddresses: [${peers.has('broker') ? both({ address, ipv6 }) : ''}]
  # Which CAs may issue for the zone's own name (RFC 8659); with none, all may. Names of peers need nothing here: they have
  # records that allow the CAs of your issue server and broker, by DNS alone. For example, once all is well:
  #   - { tag: issue, value: letsencrypt.org }
  # Without a web server (or reverse proxy) that gets certificates for this very name by HTTP or TLS, better:
  #   - { tag: issue, value: "letsencrypt.org; validationmethods=dns-01" }
  caa: []
  # Mail for the zone's own name: none, and nobody sends from it. Otherwise, for example:
  #   { mx: [{ preference: 10, exchange: mx.example.net }], txt: ["v=spf1 mx -all"], dmarc: "v=DMARC1; p=quarantine" }
  mail: {}
  # Files of addresses, networks or URLs, one a line, read again when they change: names with such an address lead nowhere.
  denylists: []
  # Answers fewer UDP queries of one network when they come in floods.
  rateLimit: true
`,
  proof: (facts) => `
# ---- proof: signs the address a client connects from. Peer id ${facts.peers.get('proof')}
proof:
  # Where clients connect.
  listen:${list(listens(facts, `tcp/${DEFAULT_PORTS.proof}`))}
  # What clients are told instead of the above, without /p2p/.
  announce:${list(announced(facts, `tcp/${DEFAULT_PORTS.proof}`))}
  # public, private, cgnat, loopback, link-local, translated, reserved. Only public ones can be reached by everybody.
  addressClasses: [public]
  # Passes on what nodes broadcast about themselves.
  discovery: true
`,
  issue: (facts) => `
# ---- issue: checks proofs and gets certificates. Peer id ${facts.peers.get('issue')}
issue:
  # Where nodes connect, by TCP and by WebSocket.
  listen:${list(ISSUE_PORTS.flatMap((port) => listens(facts, port)))}
  # What clients and invitations are told instead of the above, without /p2p/.
  announce:${list(ISSUE_PORTS.flatMap((port) => announced(facts, port)))}
  # Whose proofs are believed. Clients ask these servers, so the addresses must be reachable from outside.
  proofServers:${proofServers(facts)}
  # Every DNS server of the zone: a challenge counts as set when all of them have it. "control" is where it is told,
  # "query" where it answers the world; it is asked there, over UDP and TCP, before the CA is.
  dnsServers:${dnsServers(facts.peers.get('dns'))}
  # Classes of addresses that may be in a proof.
  addressClasses: [public]
  # Best first; the client's order decides.
  keyAlgorithms: [ecdsa-p256, ecdsa-p384, rsa-2048]
  # Names like ip4203-0-113-7.ip.${facts.zone} as well. Each change of an address costs one of the zone's 50 new certificates
  # a week at Let's Encrypt; names of peers never change and cost one in all. They are given to who was dialled back there.
  ipNames: false
  # Passes on what nodes broadcast about themselves.
  discovery: true
  # The share of the week after which names with an address are left out. Then, in \`days\` days: certificates for one and
  # the same set of names (Let's Encrypt gives 5), new ones for one peer, and for the peers of one network (/24 or /48).
  budget: { days: 7, ipNamesShare: 0.5, sameNames: 5, newPerPeer: 5, newPerPrefix: 10 }
  # Beside it \`orders: 300\` in \`ordersHours: 3\`: orders that the CA takes from the account, whatever comes of them.
  # Orders at the CA at once; how many wait, and how many of those for the peers of one network.
  queue: { atOnce: 8, maxWaiting: 200, maxWaitingPerNetwork: 50 }
  acme:
    # letsencrypt, staging (certificates no browser trusts, generous limits), or an https address of an ACME directory.
    directory: ${scalar(facts.ca)}
    # Where the CA may write to you.
    ${facts.email === undefined ? '# email: you@example.org' : `email: ${facts.email}`}
    # A certificate profile of the CA, where it has several.
    # profile: tlsserver
    # A CA of your own: the PEM file of its root.
    # trustAnchor: /etc/nodetrust/root.pem
    # For CAs that want an account made beforehand (EAB): its id, and a file with the HMAC key in base64url.
    # externalAccount: { keyId: abc, keyFile: /etc/nodetrust/eab.key }
`,
  broker: ({ zone, peers, address, ipv6, brokerHttps, access, ca, email }) => `
# ---- broker: AutoTLS, as Kubo, js-libp2p and others speak it, with ${zone} as their forge. Peer id ${peers.get('broker')}
broker:
  # Where clients find it. It must be this very name, because they sign it. A reverse proxy with a certificate for it passes
  # requests on to "listen", with the Host header as it came and X-Forwarded-For.
  url: https://${zone}
  listen: ${brokerHttps ? everywhere({ address, ipv6 }, HTTPS_PORT) : `127.0.0.1:${DEFAULT_PORTS.broker}`}
  # Or without a proxy: listen on 0.0.0.0:443 with a certificate of your own, read again when it changes.
  # tls: { certificateFile: /etc/nodetrust/broker.pem, keyFile: /etc/nodetrust/broker.key }
  # Or with one that the broker gets itself, for the zone's own name; settings as in issue.acme.
  ${brokerHttps ? '' : '# '}acme: ${acmeOf({ ca, email })}
  # Addresses of reverse proxies whose X-Forwarded-For is believed.
  trustedProxies: [127.0.0.1, "::1"]
  # Every DNS server of the zone, as for an issue server.
  dnsServers:${dnsServers(peers.get('dns'))}
  # Classes of addresses that are dialled. With another than public, clients could look around in your network.
  addressClasses: [public]
  # Who may register; everybody with nothing here, until you make a link for somebody with "nodetrust invite --for NAME". One of
  # these is enough: such a link, the token of a file, a token that you gave to somebody, or a peer id. Clients send tokens as
  # Forge-Authorization; those of JavaScript and nim cannot.
  access: { invitations: [], peers: [${access.who === 'peers' ? access.peers.join(', ') : ''}] }
  #   tokenFile: /etc/nodetrust/broker.token
  # Files of addresses, networks or URLs that may not register, one a line, read again when they change.
  denylists: []
  # Peers that are new to the zone in so many days, and those of one network (/24 or /48). Each costs one of the week's
  # certificates${peers.has('issue') ? '; no more of them than this, so that some are left for the issue server' : ''}. Then registrations of one peer in a day.
  limits: { days: 7, newPeers: ${peers.has('issue') ? 25 : 50}, newPerPrefix: 5, perPeerAndDay: 10 }
`,
  'nostr-relay': () => `
# ---- nostr-relay: keeps names that belong to a key (docs/nostr.md), so that nobody depends on relays of others.
nostr-relay:
  # A reverse proxy with a certificate passes WebSockets on to here; clients find it as wss://relay.example.net.
  listen: 127.0.0.1:${DEFAULT_PORTS.nostrRelay}
  # Or without a proxy: listen on 0.0.0.0:443 with a certificate of your own, read again when it changes.
  # tls: { certificateFile: /etc/nodetrust/relay.pem, keyFile: /etc/nodetrust/relay.key }
  # Addresses of reverse proxies whose X-Forwarded-For is believed.
  trustedProxies: [127.0.0.1, "::1"]
  # Who may write: public keys (npub1...), one a line; everybody within the limits where left out. Everybody may read.
  # authors: [npub1...]
  # An event that was not written again for so many days is forgotten; nodes write theirs daily.
  keepDays: 40
  # Events kept, in all and of one author, and what their file may take; a network (/24 or /48) may bring an eighth of all.
  limits: { events: 100000, eventsPerAuthor: 64, megabytes: 500 }
`,
  ca: () => `
# ---- ca: a small CA for trying things out. Loopback only; no browser trusts it, and none should.
ca:
  # Of its ACME directory, by HTTPS.
  port: ${DEFAULT_PORTS.ca}
  # The DNS server that knows the zone.
  resolver: 127.0.0.1:${DEFAULT_PORTS.dns}
`,
}

function list(items: readonly (string | undefined)[]): string {
  const given = items.filter((item) => item !== undefined)
  return given.length === 0 ? ' []' : given.map((item) => `\n    - ${item}`).join('')
}

/** Where browsers and clients of a broker look. */
export const HTTPS_PORT = 443

/** By TCP, and by WebSocket. */
const ISSUE_PORTS = [`tcp/${DEFAULT_PORTS.issue}`, `tcp/${DEFAULT_PORTS.issueWs}/ws`] as const

type Addresses = Pick<InitValues, 'address' | 'ipv6'>

function both({ address, ipv6 }: Addresses): string {
  return [address, ...(ipv6 === undefined ? [] : [ipv6])].join(', ')
}

/** Families of the addresses that a machine has, the one of `address` first. */
function families({ address, ipv6 }: Addresses): readonly (4 | 6)[] {
  if (parseIp(address)?.family === 6) return [6]
  return ipv6 === undefined ? [4] : [4, 6]
}

/** All addresses of this machine, IPv4 as well where it has both (Linux and others take IPv4 at `::`). */
export function everywhere(addresses: Addresses, port: number): string {
  return families(addresses).includes(6) ? `"[::]:${port}"` : `0.0.0.0:${port}`
}

function listens(addresses: Addresses, port: string): readonly string[] {
  return families(addresses).map((family) => (family === 6 ? `/ip6/::/${port}` : `/ip4/0.0.0.0/${port}`))
}

function announced(facts: Addresses & Pick<InitValues, 'zone'>, port: string): readonly string[] {
  return families(facts).map((family) => `/dns${family}/ns1.${facts.zone}/${port}`)
}

function dnsServers(peer: string | undefined): string {
  if (peer === undefined) return ' []'
  return `
    - control: /ip4/127.0.0.1/tcp/${DEFAULT_PORTS.dnsControl}/p2p/${peer}
      query: 127.0.0.1:${DEFAULT_PORTS.dns}`
}

function proofServers(facts: Facts): string {
  const peer = facts.peers.get('proof')
  if (peer === undefined) return ' []'
  return `
    - peer: ${peer}
      addresses: [${announced(facts, `tcp/${DEFAULT_PORTS.proof}`).join(', ')}]
      displayName: ns1.${facts.zone}`
}

/** The settings of a broker's own certificate: the same CA as the issue server's. */
export function acmeOf({ ca, email }: Pick<InitValues, 'ca' | 'email'>): string {
  return `{ directory: ${scalar(ca)}${email === undefined ? '' : `, email: ${email}`} }`
}

/** A text as YAML: as it is where that can only be a text, else in quotes. */
export function scalar(text: string): string {
  return /^(?:[a-zA-Z/](?:[\w./:-]*[\w/-])?|\d+\.\d+\.\d+\.\d+)$/.test(text) ? text : JSON.stringify(text)
}
