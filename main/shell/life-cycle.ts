// What happens when a person closes the window, when the page's process is gone, and when the app ends: small decisions
// with their numbers, apart from Electron.
import type { Clock } from '../../core/clock.ts'

/** What closing the window leads to. */
export type CloseOutcome = 'hide' | 'ask' | 'quit'

/** What closing depends on. */
export interface CloseFacts {
  readonly platform: NodeJS.Platform
  /** Whether people see the tray icon: a Linux desktop may have no place for it. */
  readonly trayShown: boolean
  /** Whether the person wanted to quit when asked before. */
  readonly quits: boolean
}

/**
 * A window closes into the tray or the dock. Where there is neither, nobody finds it again by itself, and nothing else offers to quit:
 * whoever has not chosen to quit is asked each time.
 */
export function closeOutcome({ platform, trayShown, quits }: CloseFacts): CloseOutcome {
  if (platform === 'darwin' || trayShown) return 'hide'
  return quits ? 'quit' : 'ask'
}

/** A page that fails more often than this is not mended by loading it again. */
const MAX_RELOADS = 3
const RELOAD_WINDOW_MS = 60_000

/** Decides whether a page whose process is gone is loaded again. */
export function createReloadBudget(clock: Pick<Clock, 'now'>): () => 'reload' | 'explain' {
  let times: number[] = []
  return () => {
    const now = clock.now()
    times = times.filter((time) => now - time < RELOAD_WINDOW_MS && time <= now)
    if (times.length >= MAX_RELOADS) return 'explain'
    times.push(now)
    return 'reload'
  }
}

/** Processes that end because they were told to need nothing. */
export function isCrash(reason: string): boolean {
  return reason !== 'clean-exit'
}

/** Longer, and a person believes that the computer hangs. */
export const DRAIN_MS = 5_000

/** How the app ends. */
export interface QuitInit {
  /** Stops everything; may hang or throw. */
  readonly drain: () => Promise<void>
  readonly exit: (code: number) => void
  readonly clock: Clock
  readonly onFailure: (error: unknown) => void
}

/** Ends the app: stops what runs, for five seconds at most, then exits. Asking again changes nothing. */
export function createQuit({ drain, exit, clock, onFailure }: QuitInit): (code?: number) => Promise<void> {
  let ending: Promise<void> | undefined
  const end = async (code: number) => {
    const deadline = new AbortController()
    const late = clock.sleep(DRAIN_MS, deadline.signal).catch(() => undefined)
    const drained = Promise.resolve().then(drain).catch(onFailure)
    await Promise.race([drained, late])
    deadline.abort()
    exit(code)
  }
  return (code = 0) => (ending ??= end(code))
}
