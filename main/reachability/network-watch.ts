// Notices that the machine has a network again, or another one: its addresses are compared every few seconds, because Node
// offers no event for it, and where names did not resolve it is looked whether they do. What waits for the network to come back
// need not wait for its next date then.
import { outsideAddresses } from '../../core/net/outside-addresses.ts'
import { namesResolve } from '../../core/net/unresolved.ts'
import type { FailedAttempt } from '../../core/certificates/retry-date.ts'
import type { Clock } from '../../core/clock.ts'

/** What the watch needs. */
export interface NetworkWatchInit {
  readonly clock: Clock
  /** Called when addresses that lead outside are there which were not there before, and when names resolve that did not. */
  readonly onOnline: () => void
  /** The names that the last failed attempt could not resolve, and when it was; undefined where none waits for that. @default none */
  readonly unresolved?: (() => Unresolved | undefined) | undefined
  /** Whether these names resolve now. @default as the system does */
  readonly resolves?: ((names: readonly string[], signal: AbortSignal) => Promise<boolean>) | undefined
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** The machine's addresses that lead outside. @default those of its interfaces */
  readonly addresses?: () => readonly string[]
}

/** Names that an attempt could not resolve. */
export interface Unresolved {
  readonly names: readonly string[]
  /** Wall clock of the attempt, milliseconds: it is told once of each. */
  readonly at: number
}

/** What a failed attempt waits for, where it is that names resolve. */
export function unresolvedOf(failed: FailedAttempt | undefined): Unresolved | undefined {
  const names = failed?.failure.unresolved ?? []
  return failed && names.length > 0 ? { names, at: failed.at } : undefined
}

/** A person who plugs a cable in looks at the screen for a quarter of a minute; a look costs microseconds. */
const LOOK_MS = 15_000

/** Watches until the signal is aborted; never rejects. */
export async function watchNetwork(init: NetworkWatchInit): Promise<void> {
  const { clock, onOnline, signal, addresses = outsideAddresses, resolves = namesResolve } = init
  let before = new Set(addresses())
  let toldOf: number | undefined

  /** Whether somebody waits for names that resolve now. */
  const isBack = async (waiting: Unresolved): Promise<boolean> =>
    waiting.at !== toldOf && (await resolves(waiting.names, signal).catch(() => false))

  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    if (signal.aborted) return
    const now = new Set(addresses())
    const isNew = [...now].some((address) => !before.has(address))
    before = now
    const waiting = init.unresolved?.()
    if (waiting) {
      // addresses alone are no network: what waits for names is told when they resolve
      if (!(await isBack(waiting)) || signal.aborted) continue
      toldOf = waiting.at
      onOnline()
    } else if (isNew) onOnline()
  }
}
