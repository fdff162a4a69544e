// Whether the clock is right, by those of the servers. Certificates, proofs and renewals all stand on it.
import { offsetOf } from '../../core/net/sign-of-life.ts'
import { found, type Check } from './situation.ts'

/** A proof is good for five minutes either way, a Date header has seconds, and a line may be slow. */
export const CLOCK_TOLERANCE_MS = 60_000

export const checkClock: Check = async ({ servers, clock }) => {
  const offset = offsetOf(await servers)
  if (offset === undefined) return found('clock-unknown')
  if (Math.abs(offset) <= CLOCK_TOLERANCE_MS) return found('clock-good')
  const here = clock.now()
  return found('clock-off', { here: inUtc(here), there: inUtc(here + offset) })
}

function inUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
