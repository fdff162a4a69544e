// What happened to the certificate, when, why and with which result: one JSON line each, for a year, in a file that does not
// grow for ever. It is for people who ask what went on, so a line that cannot be written is logged and nothing else.
import { appendFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { PRIVATE_MODE, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

const YEAR_MS = 366 * 24 * 3_600_000

/** Far more than a year of renewals needs; a node that fails daily writes 100 KB a year. */
const MAX_BYTES = 512 * 1024

/** What a window shows of it. */
const MAX_RECENT = 100

const KINDS = [
  /** A certificate is asked for; `reason` says why. */
  'order-begun',
  'order-ended',
  'failed',
  /** New connections get another certificate. */
  'swapped',
  /** The node looked from outside at what it serves, and it was wrong. */
  'self-look-wrong',
  /** The CA wants another renewal date. */
  'window-changed',
  /** The stored certificate could not be used; the one before was. */
  'fell-back',
  /** The stored certificate could not be used, and there is none before it. */
  'not-used',
  /** The certificate of a network that was left stays in use until there is one of this network. */
  'other-network',
  'clock-jumped',
] as const

const EntrySchema = v.object({
  at: v.pipe(v.string(), v.isoTimestamp()),
  what: v.picklist(KINDS),
  /** A code for programs: the reason of an order, the code of a failure. */
  code: v.string(),
  /** One sentence for a person. */
  detail: v.string(),
})

/** One thing that happened. */
export type HistoryEntry = Readonly<v.InferOutput<typeof EntrySchema>>

/** What happened, without its time. */
export type HistoryNote = Omit<HistoryEntry, 'at'>

/** Writes down what happens. */
export interface History {
  /** Entries stand in the order of the calls; nobody waits for the disk. */
  note(note: HistoryNote): void
  /** The newest entries of this run and, once they are read, of the ones before; oldest first. */
  recent(): readonly HistoryEntry[]
  /** Settles when everything noted so far is written. */
  ended(): Promise<void>
}

/** What the history needs. */
export interface HistoryInit {
  readonly dir: string
  readonly clock: Clock
  readonly log: Log
  /** Hears that an older one could not be read; it was put aside, and this one begins anew. */
  readonly onLost?: ((reason: string) => void) | undefined
  /** @default MAX_BYTES */
  readonly maxBytes?: number
}

/** Makes the history of a data folder. */
export function createHistory(init: HistoryInit): History {
  const { dir, clock, log, maxBytes = MAX_BYTES } = init
  const path = historyPath(dir)
  let recent: readonly HistoryEntry[] = []
  const begin = async () => {
    try {
      const text = await readText(dir)
      const old = parseHistory(text)
      if (old.length === 0 && text.trim() !== '') throw new Error('nothing in it is an entry')
      recent = [...old, ...recent].slice(-MAX_RECENT)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ error: reason }, 'the history could not be read')
      // where it cannot be moved, it is in the way of the new one, and the person is told all the same
      await rename(path, `${path}.unreadable`).catch(() => undefined)
      init.onLost?.(reason)
    }
  }
  let last = begin()
  let compacted = false

  const compact = async () => {
    const text = (await readFileIfThere(path))?.toString('utf8') ?? ''
    const oldest = clock.now() - YEAR_MS
    const kept = parseHistory(text).filter(({ at }) => Date.parse(at) >= oldest)
    const lines = newest(
      kept.map((entry) => `${JSON.stringify(entry)}\n`),
      maxBytes / 2,
    )
    const next = lines.join('')
    if (next !== text) await writeFileAtomic(path, next)
  }

  const write = async (entry: HistoryEntry) => {
    // once in each run: a torn last line goes away, and so does what is older than a year
    if (!compacted || (await sizeOf(path)) > maxBytes) await compact()
    compacted = true
    await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: PRIVATE_MODE })
  }

  return {
    recent: () => recent,
    ended: () => last,
    note(note) {
      const entry = { at: new Date(clock.now()).toISOString(), ...note }
      recent = [...recent, entry].slice(-MAX_RECENT)
      last = last
        .then(() => write(entry))
        .catch((error: unknown) => log.warn({ error: String(error) }, 'the history could not be written'))
    },
  }
}

/**
 * Reads the history of a data folder, oldest first; lines that are none are left out.
 *
 * @throws FileError
 */
export async function readHistory(dir: string): Promise<readonly HistoryEntry[]> {
  return parseHistory(await readText(dir))
}

/** @throws FileError */
async function readText(dir: string): Promise<string> {
  return (await readFileIfThere(historyPath(dir)))?.toString('utf8') ?? ''
}

function parseHistory(text: string): HistoryEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [v.parse(EntrySchema, JSON.parse(line))]
    } catch {
      return []
    }
  })
}

/** The last lines that fit. */
function newest(lines: readonly string[], maxBytes: number): readonly string[] {
  let room = maxBytes
  const first = lines.findLastIndex((line) => {
    room -= Buffer.byteLength(line)
    return room < 0
  })
  return lines.slice(first + 1)
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function historyPath(dir: string): string {
  return join(dir, 'certificate.history.jsonl')
}
