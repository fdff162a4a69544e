// What the window may show and ask for: its own page and nothing else. Electron allows everything that nobody forbids, so
// every question it asks is answered here.

/** The page's origin: a scheme of our own, never file://. */
export const PAGE_SCHEME = 'app'
export const PAGE_HOST = 'bundle'
export const PAGE_URL = `${PAGE_SCHEME}://${PAGE_HOST}/`

/** Whether an address belongs to the window's own page. Parsed, never compared by its beginning. */
export function isOwnPage(text: string): boolean {
  const url = URL.parse(text)
  if (!url) return false
  const bare = url.username === '' && url.password === '' && url.port === ''
  return url.protocol === `${PAGE_SCHEME}:` && url.hostname === PAGE_HOST && bare
}

/** The one permission: copying text after a click. Everything else is refused, as are all devices. */
export function isPermitted(permission: string, origin: string): boolean {
  return permission === 'clipboard-sanitized-write' && isOwnPage(origin)
}

/** Whether a request of the window may go out: to its own files, and to what developer tools bring along. */
export function isRequestAllowed(url: string, development: boolean): boolean {
  return isOwnPage(url) || (development && URL.parse(url)?.protocol === 'devtools:')
}

/** Chromium's switches against talking to anybody by itself; set before the app is ready. */
export const QUIET_SWITCHES: readonly (readonly [string, string?])[] = [
  ['disable-background-networking'],
  ['disable-component-update'],
  ['disable-domain-reliability'],
  ['no-pings'],
  ['dns-prefetch-disable'],
  ['disable-features', 'AsyncDns,DnsOverHttps,SpellcheckServiceMultilingual,MediaRouter,OptimizationHints'],
]

/** Where a dictionary would come from; nowhere. */
export const NO_DICTIONARIES = 'app://bundle/none/'
