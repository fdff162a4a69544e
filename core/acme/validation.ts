// Answers a CA's questions about names over DNS (RFC 8555 section 8.4): sets every value, tells the CA, waits, and takes away
// what it set, whatever happened. All values are set before the first challenge is told, since a wildcard and its base name
// share one place.
import { challengeName } from '../../proto/names.ts'
import { AcmeProblem, AcmeTransportError, ChallengeFailedError } from './errors.ts'
import { pageForPerson } from './links.ts'
import { type Authorization, type Challenge, isEnd, type Order } from './objects.ts'
import { waitInText } from './retry-after.ts'
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
  /** Of the authorization. */
  readonly url: string
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
  /** What was ordered: the CA is answered about these names and no others. */
  readonly names: readonly string[]
  readonly dns01: Dns01
  readonly signal: AbortSignal | undefined
  readonly settled: () => Promise<T>
  readonly onSet: () => void
  readonly onTold: () => void
  readonly onRemoved: (left: readonly UnremovedRecord[]) => void
}): Promise<T> {
  const { session, dns01, signal } = options
  const tasks = await readTasks(session, options.order, options.names, signal)
  try {
    await all(tasks, ({ name, value }) => dns01.set(name, value, signal))
    signal?.throwIfAborted()
    await all(tasks, async ({ name, value }) => dns01.preCheck?.(name, value, signal))
    signal?.throwIfAborted()
    options.onSet()
    for (const task of tasks) await tell(session, task, signal)
    options.onTold()
    return await options.settled()
  } finally {
    options.onRemoved(await removeAll(tasks, dns01))
  }
}

/**
 * Why an order is invalid.
 *
 * @param now  milliseconds since 1970, what a time in a limit's sentence is compared with
 * @returns ChallengeFailedError where a name failed, else AcmeProblem
 */
export async function failureOf(
  session: AcmeSession,
  order: Order,
  now: number,
  signal: AbortSignal | undefined,
): Promise<ChallengeFailedError | AcmeProblem> {
  for (const url of order.authorizations) {
    const authorization = await session.authorization(url, signal)
    if (isEnd(authorization.status)) return refusalOf(authorization)
  }
  const problem = order.problem ?? { type: 'about:blank', detail: 'the order is invalid', status: 0, subproblems: [] }
  const waitMs = problem.type === 'rateLimited' ? waitInText(problem.detail, now) : undefined
  return new AcmeProblem(problem, order.url, waitMs, pageForPerson(problem, {}, order.url))
}

async function readTasks(
  session: AcmeSession,
  order: Order,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Task[]> {
  // One after the other: each answer brings the nonce for the next request, which CAs ration more than anything else.
  const authorizations: Authorization[] = []
  for (const url of order.authorizations) authorizations.push(await session.authorization(url, signal))
  const open = authorizations.filter((authorization) => authorization.status !== 'valid')
  return Promise.all(
    open.map(async (authorization) => {
      const offered = authorization.challenges.filter((one) => one.type === 'dns-01')
      // one that has failed or lacks what makes it one may stand beside another of its kind
      const challenge = offered.find((one) => one.token !== undefined && one.status !== 'invalid') ?? offered[0]
      if (isEnd(authorization.status) || challenge?.status === 'invalid') throw refusalOf(authorization)
      if (challenge?.token === undefined) throw refusalOf(authorization, 'the CA does not offer DNS-01 for this name')
      const base = orderedBase(authorization, names)
      const value = await session.challengeValue(challenge.token)
      return { url: authorization.url, challenge, name: challengeName(base), value }
    }),
  )
}

/**
 * The name that is asked about. Nothing is written into the DNS for a name that nobody ordered, whatever a CA asks; where there
 * is but one, a CA need not say it.
 *
 * @throws AcmeTransportError ('NOT_ACME')
 */
function orderedBase({ base, identifier, url }: Authorization, names: readonly string[]): string {
  const bases = new Set(names.map((name) => name.toLowerCase().replace(/^\*\./, '')))
  const [only] = bases
  const asked = base ?? (bases.size === 1 ? only : undefined)
  if (asked !== undefined && bases.has(asked)) return asked
  const message = `the CA asks about ${identifier.slice(0, MAX_NAME_LENGTH)}, which was not ordered (${names.join(', ')})`
  throw new AcmeTransportError('NOT_ACME', message, url)
}

/** RFC 1035 section 2.3.4. */
const MAX_NAME_LENGTH = 255

/** States of a challenge that the CA has begun with, which happens after a lost answer or in a resumed order. */
const BEGUN: ReadonlySet<string> = new Set(['processing', 'valid'])

/** What is said of a challenge that was told already: by most CAs, and by Boulder soon. */
const TOLD_ALREADY: ReadonlySet<string> = new Set(['malformed', 'conflict'])

/** Refusals that are not about this challenge. */
const NOT_ABOUT_IT: ReadonlySet<string> = new Set(['rateLimited', 'accountDoesNotExist', 'userActionRequired'])

/**
 * Tells the CA that it may look. One that has been told before (the first answer was lost), or has found out by itself, says no in
 * many ways; what counts is whether the challenge is still open.
 */
async function tell(session: AcmeSession, { challenge, url }: Task, signal: AbortSignal | undefined): Promise<void> {
  if (BEGUN.has(challenge.status)) return
  try {
    await session.tellChallenge(challenge.url, signal)
  } catch (error) {
    if (error instanceof AcmeProblem && (TOLD_ALREADY.has(error.type) || error.status === 409)) return
    if (!mayBeTold(error)) throw error
    const now = await session.authorization(url, signal)
    const same = now.challenges.find((one) => one.url === challenge.url)
    const isOpen = now.status !== 'valid' && !isEnd(now.status) && !BEGUN.has(same?.status ?? '')
    if (isOpen && same?.status !== 'invalid') throw error
  }
}

/** Whether a refusal may mean that there is nothing to tell any more: the address is gone, or takes no more of this. */
function mayBeTold(error: unknown): boolean {
  if (error instanceof AcmeProblem) return !NOT_ABOUT_IT.has(error.type) && error.status < 500
  const status = error instanceof AcmeTransportError ? error.status : undefined
  return status !== undefined && status >= 400 && status < 500 && status !== 429
}

function refusalOf(authorization: Authorization, detail?: string): ChallengeFailedError {
  const { identifier, problem, status } = authorization
  const instead = {
    type: 'about:blank',
    detail: detail ?? `the authorization is ${status}`,
    status: 0,
    subproblems: [],
  }
  return new ChallengeFailedError(identifier, problem ?? instead)
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
