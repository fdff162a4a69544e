// What earlier versions knew of other peers: lines of JSON (`peers.jsonl`), and before that one object (`peers.json`). They are read once,
// and go when the book has what they held.
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { readFileIfThere } from '../../../core/files.ts'

/** A thousand of the largest records have 6 MB, twice that is 12; what is larger is not ours. */
const MAX_FILE_BYTES = 16 * 1_024 * 1_024

const Text = v.pipe(v.string(), v.maxLength(200))
const Seq = v.pipe(v.string(), v.regex(/^[0-9]{1,19}$/))
const Line = v.object({
  peer: Text,
  /** The highest number of a peer that was forgotten. */
  seq: v.optional(Seq),
  envelope: v.optional(v.string()),
  heardAt: v.optional(v.number(), 0),
  /** When we have spoken with it ourselves. */
  metAt: v.optional(v.number()),
  /** Who brought it: network and neighbour. */
  by: v.optional(v.tuple([Text, Text]), ['', '']),
})
const FirstFile = v.object({
  version: v.literal(1),
  peers: v.array(v.object({ envelope: v.string(), heardAt: v.number() })),
  seqs: v.array(v.tuple([Text, Seq])),
})

/** What was kept of a peer. */
export type OldLine = v.InferOutput<typeof Line>

const NAMES = ['peers.jsonl', 'peers.json'] as const

/** The last line of each peer; what cannot be read is left out. Never rejects. */
export async function readOldFiles(dir: string): Promise<readonly OldLine[]> {
  const [lines, first] = await Promise.all(NAMES.map((name) => readBounded(join(dir, name))))
  if (lines !== undefined) return linesOf(lines)
  return first === undefined ? [] : linesOfFirst(first)
}

/** Takes them off the disk; never rejects. */
export async function removeOldFiles(dir: string): Promise<void> {
  await Promise.allSettled(NAMES.map((name) => rm(join(dir, name), { force: true })))
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) return undefined
    return (await readFileIfThere(path))?.toString('utf8')
  } catch {
    return undefined
  }
}

function linesOf(text: string): readonly OldLine[] {
  const lines = text.split('\n').flatMap((part) => (part === '' ? [] : (parse(part, Line) ?? [])))
  return [...new Map(lines.map((line) => [line.peer, line])).values()]
}

function linesOfFirst(text: string): readonly OldLine[] {
  const content = parse(text, FirstFile)
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
