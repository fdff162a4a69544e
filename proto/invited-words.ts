// What an invitation says before anything in it is decoded: its shape, its domain, its words and which of them this version knows, and whether
// all of it is there. It needs no platform and no library, so that the web page of an invitation reads it just as the app does; what
// needs keys and certificates is read by the app alone (invitation.ts).
import { invitedNameOf, looksLikeAddress, whyNotInvitedName } from './invited-name.ts'
import { shown } from './plain-text.ts'

/** What is the matter with a text: a part of it is missing, a newer version made it, or it is something else. */
export type InvitationFault = 'cut' | 'newer' | 'other'

/** The text is no invitation; the message says what is wrong with it. */
export class InvitationError extends Error {
  override readonly name = 'InvitationError'
  readonly fault: InvitationFault

  constructor(message: string, fault: InvitationFault = 'other') {
    super(message)
    this.fault = fault
  }
}

/** An invitation cannot be read. @param why  the end of a sentence */
export function wrong(why: string, fault?: InvitationFault): InvitationError {
  return new InvitationError(`this is no invitation: ${why}`, fault)
}

/** The parameter, always the last one. */
export const CHECK_KEY = 'check'

/** 32 bits, in hex: short to read aloud, and the same in capitals. */
const CHECK_CHARS = 8

/** What a check is computed over: what a link means, so that ways to encode it are of no matter. @param pairs  in the order of the link */
export function checkedText(zone: string, pairs: Iterable<readonly [key: string, value: string]>): string {
  const lines = [...pairs].flatMap(([key, value]) => (key === CHECK_KEY ? [] : [`${key}=${value.trim()}\n`]))
  return `${zone}\n${lines.join('')}`
}

/** Computes a check over what a link means. */
export type CheckOf = (zone: string, pairs: URLSearchParams) => string

/** The words of a link in its order, their keys in small letters, none of them looked at. */
export function pairsOf(text: string): URLSearchParams {
  const pairs = new URLSearchParams()
  for (const [key, value] of new URLSearchParams(text)) pairs.append(key.toLowerCase(), value)
  return pairs
}

/** The check of a hash over that. @param hash  SHA-256, hex */
export function checkOfHash(hash: string): string {
  return hash.slice(0, CHECK_CHARS)
}

/**
 * Compares the check of a link.
 *
 * @param given  what stands in the link; null where nothing does
 */
function wholenessOf(given: string | null, expected: string): 'whole' | 'cut' | 'changed' {
  const check = given?.trim().toLowerCase() ?? ''
  if (check === expected) return 'whole'
  return check.length < CHECK_CHARS && expected.startsWith(check) ? 'cut' : 'changed'
}

/** The same as the end of a sentence; undefined where nothing is wrong. */
export function whyNotWhole(given: string | null, expected: string): string | undefined {
  const wholeness = wholenessOf(given, expected)
  if (wholeness === 'whole') return undefined
  if (wholeness === 'changed')
    return 'something in it was lost or changed on the way: copy it again, or ask for a new one'
  return `the end of it is missing (${CHECK_KEY}= and ${CHECK_CHARS} characters): copy all of it, or ask for it once more`
}

/** The last label has a letter, or it would be an IP address. */
const ZONE =
  /^(?=.{1,190}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Whether a domain can be named by an invitation. */
export function isInvitedZone(zone: string): boolean {
  return ZONE.test(zone)
}

const KEYS = new Set(['issue', 'broker', 'directory', 'token', 'name', 'root', 'resolver', CHECK_KEY])
/** What programs put behind https URLs to see who comes from where; it says nothing to us. */
export const TRACKING = /^(?:utm_[a-z]+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid)$/i

/**
 * Reads the words.
 *
 * @param body     `<zone>?<query>`
 * @param checkOf  computes the check; it needs a platform
 * @throws InvitationError
 */
export function readWords(body: string, checkOf: CheckOf): { readonly zone: string; readonly query: URLSearchParams } {
  const { zone, words } = readZone(body)
  return { zone, query: queryOf(zone, words, checkOf) }
}

/** The zone of it, as checks are computed over it, and its words as they stand there. @throws InvitationError */
export function readZone(body: string): { readonly zone: string; readonly words: string } {
  const fragment = body.indexOf('#')
  if (fragment >= 0) throw wrong(`behind its end stands "${shown(body.slice(fragment))}": leave that out`)
  const [, zoneText = '', words = ''] = /^([^?/#]+)\/?\?([^#]*)$/.exec(body) ?? []
  if (zoneText === '') throw wrong('it does not look like nodetrust://join/example.org?issue=…')
  const zone = zoneText.toLowerCase().replace(/\.$/, '')
  if (!isInvitedZone(zone)) throw wrong(`"${shown(zoneText)}" is no domain name`)
  return { zone, words }
}

function queryOf(zone: string, text: string, checkOf: CheckOf): URLSearchParams {
  const query = pairsOf(text)
  for (const key of query.keys()) {
    if (TRACKING.test(key))
      throw wrong(`"${shown(key)}" was put into it on the way, to see who follows it: leave that out`)
    if (!KEYS.has(key)) {
      // a whole link means what it says; half a word is what was left of one that was cut off
      const fault = whyNotWhole(query.get(CHECK_KEY), checkOf(zone, query)) === undefined ? 'newer' : 'cut'
      throw wrong(`it contains "${shown(key)}", which this version does not know: a newer one may have made it`, fault)
    }
    if (key !== 'issue' && key !== 'root' && query.getAll(key).length > 1) throw wrong(`"${key}" stands in it twice`)
  }
  return query
}

/** What the network is called. @throws InvitationError where nobody may be shown that */
export function nameFor(zone: string, given: string | null): string {
  const name = given?.trim() ?? invitedNameOf(zone)
  const why = whyNotInvitedName(name)
  if (why !== undefined) throw wrong(`the name of the network ${why}`)
  const own = name.toLowerCase()
  if (looksLikeAddress(name) && own !== invitedNameOf(zone) && !`.${zone}`.endsWith(`.${own}`))
    throw wrong(`the name of the network looks like an address, "${shown(name)}", and its zone is ${zone}`)
  return name
}

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '[::1]']

/** Whether a server is on this computer. */
export function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && LOOPBACK_HOSTS.includes(new URL(text).hostname)
}

const MAX_URL_CHARS = 300

/** What a broker is named by: its host alone, since a client signs nothing else. */
export const SERVER_ORIGIN = /^https?:\/\/[^\s/?#@\\%]+\/?$/i
export const SERVER_PATH = /^https?:\/\/[^\s/?#@\\%]+(?:\/[^\s?#\\]*)?$/i

/** Over plain http only on this computer: what a broker says is believed because of its certificate. */
export function serverUrl(text: string | null, shape: RegExp): string | undefined {
  if (text === null) return undefined
  const given = text.trim()
  if (given.length <= MAX_URL_CHARS && shape.test(given) && URL.canParse(given)) {
    const { protocol, origin, pathname } = new URL(given)
    if (protocol === 'https:' || isLoopbackUrl(given)) return shape === SERVER_ORIGIN ? origin : `${origin}${pathname}`
  }
  throw wrong(`"${shown(given)}" is no https URL of a server`)
}
