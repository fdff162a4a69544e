// What every test of the packaged app needs: the app itself and a machine that can show it, or the reason why not.
import { readFile, readlink } from 'node:fs/promises'
import { realElectron } from './electron.ts'
import { eventually } from './eventually.ts'
import { packedApp, type PackedApp } from './packed-app.ts'
import { SPEAKING, whyNoScreenReader } from './screen-reader.ts'
import { type Session, type Started, whyNoSession } from './session.ts'

/** For every start: heard by a screen reader, and the router of the machine that tests is asked for nothing. */
export const HERE = { ...SPEAKING, NODETRUST_REACHABILITY__MAP_PORTS: 'false' } as const

/** @returns why the app cannot be had here */
export async function packagedApp(): Promise<PackedApp | string> {
  const electron = await realElectron()
  if (typeof electron === 'string') return electron
  const why = (await whyNoSession()) ?? (await whyNoScreenReader())
  return why ?? (await packedApp(electron))
}

/** Ends an app as a logout does, and waits for it. @returns its exit code */
export async function quit({ child, ended }: Started, signal: NodeJS.Signals = 'SIGTERM') {
  child.kill(signal)
  return await ended
}

/** Numbers of the processes of an app that a person runs, by kind: `main`, or what Chromium calls it. */
export async function processesOfApp({ account }: Session, program: string): Promise<{ pid: number; kind: string }[]> {
  const found: { pid: number; kind: string }[] = []
  for (const pid of await account.processes()) {
    const path = await readlink(`/proc/${pid}/exe`).catch(() => '')
    if (path !== program) continue
    // Chromium writes its children's command lines anew, with spaces
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const kind = /--type=([a-z-]+)/.exec(words)?.[1]
    found.push({ pid, kind: kind ?? 'main' })
  }
  return found
}

/** Closes a dialog as the Escape key does. */
export async function dismiss(session: Session, title: RegExp): Promise<void> {
  await session.window(title)
  await eventually(`the end of the dialog ${String(title)}`, async () => {
    const dialog = (await session.screen.windows()).find((one) => title.test(one.title))
    if (!dialog) return true
    await session.screen.tool('xdotool', ['windowactivate', dialog.id]).catch(() => '')
    await session.screen.tool('xdotool', ['key', 'Escape']).catch(() => '')
    return false
  })
}

/** Kills what a test that failed has left running, so that the next one finds nothing of it. */
export async function clear(session: Session): Promise<void> {
  await eventually('the end of what was left running', async () => {
    let isClear = true
    for (const pid of await session.account.processes()) {
      if (!(await readlink(`/proc/${pid}/exe`).catch(() => '')).endsWith('/nodetrust')) continue
      isClear = false
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it has just ended
      }
    }
    return isClear
  })
}
