// An invitation to a network that somebody hosts: `nodetrust://join/<zone>?issue=<multiaddr>&name=<text>`. It names the issue
// server by its peer id, so whoever carries it cannot put another server in its place. An AutoTLS forge is named by its
// broker's URL instead (`broker=`); its plain URL is an invitation, too. Parsed strictly: links come from web pages and chats.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { parseIp } from './ip.ts'

/** An invitation, taken apart. */
export interface Invitation {
  readonly zone: string
  /** What the network is called by who runs it. */
  readonly name: string
  /** Addresses of the one issue server, each with /p2p/; none where there is a broker. */
  readonly issue: readonly string[]
  /** URL of the AutoTLS broker. */
  readonly broker?: string | undefined
  /** URL of the ACME directory that the forge's CAA record wants; Let's Encrypt's where left out. */
  readonly directory?: string | undefined
  /** Shown to the broker by who was invited. */
  readonly token?: string | undefined
  /**
   * PEM of the root its certificates end at, for a private CA; undefined for public ones. On this computer it may hold a second
   * one: what a test CA speaks HTTPS with.
   */
  readonly rootPem?: string | undefined
  /** `IP:PORT` of the DNS server that knows the zone; only for a network on this computer. */
  readonly resolver?: string | undefined
}

/** The text is no invitation; the message says what is wrong with it. */
export class InvitationError extends Error {
  override readonly name = 'InvitationError'
}

export const INVITATION_SCHEME = 'nodetrust:'
const VERB = 'join'
const MAX_CHARS = 6_000
const MAX_NAME_CHARS = 64
const MAX_ADDRESSES = 8
const MAX_ROOT_BYTES = 3_000
const MAX_ROOTS = 2
const ZONE = /^(?=.{1,190}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/
const MAX_URL_CHARS = 300
const KEYS = new Set(['issue', 'broker', 'directory', 'token', 'name', 'root', 'resolver'])

/** Whether a domain can be named by an invitation. */
export function isInvitedZone(zone: string): boolean {
  return ZONE.test(zone)
}

/** Whether a name of a network can be shown by whoever reads an invitation. */
export function isInvitedName(name: string): boolean {
  // letters, digits, spaces and plain punctuation of any language: nothing that turns the text around or hides
  return name !== '' && name.length <= MAX_NAME_CHARS && /^[\p{L}\p{N}\p{M}\p{P}\p{Sc} ]+$/u.test(name)
}

/** What a network is called that has no name but its domain: the end of a long one says most. */
export function invitedNameOf(zone: string): string {
  return zone.slice(-MAX_NAME_CHARS).replace(/^[.-]+/, '')
}

/** Writes an invitation. */
export function formatInvitation({ zone, name, issue, rootPem, ...rest }: Invitation): string {
  const query = new URLSearchParams([['name', name], ...issue.map((address): [string, string] => ['issue', address])])
  for (const root of pemToBase64Urls(rootPem ?? '')) query.append('root', root)
  for (const key of ['broker', 'directory', 'token', 'resolver'] as const) {
    if (rest[key] !== undefined) query.set(key, rest[key])
  }
  // slashes are allowed in a query and make the addresses readable
  return `${INVITATION_SCHEME}//${VERB}/${zone}?${query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':')}`
}

/**
 * Reads an invitation.
 *
 * @throws InvitationError
 */
export function parseInvitation(text: string): Invitation {
  const wrong = (why: string) => new InvitationError(`this is no invitation: ${why}`)
  const trimmed = text.trim()
  if (trimmed.length > MAX_CHARS) throw wrong(`it has ${trimmed.length} characters, ${MAX_CHARS} are the most`)
  const forge = /^https:\/\/(?:registration|broker)\.([^/?#\s]+)\/?$/i.exec(trimmed)?.[1]
  if (forge !== undefined) {
    const origin = trimmed.replace(/\/$/, '').toLowerCase()
    return parseInvitation(`${INVITATION_SCHEME}//${VERB}/${forge.toLowerCase()}?broker=${origin}`)
  }
  const match = /^nodetrust:\/\/([a-z]+)\/([^?/#]+)\/?\?([^#]*)$/i.exec(trimmed)
  const [, verb = '', zoneText = '', queryText = ''] = match ?? []
  if (!match) throw wrong('it does not look like nodetrust://join/example.org?issue=…')
  if (verb.toLowerCase() !== VERB) throw wrong(`"${verb}" is nothing that a link can ask for`)
  const zone = zoneText.toLowerCase()
  if (!isInvitedZone(zone)) throw wrong(`"${zoneText}" is no domain name`)
  const query = new URLSearchParams(queryText)
  for (const key of query.keys()) {
    if (!KEYS.has(key)) throw wrong(`it contains "${key.slice(0, 40)}", which this version does not know`)
    if (key !== 'issue' && key !== 'root' && query.getAll(key).length > 1) throw wrong(`"${key}" stands in it twice`)
  }
  const issue = query.getAll('issue')
  const broker = query.get('broker')
  const directory = query.get('directory')
  const token = query.get('token')
  if (issue.length === 0 && broker === null) throw wrong('it names neither an issue server nor a broker')
  if (issue.length > 0 && broker !== null) throw wrong('it names both an issue server and a broker')
  if (broker === null && (directory !== null || token !== null))
    throw wrong('only a broker has a directory and a token')
  for (const url of [broker, directory]) {
    if (url !== null && !isServerUrl(url)) throw wrong(`"${url.slice(0, 100)}" is no https URL of a server`)
  }
  if (token !== null && !/^[A-Za-z0-9._~-]{1,200}$/.test(token))
    throw wrong('its token has characters that no token has')
  if (issue.length > MAX_ADDRESSES) throw wrong(`it names ${issue.length} addresses, ${MAX_ADDRESSES} are the most`)
  const peers = new Set(issue.map((address) => peerOf(parseAddress(address, wrong))))
  if (peers.has(undefined)) throw wrong('an address of the issue server lacks its peer id (/p2p/…)')
  if (peers.size > 1) throw wrong('its addresses belong to different peers')
  const name = query.get('name') ?? invitedNameOf(zone)
  if (!isInvitedName(name)) {
    throw wrong('the name of the network is empty, too long, or has characters that cannot be shown')
  }
  const roots = query.getAll('root')
  const resolver = query.get('resolver')
  if (resolver !== null && !isLoopbackPort(resolver)) {
    throw wrong(`it names a DNS server elsewhere (${resolver.slice(0, 60)}), which could lead names astray`)
  }
  if (roots.length > (resolver === null ? 1 : MAX_ROOTS))
    throw wrong(`it has ${roots.length} root certificates; only a network on this computer has a second one`)
  return {
    ...{ zone, name, issue },
    ...(broker === null ? {} : { broker }),
    ...(directory === null ? {} : { directory }),
    ...(token === null ? {} : { token }),
    ...(roots.length === 0 ? {} : { rootPem: base64UrlsToPem(roots, wrong) }),
    ...(resolver === null ? {} : { resolver }),
  }
}

/** The peer id of the issue server of an invitation; empty for a forge. */
export function invitedPeer({ issue }: Invitation): string {
  return (issue[0] && peerOf(multiaddr(issue[0]))) ?? ''
}

/** The hosts an invitation leads to, without repetition. */
export function invitedHosts({ issue, broker }: Invitation): string[] {
  if (broker !== undefined) return [new URL(broker).host]
  return [...new Set(issue.map((text) => multiaddr(text).getComponents()[0]?.value ?? ''))]
}

/** Whether its broker is on this computer, as a sandbox's is. */
export function isOnThisComputer({ broker }: Invitation): boolean {
  return broker !== undefined && LOOPBACK_HOSTS.includes(new URL(broker).hostname)
}

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '[::1]']

/** Over plain http only on this computer: what a broker says is believed because of its certificate. */
function isServerUrl(text: string): boolean {
  if (text.length > MAX_URL_CHARS || !URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  const plain = protocol === 'http:' && LOOPBACK_HOSTS.includes(hostname)
  return (protocol === 'https:' || plain) && `${username}${password}${search}${hash}` === ''
}

function parseAddress(text: string, wrong: (why: string) => InvitationError): Multiaddr {
  try {
    const address = multiaddr(text)
    const names = address.getComponents().map(({ name }) => name)
    const direct = ['ip4', 'ip6', 'dns', 'dns4', 'dns6', 'dnsaddr'].includes(names[0] ?? '')
    if (direct && !names.includes('p2p-circuit')) return address
  } catch {
    // told below
  }
  throw wrong(`"${text.slice(0, 100)}" is no address of a server`)
}

function peerOf(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1)
  return last?.name === 'p2p' ? last.value : undefined
}

function isLoopbackPort(resolver: string): boolean {
  const match = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(resolver)
  const ip = parseIp(match?.[1] ?? match?.[2] ?? '')
  const port = Number(match?.[3])
  return (ip?.text.startsWith('127.') === true || ip?.text === '::1') && port > 0 && port < 65_536
}

function pemToBase64Urls(pem: string): string[] {
  const bodies = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)
  return [...bodies].map(([, body = '']) =>
    body.replaceAll(/\s/g, '').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
  )
}

function base64UrlsToPem(texts: readonly string[], wrong: (why: string) => InvitationError): string {
  if (!texts.every((text) => /^[A-Za-z0-9_-]+$/.test(text)) || texts.join('').length > (MAX_ROOT_BYTES * 4) / 3) {
    throw wrong('the root certificate in it cannot be read')
  }
  return texts.map(base64UrlToPem).join('')
}

function base64UrlToPem(text: string): string {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  const lines = `${base64}${'='.repeat((4 - (base64.length % 4)) % 4)}`.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
