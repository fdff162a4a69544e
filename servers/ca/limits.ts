// Rate limits as Let's Encrypt has them: buckets that refill continuously, with the time of the next free place in
// Retry-After. Without limits given there are none; the sandbox and tests choose.
import type { Clock } from '../../core/clock.ts'
import { CaProblem } from './problem.ts'

/** So many in so long. */
export interface Limit {
  readonly count: number
  readonly windowMs: number
}

export interface LimitOptions {
  /** Orders of one account. */
  readonly ordersPerAccount?: Limit
  /** Certificates for one registered domain that are no renewals, all accounts together. */
  readonly newCertificatesPerDomain?: Limit
  /** Certificates for exactly the same names. */
  readonly certificatesPerExactSet?: Limit
  /** Failed validations of one name by one account. */
  readonly failedValidations?: Limit
}

export type LimitKind = keyof LimitOptions

const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

/** The public numbers of Let's Encrypt (2026-08). */
export const LETS_ENCRYPT_LIMITS: Required<LimitOptions> = {
  ordersPerAccount: { count: 300, windowMs: 3 * HOUR_MS },
  newCertificatesPerDomain: { count: 50, windowMs: WEEK_MS },
  certificatesPerExactSet: { count: 5, windowMs: WEEK_MS },
  failedValidations: { count: 5, windowMs: HOUR_MS },
}

const EXPLANATIONS: Readonly<Record<LimitKind, string>> = {
  ordersPerAccount: 'too many new orders of this account',
  newCertificatesPerDomain: 'too many new certificates for this registered domain',
  certificatesPerExactSet: 'too many certificates for this exact set of names',
  failedValidations: 'too many failed validations of this name',
}

/** What sums of fractions may be wrong by; far below one place or one second. */
const ROUNDING = 1e-6

/** Above this many buckets the empty ones are thrown away. */
const MANY_BUCKETS = 10_000

export interface Limits {
  /** @throws CaProblem (rateLimited, with Retry-After) where there is no place left */
  check(kind: LimitKind, key: string): void
  /** Takes a place, also where there is none left. */
  spend(kind: LimitKind, key: string): void
}

/** @param clock  whose time refills the buckets */
export function createLimits(options: LimitOptions, clock: Clock): Limits {
  const buckets = new Map<string, { used: number; at: number }>()

  /** How much of a bucket is used by now. */
  function usedOf(name: string, limit: Limit): number {
    const bucket = buckets.get(name)
    if (!bucket) return 0
    const refilled = (Math.max(0, clock.now() - bucket.at) * limit.count) / limit.windowMs
    return Math.max(0, bucket.used - refilled)
  }

  function forgetEmpty(): void {
    if (buckets.size <= MANY_BUCKETS) return
    for (const name of buckets.keys()) {
      const kind = name.slice(0, name.indexOf(' '))
      const limit = isKind(kind) ? options[kind] : undefined
      if (!limit || usedOf(name, limit) === 0) buckets.delete(name)
    }
  }

  return {
    check(kind, key) {
      const limit = options[kind]
      if (!limit) return
      const excess = usedOf(`${kind} ${key}`, limit) + 1 - limit.count
      if (excess <= ROUNDING) return
      const seconds = Math.max(1, Math.ceil((excess * limit.windowMs) / limit.count / 1000 - ROUNDING))
      const until = new Date(clock.now() + seconds * 1000).toISOString()
      throw new CaProblem(429, 'rateLimited', `${EXPLANATIONS[kind]} (${limit.count}), retry after ${until}`, {
        'retry-after': String(seconds),
      })
    },
    spend(kind, key) {
      const limit = options[kind]
      if (!limit) return
      const name = `${kind} ${key}`
      buckets.set(name, { used: usedOf(name, limit) + 1, at: clock.now() })
      forgetEmpty()
    },
  }
}

function isKind(text: string): text is LimitKind {
  return text in EXPLANATIONS
}
