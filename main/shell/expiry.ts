// How near a certificate's end is, by its own life: ninety days and six days are worried about at the same share of it.
import type { State } from '../../proto/api/index.ts'

export type CurrentCertificate = NonNullable<State['certificate']['current']>

/** Renewal begins with a third left (half of a short life), so with a fifth left it has failed for a while. */
const FAILING_SHARE = 1 / 5
/** Nine days of ninety, fourteen hours of six days: time for a person to do something. */
const NEAR_SHARE = 1 / 10

/** Where a certificate stands between its beginning and its end. */
export type Expiry = 'far' | 'failing' | 'near' | 'over'

/** `failing`: its renewal should have been done by now. */
export function expiryOf(
  { notBefore, notAfter }: Pick<CurrentCertificate, 'notBefore' | 'notAfter'>,
  now: number,
): Expiry {
  const left = notAfter - now
  const life = Math.max(1, notAfter - notBefore)
  if (left <= 0) return 'over'
  if (left < life * NEAR_SHARE) return 'near'
  return left < life * FAILING_SHARE ? 'failing' : 'far'
}
