// The check at the end of an invitation: the beginning of a hash over all that stands before it. A chat that cuts a link off, or loses a
// piece of it, leaves one that may still look whole; with the check every loss is noticed. It protects from accidents only: whoever
// writes an invitation can write its check as well. Not for the page: it needs Node's crypto.
import { createHash } from 'node:crypto'
import { checkedText, checkOfHash } from './invited-words.ts'

/** Computes the check. @param pairs  in the order of the link */
export function checkOf(zone: string, pairs: Iterable<readonly [key: string, value: string]>): string {
  return checkOfHash(createHash('sha256').update(checkedText(zone, pairs)).digest('hex'))
}
