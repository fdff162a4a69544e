// The headers of every response that carries the window's page, whoever serves it: Electron's app:// scheme or the bridge
// on loopback. One place, so that the two hosts cannot differ in what the page may do.

/**
 * Nothing but the page's own files; no inline script or style, no eval, no innerHTML (Trusted Types). `connect-src 'self'`
 * covers the WebSocket of the page's own origin.
 */
export const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** What a page could ask the browser for; ours needs none of it. Copying is done with a click and needs no entry here. */
const NO_FEATURES = [
  ...['accelerometer', 'autoplay', 'camera', 'display-capture', 'encrypted-media', 'fullscreen'],
  ...['gamepad', 'geolocation', 'gyroscope', 'hid', 'idle-detection', 'local-fonts', 'magnetometer', 'microphone'],
  ...['midi', 'payment', 'picture-in-picture', 'publickey-credentials-get', 'screen-wake-lock', 'serial', 'usb'],
  ...['xr-spatial-tracking'],
]
  .map((feature) => `${feature}=()`)
  .join(', ')

/** Sent with every response; the content's type and how long it may be kept come beside them. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': NO_FEATURES,
}

/** Kept for good: names with a hash in them change when their content does. */
export const CACHE_FOREVER = 'public, max-age=31536000, immutable'
export const CACHE_NEVER = 'no-store'

/** Types of the files that a built page consists of; anything else is not served. */
export const PAGE_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
