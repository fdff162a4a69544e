// What a person has switched on, and what was published last: one small file of the data folder.
import { join } from 'node:path'
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { oneAtATime } from '../../core/lanes.ts'
import type { Log } from '../../core/log.ts'

const Seconds = v.pipe(v.number(), v.integer(), v.minValue(0))
const Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const KeptSchema = v.strictObject({
  version: v.literal(1),
  /** Switches; the configuration counts more. */
  publish: v.optional(v.boolean(), false),
  resolver: v.optional(v.boolean(), false),
  proxy: v.optional(v.boolean(), false),
  /** The last event of ours: whose, which, when, and since when the world has exactly its pins. */
  last: v.optional(
    v.strictObject({
      pubkey: Hex,
      id: Hex,
      createdAt: Seconds,
      withdrawn: v.optional(v.boolean(), false),
      pins: v.pipe(v.array(Hex), v.maxLength(4)),
      /** Milliseconds since 1970: when these pins were told for the first time. */
      toldAt: v.optional(v.number()),
      /** The pair of the older layout was written too. */
      legacy: v.optional(v.boolean(), false),
    }),
  ),
})
export type Kept = v.InferOutput<typeof KeptSchema>

/** Keeps it. */
export interface KeptName {
  get(): Kept
  /** @throws FileError; what was kept before still holds then */
  set(change: Partial<Omit<Kept, 'version'>>): Promise<void>
}

/** The file in the data folder. */
export const NAME_FILE = 'name.json'
const MAX_FILE_BYTES = 64 * 1024
const NOTHING: Kept = { version: 1, publish: false, resolver: false, proxy: false }

/** Opens it; a file that cannot be read is as if nothing had been chosen: it must not keep the node from running. */
export async function openKeptName(dir: string, log: Log): Promise<KeptName> {
  const path = join(dir, NAME_FILE)
  const serial = oneAtATime()
  let kept = await read(path, log)
  return {
    get: () => kept,
    set: (change) =>
      serial(async () => {
        const next = { ...kept, ...change }
        await writeFileAtomic(path, JSON.stringify(next))
        kept = next
      }),
  }
}

async function read(path: string, log: Log): Promise<Kept> {
  try {
    const bytes = await readFileIfThere(path)
    if (bytes === undefined) return NOTHING
    if (bytes.length > MAX_FILE_BYTES) throw new RangeError('it is too long')
    return v.parse(KeptSchema, JSON.parse(bytes.toString('utf8')))
  } catch (error) {
    log.warn(
      { path, reason: error instanceof Error ? error.message : String(error) },
      'what was chosen for the name begins anew',
    )
    return NOTHING
  }
}
