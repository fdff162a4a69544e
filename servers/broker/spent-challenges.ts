// Challenges that were answered: the protocol keeps no state, so the same answer would count again for five minutes. Two sets
// take turns; what is in neither was not answered while it could be.
import { CHALLENGE_TTL_MS } from '../../proto/peer-id-auth.ts'
import type { Clock } from '../../core/clock.ts'

/** Registrations of five minutes, many times over; when it is full, nobody is let in rather than somebody twice. */
const MAX_SPENT = 100_000

/** Makes the function: whether a challenge is answered for the first time. */
export function createSpentChallenges(clock: Clock): (challenge: string) => boolean {
  let current = new Set<string>()
  let previous = new Set<string>()
  let turnedAt = clock.now()
  return (challenge) => {
    const age = clock.now() - turnedAt
    if (age >= CHALLENGE_TTL_MS) {
      previous = age < 2 * CHALLENGE_TTL_MS ? current : new Set()
      current = new Set()
      turnedAt = clock.now()
    }
    if (current.has(challenge) || previous.has(challenge) || current.size >= MAX_SPENT) return false
    current.add(challenge)
    return true
  }
}
