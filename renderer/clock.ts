// The present, as a signal that ticks once a second while somebody can see it. Countdowns are computed from it where they are
// shown; a hidden page does nothing.
import { signal, type ReadonlySignal } from '@preact/signals'

const TICK_MS = 1_000

/** Makes the ticking present, milliseconds since 1970. */
export function createPresent(): ReadonlySignal<number> {
  const now = signal(Date.now())
  let timer = 0
  const tick = () => {
    now.value = Date.now()
  }
  const follow = () => {
    clearInterval(timer)
    if (document.hidden) return
    tick()
    timer = window.setInterval(tick, TICK_MS)
  }
  document.addEventListener('visibilitychange', follow)
  follow()
  return now
}
