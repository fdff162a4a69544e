// One process installs into a folder: two first starts at once would remove each other's packages. The lock is a file that names its
// owner, as core/lock.ts has it; this one is plain JavaScript for Node 20, because it is needed before anything is installed.
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** In the folder, beside what is installed. */
const NAME = '.installing.lock'

const PAUSE_MS = 200

/**
 * Waits until nobody else installs into a folder. What a process that was killed has left is taken over, once the npm that it had
 * started has ended too.
 *
 * @param {string} folder
 * @param {(pid: number, path: string) => void} onWait  told once, where somebody else is at it
 * @returns {Promise<{ with(pid: number): void, release(): void }>} `with`: another process that works for this one
 */
export async function lockInstallation(folder, onWait) {
  const path = join(folder, NAME)
  let content = `${markOf(process.pid)}\n`
  let isTold = false
  while (!create(path, content)) {
    const found = read(path)
    if (found === undefined) continue
    const alive = found
      .trim()
      .split('\n')
      .find((mark) => isAlive(mark))
    if (alive === undefined) removeStale(path, found)
    else {
      if (!isTold) onWait(Number.parseInt(alive, 10), path)
      isTold = true
      await sleep(PAUSE_MS)
    }
  }
  const release = () => {
    process.off('exit', release)
    if (read(path) === content) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return {
    release,
    with(pid) {
      content += `${markOf(pid)}\n`
      const temporary = `${path}.${randomBytes(6).toString('hex')}`
      writeFileSync(temporary, content)
      renameSync(temporary, path)
    },
  }
}

/** Makes the file with its whole content at once; false where there is one. */
function create(path, content) {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(temporary, content, { flag: 'wx' })
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    // file systems without links
    if (existsSync(temporary)) return createInPlace(path, content)
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

function createInPlace(path, content) {
  try {
    writeFileSync(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Two may find the same stale lock: whoever moved a newer one away by mistake puts it back. */
function removeStale(path, stale) {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether the process that a lock names is still there, and no other one with the same number. */
function isAlive(mark) {
  const [pid, started] = [Number(mark.split(' ')[0]), mark.split(' ')[1]]
  // torn by a power cut
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
  }
  return startOf(pid) === started
}

const markOf = (pid) => `${pid} ${startOf(pid)}`

/** When a process began, in clock ticks since the machine's start (proc(5), field 22); `-` where the platform does not say. */
function startOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the second field is the program's name in parentheses and may hold anything
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
  } catch {
    return '-'
  }
}
