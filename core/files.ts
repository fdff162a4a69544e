// Files that are there whole or not at all: written beside their place, synced, renamed, the folder synced.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, basename } from 'node:path'

/** A file that could not be read or written; names the path, what was tried and what to do. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly path: string
  readonly code: string | undefined

  constructor(path: string, what: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException | undefined)?.code
    super(`cannot ${what} ${path}: ${ADVICE[code ?? ''] ?? (cause instanceof Error ? cause.message : String(cause))}`, {
      cause,
    })
    this.path = path
    this.code = code
  }
}

const ADVICE: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space and try again',
  EROFS: 'the file system is read-only; choose another folder with `dir`',
  ENOTDIR: 'a file stands where a folder is needed; move it away, or choose another folder with `dir`',
  EISDIR: 'a folder stands where a file is needed; name a file in it, or move it away from the data folder',
  EEXIST: 'something else stands in its place; move it away, or choose another folder with `dir`',
  EACCES: 'no permission; check who owns the folder',
  EPERM: 'no permission; check who owns the folder',
}

/** Only the owner may read: for keys and for what holds them. */
export const PRIVATE_MODE = 0o600

/**
 * Writes a file so that a crash leaves either the old content or the new one, never a part.
 *
 * @param mode  permissions of the new file; 0600 where left out
 * @throws FileError
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = PRIVATE_MODE): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new FileError(path, 'write', error)
  }
}

/**
 * Reads a file that need not be there.
 *
 * @returns undefined where there is none
 * @throws FileError for every other failure: a file that cannot be read is not a file that is absent
 */
export async function readFileIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FileError(path, 'read', error)
  }
}

/** Takes everybody else's permissions off a file that holds a key, where the platform knows permissions and there are any. */
export async function makePrivate(path: string): Promise<void> {
  try {
    const { mode } = await stat(path)
    if ((mode & OTHERS_MODE) !== 0) await chmod(path, PRIVATE_MODE)
  } catch (error) {
    throw new FileError(path, 'protect', error)
  }
}

/** What anybody but the owner may do. */
const OTHERS_MODE = 0o077

/** Makes what was renamed in a folder survive a power cut; Windows cannot open folders and needs no sync. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
