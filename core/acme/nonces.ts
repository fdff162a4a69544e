// One-time values for requests (RFC 8555 section 6.5). Every answer of the CA brings one; keeping them saves the request
// that would fetch the next.

/** More than one issuance ever has under way; older ones have the best chance to have expired. */
const MAX_NONCES = 200

export interface NoncePool {
  /** The newest nonce, which the CA is least likely to have forgotten. */
  take(): string | undefined
  add(nonce: string | undefined): void
}

export function createNoncePool(): NoncePool {
  const nonces: string[] = []
  return {
    take: () => nonces.pop(),
    add(nonce) {
      if (nonce === undefined || !/^[A-Za-z0-9_-]+$/.test(nonce)) return
      nonces.push(nonce)
      if (nonces.length > MAX_NONCES) nonces.shift()
    },
  }
}
