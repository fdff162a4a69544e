// Several ways to a certificate, tried in their order: the network's own issue server first, then forges. Whoever issued a
// certificate is asked about its renewal.
import type { Issuer } from './issuer.ts'

/** One way. */
export interface NamedIssuer {
  /** As people call it. */
  readonly title: string
  /** What its bundles are marked with. */
  readonly source: string
  readonly issuer: Issuer
}

/** No way led to a certificate; the message names each and what came of it. */
export class IssuersFailedError extends Error {
  override readonly name = 'IssuersFailedError'
  readonly attempts: readonly { readonly title: string; readonly error: Error }[]

  constructor(attempts: IssuersFailedError['attempts']) {
    super(attempts.map(({ title, error }) => `${title}: ${error.message}`).join('; '))
    this.attempts = attempts
  }
}

/**
 * Makes one issuer of several.
 *
 * @returns undefined for none; the one itself where there is but one
 */
export function issuersInOrder(ways: readonly NamedIssuer[]): Issuer | undefined {
  const [first, ...more] = ways
  if (!first) return undefined
  if (more.length === 0) return first.issuer
  return {
    async obtain(signal) {
      const attempts: { readonly title: string; readonly error: Error }[] = []
      for (const { title, issuer } of ways) {
        try {
          return await issuer.obtain(signal)
        } catch (error) {
          signal.throwIfAborted()
          attempts.push({ title, error: error instanceof Error ? error : new Error(String(error)) })
        }
      }
      throw new IssuersFailedError(attempts)
    },
    renewal: (bundle, signal) =>
      (ways.find(({ source }) => source === bundle.source) ?? first).issuer.renewal(bundle, signal),
  }
}
