// One process for one data folder: two that renew the same certificate would undo each other's work. The lock is a file that
// names its owner by process id and start time; what a crash or a power cut left behind is taken over, because nobody is
// there to remove it.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { FileError, PRIVATE_MODE, readFileIfThere } from './files.ts'

/** Another process uses the folder; the message names both. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly folder: string
  readonly pid: number

  constructor(folder: string, pid: number) {
    super(`the folder ${folder} is in use by process ${pid}: stop it, or choose another folder with \`dir\``)
    this.folder = folder
    this.pid = pid
  }
}

/** A held lock. */
export interface FolderLock {
  /** Gives the folder free; never rejects. */
  release(): Promise<void>
}

/** How a file names the process it belongs to. */
export const OwnerSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** What tells this process from a later one with the same id; undefined where the platform does not say. */
  startTicks: v.optional(v.string()),
  /** Milliseconds since 1970; the same for as long as a process lives. */
  startedAt: v.number(),
})
export type Owner = v.InferOutput<typeof OwnerSchema>

/** A boot time that was computed twice differs by this much at most. */
const BOOT_TOLERANCE_MS = 60_000

/** Each round ends with the lock, with its living owner, or with one stale lock less. */
const MAX_ROUNDS = 10

/**
 * Locks a folder until `release`, or until this process ends.
 *
 * @param dir  made where it is not there
 * @throws FolderInUseError where a living process has it, FileError where the lock cannot be written
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const path = join(dir, 'in-use.lock')
  const content = `${JSON.stringify(await markOfThisProcess())}\n`
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (await create(dir, path, content)) return { release: () => release(path, content) }
    const found = await readFileIfThere(path)
    if (!found) continue
    const holder = parseOwner(found.toString('utf8'))
    if (holder && (await isAlive(holder))) throw new FolderInUseError(dir, holder.pid)
    await removeStale(path, found)
  }
  throw new FileError(path, 'write', new Error('other processes keep locking and leaving the folder'))
}

/**
 * Who uses a folder.
 *
 * @returns the number of a living process; undefined where nobody has it
 */
export async function whoHolds(dir: string): Promise<number | undefined> {
  const found = await readFileIfThere(join(dir, 'in-use.lock'))
  const holder = found && parseOwner(found.toString('utf8'))
  return holder && (await isAlive(holder)) ? holder.pid : undefined
}

/** Makes the file with its whole content at once; false where there is one. */
async function create(dir: string, path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await writeFile(temporary, content, { mode: PRIVATE_MODE, flag: 'wx' })
    await link(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new FileError(path, 'write', error)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Two may find the same stale lock: whoever moved a newer one away by mistake puts it back. */
async function removeStale(path: string, stale: Buffer): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
    if (!(await readFile(aside)).equals(stale)) await link(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw new FileError(path, 'take over', error)
  } finally {
    await rm(aside, { force: true }).catch(() => undefined)
  }
}

async function release(path: string, content: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found === content) await rm(path, { force: true }).catch(() => undefined)
}

/** What this process is named by. */
export async function markOfThisProcess(): Promise<Owner> {
  const startTicks = await startTicksOf(process.pid)
  const owner: Owner = { pid: process.pid, startedAt: performance.timeOrigin }
  return startTicks === undefined ? owner : { ...owner, startTicks }
}

/** Whether the process that a file names is still there, and no other one with the same id. */
export async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.pid === process.pid) return owner.startedAt === performance.timeOrigin
  if (!exists(owner.pid)) return false
  const ticks = await startTicksOf(owner.pid)
  if (ticks !== undefined && owner.startTicks !== undefined) return ticks === owner.startTicks
  // a process that is older than the machine's last start has gone, whoever has its id now
  return owner.startedAt > Date.now() - uptime() * 1_000 - BOOT_TOLERANCE_MS
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

/** When a process began, in clock ticks since the machine's start (proc(5), field 22); Linux alone tells. */
async function startTicksOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // the second field is the program's name in parentheses and may hold anything
  return text
    ?.slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .at(19)
}

function parseOwner(text: string): Owner | undefined {
  try {
    return v.parse(OwnerSchema, JSON.parse(text))
  } catch {
    return undefined // torn by a power cut, so its owner is gone
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
