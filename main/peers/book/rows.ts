// What is written of a peer of the book, wherever it is in memory.
import { UNKNOWN_BRINGER, type Hand } from './at-hand.ts'
import { identifyUntil, isEmpty, type Entry } from './entry.ts'
import { BELIEVED_FOR_MS } from './limits.ts'
import type { Clock } from '../../../core/clock.ts'
import type { FairMap } from '../../../core/discovery/fair-map.ts'
import type { BookStore } from './store.ts'
import type { WriteBehindInit } from './write-behind.ts'

/** What it needs. */
export interface RowsInit {
  readonly hand: Hand
  /** Those that wait for the disk; empty where a row is to be taken out. */
  readonly aside: FairMap<Entry>
  readonly store: BookStore
  readonly clock: Clock
}

/** Makes what is asked for rows. */
export function createRows(
  init: RowsInit,
): Pick<WriteBehindInit, 'store' | 'clock' | 'rowOf' | 'seqRowOf' | 'rankOf' | 'onWritten'> {
  const { hand, aside, store, clock } = init
  return {
    ...{ store, clock },
    rowOf(id) {
      const entry = hand.get(id)?.entry ?? aside.get(id)
      if (!entry || isEmpty(entry)) return undefined
      const bringer = hand.bringerOf(id) ?? aside.bringerOf(id) ?? UNKNOWN_BRINGER
      // nobody may be there to write that a connection has ended
      const untilMs = clock.now() + (BELIEVED_FOR_MS.identify ?? 0)
      return { id, entry: identifyUntil(entry, untilMs), bringer, isKept: hand.isMet(id) }
    },
    seqRowOf(id) {
      const [seq = -1n, onDisk = -1n] = [hand.seqOf(id), store.seqOf(id)]
      const highest = seq > onDisk ? seq : onDisk
      return highest < 0n ? undefined : { id, seq: highest, bringer: hand.seqBringerOf(id) ?? UNKNOWN_BRINGER }
    },
    rankOf: (id) => (hand.isKept(id) ? 0 : hand.get(id) || aside.get(id) ? 1 : 2),
    onWritten(id) {
      const at = hand.get(id)
      if (at) hand.replace(id, { ...at, written: at.entry })
      aside.delete(id)
    },
  }
}
