// A person on this machine: Electron with its sandbox on does not run as root, and the app is a person's anyway. Made and removed by the
// test, with a home of its own; whatever still runs as that person at the end is killed.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An ordinary user of this machine. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  /** Numbers of the processes that run as this user. */
  processes(): Promise<number[]>
  /** Kills what is left, and takes user and home away. */
  remove(): Promise<void>
}

/** useradd locks the list of users, and another test may be at it. */
const PATIENCE_MS = 20_000
const POLL_MS = 50

/** Why no user can be made here; undefined where one can. */
export function whyNoAccount(): string | undefined {
  if (process.platform !== 'linux') return 'users are made on Linux only'
  return process.getuid?.() === 0 ? undefined : 'only root can make the ordinary user that Electron runs as'
}

/** Makes a user. */
export async function makeAccount(): Promise<Account> {
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-person-'))
  await chmod(folder, 0o755)
  const name = `nt-${randomBytes(5).toString('hex')}`
  const home = join(folder, 'home')
  await insist(() => run('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/bash', name]))
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)))
  if (uid === undefined || gid === undefined) throw new Error(`useradd has made no user ${name}`)
  const processes = () => processesOf(uid)
  return {
    ...{ name, uid, gid, home, processes },
    async remove() {
      const deadline = performance.now() + PATIENCE_MS
      for (let left = await processes(); left.length > 0; left = await processes()) {
        for (const pid of left) killIfThere(pid)
        if (performance.now() > deadline) throw new Error(`processes ${left.join()} of ${name} do not end`)
        await sleep(POLL_MS)
      }
      await insist(() => run('userdel', [name]))
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Makes a folder that belongs to somebody, readable by nobody else. */
export async function folderOf({ uid, gid }: Pick<Account, 'uid' | 'gid'>, path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await run('chown', [`${uid}:${gid}`, path])
  return path
}

/** What runs as a user; what has ended and was not waited for does not count. */
export async function processesOf(uid: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
    if (/^State:\s+Z/m.test(status)) continue
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === uid) found.push(Number(name))
  }
  return found
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function insist(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (performance.now() > deadline || !/lock|try again/i.test(String(error))) throw error
      await sleep(POLL_MS)
    }
  }
}
