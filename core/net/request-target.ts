// What a request asks for and of whom: HTTP writes that in four forms (RFC 9112 section 3.2), of which a server that is no proxy must
// understand three. Beware: in the absolute form the target says the host, and the header of that name counts for nothing.
import type { IncomingMessage } from 'node:http'

/** What a request asks for. */
export interface RequestTarget {
  /** With the port where one was told; empty where an HTTP/1.0 client told none. */
  readonly host: string
  /** Begins with a slash; `*` of `OPTIONS *`. Written in its usual form, so that it can be compared. */
  readonly path: string
  /** What follows the question mark; undefined without one. */
  readonly query: string | undefined
}

/** A host with or without a port; who else would be before an `@` is nobody whom we let in (RFC 9110 section 4.2.4). */
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/

const ABSOLUTE = /^https?:\/\/([^/?#]*)([/?].*)?$/is

/**
 * Reads a request's target.
 *
 * @returns undefined where it has none of the forms, or more than one `Host` (RFC 9112 section 3.2: 400)
 */
export function readTarget(request: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>): RequestTarget | undefined {
  const { method, url = '' } = request
  const [named = '', ...others] = hostsOf(request)
  if (others.length > 0 || (named !== '' && !HOST.test(named))) return undefined
  if (url === '*') return method === 'OPTIONS' ? { host: named, path: '*', query: undefined } : undefined
  const absolute = ABSOLUTE.exec(url)
  const host = absolute?.[1] ?? named
  if (absolute && !HOST.test(host)) return undefined
  const rest = absolute ? (absolute[2] ?? '/').replace(/^\?/, '/?') : url
  if (!rest.startsWith('/')) return undefined
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  return { host, path: usualPath(path), query: mark < 0 ? undefined : rest.slice(mark + 1) }
}

/** The values of all headers `Host`; Node itself keeps the first and says nothing of the others. */
export function hostsOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): readonly string[] {
  return rawHeaders.flatMap((text, index) => {
    const value = rawHeaders[index + 1]
    return index % 2 === 0 && text.toLowerCase() === 'host' && value !== undefined ? [value] : []
  })
}

/**
 * A path in the one form in which ours are written (RFC 3986 section 6.2.2.2): letters, digits and `-._~` as themselves. Slashes and dots
 * stay: a path that needs them taken away is none of ours.
 */
function usualPath(path: string): string {
  return path.replaceAll(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase()
  })
}
