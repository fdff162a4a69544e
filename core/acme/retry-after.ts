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

/** `retry after 2026-12-01 10:00:00 UTC`, as Boulder writes it, and as RFC 3339 does. */
const TIME_IN_TEXT =
  /\b(?:retry|try again|again|wait|until)\b[^.\d]{0,40}(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?/i

/** `retry after 3600 seconds`, `try again in 2 hours`. */
const SPAN_IN_TEXT =
  /\b(?:retry|try again|again|wait)\b[^.\d]{0,40}\b(\d{1,9}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\b/i

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }

/**
 * How long a sentence asks to wait: some CAs tell the end of a limit nowhere else.
 *
 * @param text  a problem's `detail`
 * @param now  milliseconds since 1970
 * @returns milliseconds from 0 to a year; undefined where it names no time
 */
export function waitInText(text: string, now: number): number | undefined {
  const [, day, time, zone = 'Z'] = TIME_IN_TEXT.exec(text) ?? []
  const date = Date.parse(`${day}T${time}${/^(?:utc|gmt)$/i.test(zone) ? 'Z' : zone.toUpperCase()}`)
  const [, count, unit = ''] = SPAN_IN_TEXT.exec(text) ?? []
  const span = Number(count) * (UNIT_MS[unit.slice(0, 1).toLowerCase()] ?? 0)
  const wait = Number.isNaN(date) ? span : date - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), MAX_RETRY_AFTER_MS)
}

/**
 * How long a refusal asks to wait. A header that cannot be read still says that there is a time, which is what tells a limit
 * from a pause; one that names no future gives way to what the sentence says.
 *
 * @param detail  the problem's sentence, where it is one of a limit
 * @param now  milliseconds since 1970
 * @returns milliseconds; undefined only where neither names a time
 */
export function refusalWait(
  header: string | readonly string[] | undefined,
  detail: string | undefined,
  now: number,
): number | undefined {
  const told = parseRetryAfter(header, now)
  if (told !== undefined && told > 0) return told
  const said = detail === undefined ? undefined : waitInText(detail, now)
  return said ?? told ?? (header === undefined ? undefined : UNREADABLE_RETRY_AFTER_MS)
}
