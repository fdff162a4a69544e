// Values that a signed request may use once (RFC 8555 section 6.5). The oldest are forgotten when there are too many, as a
// real CA forgets them after a while.
import { randomBytes } from 'node:crypto'

/** Enough for a thousand clients at once; a client whose nonce was forgotten gets badNonce and a fresh one. */
const MAX_NONCES = 10_000

export interface Nonces {
  /** A fresh one. */
  issue(): string
  /** Uses one up; false where it was never given out, was used already or is forgotten. */
  use(nonce: string): boolean
}

export function createNonces(): Nonces {
  // Kept in the order they were given out.
  const known = new Set<string>()
  return {
    issue() {
      const nonce = randomBytes(16).toString('base64url')
      known.add(nonce)
      for (const oldest of known) {
        if (known.size <= MAX_NONCES) break
        known.delete(oldest)
      }
      return nonce
    },
    use: (nonce) => known.delete(nonce),
  }
}
