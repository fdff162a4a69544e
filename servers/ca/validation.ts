// DNS-01 (RFC 8555 section 8.4) from the CA's side: asks for the TXT values and looks whether the right one is among them.
import { createHash } from 'node:crypto'
import { challengeName } from '../../proto/names.ts'
import { CaProblem, documentOf, type ProblemDocument } from './problem.ts'

/** Who answers the CA's DNS questions. */
export interface TxtResolver {
  /** The values of a name, one string per record; throws where there is no answer. */
  resolveTxt(name: string, options: { readonly signal: AbortSignal }): Promise<readonly string[]>
}

/** As long as a real CA waits for DNS. */
const RESOLVE_TIMEOUT_MS = 10_000

/**
 * Looks for the value of a challenge.
 *
 * @param name  without `*.`
 * @param thumbprint  of the account's key
 * @returns undefined where it is there, else why not
 * @throws the signal's reason
 */
export async function findChallengeValue(
  resolver: TxtResolver,
  challenge: { readonly name: string; readonly token: string; readonly thumbprint: string },
  signal: AbortSignal,
): Promise<ProblemDocument | undefined> {
  const place = challengeName(challenge.name)
  const expected = createHash('sha256').update(`${challenge.token}.${challenge.thumbprint}`).digest('base64url')
  let values: readonly string[]
  try {
    values = await resolver.resolveTxt(place, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)]),
    })
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return documentOf(new CaProblem(400, 'dns', `no answer for TXT ${place}: ${why}`))
  }
  if (values.includes(expected)) return undefined
  const seen = values.length === 0 ? 'no TXT record' : `${values.length} other TXT record(s)`
  return documentOf(new CaProblem(403, 'unauthorized', `expected value not found at ${place}: ${seen}`))
}
