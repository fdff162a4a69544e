// The Retry-After header (RFC 9110 section 10.2.3), read from a stranger: seconds, one of three date formats, or rubbish.

/** Nobody means more than this; it keeps every sum with a date inside what a Date can hold. */
const MAX_RETRY_AFTER_MS = 365 * 24 * 3_600_000

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d/

/**
 * How long the header asks to wait.
 *
 * @param now  milliseconds since 1970, what a date is compared with
 * @returns milliseconds from 0 to a year; undefined where the header is absent, negative or no date
 */
export function parseRetryAfter(header: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim()
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS)
  if (!HTTP_DATE.test(text)) return undefined
  // The oldest of the three formats (asctime) names no zone; all of them mean GMT.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS)
}

/**
 * A gateway that is overloaded or does not like us knows nothing of a CA's weeks; what lasts longer than a day is looked at
 * again by the day anyway.
 */
const MAX_GATEWAY_WAIT_MS = 24 * 3_600_000

/**
 * How long an error answer asks to wait that is not the CA's own word.
 *
 * @param now  milliseconds since 1970
 * @returns milliseconds, a day at most; undefined where there is no header that can be read
 */
export function gatewayWait(header: string | readonly string[] | undefined, now: number): number | undefined {
  const told = parseRetryAfter(header, now)
  return told === undefined ? undefined : Math.min(told, MAX_GATEWAY_WAIT_MS)
}

/** Somebody says that we should wait, but not how long: an hour offends nobody and is over today. */
const UNREADABLE_RETRY_AFTER_MS = 3_600_000

/**
 * How long a refusal asks to wait. A header that cannot be read still says that there is a time, which is what tells a limit
 * from a pause.
 *
 * @param now  milliseconds since 1970
 * @returns milliseconds; undefined only where there is no header
 */
export function refusalWait(header: string | readonly string[] | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  return parseRetryAfter(header, now) ?? UNREADABLE_RETRY_AFTER_MS
}
