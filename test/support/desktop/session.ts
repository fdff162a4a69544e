// A person's session: a screen, a private D-Bus, and the folders that a login gives. What runs in it is started as that person, and
// looked at from outside.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bus, type Keyring, startBus, startKeyring } from '../keyring.ts'
import { type Account, folderOf, makeAccount, whyNoAccount } from './account.ts'
import { openScreen, type Screen, type ScreenInit, SCREEN_PROGRAMS, type SeenWindow } from './screen.ts'

/** What there is in a session. */
export interface SessionInit extends Partial<Pick<ScreenInit, 'size' | 'managed' | 'frames'>> {
  /** The password store. @default 'absent' */
  readonly keyring?: 'absent' | 'unlocked' | 'locked'
  /** Somebody who has one already. */
  readonly account?: Account
}

/** A program that was started in a session. */
export interface Started {
  readonly child: ChildProcess
  /** What it wrote so far, both streams. */
  said(): string
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** The session. */
export interface Session {
  readonly account: Account
  readonly screen: Screen
  readonly bus: Bus
  readonly keyring: Keyring | undefined
  /** Everything a program of this session finds in its environment. */
  readonly env: Readonly<Record<string, string>>
  start(program: string, args?: readonly string[], env?: Readonly<Record<string, string | undefined>>): Started
  /** Waits for a window whose title fits. */
  window(title: RegExp): Promise<SeenWindow>
  /** Ends everything. */
  end(): Promise<void>
}

/** A start of Electron takes a second; a machine under load gets more. */
const PATIENCE_MS = 45_000
const POLL_MS = 100

/** Why no session can be had here; undefined where one can. */
export async function whyNoSession(): Promise<string | undefined> {
  const why = whyNoAccount()
  if (why !== undefined) return why
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const program of [...SCREEN_PROGRAMS, 'dbus-daemon']) {
    const found = await Promise.any(folders.map((folder) => access(join(folder, program)))).then(
      () => true,
      () => false,
    )
    if (!found) return `${program} is not installed`
  }
  return undefined
}

/** Logs a new person in. */
export async function openSession(init: SessionInit = {}): Promise<Session> {
  const ends: (() => Promise<void>)[] = []
  const end = async () => {
    for (const one of ends.splice(0).toReversed()) await one()
  }
  try {
    const account = init.account ?? (await makeAccount())
    if (!init.account) ends.push(() => account.remove())
    const screen = await openScreen({ ...init, account })
    ends.push(() => screen.stop())
    const { keyring: wanted = 'absent' } = init
    const keyring =
      wanted === 'absent' ? undefined : await startKeyring({ owner: account, unlocked: wanted === 'unlocked' })
    const bus = keyring ?? (await startBus(account))
    ends.push(() => bus.stop())
    const runtime = await folderOf(account, join(account.home, '.runtime'))
    // what a killed program leaves behind goes away with the person
    const temporary = await folderOf(account, join(account.home, '.tmp'))
    const env = {
      ...{ PATH: process.env['PATH'] ?? '', HOME: account.home, USER: account.name, LOGNAME: account.name },
      ...{ LANG: 'C.UTF-8', XDG_RUNTIME_DIR: runtime, TMPDIR: temporary, ...screen.env },
      // the real one of this machine is nobody's business here
      DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent',
      // no test asks anybody on the internet
      NODETRUST_NETWORK__PUBLIC: 'none',
      DBUS_SESSION_BUS_ADDRESS: bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? '',
    }
    return {
      ...{ account, screen, bus, keyring, env, end },
      start: (program, args = [], more = {}) => start(account, program, args, { ...env, ...more }),
      async window(title) {
        const deadline = performance.now() + PATIENCE_MS
        for (;;) {
          const windows = await screen.windows()
          const found = windows.find((one) => title.test(one.title))
          if (found) return found
          if (performance.now() > deadline)
            throw new Error(`no window ${String(title)}; there are ${JSON.stringify(windows.map((one) => one.title))}`)
          await sleep(POLL_MS)
        }
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

function start(
  { uid, gid, home }: Account,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Started {
  return startedOf(
    spawn(program, [...args], { uid, gid, cwd: home, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
}

/** Listens to a program that has just been started. */
export function startedOf(child: ChildProcessByStdio<null, Readable, Readable>): Started {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  ended.catch(() => undefined)
  return { child, ended, said: () => said }
}
