// What is made once for everybody (a build, a package, an Electron) is made by one process, and the others wait until it is there.
import { setTimeout as sleep } from 'node:timers/promises'
import { FolderInUseError, lockFolder, type FolderLock } from '../core/lock.ts'

const PAUSE_MS = 100

/**
 * Locks a folder as soon as nobody else has it.
 *
 * @param dir  made where it is not there
 * @param patienceMs  how long others may have it
 * @throws FolderInUseError where they have it for longer, FileError where the lock cannot be written
 */
export async function waitForLock(dir: string, patienceMs: number): Promise<FolderLock> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await lockFolder(dir)
    } catch (error) {
      if (!(error instanceof FolderInUseError) || performance.now() > deadline) throw error
      await sleep(PAUSE_MS)
    }
  }
}
