// When to ask for a certificate again after a failure. The date is stored with its failure, because a program that is
// restarted in a loop would else ask each time. How long to wait is decided in core/acme/back-off.ts.
import * as v from 'valibot'
import { type FailureClass, MAX_WAIT_MS, TRY_NOW_MS, waitAfter } from '../acme/back-off.ts'
import { readFileIfThere, writeFileAtomic } from '../files.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

const DAY_MS = 24 * 3_600_000

/** What is told of a failure. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly nextStep: string
  /** What waiting can do about it. */
  readonly kind: FailureClass
  /** How long the server asks to wait, milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Names that could not be resolved: the machine had no network, or none that worked. */
  readonly unresolved?: readonly string[] | undefined
  /** Page of the CA where a person can do something about it; https, a stranger's. */
  readonly page?: string | undefined
  /** Domain of the AutoTLS forge that it failed at. */
  readonly forge?: string | undefined
  /** How many others were asked as well and did not do it either. */
  readonly others?: number | undefined
}

/** The classes of failures, as they may stand in the file. */
const KINDS = ['rate-limited', 'paused', 'refused', 'validation-failed', 'unavailable', 'mistake'] as const

const StateSchema = v.object({
  failures: v.number(),
  retryAt: v.nullable(v.number()),
  lastAt: v.number(),
  kind: v.picklist(KINDS satisfies readonly FailureClass[]),
  code: v.string(),
  message: v.string(),
  situation: v.string(),
  forge: v.optional(v.string()),
  others: v.optional(v.number()),
  page: v.optional(v.string()),
  unresolved: v.optional(v.array(v.string())),
  /** Whether the wait is the one that a server asked for. */
  told: v.optional(v.boolean()),
})

/** What is remembered of failed attempts. */
export interface RetryState extends v.InferOutput<typeof StateSchema> {
  /** Failures in a row. */
  readonly failures: number
  /** Wall clock, milliseconds: not before this; null: not before a person has done something. */
  readonly retryAt: number | null
  /** Wall clock of the last attempt. */
  readonly lastAt: number
  /** What was configured then; where that is another now, a new attempt may end otherwise. */
  readonly situation: string
}

/** What may have changed what an attempt comes to. */
export type Change = 'resume' | 'online' | 'clock-jump'

/**
 * Whether an attempt is due. A date that lies too far away, or an attempt that lies in the future, was written by a wrong
 * clock and holds nobody up.
 */
export function isDue(state: RetryState | undefined, now: number): boolean {
  if (!state) return true
  if (state.retryAt === null) return false
  return now >= state.retryAt || state.retryAt - now > MAX_WAIT_MS || state.lastAt - now > TRY_NOW_MS
}

/**
 * What is left of a stored failure when the node starts: nothing where something else is configured since, or where it was
 * stopped for a day, because a restart is a person's doing now and then.
 */
export function afterRestart(state: RetryState | undefined, situation: string, now: number): RetryState | undefined {
  if (!state || state.situation !== situation) return undefined
  return state.retryAt === null && Math.abs(now - state.lastAt) >= DAY_MS ? undefined : state
}

/**
 * What is left of a failure after a change: a network that came back answers again, a clock that was set right makes
 * certificates and proofs valid. The minute between two attempts stays, and so do limits, refusals, and what a server that was
 * reached asked to wait.
 */
export function afterChange(state: RetryState, change: Change): RetryState {
  const passes =
    (state.kind === 'unavailable' && state.told !== true) ||
    (change === 'clock-jump' && state.code === 'bad-certificate')
  if (!passes || state.retryAt === null) return state
  return { ...state, retryAt: Math.min(state.retryAt, state.lastAt + TRY_NOW_MS) }
}

/** The stored date. */
export interface RetryDate {
  isDue(): boolean
  /** What is stored of the last failure; undefined where there was none since the last success. */
  last(): FailedAttempt | undefined
  /** When the next attempt is due, wall clock milliseconds; 0 for now, undefined for not by itself. */
  dueAt(): number | undefined
  /** Notes a failure and gives the time of the next attempt; null where a person has to do something first. */
  failed(failure: Failure): Promise<number | null>
  /** Something has changed: what it may have mended is tried sooner. */
  changed(change: Change): void
  /** Forgets all failures. */
  succeeded(): Promise<void>
}

/** How the last attempt failed. */
export interface FailedAttempt {
  readonly failure: Failure
  /** Wall clock, milliseconds. */
  readonly at: number
  /** null: not before a person has done something. */
  readonly retryAt: number | null
}

/** What the stored date needs. */
export interface RetryDateInit {
  /** The file that holds it. */
  readonly path: string
  readonly clock: Clock
  readonly log: Log
  /** What is configured, as text that changes with it. */
  readonly situation: string
  /** 0 to 1. */
  readonly random?: () => number
}

/** Reads the stored date; one that cannot be read counts as none. */
export async function loadRetryDate(init: RetryDateInit): Promise<RetryDate> {
  const { clock, path, situation } = init
  let state = afterRestart(await readRetryState(path), situation, clock.now())

  const save = async () => {
    await writeFileAtomic(path, `${JSON.stringify(state ?? {})}\n`).catch((error: unknown) =>
      init.log.warn({ error: String(error) }, 'the date of the next attempt could not be written'),
    )
  }
  return {
    isDue: () => isDue(state, clock.now()),
    last() {
      if (!state || state.failures === 0) return undefined
      const { kind, code, message, lastAt: at, retryAt } = state
      const failure: Failure = { kind, code, message, nextStep: 'nothing', retryAfterMs: undefined }
      return { failure: { ...failure, ...moreOf(state) }, at, retryAt }
    },
    dueAt: () => (state ? (state.retryAt ?? undefined) : 0),
    async failed(failure) {
      const { kind, code, message, retryAfterMs } = failure
      const failures = state?.failures ?? 0
      const lastAt = clock.now()
      const wait = waitAfter(kind, { failures, retryAfterMs, ...(init.random ? { random: init.random } : {}) })
      const retryAt = wait === undefined ? null : lastAt + wait
      const told = retryAfterMs !== undefined && retryAfterMs > 0
      const last = { retryAt, lastAt, kind, code, message, situation, ...moreOf(failure) }
      state = { failures: failures + 1, ...last, ...(told ? { told } : {}) }
      await save()
      return retryAt
    },
    changed(change) {
      if (state) state = afterChange(state, change)
    },
    async succeeded() {
      if (!state) return
      state = undefined
      await save()
    },
  }
}

/** Where it failed and where to go, as far as that is known. */
function moreOf({ forge, others, page, unresolved }: Pick<Failure, 'forge' | 'others' | 'page' | 'unresolved'>) {
  return {
    ...(forge === undefined ? {} : { forge }),
    ...(others === undefined ? {} : { others }),
    ...(page === undefined ? {} : { page }),
    ...(unresolved === undefined ? {} : { unresolved: [...unresolved] }),
  }
}

/** What is stored of the last failure; undefined where there was none since the last success. */
export async function readRetryState(path: string): Promise<RetryState | undefined> {
  try {
    const text = await readFileIfThere(path)
    return text && v.parse(StateSchema, JSON.parse(text.toString('utf8')))
  } catch {
    return undefined
  }
}
