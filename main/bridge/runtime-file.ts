// How the command line finds the running node: port and token in one file of the data folder that only its owner may read.
// The file names its process as the folder's lock does, so that one left behind by a crash is not taken for a node.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { makePrivate, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { isAlive, markOfThisProcess, OwnerSchema } from '../../core/lock.ts'

const RuntimeSchema = v.object({
  ...OwnerSchema.entries,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  /** For the command line of the same person. */
  token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
})

/** Where a node is to be found. */
export type RuntimeFacts = Pick<v.InferOutput<typeof RuntimeSchema>, 'port' | 'token' | 'pid'>

/** More than this is not ours. */
const MAX_BYTES = 4_096

export function runtimePath(dir: string): string {
  return join(dir, 'bridge.json')
}

/**
 * Writes the file for this process.
 *
 * @throws FileError
 */
export async function writeRuntime(
  dir: string,
  facts: { readonly port: number; readonly token: string },
): Promise<void> {
  const path = runtimePath(dir)
  await writeFileAtomic(path, `${JSON.stringify({ ...facts, ...(await markOfThisProcess()) })}\n`)
  await makePrivate(path)
}

/** Removes the file where it still is this node's; never rejects. */
export async function removeRuntime(dir: string, token: string): Promise<void> {
  const found = await readRuntime(dir).catch(() => undefined)
  if (found?.token === token) await rm(runtimePath(dir), { force: true }).catch(() => undefined)
}

/**
 * Finds the running node of a data folder.
 *
 * @returns undefined where none runs, also where the file was left behind
 * @throws FileError where the file is there and cannot be read
 */
export async function readRuntime(dir: string): Promise<RuntimeFacts | undefined> {
  const bytes = await readFileIfThere(runtimePath(dir))
  if (!bytes || bytes.length > MAX_BYTES) return undefined
  const facts = parse(bytes.toString('utf8'))
  return facts && (await isAlive(facts)) ? { port: facts.port, token: facts.token, pid: facts.pid } : undefined
}

function parse(text: string): v.InferOutput<typeof RuntimeSchema> | undefined {
  try {
    return v.parse(RuntimeSchema, JSON.parse(text))
  } catch {
    return undefined // torn, or written by somebody else
  }
}
