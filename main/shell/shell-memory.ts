// The few things that the shell itself remembers from one start to the next: what was told, and what a person answered once.
// A file that cannot be read is a file that is not there; nothing in it is worth a question.
import { join } from 'node:path'
import * as v from 'valibot'
import { LAST_MOMENT_MS } from '../../core/clock.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Log } from '../../core/log.ts'
import { WindowPlaceSchema } from './window-place.ts'
import { ZoomSchema } from './window-zoom.ts'

const MemorySchema = v.object({
  /** Messages that were shown, by kind and certificate. */
  told: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(50)), []),
  /** What closing the window does where there is no tray; `keep` was written by older versions, and means to be asked again. */
  close: v.optional(v.picklist(['keep', 'quit'])),
  /** Where the window was; what cannot be one is as if it were not there, and takes nothing else with it. */
  place: v.fallback(v.optional(WindowPlaceSchema), undefined),
  /** How large the page is shown. */
  zoom: v.fallback(v.optional(ZoomSchema), undefined),
  /** Wall clock, milliseconds. */
  updateCheckedAt: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MOMENT_MS))),
})
export type ShellMemoryValues = Readonly<v.InferOutput<typeof MemorySchema>>

/** What is remembered. */
export interface ShellMemory {
  readonly values: ShellMemoryValues
  /** Puts values in place of others; a disk that is full is told to the log alone. */
  remember(values: Partial<ShellMemoryValues>): Promise<void>
  /** Settles when everything is written. */
  written(): Promise<void>
}

const FILE = 'shell.json'
const MAX_BYTES = 65_536

/** Reads it from the data folder. */
export async function loadShellMemory(dir: string, log: Log): Promise<ShellMemory> {
  const path = join(dir, FILE)
  let values = await read(path)
  let writing = Promise.resolve()
  return {
    get values() {
      return values
    },
    remember(more) {
      values = { ...values, ...more }
      writing = writing
        .then(() => writeFileAtomic(path, JSON.stringify(values)))
        .catch((error: unknown) => log.warn({ error: String(error) }, 'what the shell remembers could not be written'))
      return writing
    },
    written: () => writing,
  }
}

async function read(path: string): Promise<ShellMemoryValues> {
  try {
    const bytes = await readFileIfThere(path)
    if (bytes && bytes.length <= MAX_BYTES) return v.parse(MemorySchema, JSON.parse(bytes.toString('utf8')))
  } catch {
    // as if it were not there
  }
  return { told: [] }
}
