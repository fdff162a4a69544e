// Answers a CA's questions about names over DNS (RFC 8555 section 8.4): sets every value, tells the CA, waits, and takes away
// what it set, whatever happened. All values are set before the first challenge is told, since a wildcard and its base name
// share one place.
import { challengeName } from '../../proto/names.ts'
import { AcmeProblem, ChallengeFailedError } from './errors.ts'
import type { Authorization, Challenge, Order } from './objects.ts'
import type { AcmeSession } from './session.ts'

/** Who can write into the zone. `name` begins with `_acme-challenge.`; several values may stand at one name. */
export interface Dns01 {
  /** Adds one value; returns when the zone's servers have it. */
  set(name: string, value: string, signal: AbortSignal | undefined): Promise<void>
  /** Removes this one value; called for every value that `set` was called with, also where that failed. */
  remove(name: string, value: string, signal: AbortSignal): Promise<void>
  /** Looks whether the world can see the value, before the CA does; throws where it cannot. */
  preCheck?(name: string, value: string, signal: AbortSignal | undefined): Promise<void>
}

/** A value that could not be taken away. */
export interface UnremovedRecord {
  readonly name: string
  readonly value: string
  readonly error: unknown
}

/** Cleaning up must not hold up a shutdown for ever. */
const REMOVE_TIMEOUT_MS = 10_000

interface Task {
  readonly authorization: Authorization
  readonly challenge: Challenge
  readonly name: string
  readonly value: string
}

/**
 * Validates the names of an order that are not valid yet.
 *
 * @param settled  waits until the CA has decided, while the values stand
 * @returns what `settled` gives
 * @throws ChallengeFailedError, AcmeProblem, AcmeTransportError, what `dns01` and `settled` throw, the signal's reason
 */
export async function validateNames<T>(options: {
  readonly session: AcmeSession
  readonly order: Order
  readonly dns01: Dns01
  readonly signal: AbortSignal | undefined
  readonly settled: () => Promise<T>
  readonly onSet: () => void
  readonly onTold: () => void
  readonly onRemoved: (left: readonly UnremovedRecord[]) => void
}): Promise<T> {
  const { session, dns01, signal } = options
  const tasks = await readTasks(session, options.order, signal)
  try {
    await all(tasks, ({ name, value }) => dns01.set(name, value, signal))
    signal?.throwIfAborted()
    await all(tasks, async ({ name, value }) => dns01.preCheck?.(name, value, signal))
    signal?.throwIfAborted()
    options.onSet()
    for (const { challenge } of tasks) await tell(session, challenge, signal)
    options.onTold()
    return await options.settled()
  } finally {
    options.onRemoved(await removeAll(tasks, dns01))
  }
}

/**
 * Why an order is invalid.
 *
 * @returns ChallengeFailedError where a name failed, else AcmeProblem
 */
export async function failureOf(
  session: AcmeSession,
  order: Order,
  signal: AbortSignal | undefined,
): Promise<ChallengeFailedError | AcmeProblem> {
  for (const url of order.authorizations) {
    const authorization = await session.authorization(url, signal)
    if (authorization.status !== 'valid' && authorization.status !== 'pending') return refusalOf(authorization)
  }
  const problem = order.problem ?? { type: 'about:blank', detail: 'the order is invalid', status: 0, subproblems: [] }
  return new AcmeProblem(problem, order.url)
}

async function readTasks(session: AcmeSession, order: Order, signal: AbortSignal | undefined): Promise<Task[]> {
  // One after the other: each answer brings the nonce for the next request, which CAs ration more than anything else.
  const authorizations: Authorization[] = []
  for (const url of order.authorizations) authorizations.push(await session.authorization(url, signal))
  const open = authorizations.filter((authorization) => authorization.status !== 'valid')
  return Promise.all(
    open.map(async (authorization) => {
      if (authorization.status !== 'pending') throw refusalOf(authorization)
      const challenge = authorization.challenges.find((one) => one.type === 'dns-01')
      if (challenge?.token === undefined) throw refusalOf(authorization, 'the CA does not offer DNS-01 for this name')
      const value = await session.challengeValue(challenge.token)
      return { authorization, challenge, name: challengeName(authorization.base), value }
    }),
  )
}

/** A challenge that the CA has already begun with is left alone, which happens after a lost answer or a resumed order. */
async function tell(session: AcmeSession, challenge: Challenge, signal: AbortSignal | undefined): Promise<void> {
  if (challenge.status !== 'pending') return
  try {
    await session.tellChallenge(challenge.url, signal)
  } catch (error) {
    // Told twice, because the first answer was lost; the order says how it goes.
    if (error instanceof AcmeProblem && error.status === 400 && error.type === 'malformed') return
    throw error
  }
}

function refusalOf(authorization: Authorization, detail?: string): ChallengeFailedError {
  const problem = authorization.challenges.find((challenge) => challenge.problem)?.problem
  return new ChallengeFailedError(
    authorization.identifier,
    problem ?? {
      type: 'about:blank',
      detail: detail ?? `the authorization is ${authorization.status}`,
      status: 0,
      subproblems: [],
    },
  )
}

async function removeAll(tasks: readonly Task[], dns01: Dns01): Promise<UnremovedRecord[]> {
  // Not the caller's signal: it may be the very reason why we clean up.
  const signal = AbortSignal.timeout(REMOVE_TIMEOUT_MS)
  const results = await Promise.all(
    tasks.map(async ({ name, value }) => {
      try {
        await dns01.remove(name, value, signal)
        return undefined
      } catch (error) {
        return { name, value, error }
      }
    }),
  )
  return results.filter((left) => left !== undefined)
}

/** Like Promise.all, but nothing is left running when it throws: what follows cleans up after all of them. */
async function all<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(items.map((item) => work(item)))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
