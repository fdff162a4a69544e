// What became of the registrations of the last day, for the operator's picture of them.
import { type DaySlot, daySlots, SLOT_MS, SLOTS, slotOf } from '../admin/day.ts'
import type { DatabaseSync } from 'node:sqlite'

/** Looks in a broker's database. Failures are bounded there, so a flood of them shows its newest alone. */
export function registrationsOfDay(database: DatabaseSync): (now: number) => Promise<readonly DaySlot[]> {
  const select = database.prepare(
    `SELECT at / ${SLOT_MS} AS slot, count(*) AS n, sum(status <> 200) AS failed FROM registrations
     WHERE at >= ? GROUP BY slot`,
  )
  return async (now) => {
    const newest = slotOf(now)
    const rows = select.all((newest - SLOTS + 1) * SLOT_MS)
    const found = new Map(
      rows.map((row) => [Number(row['slot']), { all: Number(row['n']), failed: Number(row['failed']) }]),
    )
    return daySlots(newest, (slot) => found.get(slot))
  }
}
