// The failures of attempts, as the contract calls them. A node's own codes are many and may grow; what people are told is a
// short list, and the node's code goes along for "Details".
import { MAX_DETAIL_CHARS } from '../../../proto/api/index.ts'
import type { ApiErrorCode, Problem } from '../../../proto/api/index.ts'
import type { FailedAttempt } from '../../certificates/retry.ts'

/** Codes of `certificates/failures.ts`; what is not here has failed for no reason that a person could act on. */
const CODES: Readonly<Record<string, ApiErrorCode>> = {
  ...of('ca-limit', ['rate-limit', 'rateLimited', 'broker-limit']),
  ...of('refused', ['not-authorized', 'ca-refused', 'name-refused', 'address-refused', 'relayed']),
  ...of('refused', ['nothing-to-grant', 'no-matching-crypto', 'broker-refused', 'forge-token']),
  ...of('refused', ['unauthorized', 'caa', 'rejectedIdentifier', 'userActionRequired', 'externalAccountRequired']),
  ...of('refused', ['account-gone']),
  ...of('ca-unavailable', ['serverInternal', 'badNonce', 'challenge-failed', 'value-not-shown']),
  ...of('ca-unavailable', ['ca-unavailable', 'dns-unavailable', 'shutting-down', 'order-in-progress']),
  'not-reachable': 'unreachable',
  ...of('unreachable', ['not-dialled', 'no-address']),
  ...of('server-unreachable', ['unreachable', 'broker-unavailable', 'bad-broker']),
  'other-zone': 'other-zone',
  'other-key': 'server-other-key',
  'no-proofs': 'no-proofs',
  'invalid-proof': 'wrong-clock',
  'bad-certificate': 'bad-certificate',
  rehearsed: 'rehearsed',
  'wss-listen': 'port-taken',
  'not-configured': 'no-network',
  disk: 'disk',
  cancelled: 'cancelled',
}

/** RFC 1035 section 2.3.4. */
const MAX_DOMAIN_CHARS = 255

/** What waiting alone does not mend. */
const LASTING: ReadonlySet<ApiErrorCode> = new Set<ApiErrorCode>([
  ...(['refused', 'other-zone', 'bad-certificate', 'rehearsed', 'wrong-clock'] as const),
])

/** Why something did not work, as the contract calls it. @param code  the node's own */
export function reasonOf(code: string): ApiErrorCode {
  return (Object.hasOwn(CODES, code) ? CODES[code] : undefined) ?? 'failed'
}

/**
 * A node's code where it is listed with what happened. One of them is a word of the contract with another meaning: an issue
 * server that is unreachable, not this computer.
 */
export function listedCode(code: string): string {
  return code === 'unreachable' ? reasonOf(code) : code
}

/**
 * A failed attempt as a problem; `params` has the node's own code, `until` where it is tried again, `paused` where a person can lift
 * it, the `page` where, a name that was `unresolved`, and where it failed at a forge that one's domain and how many `others` did not do it either.
 */
export function problemOfFailure({ failure, retryAt }: FailedAttempt): Problem {
  const limited = failure.kind === 'rate-limited' || failure.kind === 'paused'
  const code = limited ? 'ca-limit' : reasonOf(failure.code)
  const { forge, others = 0, page, unresolved = [] } = failure
  const [unknown] = unresolved
  const more = { ...(failure.kind === 'paused' ? { paused: 1 } : {}), ...(page === undefined ? {} : { page }) }
  const lost = unknown === undefined ? {} : { unresolved: unknown.slice(0, MAX_DOMAIN_CHARS) }
  const where = forge === undefined ? {} : { forge: forge.slice(0, MAX_DOMAIN_CHARS), others }
  const next =
    failure.nextStep === '' || failure.nextStep.startsWith('nothing') ? '' : ` What to do: ${failure.nextStep}.`
  return {
    code,
    params: {
      code: failure.code.slice(0, 100),
      ...where,
      ...more,
      ...lost,
      ...(retryAt === null ? {} : { until: retryAt }),
    },
    retryable: retryAt !== null && !LASTING.has(code),
    detail: `${failure.message.replace(/\.$/, '')}.${next}`.slice(0, MAX_DETAIL_CHARS),
  }
}

function of(code: ApiErrorCode, names: readonly string[]): Record<string, ApiErrorCode> {
  return Object.fromEntries(names.map((name) => [name, code]))
}
