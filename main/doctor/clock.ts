// Whether the clock is right, by those of the servers. Certificates, proofs and renewals all stand on it.
import { found, type Check } from './situation.ts'

/** A proof is good for five minutes either way, a Date header has seconds, and a line may be slow. */
const MOST_MS = 60_000

/** The middle of what servers say counts: one of them may be wrong itself. */
export const checkClock: Check = async ({ servers }) => {
  const times = (await servers).flatMap(({ time }) => time ?? [])
  const byDifference = times.toSorted((a, b) => a.here - a.there - (b.here - b.there))
  const middle = byDifference[Math.floor(byDifference.length / 2)]
  if (!middle) return found('clock-unknown')
  const { here, there } = middle
  if (Math.abs(here - there) <= MOST_MS) return found('clock-good')
  return found('clock-off', { here: inUtc(here), there: inUtc(there) })
}

function inUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
