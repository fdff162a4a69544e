// A peer, wherever it is: in memory, on its way to the disk, or there.
import { UNKNOWN_BRINGER, type Hand } from './at-hand.ts'
import { identifyUntil, livingAt, NOBODY, outdated, type Entry } from './entry.ts'
import { BELIEVED_FOR_MS } from './limits.ts'
import { createTrust } from './trusted.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Bringer, FairMap } from '../../../core/discovery/fair-map.ts'
import type { BookStore } from './store.ts'

/** What was found of a peer. */
export interface Found {
  readonly entry: Entry
  readonly bringer: Bringer
}

/** What it needs. */
export interface FinderInit {
  readonly hand: Hand
  /** Those that are on their way to the disk. */
  readonly aside: FairMap<Entry>
  readonly disk: () => BookStore
  readonly clock: Pick<Clock, 'now'>
}

/** Makes what finds a peer, without what is over. */
export function createFinder({ hand, aside, disk, clock }: FinderInit): (id: string) => Found {
  const trusted = createTrust()
  return (id) => {
    const now = clock.now()
    const near = hand.get(id)?.entry ?? aside.get(id)
    if (near) {
      const bringer = hand.bringerOf(id) ?? aside.bringerOf(id) ?? UNKNOWN_BRINGER
      return { entry: livingAt(near, now), bringer }
    }
    const row = disk().get(id)
    const numbers = [hand.seqOf(id) ?? -1n, (row ? undefined : disk().seqOf(id)) ?? -1n]
    const seq = numbers.reduce((one, other) => (one > other ? one : other))
    const written = row ? trusted(id, row.entry) : NOBODY
    const entry = identifyUntil(outdated(written, seq), now + (BELIEVED_FOR_MS.identify ?? 0))
    return { entry: livingAt(entry, now), bringer: row?.bringer ?? hand.seqBringerOf(id) ?? UNKNOWN_BRINGER }
  }
}
