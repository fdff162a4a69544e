// The queries of the last day for the operator's page, kept over a restart in a small file beside the database. Losing it costs a picture,
// so nothing waits for it and no failure of it is more than a line in the log.
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { createDay, type DaySlot, SLOT_MS, slotOf, type Totals } from '../admin/day.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { DnsServerStats } from '../../core/dns/server.ts'
import type { AnswerStats } from './answer-stats.ts'

/** The queries of the last day. */
export interface QueryDay {
  /** Up to now, oldest first. */
  slots(): readonly DaySlot[]
  /** Takes in what has come since, and writes the file once in a slot. Never rejects. */
  look(): Promise<void>
  /** Writes it for the next life. Never rejects. */
  stop(): Promise<void>
}

/** Often enough that what happened stands in its slot. */
export const LOOK_AT_QUERIES_MS = SLOT_MS / 15

/** Opens it. Never rejects. @param totals  since this start */
export async function openQueryDay(init: {
  readonly dir: string
  readonly totals: () => Totals
  readonly clock: Clock
  readonly log: Log
}): Promise<QueryDay> {
  const { dir, totals, clock, log } = init
  const path = join(dir, 'dns-day.json')
  const kept = await readFileIfThere(path).catch(() => undefined)
  const day = createDay(() => clock.now(), kept?.toString('utf8'))
  let written = slotOf(clock.now())
  const write = () =>
    writeFileAtomic(path, `${day.kept()}\n`).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'the day for the operator page could not be written'),
    )
  return {
    slots() {
      day.sample(totals())
      return day.slots()
    },
    async look() {
      day.sample(totals())
      const slot = slotOf(clock.now())
      if (slot === written) return
      written = slot
      await write()
    },
    async stop() {
      day.sample(totals())
      await write()
    },
  }
}

/** What counts as failed: what we could not answer, not what nobody should have asked. */
export function queryTotals({ udp, tcp }: DnsServerStats, { byRcode }: AnswerStats): Totals {
  return { all: udp.queries + tcp.queries, failed: (byRcode['SERVFAIL'] ?? 0) + udp.errors + tcp.errors }
}
