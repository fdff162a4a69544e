// Several ways to a certificate, tried in their order: the network's own issue server first, then forges. Whoever issued a
// certificate is asked about its renewal.
import type { Issuer } from './issuer.ts'

/** One way. */
export interface NamedIssuer {
  /** As people call it. */
  readonly title: string
  /** What its bundles are marked with. */
  readonly source: string
  /** Domain of the forge that is asked first, where it is a way over forges. */
  readonly forge?: string | undefined
  readonly issuer: Issuer
}

/** No way led to a certificate; the message names each and what came of it. */
export class IssuersFailedError extends Error {
  override readonly name = 'IssuersFailedError'
  readonly attempts: readonly (Pick<NamedIssuer, 'title' | 'forge'> & { readonly error: Error })[]

  constructor(attempts: IssuersFailedError['attempts']) {
    super(attempts.map(({ title, error }) => `${title}: ${error.message}`).join('; '))
    this.attempts = attempts
  }
}

/**
 * Makes one issuer of several.
 *
 * @param onNext  called where one way did not lead to a certificate and another one is tried
 * @returns undefined for none; the one itself where there is but one
 */
export function issuersInOrder(
  ways: readonly NamedIssuer[],
  onNext: (error: Error, next: NamedIssuer) => void = () => undefined,
): Issuer | undefined {
  const [first, ...more] = ways
  if (!first) return undefined
  if (more.length === 0) return first.issuer
  return {
    async obtain(signal) {
      const attempts: IssuersFailedError['attempts'][number][] = []
      for (const [index, { title, forge, issuer }] of ways.entries()) {
        try {
          return await issuer.obtain(signal)
        } catch (caught) {
          signal.throwIfAborted()
          const error = caught instanceof Error ? caught : new Error(String(caught))
          attempts.push({ title, forge, error })
          const next = ways[index + 1]
          if (next) onNext(error, next)
        }
      }
      throw new IssuersFailedError(attempts)
    },
    renewal: (bundle, signal) =>
      (ways.find(({ source }) => source === bundle.source) ?? first).issuer.renewal(bundle, signal),
  }
}
