// The port on which the page was served last: it is taken again where it is free, so that a page that stayed open, a bookmark and
// what the browser keeps for the page find it again.
import { join } from 'node:path'
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'

const LastSchema = v.object({ port: v.pipe(v.number(), v.integer(), v.minValue(1_024), v.maxValue(65_535)) })

/** More than this is not ours. */
const MAX_BYTES = 256

const pathIn = (dir: string) => join(dir, 'bridge-port.json')

/** @returns undefined where none is known; never rejects, since any free port will do */
export async function readLastPort(dir: string): Promise<number | undefined> {
  try {
    const bytes = await readFileIfThere(pathIn(dir))
    if (!bytes || bytes.length > MAX_BYTES) return undefined
    return v.parse(LastSchema, JSON.parse(bytes.toString('utf8'))).port
  } catch {
    return undefined
  }
}

/** Never rejects: it is found by another port next time. */
export async function writeLastPort(dir: string, port: number): Promise<void> {
  await writeFileAtomic(pathIn(dir), `${JSON.stringify({ port })}\n`).catch(() => undefined)
}
