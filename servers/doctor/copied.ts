// A look at the servers' databases that leaves no trace in them: what opens a database brings it to this program's version, and that is
// for the server that runs on it to do. So a copy is opened, made by SQLite itself, which sees what the server has written last.
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatabaseSync } from 'node:sqlite'

/** A server that writes is done in milliseconds. */
const BUSY_TIMEOUT_MS = 2_000

/**
 * Gives copies of databases to a piece of work, and takes them away after it.
 *
 * @param dir  where the databases are
 * @param files  their names; one that is not there is left out
 * @returns what the work gives
 * @throws what the work throws; an error of SQLite or of the file system where one cannot be copied
 */
export async function withCopies<T>(
  dir: string,
  files: readonly string[],
  work: (copies: string) => Promise<T>,
): Promise<T> {
  const copies = await mkdtemp(join(tmpdir(), 'nodetrust-doctor-'))
  try {
    for (const file of files) if (await isThere(join(dir, file))) await copy(join(dir, file), join(copies, file))
    return await work(copies)
  } finally {
    await rm(copies, { recursive: true, force: true })
  }
}

/** Whether there is such a file. */
export async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

async function copy(from: string, to: string): Promise<void> {
  const url = pathToFileURL(from)
  // without a server on it, SQLite would make two files beside it to read it
  if (!(await isThere(`${from}-wal`))) url.searchParams.set('immutable', '1')
  const database = new DatabaseSync(url, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    database.prepare('VACUUM INTO ?').run(to)
  } finally {
    database.close()
  }
}
