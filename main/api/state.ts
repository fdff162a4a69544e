// The one state that everybody who shows the node sees. It is replaced slice by slice; who listens gets the slices that
// changed, at most ten times a second, and the last change always.
import { isDeepStrictEqual } from 'node:util'
import type { Push, SliceName, Snapshot, State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** A person sees no difference above this. */
export const PUSH_EVERY_MS = 100

/** The state and its listeners. */
export interface StateHolder {
  /** The newest state. Its revision is the one of the last push: what changed since then is pushed once more. */
  snapshot(): Snapshot
  /** Puts new slices in place; those that are equal to the old ones stay, and are not pushed. */
  replace(slices: Partial<State>): void
  /** @returns a function that ends it */
  subscribe(listener: (push: Push) => void): () => void
  /** Nothing is pushed any more. */
  stop(): void
}

/** What the state needs. */
export interface StateInit {
  readonly initial: State
  readonly clock: Clock
  readonly log: Log
}

/** Makes a state. */
export function createState({ initial, clock, log }: StateInit): StateHolder {
  const stopping = new AbortController()
  const listeners = new Set<(push: Push) => void>()
  let state = initial
  let rev = 1
  let changed: Partial<State> = {}
  let waiting = false
  let pushedAt = -Infinity

  const push = () => {
    if (stopping.signal.aborted || Object.keys(changed).length === 0) return
    rev += 1
    pushedAt = clock.now()
    const told: Push = { rev, slices: changed }
    changed = {}
    for (const listener of listeners) {
      try {
        listener(told)
      } catch (error) {
        log.error({ error: String(error) }, 'a listener of the state failed')
      }
    }
  }

  const pushSoon = async () => {
    if (waiting) return
    waiting = true
    // a clock that was set back must not hold a push up
    const rest = Math.min(PUSH_EVERY_MS, pushedAt + PUSH_EVERY_MS - clock.now())
    if (rest > 0) await clock.sleep(rest, stopping.signal).catch(() => undefined)
    waiting = false
    push()
  }

  return {
    snapshot: () => ({ rev, state }),
    replace(slices) {
      const names = Object.keys(slices) as SliceName[]
      const fresh = names.filter((name) => !isDeepStrictEqual(slices[name], state[name]))
      if (fresh.length === 0) return
      const part: Partial<State> = Object.fromEntries(fresh.map((name) => [name, slices[name]]))
      state = { ...state, ...part }
      changed = { ...changed, ...part }
      void pushSoon()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    stop: () => stopping.abort(),
  }
}
