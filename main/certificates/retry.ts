// When to ask for a certificate again after a failure. The date is stored, because a program that is restarted in a loop
// would else ask the issue server each time.
import { join } from 'node:path'
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** A passing fault is over in a minute, a restarted server in ten; what lasts longer needs a person. */
const BACK_OFF_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS] as const

/** The longest a server can make us wait: a CA counts its limits by the week. A later date comes from a wrong clock. */
const MAX_WAIT_MS = 8 * DAY_MS

/** What is remembered of failed attempts. */
export interface RetryState {
  /** Failures in a row. */
  readonly failures: number
  /** Wall clock, milliseconds: not before this. */
  readonly retryAt: number
  /** Wall clock of the last attempt. */
  readonly lastAt: number
  /** Whether the server named the time; then a restart does not shorten it. */
  readonly byServer: boolean
}

/** What follows from one more failure. */
export function afterFailure(failures: number, now: number, retryAfterMs: number | undefined): RetryState {
  const wait = retryAfterMs ?? BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? DAY_MS
  return {
    failures: failures + 1,
    retryAt: now + Math.min(wait, MAX_WAIT_MS),
    lastAt: now,
    byServer: retryAfterMs !== undefined,
  }
}

/** When an attempt is due, as seen after a restart: a person who mended something and starts again need not wait long. */
export function dueAfterRestart(state: RetryState): number {
  return state.byServer ? state.retryAt : Math.min(state.retryAt, state.lastAt + MINUTE_MS)
}

/** Whether a stored date has come; one that lies too far away was written by a wrong clock and counts as come. */
export function isDue(dueAt: number, now: number): boolean {
  return now >= dueAt || dueAt - now > MAX_WAIT_MS
}

const StateSchema = v.object({ failures: v.number(), retryAt: v.number(), lastAt: v.number(), byServer: v.boolean() })

/** The stored date. */
export interface RetryDate {
  /** When the next attempt is due, wall clock milliseconds; 0 for now. */
  dueAt(): number
  /** Notes a failure and gives the time of the next attempt. */
  failed(retryAfterMs: number | undefined): Promise<number>
  /** Forgets all failures. */
  succeeded(): Promise<void>
}

/** Reads the stored date of a data folder; one that cannot be read counts as none. */
export async function loadRetryDate(init: {
  readonly dir: string
  readonly clock: Clock
  readonly log: Log
}): Promise<RetryDate> {
  const path = join(init.dir, 'certificate.retry.json')
  let state = parseState((await readFileIfThere(path))?.toString('utf8'))
  let due = state ? dueAfterRestart(state) : 0

  const save = async () => {
    await writeFileAtomic(path, `${JSON.stringify(state ?? {})}\n`).catch((error: unknown) =>
      init.log.warn({ error: String(error) }, 'the date of the next attempt could not be written'),
    )
  }
  return {
    dueAt: () => due,
    async failed(retryAfterMs) {
      state = afterFailure(state?.failures ?? 0, init.clock.now(), retryAfterMs)
      due = state.retryAt
      await save()
      return due
    },
    async succeeded() {
      due = 0
      if (!state) return
      state = undefined
      await save()
    },
  }
}

function parseState(text: string | undefined): RetryState | undefined {
  if (text === undefined) return undefined
  try {
    return v.parse(StateSchema, JSON.parse(text))
  } catch {
    return undefined
  }
}
