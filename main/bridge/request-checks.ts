// Who may speak to the bridge at all, decided from a request's head before anything else looks at it. A page of the internet
// can make a browser send requests here; it cannot make it lie about Host and Origin. Host comes first: under DNS rebinding
// (a name of the attacker's that leads to 127.0.0.1) the origin equals the host, and nothing else gives the attack away.

/** The only address that the bridge listens on. */
export const BRIDGE_HOST = '127.0.0.1'

/** A request's head. */
export interface RequestHead {
  readonly method: string
  /** As it stood on the request line. */
  readonly target: string
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
}

/** A refusal; `status` is HTTP's, `why` is for the log. */
export interface Refusal {
  readonly status: 400 | 403 | 421
  readonly why: string
}

/** The only names of the bridge, written exactly so. */
export function ownHosts(port: number): readonly string[] {
  return [`${BRIDGE_HOST}:${port}`, `[::1]:${port}`, `localhost:${port}`]
}

/**
 * Judges a request's head.
 *
 * @param port  the bridge's own
 * @returns undefined where it may be looked at further
 */
export function refusalOf(head: RequestHead, port: number): Refusal | undefined {
  const [host, ...moreHosts] = valuesOf(head, 'host')
  if (host === undefined || moreHosts.length > 0 || !ownHosts(port).includes(host)) {
    return { status: 421, why: 'the host is not the bridge' }
  }
  if (!head.target.startsWith('/') || head.target.startsWith('//')) {
    return { status: 421, why: 'the target is no path' }
  }
  const origins = valuesOf(head, 'origin')
  if (origins.length > 1 || (origins[0] !== undefined && origins[0] !== `http://${host}`)) {
    return { status: 403, why: 'the origin is another one' }
  }
  const sites = valuesOf(head, 'sec-fetch-site')
  if (sites.length > 1 || (sites[0] !== undefined && !isOwnSite(sites[0], head))) {
    return { status: 403, why: 'another site asks' }
  }
  // the body of a request must have one length, or none
  if (valuesOf(head, 'content-length').length > 1) return { status: 400, why: 'two lengths' }
  return undefined
}

/** `none` is what a person types or follows from outside a browser; only for looking at the page. */
function isOwnSite(site: string, { method, rawHeaders }: RequestHead): boolean {
  if (site === 'same-origin') return true
  const [mode] = valuesOf({ rawHeaders }, 'sec-fetch-mode')
  const reads = method === 'GET' || method === 'HEAD'
  return site === 'none' && reads && (mode === undefined || mode === 'navigate')
}

/** All values of a header. @param name  lower case */
export function valuesOf({ rawHeaders }: Pick<RequestHead, 'rawHeaders'>, name: string): readonly string[] {
  return rawHeaders.flatMap((text, index) => {
    const value = rawHeaders[index + 1]
    return index % 2 === 0 && text.toLowerCase() === name && value !== undefined ? [value] : []
  })
}
