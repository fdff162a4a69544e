// The cookies of one registration: a broker behind a load balancer marks its two halves with them, because only the machine
// that asked who we are can check the answer (RFC 6265). One host, a few minutes, so attributes do not matter.

/** As many as any balancer sets. */
const MAX_COOKIES = 20

/** RFC 6265 section 6.1. */
const MAX_COOKIE_CHARACTERS = 4_096

/** Name and value as RFC 6265 section 4.1.1 has them; nothing in them can end the header. */
const COOKIE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=("?)([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)\2$/

/** Cookies of one host. */
export interface CookieJar {
  /** Keeps what a reply set; what is no cookie is left out. */
  keep(setCookie: readonly string[] | undefined): void
  /** The `Cookie` header of the next request; undefined where there is none. */
  header(): string | undefined
}

/** Makes an empty jar. */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>()
  return {
    keep(setCookie) {
      for (const line of (setCookie ?? []).slice(0, MAX_COOKIES)) {
        const [pair = '', ...attributes] = line.slice(0, MAX_COOKIE_CHARACTERS).split(';')
        const name = COOKIE.exec(pair.trim())?.[1]
        if (name === undefined) continue
        if (attributes.some((text) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(text))) cookies.delete(name)
        else if (cookies.has(name) || cookies.size < MAX_COOKIES) cookies.set(name, pair.trim())
      }
    },
    header: () => (cookies.size === 0 ? undefined : [...cookies.values()].join('; ')),
  }
}
