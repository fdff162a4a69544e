// Whether a folder can be written and how much room is left there, found out by writing a small file and taking it away again.
import { randomBytes } from 'node:crypto'
import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What was found. */
export type DiskRoom =
  | { readonly state: 'absent' }
  /** @param reason  the system's code, such as EROFS */
  | { readonly state: 'unwritable'; readonly reason: string }
  | {
      readonly state: 'full' | 'writable'
      /** Bytes that we may use. */
      readonly free: number
      /** Whether others than the owner may change what is in it. */
      readonly open: boolean
    }

/** Group and others may write. */
const WRITABLE_MODE = 0o022

/** Below this a disk is full: the next file does not fit, or the one after it. */
export const FULL_BYTES = 1_024 ** 2

/** As much as a certificate with its chain and a line of history. */
const PROBE_BYTES = 16_384

/** Looks; never rejects. */
export async function lookAtDisk(dir: string): Promise<DiskRoom> {
  const facts = await stat(dir).catch((error: unknown) => codeOf(error))
  if (facts === 'ENOENT') return { state: 'absent' }
  if (typeof facts === 'string') return { state: 'unwritable', reason: facts }
  const room = await statfs(dir).catch(() => undefined)
  const free = room === undefined ? Infinity : room.bavail * room.bsize
  const open = process.platform !== 'win32' && (facts.mode & WRITABLE_MODE) !== 0
  const path = join(dir, `.doctor.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeFile(path, Buffer.alloc(PROBE_BYTES), { mode: 0o600, flag: 'wx' })
    return { state: 'writable', free, open }
  } catch (error) {
    const reason = codeOf(error)
    return reason === 'ENOSPC' || reason === 'EDQUOT' ? { state: 'full', free, open } : { state: 'unwritable', reason }
  } finally {
    await rm(path, { force: true }).catch(() => undefined)
  }
}

const KIB = 1_024

/** As people say it: `12 GB`, `310 MB`. */
export function sizeInWords(bytes: number): string {
  const gib = bytes / KIB ** 3
  if (gib >= 1) return `${gib >= 10 ? Math.round(gib) : gib.toFixed(1)} GB`
  return bytes >= KIB ** 2 ? `${Math.round(bytes / KIB ** 2)} MB` : `${Math.round(bytes / KIB)} kB`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
