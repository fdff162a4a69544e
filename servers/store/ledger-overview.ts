// What an operator sees of a ledger at a glance: what became of the orders of the last day, and which certificates are good.
import { daySlots, SLOT_MS, SLOTS, slotOf } from '../admin/day.ts'
import type { DatabaseSync } from 'node:sqlite'
import type { CertificatesPicture } from '../admin/report.ts'
import type { DaySlot } from '../admin/day.ts'

/** The glance. */
export interface LedgerOverview {
  /** Orders of the last day, oldest first; failed are those that came to nothing. */
  ordersOfDay(now: number): Promise<readonly DaySlot[]>
  /** Of each peer and its names the newest certificate counts. */
  certificates(now: number): Promise<CertificatesPicture>
}

const DAY_MS = 24 * 3_600_000

/** As far ahead as an operator plans. */
const DAYS_AHEAD = 7

/** Makes it, for the rows of one CA. */
export function ledgerOverview(database: DatabaseSync, ca: string): LedgerOverview {
  const selectSlots = database.prepare(
    `SELECT started_at / ${SLOT_MS} AS slot, count(*) AS n, sum(state = 'failed') AS failed FROM orders
     WHERE ca = ? AND started_at >= ? GROUP BY slot`,
  )
  const countValid = database.prepare(
    'SELECT count(*) AS n FROM certificates WHERE ca = ? AND replaced = 0 AND not_after > ?',
  )
  const selectRenewing = database.prepare(
    `SELECT max(0, CAST((renew_from - ?2) / ${DAY_MS} AS INTEGER)) AS day, count(*) AS n FROM certificates
     WHERE ca = ?1 AND replaced = 0 AND not_after > ?2 AND renew_from < ?2 + ${DAYS_AHEAD * DAY_MS} GROUP BY day`,
  )
  return {
    async ordersOfDay(now) {
      const newest = slotOf(now)
      const rows = selectSlots.all(ca, (newest - SLOTS + 1) * SLOT_MS)
      const found = new Map(
        rows.map((row) => [Number(row['slot']), { all: Number(row['n']), failed: Number(row['failed']) }]),
      )
      return daySlots(newest, (slot) => found.get(slot))
    },
    async certificates(now) {
      const days = new Map(selectRenewing.all(ca, now).map((row) => [Number(row['day']), Number(row['n'])]))
      return {
        valid: Number(countValid.get(ca, now)?.['n'] ?? 0),
        renewing: Array.from({ length: DAYS_AHEAD }, (_, day) => days.get(day) ?? 0),
      }
    },
  }
}
