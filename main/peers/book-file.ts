// Where the address book is kept: a file of lines, one for each peer that has changed, added at its end every few minutes and written
// anew when most of it is old. Strangers decide how much changes, so there is a limit to what is written in an hour.
import { appendFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { FileError, PRIVATE_MODE, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** Peers are heard every few minutes, and one that is not written yet is heard again after a crash. */
export const WRITE_DELAY_MS = 5 * 60_000

/** About sixty peers. With `WRITE_DELAY_MS` that is 384 KiB an hour, and with writing anew, twice that. */
export const MAX_WRITTEN_BYTES = 32 * 1_024

/** What is written when the node stops: a person's doing, so it may be more. */
const MAX_LAST_BYTES = 512 * 1_024

/** The file is written anew when it has this much more than twice what it would have then. */
const WASTE_BYTES = 256 * 1_024

/** A thousand of the largest records have 6 MB, twice that is 12; what is larger is not ours. */
const MAX_FILE_BYTES = 16 * 1_024 * 1_024

const Line = v.object({
  peer: v.pipe(v.string(), v.maxLength(200)),
  /** The highest number of a peer that was forgotten. */
  seq: v.optional(v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/))),
  envelope: v.optional(v.string()),
  heardAt: v.optional(v.number(), 0),
  /** When we have spoken with it ourselves. */
  metAt: v.optional(v.number()),
  /** Who brought it: network and neighbour. */
  by: v.optional(v.tuple([v.pipe(v.string(), v.maxLength(200)), v.pipe(v.string(), v.maxLength(200))]), ['', '']),
})

/** What is kept of a peer. */
export type BookLine = v.InferOutput<typeof Line>

/** What an earlier version wrote, all in one. */
const FirstFile = v.object({
  version: v.literal(1),
  peers: v.array(v.object({ envelope: v.string(), heardAt: v.number() })),
  seqs: v.array(v.tuple([v.string(), v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/))])),
})

/** The file of a data folder. */
export interface BookFile {
  /** What is there, the last line of each peer; what cannot be read is left out. @throws FileError where the system refuses it */
  load(): Promise<readonly BookLine[]>
  /** A peer has changed and is written within minutes. */
  changed(peer: string): void
  /** A peer that waits to be written need not be. */
  forget(peer: string): void
  /** Writes what has changed and ends the writing in the background. */
  stop(): Promise<void>
}

/** What it needs. */
export interface BookFileInit {
  readonly dir: string
  /** What to write of a peer; undefined for one that need not be. */
  readonly lineOf: (peer: string) => BookLine | undefined
  /** All that would be written. */
  readonly all: () => Iterable<BookLine>
  /** Whether a peer is written before the others. */
  readonly isFirst: (peer: string) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Makes it; nothing is read or written before it is asked to. */
export function createBookFile(init: BookFileInit): BookFile {
  const { clock, log } = init
  const path = join(init.dir, 'peers.jsonl')
  const firstPath = join(init.dir, 'peers.json')
  const waiting = new Set<string>()
  const stopping = new AbortController()
  let writing: Promise<void> | undefined
  /** Bytes in the file; undefined where there is none, or one that is not to be added to. */
  let size: number | undefined

  /** Takes what fits out of what waits. */
  const take = (limit: number): string => {
    const first = [...waiting].filter((peer) => init.isFirst(peer))
    let text = ''
    for (const peer of new Set([...first, ...waiting])) {
      const line = init.lineOf(peer)
      const added = line ? `${JSON.stringify(line)}\n` : ''
      if (text.length + added.length > limit) break
      text += added
      waiting.delete(peer)
    }
    return text
  }

  const writeAnew = async (): Promise<void> => {
    const text = [...init.all()].map((line) => `${JSON.stringify(line)}\n`).join('')
    waiting.clear() // before the writing: what changes while that takes is not in the text
    await writeFileAtomic(path, text)
    size = text.length
  }

  const write = async (limit: number): Promise<void> => {
    if (waiting.size === 0) return
    const peers = [...waiting]
    try {
      if (size === undefined) return await writeAnew()
      const text = take(limit)
      await appendFile(path, text, { mode: PRIVATE_MODE })
      size += text.length
      if (size > 2 * lengthOf(init.all()) + WASTE_BYTES) await writeAnew()
    } catch (error) {
      for (const peer of peers) waiting.add(peer)
      // half a line may stand at its end
      size = undefined
      log.warn({ error: String(error) }, 'known peers could not be written; it is tried again')
    }
  }

  const later = async (): Promise<void> => {
    await clock.sleep(WRITE_DELAY_MS, stopping.signal)
    await write(MAX_WRITTEN_BYTES)
    writing = undefined
    if (waiting.size > 0 && !stopping.signal.aborted) writing = later().catch(() => undefined)
  }

  return {
    async load() {
      const bytes = await readBounded(path)
      if (bytes === undefined) return linesOfFirst(await readBounded(firstPath))
      const { lines, isWhole } = linesOf(bytes.toString('utf8'))
      if (isWhole) size = bytes.length
      else log.warn({ path }, 'parts of the file of known peers cannot be read; starting without them')
      return lines
    },
    changed(peer) {
      waiting.add(peer)
      writing ??= later().catch(() => undefined)
    },
    forget: (peer) => void waiting.delete(peer),
    async stop() {
      stopping.abort()
      await writing
      await write(MAX_LAST_BYTES)
    },
  }
}

/** Nothing where the file is larger than ours are. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FileError(path, 'read', error)
  }
  return await readFileIfThere(path)
}

function linesOf(text: string): { readonly lines: readonly BookLine[]; readonly isWhole: boolean } {
  const found = new Map<string, BookLine>()
  let isWhole = text === '' || text.endsWith('\n')
  for (const part of text.split('\n')) {
    if (part === '') continue
    const line = parse(part, Line)
    isWhole &&= line !== undefined
    if (!line) continue
    found.delete(line.peer)
    found.set(line.peer, line)
  }
  return { lines: [...found.values()], isWhole }
}

function linesOfFirst(bytes: Buffer | undefined): readonly BookLine[] {
  const content = bytes && parse(bytes.toString('utf8'), FirstFile)
  if (!content) return []
  const peers = content.peers.map((one, index) => ({ peer: `${index}`, ...one, by: ['', ''] as [string, string] }))
  const seqs = content.seqs.map(([peer, seq]) => ({ peer, seq, heardAt: 0, by: ['', ''] as [string, string] }))
  return [...seqs, ...peers]
}

function parse<Schema extends v.GenericSchema>(text: string, schema: Schema): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

function lengthOf(lines: Iterable<BookLine>): number {
  let length = 0
  for (const line of lines) length += JSON.stringify(line).length + 1
  return length
}
