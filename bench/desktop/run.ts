// What the desktop app costs: the time from its start to its window, and the memory and CPU of all its processes with the window open and
// after it was closed. Beside it an empty app around the same Electron, which is the least that any app can cost, and the headless node.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { createLog } from '../../core/log.ts'
import { CLOSED_MS } from '../../main/shell/window-keeper.ts'
import { startSandboxNetwork } from '../../servers/sandbox/network.ts'
import { realElectron } from '../../test/support/desktop/electron.ts'
import { whyNoPanel } from '../../test/support/desktop/panel.ts'
import { whyNoSession } from '../../test/support/desktop/session.ts'
import { type Summary, summarize } from '../summary.ts'
import { copyApps } from './apps.ts'
import { newPerson, type Person, type SeenStart, stop } from './person.ts'
import { cpuOf, memoryOf, processesIn, type ProcessMemory } from './processes.ts'

/** From the start of the program, milliseconds. */
export interface StartTimes {
  readonly shown: Summary
  readonly painted: Summary
  /** The icon is in the tray; undefined for an app without one. */
  readonly tray: Summary | undefined
}

/** All processes of a program together. */
export interface Cost {
  /** What they share counted once, MiB. */
  readonly pss: Summary
  /** What they share counted as often as it is shared, MiB. */
  readonly rss: Summary
  /** Milliseconds a minute, of all of them. */
  readonly cpuMsPerMinute: Summary
  /** The last run's processes, the largest first. */
  readonly processes: readonly ProcessMemory[]
}

export interface DesktopResult {
  readonly electron: string
  readonly starts: number
  readonly lives: number
  /** How long the closed window was looked at, minutes; the memory is that at the end. */
  readonly idleMinutes: number
  readonly app: { readonly start: StartTimes; readonly open: Cost; readonly closed: Cost; readonly quitMs: Summary }
  readonly empty: { readonly start: StartTimes; readonly open: Cost; readonly closed: Cost }
  readonly node: Cost
}

export interface DesktopOptions {
  /** Starts of each app whose time is taken. @default 5 */
  readonly starts?: number
  /** Lives of each that are looked at. @default 2, and 1 where that would take hours */
  readonly lives?: number
  /** @default 1 */
  readonly idleMinutes?: number
  readonly signal?: AbortSignal
}

/** There is no Electron here, or nobody whom it could run as. */
export class NoDesktopError extends Error {
  override readonly name = 'NoDesktopError'
}

const MINUTE_MS = 60_000
/** What a start or an end left behind is given back by then. */
const CALM_MS = 15_000
/** An open window, an empty app and a headless node are looked at for so long. */
const SHORT_MINUTES = 0.5
const LONG_MINUTES = 5

/**
 * Measures.
 *
 * @throws NoDesktopError where no Electron can be run
 */
export async function benchDesktop(options: DesktopOptions = {}): Promise<DesktopResult> {
  const { starts = 5, idleMinutes = 1, signal } = options
  const { lives = idleMinutes > LONG_MINUTES ? 1 : 2 } = options
  const electron = await realElectron()
  if (typeof electron === 'string') throw new NoDesktopError(electron)
  const why = (await whyNoSession()) ?? (await whyNoPanel())
  if (why !== undefined) throw new NoDesktopError(why)
  const ends: (() => Promise<void>)[] = []
  try {
    const folder = await mkdtemp(join(tmpdir(), 'nodetrust-bench-'))
    ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    await chmod(folder, 0o755)
    const apps = await copyApps(electron, folder)
    const network = await startSandboxNetwork({ log: createLog('silent') })
    ends.push(() => network.stop())
    const person = async () => {
      const made = await newPerson(apps, network)
      ends.push(() => made.leave())
      return made
    }
    const [one, other, third] = [await person(), await person(), await person()]
    const start = {
      app: await timeStarts(one, apps.app, { starts, tray: true, signal }),
      empty: await timeStarts(other, apps.empty, { starts, tray: false, signal }),
    }
    const wish = { lives, idleMinutes, signal }
    // side by side: what is looked at is idle, and no two share a file
    const [app, empty, node] = await Promise.all([
      lifeOf(one, apps.app, CLOSED_MS, wish),
      lifeOf(other, apps.empty, 0, { ...wish, idleMinutes: SHORT_MINUTES }),
      headlessLives(third, apps.node[0], wish),
    ])
    return {
      ...{ electron: apps.version, starts, lives, idleMinutes, node: costOf(node) },
      app: { start: start.app, open: costOf(app.open), closed: costOf(app.closed), quitMs: summarize(app.quits) },
      empty: { start: start.empty, open: costOf(empty.open), closed: costOf(empty.closed) },
    }
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

interface Starts {
  readonly starts: number
  readonly tray: boolean
  readonly signal: AbortSignal | undefined
}

async function timeStarts(person: Person, program: string, { starts, tray, signal }: Starts): Promise<StartTimes> {
  const seen: SeenStart[] = []
  // the first one reads the program from the disk
  for (let time = 0; time <= starts; time++) {
    signal?.throwIfAborted()
    const start = await person.startApp(program, { tray }, signal)
    await stop(start.app)
    if (time > 0) seen.push(start.seen)
  }
  return {
    shown: summarize(seen.map(({ shown }) => shown)),
    painted: summarize(seen.map(({ painted }) => painted)),
    tray: tray ? summarize(seen.map((one) => one.tray ?? Number.NaN)) : undefined,
  }
}

interface Wish {
  readonly lives: number
  readonly idleMinutes: number
  readonly signal: AbortSignal | undefined
}

interface Look {
  readonly memory: readonly ProcessMemory[]
  readonly cpuMsPerMinute: number
}

/** Open, then closed for longer than a closed window is kept. */
async function lifeOf(person: Person, program: string, keptMs: number, wish: Wish) {
  const open: Look[] = []
  const closed: Look[] = []
  const quits: number[] = []
  for (let life = 0; life < wish.lives; life++) {
    const { app } = await person.startApp(program, { tray: false }, wish.signal)
    open.push(await look(person, program, { ...wish, idleMinutes: SHORT_MINUTES }))
    await person.closeWindow()
    await systemClock.sleep(keptMs, wish.signal)
    closed.push(await look(person, program, wish))
    const left = closed.at(-1)?.memory.some(({ kind }) => kind === 'renderer')
    quits.push(await stop(app))
    if (left) throw new Error('the window was closed, and its process is still there')
  }
  return { open, closed, quits }
}

async function headlessLives(person: Person, program: string, { lives, signal }: Wish): Promise<Look[]> {
  const looks: Look[] = []
  for (let life = 0; life < lives; life++) {
    const node = await person.startNode()
    looks.push(await look(person, program, { lives, idleMinutes: SHORT_MINUTES, signal }))
    await stop(node)
  }
  return looks
}

async function look({ account }: Person, program: string, { idleMinutes, signal }: Wish): Promise<Look> {
  await systemClock.sleep(CALM_MS, signal)
  const before = await processesIn(account.uid, program)
  const used = await cpuOf(before)
  await systemClock.sleep(idleMinutes * MINUTE_MS, signal)
  const after = await processesIn(account.uid, program)
  // one that has ended in between took what it used along
  const cpuMs = (await cpuOf(after)) - used
  return { memory: await memoryOf(after), cpuMsPerMinute: Math.max(0, cpuMs) / idleMinutes }
}

function costOf(looks: readonly Look[]): Cost {
  const sums = (key: 'pss' | 'rss') =>
    summarize(looks.map(({ memory }) => memory.reduce((sum, one) => sum + one[key], 0)))
  return {
    ...{ pss: sums('pss'), rss: sums('rss') },
    cpuMsPerMinute: summarize(looks.map(({ cpuMsPerMinute }) => cpuMsPerMinute)),
    processes: [...(looks.at(-1)?.memory ?? [])].sort((a, b) => b.pss - a.pss),
  }
}
