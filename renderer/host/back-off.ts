// How long a page waits before it tries the node again: soon at first, since a node that starts anew is back in a second or
// two, then seldom enough to cost nothing.

const FIRST_MS = 400
const MOST_MS = 10_000

/** Up to this part of a wait is random, so that several tabs do not come at once. */
const SPREAD = 0.3

/**
 * @param tries  how often it was tried in vain
 * @param random  from 0 to 1
 * @returns milliseconds
 */
export function backOffMs(tries: number, random: number): number {
  const wait = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 10))
  return Math.round(wait * (1 - SPREAD * random))
}
