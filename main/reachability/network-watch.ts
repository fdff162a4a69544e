// Notices that the machine has a network again, or another one: its addresses are compared every few seconds, because Node
// offers no event for it. What waits for the network to come back need not wait for its next date then.
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../core/clock.ts'

/** What the watch needs. */
export interface NetworkWatchInit {
  readonly clock: Clock
  /** Called when addresses that lead outside are there which were not there before. */
  readonly onOnline: () => void
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** The machine's addresses that lead outside. @default those of its interfaces */
  readonly addresses?: () => readonly string[]
}

/** A person who plugs a cable in looks at the screen for a quarter of a minute; a look costs microseconds. */
const LOOK_MS = 15_000

/** Watches until the signal is aborted; never rejects. */
export async function watchNetwork(init: NetworkWatchInit): Promise<void> {
  const { clock, onOnline, signal, addresses = outsideAddresses } = init
  let before = new Set(addresses())
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    if (signal.aborted) return
    const now = new Set(addresses())
    if ([...now].some((address) => !before.has(address))) onOnline()
    before = now
  }
}

/** Loopback and link-local addresses are there without any network. */
function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
}
