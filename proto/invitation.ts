// An invitation to a network that somebody hosts: `nodetrust://join/<zone>?issue=<multiaddr>&name=<text>&check=<hex>`. It names the issue
// server by its peer id, so whoever carries it cannot put another server in its place. An AutoTLS forge is named by its
// broker's URL instead (`broker=`); its plain URL is an invitation, too. Parsed strictly: links come from web pages and chats, and
// what a person said yes to is what is used. Not for the page, which lets the node read them.
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { checkOf } from './invited-check.ts'
import { readingsOf } from './invitation-text.ts'
import { looksLikeAddress, whyNotInvitedName } from './invited-name.ts'
import { rootsFromText, rootsToText } from './invited-root.ts'
import { CHECK_KEY, InvitationError, isLoopbackUrl, nameFor, readWords, serverUrl } from './invited-words.ts'
import { SERVER_ORIGIN, SERVER_PATH, TRACKING, whyNotWhole, wrong } from './invited-words.ts'
import { parseIp } from './ip.ts'
import { canBeDialled, whyNotPeersOf } from './peer-id-text.ts'
import { shown } from './plain-text.ts'

export { invitedNameOf } from './invited-name.ts'
export { InvitationError, type InvitationFault, isInvitedZone } from './invited-words.ts'

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

export const INVITATION_SCHEME = 'nodetrust:'
const VERB = 'join'
const MAX_CHARS = 6_000
/** Of an issue server. */
export const MAX_INVITED_ADDRESSES = 8
const MAX_ROOTS = 2

/** A broker's URL by itself, perhaps with what a chat or a mail program put behind it. */
const FORGE = /^<?(https:\/\/(?:registration|broker)\.([^/?#\s<>]+))\/?(?:\?([^#\s<>]*?))?[>.,]?$/i
/** Whether a name of a network can be shown by whoever reads an invitation, whatever its zone. */
export function isInvitedName(name: string): boolean {
  return whyNotInvitedName(name) === undefined && !looksLikeAddress(name)
}

/** Writes an invitation; what `parseInvitation` reads of it is the same again. */
export function formatInvitation(invitation: Invitation): string {
  return `${INVITATION_SCHEME}//${bodyOf(invitation)}`
}

/**
 * Writes an invitation as a link to a page of the operator's that forwards to the app. All of it stands behind the `#`, so that
 * no server, and no log of one, sees it.
 *
 * @param page  an https URL without a fragment
 */
export function formatPageInvitation(page: string, invitation: Invitation): string {
  return `${page}#${bodyOf(invitation)}`
}

function bodyOf({ zone, name, issue, rootPem, ...rest }: Invitation): string {
  const query = new URLSearchParams([['name', name], ...issue.map((address): [string, string] => ['issue', address])])
  for (const root of rootsToText(rootPem ?? '')) query.append('root', root)
  for (const key of ['broker', 'directory', 'token', 'resolver'] as const) {
    if (rest[key] !== undefined) query.set(key, rest[key])
  }
  query.set(CHECK_KEY, checkOf(zone, query))
  // slashes are allowed in a query and make the addresses readable
  return `${VERB}/${zone}?${query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':')}`
}

/**
 * Reads an invitation, also out of a text around it, and where a mail program or a chat has broken it up. It is mended only where
 * it can be meant in one way alone.
 *
 * @throws InvitationError
 */
export function parseInvitation(text: string): Invitation {
  return parse(text, true)
}

/**
 * Reads an invitation that this program has kept: nothing was lost of it, and those of older versions have no check.
 *
 * @throws InvitationError
 */
export function parseKeptInvitation(text: string): Invitation {
  return parse(text, false)
}

function parse(text: string, demandsCheck: boolean): Invitation {
  const trimmed = text.trim()
  if (trimmed.length > MAX_CHARS) throw wrong(`it has ${trimmed.length} characters, ${MAX_CHARS} are the most`)
  const forge = FORGE.exec(trimmed.replaceAll(UNSEEN, ''))
  if (forge) {
    const [, origin = '', zone = '', query = ''] = forge
    const other = [...new URLSearchParams(query).keys()].find((key) => !TRACKING.test(key))
    if (other !== undefined)
      throw wrong(`the URL of a broker has no "${shown(other)}": leave out what stands behind the ?`)
    return readStrictly(`${zone.toLowerCase()}?broker=${origin.toLowerCase()}`, false)
  }
  const readings = readingsOf(trimmed)
  if ('why' in readings) throw wrong(readings.why)
  const meant = new Map<string, Invitation>()
  let fault: InvitationError | undefined
  for (const { verb, body } of readings) {
    try {
      if (verb.toLowerCase() !== VERB) throw wrong(`"${shown(verb)}" is nothing that a link can ask for`)
      const read = readStrictly(body, demandsCheck)
      meant.set(formatInvitation(read), read)
    } catch (error) {
      if (!(error instanceof InvitationError)) throw error
      fault ??= error
    }
  }
  const [read, ...others] = meant.values()
  if (!read) throw fault ?? wrong('it does not look like nodetrust://join/example.org?issue=…')
  if (others.length > 0) throw wrong('it is broken up and can be read in several ways: copy it again, in one line')
  return read
}

/** Of a text that is a URL alone. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu

/** @param body  `<zone>?<query>` */
function readStrictly(body: string, demandsCheck: boolean): Invitation {
  const { zone, query } = readWords(body, checkOf)
  const loss = demandsCheck ? whyNotWhole(query.get(CHECK_KEY), checkOf(zone, query)) : undefined
  const named = query.getAll('issue').map((text) => addressOf(text.trim()))
  // others may stand beside them, for who speaks QUIC
  const issue = named.filter((address) => canBeDialled(address.toString()))
  const broker = serverUrl(query.get('broker'), SERVER_ORIGIN)
  const directory = serverUrl(query.get('directory'), SERVER_PATH)
  const token = query.get('token')
  if (named.length === 0 && broker === undefined)
    throw wrong(loss ?? 'it names neither an issue server nor a broker', loss === undefined ? 'other' : 'cut')
  if (named.length > 0 && broker !== undefined) throw wrong('it names both an issue server and a broker')
  if (broker === undefined && (directory !== undefined || token !== null))
    throw wrong('only a broker has a directory and a token')
  if (directory !== undefined && isLoopbackUrl(directory) && !isLoopbackUrl(broker ?? ''))
    throw wrong('its directory is on this computer, and its broker is not')
  if (token !== null && !/^[A-Za-z0-9._~-]{1,200}$/.test(token))
    throw wrong('its token has characters that no token has')
  if (named.length > MAX_INVITED_ADDRESSES)
    throw wrong(`it names ${named.length} addresses, ${MAX_INVITED_ADDRESSES} are the most`)
  if (issue.length === 0 && named.length > 0)
    throw wrong('no address of its issue server can be dialled: a node needs one by TCP (/tcp/ and a port)')
  if (new Set(named.map((address) => peerOf(address))).size > 1) throw wrong('its addresses belong to different peers')
  const resolver = query.get('resolver') ?? undefined
  if (resolver !== undefined && !isLoopbackPort(resolver)) {
    throw wrong(`it names a DNS server elsewhere (${shown(resolver)}), which could lead names astray`)
  }
  const name = nameFor(zone, query.get('name'))
  const rootPem = rootsFor({ broker, resolver }, query.getAll('root'))
  // last: what is wrong with a part says more
  if (loss !== undefined) throw wrong(loss, 'cut')
  return {
    ...{ zone, name, issue: issue.map((address) => address.toString()) },
    ...(broker === undefined ? {} : { broker }),
    ...(directory === undefined ? {} : { directory }),
    ...(token === null ? {} : { token }),
    ...(rootPem === undefined ? {} : { rootPem }),
    ...(resolver === undefined ? {} : { resolver }),
  }
}

/** A root decides whom to believe, so that only a link may bring one that names its server by a key, or leads to this computer. */
function rootsFor(
  { broker, resolver }: { readonly broker: string | undefined; readonly resolver: string | undefined },
  texts: readonly string[],
): string | undefined {
  if (texts.length === 0) return undefined
  if (texts.length > (resolver === undefined ? 1 : MAX_ROOTS))
    throw wrong(`it has ${texts.length} root certificates; only a network on this computer has a second one`)
  if (broker !== undefined && !isLoopbackUrl(broker))
    throw wrong(
      'it has a root certificate for a broker on the internet, whose own certificate would then prove nothing',
    )
  const roots = rootsFromText(texts)
  if ('why' in roots) throw wrong(roots.why)
  return roots.pem
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
  return isLoopbackUrl(broker ?? '')
}

function addressOf(text: string): Multiaddr {
  const why = whyNotPeersOf(text)
  if (why !== undefined) throw wrong(why)
  const address = multiaddrOf(text)
  const names = address?.getComponents().map(({ name }) => name) ?? []
  const direct = ['ip4', 'ip6', 'dns', 'dns4', 'dns6', 'dnsaddr'].includes(names[0] ?? '')
  if (!address || !direct || names.includes('p2p-circuit')) throw wrong(`"${shown(text)}" is no address of a server`)
  if (peerOf(address) === undefined) throw wrong('an address of the issue server lacks its peer id (/p2p/…)')
  return address
}

function multiaddrOf(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}

/** The same for all ways to write it. */
function peerOf(address: Multiaddr): string | undefined {
  const last = address.getComponents().at(-1)
  return last?.name === 'p2p' && last.value !== undefined ? peerIdFromString(last.value).toString() : undefined
}

function isLoopbackPort(resolver: string): boolean {
  const match = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(resolver)
  const ip = parseIp(match?.[1] ?? match?.[2] ?? '')
  const port = Number(match?.[3])
  return (ip?.text.startsWith('127.') === true || ip?.text === '::1') && port > 0 && port < 65_536
}
