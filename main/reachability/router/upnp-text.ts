// Reads what UPnP routers write: answers to a search, descriptions of themselves, answers to commands. It looks for the few words that are
// needed and up to a limit; there is no XML parser to mislead, so entities that a document declares itself mean nothing here.
import type { Gateway } from './gateway.ts'

/** A service that opens ports, at one of the places where it may be. */
export interface UpnpService {
  /** Where commands go. */
  readonly control: URL
  readonly service: string
}

/** The services that open ports, in the order in which they are preferred. */
const SERVICES = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
] as const

/** A router has one line to the internet, some have four of which one is used. */
const MAX_SERVICES = 8

/** A router describes a dozen services; what comes after so many is not looked at. */
const MAX_DESCRIBED = 64

/** The place named in an answer to a search, where it is at the router itself. */
export function locationOf(answer: string, gateway: Pick<Gateway, 'address'>): URL | undefined {
  if (!/^HTTP\/1\.[01] 200/.test(answer)) return undefined
  const url = URL.parse(/^location[ \t]*:[ \t]*(\S+)[ \t]*\r?$/im.exec(answer)?.[1] ?? '')
  return url && isAt(url, gateway.address) ? url : undefined
}

/** All services of a description that open ports, the preferred ones first. @param location  where the description was */
export function servicesOf(description: string, location: URL): readonly UpnpService[] {
  const found = SERVICES.flatMap((service) =>
    controlUrls(description, service, location).map((control) => ({ control, service })),
  )
  return found.slice(0, MAX_SERVICES)
}

/** The place of a service in a description, where it is at the same address as the description. */
export function controlUrl(description: string, service: string, location: URL): URL | undefined {
  return controlUrls(description, service, location)[0]
}

/**
 * `controlURL` may be absolute, or relative to `URLBase`, or without one to the description (UPnP Device Architecture 1.0, 2.1). A `URLBase`
 * that leads elsewhere or nowhere is passed over: some routers still have their factory's address there.
 */
function controlUrls(description: string, service: string, location: URL): readonly URL[] {
  const xml = plain(description)
  const base = URL.parse(elementText(xml, 'URLBase'), location.href)
  const bases = base && isAt(base, location.hostname) ? [base, location] : [location]
  const found = new Map<string, URL>()
  const parts = xml.split(/<(?:[A-Za-z0-9_-]{1,40}:)?service[\s>]/i, MAX_DESCRIBED + 1)
  for (const part of parts.slice(1)) {
    const block = part.split(/<\/(?:[A-Za-z0-9_-]{1,40}:)?service\s*>/i, 1)[0] ?? ''
    if (elementText(block, 'serviceType') !== service) continue
    const place = elementText(block, 'controlURL')
    const url = bases.flatMap(({ href }) => URL.parse(place, href) ?? []).find((one) => isAt(one, location.hostname))
    if (place !== '' && url) found.set(url.href, url)
  }
  return [...found.values()]
}

function isAt(url: URL, host: string): boolean {
  const isAllowed = url.protocol === 'http:' && url.username === '' && url.password === '' && url.port !== '0'
  return isAllowed && url.hostname === host
}

/** The text of the first element of this name, whatever its prefix; empty where there is none. */
export function textOf(xml: string, name: string): string {
  return elementText(plain(xml), name)
}

function elementText(xml: string, name: string): string {
  const element = new RegExp(`<(?:[A-Za-z0-9_-]{1,40}:)?${name}(?:\\s[^>]{0,200})?>([^<]{0,500})<`)
  return unescapeXml(element.exec(xml)?.[1] ?? '').trim()
}

/** Whether there is an element of this name, whatever its prefix. */
export function hasElement(xml: string, name: string): boolean {
  return new RegExp(`<(?:[A-Za-z0-9_-]{1,40}:)?${name}(?:\\s[^>]{0,500})?/?>`, 'i').test(plain(xml))
}

/** Without comments, and with CDATA as the text that it stands for. */
function plain(xml: string): string {
  const uncommented = replaceBetween(xml, '<!--', '-->', () => '')
  return replaceBetween(uncommented, '<![CDATA[', ']]>', escapeXml)
}

/** Looks at every character once, whatever is written; what is not closed is left out. */
function replaceBetween(text: string, open: string, close: string, replace: (inner: string) => string): string {
  let result = ''
  for (let at = 0; ;) {
    const begin = text.indexOf(open, at)
    if (begin < 0) return result + text.slice(at)
    const end = text.indexOf(close, begin + open.length)
    result += text.slice(at, begin)
    if (end < 0) return result
    result += replace(text.slice(begin + open.length, end))
    at = end + close.length
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The five entities of XML and the numbers of characters; others stay as they are. */
function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (all, decimal, hexadecimal, name) => {
    if (typeof name === 'string') return NAMED[name] ?? all
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hexadecimal), 16)
    // below are controls, line ends among them: nobody needs those in a place or a number
    return code >= 0x20 && code <= 0xffff ? String.fromCharCode(code) : ''
  })
}
