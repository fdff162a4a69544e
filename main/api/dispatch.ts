// The one door to what a page, the tray or the command line can ask for. Whoever carries the call, it passes the same checks
// in the same order before a handler sees it, and what the handler gives is checked before it goes out.
import * as v from 'valibot'
import { ApiError, MAX_CALL_BYTES, METHODS, ProblemSchema } from '../../proto/api/index.ts'
import { isPlainObject, sameKinds } from './plain-data.ts'
import { createRateLimits } from './rate-limits.ts'
import type { ApiErrorCode, CallerKind, Input, Method, MethodName } from '../../proto/api/index.ts'
import type { Output, Problem, Role } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Confirmations } from './confirmations.ts'

/** Who calls, as the carrier of the call knows it; nothing of it comes from the call itself. */
export interface Caller {
  readonly kind: CallerKind
  readonly role: Role
}

/** What a handler knows besides its input. */
export interface CallContext {
  readonly caller: Caller
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** One handler for each method of the contract. */
export type Handlers = {
  readonly [Name in MethodName]: (input: Input<Name>, context: CallContext) => Output<Name> | Promise<Output<Name>>
}

/** What comes of a call; it never carries more than the contract says. */
export type Answer = { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly problem: Problem }

/** Makes a call; never rejects. */
export type Dispatch = (method: unknown, input: unknown, caller: Caller) => Promise<Answer>

/** What the door needs. */
export interface DispatchInit {
  readonly handlers: Handlers
  readonly clock: Clock
  readonly log: Log
  readonly confirmations: Confirmations
}

/** Makes the door. */
export function createDispatch({ handlers, clock, log, confirmations }: DispatchInit): Dispatch {
  const limits = createRateLimits(clock)
  let faults = 0

  /** Something that must not happen: the caller gets a number, the log the same number and the reason. */
  const internal = (method: string, error: unknown): Problem => {
    faults += 1
    log.error({ method, number: faults, error: describe(error) }, 'a call failed inside')
    return new ApiError('internal', { params: { number: faults }, detail: `number ${faults} in the log` }).problem
  }

  const check = (name: MethodName, method: Method, input: unknown, caller: Caller): unknown => {
    const callers = method.callers ?? [caller.kind]
    if ((method.role === 'owner' && caller.role !== 'owner') || !callers.includes(caller.kind)) {
      throw new ApiError('forbidden', { detail: `${name} is not for a ${caller.role} who calls by ${caller.kind}` })
    }
    const bytes = sizeOf(input)
    const most = method.maxBytes ?? MAX_CALL_BYTES
    if (bytes > most) throw new ApiError('too-large', { detail: `${name} takes ${most} bytes at most` })
    if (!isPlainObject(input)) throw new ApiError('bad-request', { detail: `${name} takes one object of plain data` })
    const parsed = v.safeParse(method.input, input)
    if (!parsed.success) throw new ApiError('bad-request', { detail: `${name}: ${whatIsWrong(parsed.issues)}` })
    if (!sameKinds(input, parsed.output)) throw new ApiError('bad-request', { detail: `${name} takes no list there` })
    const waitMs = limits.take(`${caller.role} ${name}`, method.perMinute)
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000)
      throw new ApiError('rate-limited', {
        params: { seconds },
        retryable: true,
        detail: `${name} is called too often`,
      })
    }
    if (method.confirm !== undefined) {
      const code = 'confirmation' in input ? String(input['confirmation']) : ''
      if (!confirmations.use(method.confirm, code, caller.kind)) {
        throw new ApiError('not-confirmed', { detail: 'the code is wrong, too old or used already' })
      }
    }
    return parsed.output
  }

  const call = async (name: MethodName, method: Method, input: unknown, caller: Caller): Promise<unknown> => {
    const ended = new AbortController()
    // the schema of exactly this method has made the input
    const handler = handlers[name] as (input: unknown, context: CallContext) => unknown
    const work = Promise.resolve().then(() => handler(input, { caller, signal: ended.signal }))
    const late = clock.sleep(method.timeoutMs, ended.signal).then(() => {
      throw new ApiError('timeout', { retryable: true, detail: `${name} took longer than ${method.timeoutMs} ms` })
    })
    late.catch(() => undefined) // the loser of the race has nobody who listens
    work.catch(() => undefined)
    try {
      return await Promise.race([work, late])
    } finally {
      ended.abort(new ApiError('timeout', { detail: `${name} has ended` }))
    }
  }

  return async (methodName, input, caller) => {
    let shown = ''
    try {
      const name = nameOf(methodName)
      shown = name
      const method: Method = METHODS[name]
      const result = v.safeParse(method.output, await call(name, method, check(name, method, input, caller), caller))
      if (!result.success) throw new TypeError(`the answer is against the contract: ${whatIsWrong(result.issues)}`)
      return { ok: true, output: result.output }
    } catch (error) {
      const known = error instanceof ApiError && v.is(ProblemSchema, error.problem)
      if (!known) return { ok: false, problem: internal(shown, error) }
      if (BREACHES.has(error.problem.code) && limits.take('a line of the log', REFUSALS_LOGGED_PER_MINUTE) === 0)
        log.info({ method: shown, code: error.problem.code, caller }, 'a call was refused')
      return { ok: false, problem: error.problem }
    }
  }
}

/** Whoever may only look could fill the disk with refusals otherwise. */
const REFUSALS_LOGGED_PER_MINUTE = 30

/** Refusals that an honest page does not get. */
const BREACHES: ReadonlySet<ApiErrorCode> = new Set([
  ...(['bad-request', 'unknown-method', 'too-large', 'rate-limited', 'forbidden', 'not-confirmed'] as const),
])

/** @throws ApiError */
function nameOf(method: unknown): MethodName {
  if (typeof method === 'string' && Object.hasOwn(METHODS, method)) return method as MethodName
  throw new ApiError('unknown-method', { detail: 'there is no such method' })
}

/** Bytes of the input as JSON; what is no JSON is as large as can be. */
function sizeOf(input: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(input) ?? '')
  } catch {
    throw new ApiError('bad-request', { detail: 'the input is no plain data' })
  }
}

/** Which field is wrong and what was expected, never what was given: it may be a passphrase. */
function whatIsWrong(issues: readonly v.BaseIssue<unknown>[]): string {
  const [first] = issues
  if (!first) return 'it does not fit'
  const path = (first.path ?? []).map((item) => String(item.key)).join('.') || 'the input'
  return `${path.slice(0, 100)}: expected ${first.expected ?? 'something else'}`
}

/** For the log alone. Messages of schemas may hold what was given, so they do not get here. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
