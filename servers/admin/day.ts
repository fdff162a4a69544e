// The last day in quarters of an hour: what happened in each and how much of it failed. As many slots as a day has, so however much
// happens it takes the same place.

const HOUR_MS = 3_600_000

/** Short enough to see when something began, long enough to see something at all. */
export const SLOT_MS = HOUR_MS / 4
export const SLOTS = 96

/** What happened in a quarter of an hour. */
export interface DaySlot {
  readonly all: number
  readonly failed: number
}

/** What was counted in all until now. */
export type Totals = DaySlot

/** A day of something whose totals are known at every moment. */
export interface Day {
  /** Puts what came since the last time into the slot of now. */
  sample(totals: Totals): void
  /** Oldest first; the last is the slot of now. */
  slots(): readonly DaySlot[]
  /** What is kept for the next life, as JSON. */
  kept(): string
}

const EMPTY: DaySlot = { all: 0, failed: 0 }

/** Which slot a moment is in. @param ms  since 1970 */
export function slotOf(ms: number): number {
  return Math.floor(ms / SLOT_MS)
}

/** Makes a day. @param kept  of an earlier life; what cannot be read is as none */
export function createDay(now: () => number, kept?: string): Day {
  const ring: { slot: number; all: number; failed: number }[] = readKept(kept, slotOf(now()))
  let last: Totals = EMPTY
  const at = (slot: number) => {
    const place = ((slot % SLOTS) + SLOTS) % SLOTS
    const found = ring[place]
    if (found?.slot === slot) return found
    const fresh = { slot, ...EMPTY }
    ring[place] = fresh
    return fresh
  }
  return {
    sample(totals) {
      const slot = at(slotOf(now()))
      slot.all += Math.max(0, totals.all - last.all)
      slot.failed += Math.max(0, totals.failed - last.failed)
      last = totals
    },
    slots() {
      const newest = slotOf(now())
      return daySlots(newest, (slot) => {
        const found = ring[slot % SLOTS]
        return found?.slot === slot ? found : undefined
      })
    },
    kept: () => JSON.stringify(ring.filter((slot) => slot !== undefined && slot.all > 0)),
  }
}

/** All slots of a day, oldest first. @param of  what there is of a slot */
export function daySlots(newest: number, of: (slot: number) => DaySlot | undefined): readonly DaySlot[] {
  return Array.from({ length: SLOTS }, (_, index) => {
    const { all, failed } = of(newest - SLOTS + 1 + index) ?? EMPTY
    return { all, failed }
  })
}

/** How much happened in all of them. */
export function sumOf(slots: readonly DaySlot[]): number {
  return slots.reduce((sum, { all }) => sum + all, 0)
}

function readKept(text: string | undefined, newest: number): { slot: number; all: number; failed: number }[] {
  const ring: { slot: number; all: number; failed: number }[] = []
  for (const one of parsed(text)) {
    const { slot, all, failed } = one
    if (!isCount(slot) || !isCount(all) || !isCount(failed)) continue
    // what a clock that was ahead has written belongs to no day
    if (slot <= newest && slot > newest - SLOTS) ring[slot % SLOTS] = { slot, all, failed: Math.min(all, failed) }
  }
  return ring
}

function parsed(text: string | undefined): readonly Partial<Record<'slot' | 'all' | 'failed', unknown>>[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(read) ? read.filter((one) => typeof one === 'object' && one !== null).slice(0, SLOTS) : []
  } catch {
    return []
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
