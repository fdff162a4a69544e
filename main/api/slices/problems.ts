// The failures of attempts, as the contract calls them. A node's own codes are many and may grow; what people are told is a
// short list, and the node's code goes along for "Details".
import { MAX_DETAIL_CHARS } from '../../../proto/api/index.ts'
import type { ApiErrorCode, Problem } from '../../../proto/api/index.ts'
import type { FailedAttempt } from '../../certificates/retry.ts'

/** Codes of `certificates/failures.ts`; what is not here has failed for no reason that a person could act on. */
const CODES: Readonly<Record<string, ApiErrorCode>> = {
  ...of('ca-limit', ['rate-limit', 'broker-limit']),
  ...of('refused', ['not-authorized', 'ca-refused', 'name-refused', 'address-refused', 'relayed']),
  ...of('refused', ['nothing-to-grant', 'no-matching-crypto', 'broker-refused', 'forge-token']),
  ...of('refused', ['unauthorized', 'caa', 'rejectedIdentifier', 'userActionRequired', 'externalAccountRequired']),
  ...of('ca-unavailable', ['serverInternal', 'badNonce', 'challenge-failed', 'value-not-shown']),
  ...of('ca-unavailable', ['ca-unavailable', 'dns-unavailable', 'shutting-down', 'order-in-progress']),
  'not-reachable': 'unreachable',
  ...of('unreachable', ['not-dialled', 'no-address']),
  ...of('server-unreachable', ['unreachable', 'broker-unavailable', 'bad-broker']),
  'no-proofs': 'no-proofs',
  'invalid-proof': 'wrong-clock',
  'bad-certificate': 'bad-certificate',
  'wss-listen': 'port-taken',
  'not-configured': 'no-network',
  disk: 'disk',
  cancelled: 'cancelled',
}

/** What waiting alone does not mend. */
const LASTING: ReadonlySet<ApiErrorCode> = new Set<ApiErrorCode>(['refused', 'bad-certificate', 'wrong-clock'])

/** A failed attempt as a problem; `params` has the node's own code, and `until` where it is tried again. */
export function problemOfFailure({ failure, retryAt }: FailedAttempt): Problem {
  const limited = failure.kind === 'rate-limited' || failure.kind === 'paused'
  const known = Object.hasOwn(CODES, failure.code) ? CODES[failure.code] : undefined
  const code = limited ? 'ca-limit' : (known ?? 'failed')
  const next =
    failure.nextStep === '' || failure.nextStep.startsWith('nothing') ? '' : ` What to do: ${failure.nextStep}.`
  return {
    code,
    params: { code: failure.code.slice(0, 100), ...(retryAt === null ? {} : { until: retryAt }) },
    retryable: retryAt !== null && !LASTING.has(code),
    detail: `${failure.message.replace(/\.$/, '')}.${next}`.slice(0, MAX_DETAIL_CHARS),
  }
}

function of(code: ApiErrorCode, names: readonly string[]): Record<string, ApiErrorCode> {
  return Object.fromEntries(names.map((name) => [name, code]))
}
