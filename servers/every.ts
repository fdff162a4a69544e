// A regular task of a role: by the role's own clock, one run after the other, and no failure ends it.
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'

/**
 * Runs a task again and again until the signal is aborted.
 *
 * @param ms  between the end of one run and the beginning of the next; the first begins after as long
 * @returns when it is over; never rejects
 */
export async function every(
  ms: number,
  work: () => Promise<void>,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(ms, signal)
      await work()
    } catch (error) {
      if (!signal.aborted) log.warn({ error: String(error) }, 'a regular task failed; it will be tried again')
    }
  }
}
