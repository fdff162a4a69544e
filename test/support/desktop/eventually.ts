// How the tests of the desktop app wait: they look again and again, with an end.
import { setTimeout as sleep } from 'node:timers/promises'

/** Much longer than anything takes; a machine under load gets more. */
const PATIENCE_MS = 60_000
const POLL_MS = 100

/**
 * Waits until something is so.
 *
 * @param what  in words, for the error
 * @param look  gives undefined or false as long as it is not
 * @returns what it gave then
 */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<Found> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await sleep(POLL_MS)
  }
}
