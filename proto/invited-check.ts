// The check at the end of an invitation: the beginning of a hash over all that stands before it. A chat that cuts a link off, or loses a
// piece of it, leaves one that may still look whole; with the check every loss is noticed. It protects from accidents only: whoever
// writes an invitation can write its check as well. Not for the page: it needs Node's crypto.
import { createHash } from 'node:crypto'

/** The parameter, always the last one. */
export const CHECK_KEY = 'check'

/** 32 bits, in hex: short to read aloud, and the same in capitals. */
const CHECK_CHARS = 8

/** Computes the check over what a link means, so that ways to encode it are of no matter. @param pairs  in the order of the link */
export function checkOf(zone: string, pairs: Iterable<readonly [key: string, value: string]>): string {
  const hash = createHash('sha256').update(`${zone}\n`)
  for (const [key, value] of pairs) if (key !== CHECK_KEY) hash.update(`${key}=${value.trim()}\n`)
  return hash.digest('hex').slice(0, CHECK_CHARS)
}

/**
 * Compares the check of a link.
 *
 * @param given  what stands in the link; null where nothing does
 * @returns what is wrong as the end of a sentence; undefined where nothing is
 */
export function whyNotWhole(given: string | null, expected: string): string | undefined {
  const check = given?.trim().toLowerCase() ?? ''
  if (check.length < CHECK_CHARS && expected.startsWith(check.slice(0, CHECK_CHARS)))
    return `the end of it is missing (${CHECK_KEY}= and ${CHECK_CHARS} characters): copy all of it, or ask for it once more`
  if (check !== expected) return 'something in it was lost or changed on the way: copy it again, or ask for a new one'
  return undefined
}
