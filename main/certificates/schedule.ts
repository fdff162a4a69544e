// When to look after the certificate: every ten minutes by the wall clock, at the dates that are known, and soon after
// something happened to the machine. There is no long timer, because timers stand still while a machine sleeps; that it
// slept, or that its clock was set, is seen by comparing the wall clock with the one that only counts.
import type { Clock } from '../../core/clock.ts'

/** What makes the certificate be looked at beside the tick. */
export type Trigger = 'start' | 'resume' | 'online' | 'clock-jump'

/** What the schedule needs. */
export interface ScheduleInit {
  readonly clock: Clock
  /** Milliseconds that only count and never jump; they stand still while the machine sleeps. */
  readonly monotonic: () => number
  /** 0 to 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  /** Looks; `triggers` are those since the last look, none at a tick. Must not reject. */
  readonly look: (triggers: ReadonlySet<Trigger>) => Promise<void>
  /** The next date at which there is something to do; undefined for none. */
  readonly nextAt: () => number | undefined
  /** The longest time between two looks. */
  readonly tickMs: () => number
  /** The longest time between a trigger and its look. */
  readonly jitterMs: () => number
  /** Told that the wall clock went forward (or back) by this much beside the time that passed. */
  readonly onJump: (byMs: number) => void
}

/** A running schedule. */
export interface Schedule {
  /** Looks soon: triggers that come together are one look, at the earliest moment that was drawn for one of them. */
  trigger(reason: Trigger): void
  /** Looks at the dates again: one of them may have changed. */
  wake(): void
  /** Settles when the signal was aborted. */
  readonly ended: Promise<void>
}

/** Clocks that are kept right by the network are moved by less; a machine that slept for less has missed nothing. */
const JUMP_MS = 60_000

/** A date that has come but is not acted on must not become a busy loop. */
const SHORTEST_SLEEP_MS = 1_000

/** Starts it with a look at once, or within the jitter where `jitterMs` says so. */
export function startSchedule(init: ScheduleInit): Schedule {
  const { clock, monotonic, random, signal } = init
  let waiting: { at: number; readonly triggers: Set<Trigger> } | undefined
  let sleep = new AbortController()
  let before = { wall: clock.now(), counted: monotonic() }

  const trigger = (reason: Trigger) => {
    const at = clock.now() + Math.floor(random() * init.jitterMs())
    waiting ??= { at, triggers: new Set() }
    waiting.at = Math.min(waiting.at, at)
    waiting.triggers.add(reason)
    sleep.abort()
  }

  const noticeJump = () => {
    const after = { wall: clock.now(), counted: monotonic() }
    const jump = after.wall - before.wall - (after.counted - before.counted)
    before = after
    if (Math.abs(jump) < JUMP_MS) return
    init.onJump(jump)
    if (waiting) waiting.at = Math.min(waiting.at, after.wall)
    trigger('clock-jump')
  }

  const lookIfDue = async () => {
    if (waiting && waiting.at > clock.now()) return
    const triggers = waiting?.triggers ?? new Set()
    waiting = undefined
    await init.look(triggers)
  }

  const sleepTime = (): number => {
    const tick = init.tickMs()
    const until = (waiting ? waiting.at : (init.nextAt() ?? Infinity)) - clock.now()
    return Math.min(tick, Math.max(until, waiting ? 0 : Math.min(SHORTEST_SLEEP_MS, tick)))
  }

  const run = async () => {
    trigger('start')
    while (!signal.aborted) {
      sleep = new AbortController()
      noticeJump()
      await lookIfDue()
      if (sleep.signal.aborted) continue
      await clock.sleep(sleepTime(), AbortSignal.any([signal, sleep.signal])).catch(() => undefined)
    }
  }
  return { trigger, wake: () => sleep.abort(), ended: run() }
}
