// A screen without hardware (Xvfb) with a window manager, as a desktop has them. It belongs to a person, and is looked at from outside: by
// pictures and by the list of windows.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { Account } from './account.ts'

const run = promisify(execFile)

/** A window that can be seen. */
export interface SeenWindow {
  /** X11's number, as its tools take it. */
  readonly id: string
  readonly title: string
  readonly width: number
  readonly height: number
}

/** The screen. */
export interface Screen {
  /** DISPLAY and the like for whoever is to be seen on it. */
  readonly env: Readonly<Record<string, string>>
  /** Windows with a title that can be seen now. */
  windows(): Promise<SeenWindow[]>
  /** Title of the window that has the keyboard. */
  active(): Promise<string | undefined>
  /** Writes a picture of all of it, or of one window. @param path a PNG */
  picture(path: string, window?: SeenWindow): Promise<void>
  /** Runs one of X11's tools (xdotool, xprop, xclip) on this screen. */
  tool(program: string, args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

/** What the screen is like. */
export interface ScreenInit {
  readonly account: Account
  /** Pixels. @default 1280x1024 */
  readonly size?: string
  /** Whether windows are managed; without, nothing can be minimised or brought to the front. @default true */
  readonly managed?: boolean
  /** A folder of the person in which the screen keeps what is on it, as the file `Xvfb_screen0`. */
  readonly frames?: string
}

/** What has to be installed. */
export const SCREEN_PROGRAMS = ['Xvfb', 'openbox', 'xdotool', 'xprop', 'xclip', 'import'] as const

const PATIENCE_MS = 20_000
const POLL_MS = 50

/** Starts it on whatever number is free. */
export async function openScreen({ account, size = '1280x1024', managed = true, frames }: ScreenInit): Promise<Screen> {
  const as = { uid: account.uid, gid: account.gid }
  const words = ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset']
  if (frames !== undefined) words.push('-fbdir', frames)
  const server = spawn('Xvfb', words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], ...as })
  const children: ChildProcess[] = [server]
  const stop = async () => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
  }
  try {
    const lines = createInterface({ input: server.stdio[3] as Readable })
    const [number] = (await once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [string]
    const env = { DISPLAY: `:${number.trim()}`, XAUTHORITY: '/dev/null' }
    const tool = async (program: string, args: readonly string[]) =>
      (
        await run(program, args, {
          ...as,
          env: { PATH: process.env['PATH'], HOME: account.home, ...env },
          timeout: PATIENCE_MS,
        })
      ).stdout
    if (managed) {
      const home = { PATH: process.env['PATH'], HOME: account.home }
      children.push(spawn('openbox', ['--sm-disable'], { stdio: 'ignore', env: { ...home, ...env }, ...as }))
      const deadline = performance.now() + PATIENCE_MS
      while (!(await tool('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'])).includes('window id')) {
        if (performance.now() > deadline) throw new Error('openbox did not come up')
        await sleep(POLL_MS)
      }
    }
    return {
      ...{ env, tool, stop },
      windows: () => windowsOf(tool),
      async active() {
        const id = await tool('xdotool', ['getactivewindow']).catch(() => '')
        return id === '' ? undefined : (await tool('xdotool', ['getwindowname', id.trim()])).trim()
      },
      async picture(path, window) {
        // written by the person, who may not write everywhere
        await tool('import', ['-silent', '-window', window?.id ?? 'root', path])
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function windowsOf(tool: Screen['tool']): Promise<SeenWindow[]> {
  const ids = (await tool('xdotool', ['search', '--onlyvisible', '--name', '.']).catch(() => '')).split('\n')
  const seen: SeenWindow[] = []
  for (const id of ids.filter((text) => text !== '')) {
    try {
      const title = (await tool('xdotool', ['getwindowname', id])).trim()
      const shape = await tool('xdotool', ['getwindowgeometry', '--shell', id])
      const [width, height] = ['WIDTH', 'HEIGHT'].map((name) =>
        Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(shape)?.[1]),
      )
      if (title !== '' && width && height && width > 50 && height > 50) seen.push({ id, title, width, height })
    } catch {
      // gone while it was looked at
    }
  }
  return seen
}
