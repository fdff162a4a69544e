// `nodetrust init`: writes a configuration that explains itself, with a fresh identity for each role. Roles that are made
// together know each other; where another machine's peer id is needed, the file says what to put there.
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { writeFileAtomic } from '../../core/files.ts'
import { addressClass } from '../../core/net/address-class.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { type IpAddress, parseIp } from '../../proto/ip.ts'
import { mendedZone, whyNotZone, zoneFault } from '../../proto/zone.ts'
import { DEFAULT_PORTS } from '../config.ts'
import { roleKeyPath } from '../role-host.ts'
import { ROLE_NAMES, type RoleName } from '../role.ts'
import { UsageError } from './arguments.ts'

/** There is a configuration already, and it is not written over. */
export class AlreadyInitializedError extends Error {
  override readonly name = 'AlreadyInitializedError'
}

/** What init was told. */
export interface InitOptions {
  readonly roles: readonly string[]
  readonly zone: string
  readonly dir: string
  /** The public address of this machine; a public one of its interfaces where left out. */
  readonly address?: string | undefined
  /** Where a Prometheus on another machine finds the figures, `IP:PORT`; nowhere where left out. */
  readonly metrics?: string | undefined
}

/** What init made. */
export interface InitResult {
  readonly path: string
  /** Role to peer id. */
  readonly peers: ReadonlyMap<RoleName, string>
  /** What has to be filled in before the roles can be served. */
  readonly missing: readonly string[]
}

/** `all` is what a self-hoster runs; the CA is for sandboxes and tests and must be named. */
const ALL: readonly RoleName[] = ['dns', 'proof', 'issue', 'broker']

/**
 * Writes `<dir>/nodetrust.yaml` and a key for each role.
 *
 * @throws UsageError for an unknown role or a bad zone, AlreadyInitializedError, FileError
 */
export async function initRoles(options: InitOptions): Promise<InitResult> {
  const roles = readRoles(options.roles)
  const zone = mendedZone(options.zone)
  if (whyNotZone(zone) !== undefined) throw new UsageError(`--zone: ${zoneFault(zone)}`)
  const dir = resolve(options.dir)
  const path = join(dir, 'nodetrust.yaml')
  if (await exists(path))
    throw new AlreadyInitializedError(`${path} is there already: edit it, or choose another --dir`)
  const address = options.address ?? publicAddress() ?? '127.0.0.1'
  const ip = parseIp(address)
  if (!ip) throw new UsageError(`--address "${address}" is no IP address`)
  if (isNobodys(ip))
    throw new UsageError(`--address ${address} is no address of one machine: expected the one that others reach it at`)

  if (options.metrics !== undefined && !parseHostPort(options.metrics)?.port)
    throw new UsageError(`--metrics "${options.metrics}" is no address with a port, for example 10.0.0.5:25898`)

  const peers = new Map<RoleName, string>()
  for (const role of roles)
    peers.set(role, peerIdFromPrivateKey(await loadOrCreatePeerKey(roleKeyPath(dir, role))).toString())
  const facts: Facts = { zone, dir, address, peers, metrics: options.metrics }
  if (options.metrics !== undefined) await writeMetricsToken(join(dir, METRICS_TOKEN))
  await writeFileAtomic(path, `${head(facts)}${roles.map((role) => SECTIONS[role](facts)).join('')}`)
  return { path, peers, missing: missing(facts) }
}

interface Facts {
  readonly zone: string
  readonly dir: string
  readonly address: string
  readonly metrics: string | undefined
  readonly peers: ReadonlyMap<RoleName, string>
}

function readRoles(words: readonly string[]): RoleName[] {
  const roles = words.flatMap((word) => (word === 'all' ? ALL : ROLE_NAMES.filter((role) => role === word)))
  const unknown = words.find((word) => word !== 'all' && !ROLE_NAMES.some((role) => role === word))
  if (unknown !== undefined)
    throw new UsageError(`there is no role "${unknown}": expected ${ROLE_NAMES.join(', ')} or all`)
  if (roles.length === 0) throw new UsageError(`which role? ${ROLE_NAMES.join(', ')} or all`)
  return [...new Set(roles)]
}

/** One that is there stays: a Prometheus knows it. */
async function writeMetricsToken(path: string): Promise<void> {
  if (await exists(path)) return
  await writeFileAtomic(path, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
}

/** Nobody guesses 256 bits. */
const TOKEN_BYTES = 32

/** Unspecified, multicast, broadcast: what no machine can be reached at. */
function isNobodys({ family, bytes }: IpAddress): boolean {
  const [first = 0] = bytes
  return family === 4 ? first === 0 || first >= 224 : first === 0xff || bytes.every((byte) => byte === 0)
}

function publicAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ address }) => {
    const ip = parseIp(address)
    return ip?.family === 4 && addressClass(ip) === 'public'
  })?.address
}

function missing({ peers, address }: Facts): string[] {
  const local = parseIp(address)
  const issue = peers.has('issue')
  const broker = peers.has('broker')
  return [
    ...(issue && !peers.has('proof') ? ['issue.proofServers: the peer id and addresses of your proof server'] : []),
    ...(issue && !peers.has('dns') ? ['issue.dnsServers: the control address of your DNS server'] : []),
    ...(broker && !peers.has('dns') ? ['broker.dnsServers: the control address of your DNS server'] : []),
    ...(peers.has('dns') && !issue && !broker ? ['dns.admins: the peer id of your issue server or broker'] : []),
    ...(local && addressClass(local) !== 'public' && peers.has('dns')
      ? [`dns.nameServers: ${address} is not public; put this machine's public address there`]
      : []),
  ]
}

function head(facts: Facts): string {
  const { zone, dir, peers } = facts
  return `# Nodetrust servers for ${zone}. Every value can also be given as a variable (NODETRUST_ISSUE__IP_NAMES=true)
# or a flag (--issue.ipNames=true); what comes later wins: file, variable, flag.

# The domain below which names are given out. Its parent must delegate it to the DNS role's name servers.
zone: ${zone}

# Keys and databases of all roles. Back this folder up: the keys are who your servers are.
dir: ${dir}

# debug, info, warn, error or silent.
log: info
${[...peers.keys()].every((role) => role === 'ca') ? '' : adminSection(facts)}${peers.has('issue') || peers.has('broker') ? WEEK : ''}`
}

/** Holds the token that a Prometheus on another machine sends, once `admin.metrics` is switched on. */
const METRICS_TOKEN = 'metrics.token'

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
  metrics: { listen: "${listen}", tokenFile: "${tokenFile}" }`

const WEEK = `
# New certificates that the CA gives your domain in so many days, all accounts together, refilling all the time; issue server
# and broker take from the same ones. The share is for new names, the rest for names that come back after months; renewals
# cost nothing. Let's Encrypt gives a registered domain 50 a week: set less where others use that domain, too.
week: { days: 7, newCertificates: 50, newShare: 0.8 }
`

const SECTIONS: Record<RoleName, (facts: Facts) => string> = {
  dns: ({ zone, address, peers }) => `
# ---- dns: answers for the zone, by UDP and TCP. Peer id ${peers.get('dns')}
dns:
  # Port 53 needs a privilege: CAP_NET_BIND_SERVICE, or another port behind a redirect.
  listen: ${anyAddress(address).hostPort(DEFAULT_PORTS.dns)}
  # Where issue servers and brokers set challenge values. Leave it on loopback when they run on this machine.
  control:
    - /ip4/127.0.0.1/tcp/${DEFAULT_PORTS.dnsControl}
  # Peer ids of the issue servers and brokers that may do so.
  admins:${list([peers.get('issue'), peers.get('broker')])}
  # What NS says, with the addresses (glue) that the parent zone must carry too. Two on different networks are better.
  nameServers:
    - name: ns1.${zone}
      addresses: [${address}]
  # Addresses of the zone's own name: where its broker is found, or a web page about your network.
  apexAddresses: [${peers.has('broker') ? address : ''}]
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
  proof: ({ zone, address, peers }) => `
# ---- proof: signs the address a client connects from. Peer id ${peers.get('proof')}
proof:
  # Where clients connect.
  listen:
    - ${anyAddress(address).ip}/tcp/${DEFAULT_PORTS.proof}
  # What clients are told instead of the above, without /p2p/.
  announce:
    - /${anyAddress(address).dns}/ns1.${zone}/tcp/${DEFAULT_PORTS.proof}
  # public, private, cgnat, loopback, link-local, translated, reserved. Only public ones can be reached by everybody.
  addressClasses: [public]
  # Passes on what nodes broadcast about themselves.
  discovery: true
`,
  issue: ({ zone, address, peers }) => `
# ---- issue: checks proofs and gets certificates. Peer id ${peers.get('issue')}
issue:
  # Where nodes connect, by TCP and by WebSocket.
  listen:
    - ${anyAddress(address).ip}/tcp/${DEFAULT_PORTS.issue}
    - ${anyAddress(address).ip}/tcp/${DEFAULT_PORTS.issueWs}/ws
  # What clients and invitations are told instead of the above, without /p2p/.
  announce:
    - /${anyAddress(address).dns}/ns1.${zone}/tcp/${DEFAULT_PORTS.issue}
    - /${anyAddress(address).dns}/ns1.${zone}/tcp/${DEFAULT_PORTS.issueWs}/ws
  # Whose proofs are believed. Clients ask these servers, so the addresses must be reachable from outside.
  proofServers:${proofServers(zone, address, peers.get('proof'))}
  # Every DNS server of the zone: a challenge counts as set when all of them have it. "control" is where it is told,
  # "query" where it answers the world; it is asked there, over UDP and TCP, before the CA is.
  dnsServers:${dnsServers(peers.get('dns'))}
  # Classes of addresses that may be in a proof.
  addressClasses: [public]
  # Best first; the client's order decides.
  keyAlgorithms: [ecdsa-p256, ecdsa-p384, rsa-2048]
  # Names like ip4203-0-113-7.ip.${zone} as well. Each change of an address costs one of the zone's 50 new certificates
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
    directory: letsencrypt
    # Where the CA may write to you.
    # email: you@example.org
    # A certificate profile of the CA, where it has several.
    # profile: tlsserver
    # A CA of your own: the PEM file of its root.
    # trustAnchor: /etc/nodetrust/root.pem
    # For CAs that want an account made beforehand (EAB): its id, and a file with the HMAC key in base64url.
    # externalAccount: { keyId: abc, keyFile: /etc/nodetrust/eab.key }
`,
  broker: ({ zone, peers }) => `
# ---- broker: AutoTLS, as Kubo, js-libp2p and others speak it, with ${zone} as their forge. Peer id ${peers.get('broker')}
broker:
  # Where clients find it. It must be this very name, because they sign it. A reverse proxy with a certificate for it passes
  # requests on to "listen", with the Host header as it came and X-Forwarded-For.
  url: https://${zone}
  listen: 127.0.0.1:${DEFAULT_PORTS.broker}
  # Or without a proxy: listen on 0.0.0.0:443 with a certificate of your own, read again when it changes.
  # tls: { certificateFile: /etc/nodetrust/broker.pem, keyFile: /etc/nodetrust/broker.key }
  # Or with one that the broker gets itself, for the zone's own name; settings as in issue.acme.
  # acme: { directory: letsencrypt }
  # Addresses of reverse proxies whose X-Forwarded-For is believed.
  trustedProxies: [127.0.0.1, "::1"]
  # Every DNS server of the zone, as for an issue server.
  dnsServers:${dnsServers(peers.get('dns'))}
  # Classes of addresses that are dialled. With another than public, clients could look around in your network.
  addressClasses: [public]
  # Who may register; everybody with nothing here, until you make a link for somebody with "nodetrust invite --for NAME". One of
  # these is enough: such a link, the token of a file, a token that you gave to somebody, or a peer id. Clients send tokens as
  # Forge-Authorization; those of JavaScript and nim cannot.
  access: { invitations: [], peers: [] }
  #   tokenFile: /etc/nodetrust/broker.token
  # Files of addresses, networks or URLs that may not register, one a line, read again when they change.
  denylists: []
  # Peers that are new to the zone in so many days, and those of one network (/24 or /48). Each costs one of the week's
  # certificates${peers.has('issue') ? '; no more of them than this, so that some are left for the issue server' : ''}. Then registrations of one peer in a day.
  limits: { days: 7, newPeers: ${peers.has('issue') ? 25 : 50}, newPerPrefix: 5, perPeerAndDay: 10 }
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

/** What is listened on and announced, for a machine whose public address is of this family. */
function anyAddress(address: string): {
  readonly ip: string
  readonly dns: string
  readonly hostPort: (port: number) => string
} {
  return parseIp(address)?.family === 6
    ? { ip: '/ip6/::', dns: 'dns6', hostPort: (port) => `"[::]:${port}"` }
    : { ip: '/ip4/0.0.0.0', dns: 'dns4', hostPort: (port) => `0.0.0.0:${port}` }
}

function dnsServers(peer: string | undefined): string {
  if (peer === undefined) return ' []'
  return `
    - control: /ip4/127.0.0.1/tcp/${DEFAULT_PORTS.dnsControl}/p2p/${peer}
      query: 127.0.0.1:${DEFAULT_PORTS.dns}`
}

function proofServers(zone: string, address: string, peer: string | undefined): string {
  if (peer === undefined) return ' []'
  return `
    - peer: ${peer}
      addresses: [/${anyAddress(address).dns}/ns1.${zone}/tcp/${DEFAULT_PORTS.proof}]
      displayName: ns1.${zone}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
