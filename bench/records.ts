// Peer records: opened and verified, kept, dialled, told through a large network. Each part is measured by itself; one that fails is a line of the report.
import { benchBook, type BookResult } from './records/book.ts'
import { benchDial, type DialResult } from './records/dial.ts'
import { benchGossip, type GossipFigures } from './records/gossip.ts'
import { benchOpen, type OpenResult } from './records/open.ts'

/** What was measured. */
export interface RecordsResult {
  readonly open?: OpenResult
  readonly dial?: DialResult
  readonly book?: BookResult
  readonly gossip?: GossipFigures
  /** The parts that failed, and why. */
  readonly skipped: readonly string[]
}

interface RecordsOptions {
  readonly signal: AbortSignal
}

type Part = (options: RecordsOptions) => Promise<Partial<RecordsResult>>

const PARTS: Readonly<Record<string, Part>> = {
  open: async ({ signal }) => ({ open: await benchOpen({ signal }) }),
  book: async ({ signal }) => ({ book: await benchBook({ signal }) }),
  dial: async ({ signal }) => ({ dial: await benchDial({ signal }) }),
  gossip: async ({ signal }) => ({ gossip: await benchGossip({ signal }) }),
}

/** Measures all parts. */
export async function benchRecords(options: RecordsOptions): Promise<RecordsResult> {
  const skipped: string[] = []
  let measured: Partial<RecordsResult> = {}
  for (const [name, measure] of Object.entries(PARTS)) {
    try {
      measured = { ...measured, ...(await measure(options)) }
    } catch (error) {
      options.signal.throwIfAborted()
      skipped.push(`records, ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { ...measured, skipped }
}
