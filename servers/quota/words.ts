// Waits in words, for refusals and for the operator.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A wait as a person says it, rounded up. */
export function inWords(ms: number): string {
  if (ms >= 2 * DAY_MS) return `about ${Math.ceil(ms / DAY_MS)} days`
  if (ms >= 2 * HOUR_MS) return `about ${Math.ceil(ms / HOUR_MS)} hours`
  const minutes = Math.ceil(ms / 60_000)
  return `about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
}
