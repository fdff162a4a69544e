// The whole desktop app without Electron: the real adapter, shell, handlers and program on top of a fake that records. With
// `attach` its window is a page of a real browser.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { systemClock, type Clock } from '../../../core/clock.ts'
import type { Program } from '../../../main/program/program.ts'
import { HIDDEN_FLAG } from '../../../main/shell/deep-link.ts'
import { type AppFiles, type DesktopApp, startDesktop, type StartInit } from '../../../main/shell/start.ts'
import type { Desktop } from '../../../main/shell/ports.ts'
import type { TrayModel } from '../../../main/shell/tray-model.ts'
import type { UpdateSource } from '../../../main/shell/update-feed.ts'
import { loadDesktop } from './load.ts'
import { attachPage } from './page.ts'
import { type FakeWorld, newWorld, preventable } from './world.ts'

/** How the app is started. */
export interface FakeElectronInit {
  /** Temporary home of this test; the data folder is `nodetrust` in it. */
  readonly home: string
  /** The built page, preload bundle and icons. */
  readonly files: AppFiles
  /** @default the real program, its key in a file */
  readonly createProgram: StartInit['createProgram']
  readonly createBrowserPage?: StartInit['createBrowserPage']
  /** @default linux */
  readonly platform?: NodeJS.Platform
  /** Words after the program's own. */
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** Whether somebody shows tray icons. @default true */
  readonly trayHost?: boolean
  /** Whether somebody answers who shows messages. @default Electron shows them at once */
  readonly answersMessages?: (signal: AbortSignal) => Promise<boolean>
  readonly updates?: UpdateSource
  /** Before the app starts: languages, another instance, motion. */
  readonly prepare?: (world: FakeWorld) => void
  /** What is different about the desktop, such as a part that fails. */
  readonly desktop?: Partial<Desktop>
}

/** The app under test. */
export interface FakeElectron {
  readonly world: FakeWorld
  /** undefined where the app ended instead of starting. */
  readonly app: DesktopApp | undefined
  /** What the app wrote to standard error. */
  readonly errors: readonly string[]
  /** Shows the window in a browser. */
  attach(context: BrowserContext): Promise<Page>
  tray(): TrayModel | undefined
  clickTray(id: string): void
  notifications(): { readonly title: string; readonly body: string; click(): void }[]
  openedLinks(): readonly string[]
  powerSuspend(): void
  powerResume(): void
  secondStart(argv: readonly string[]): void
  openUrl(url: string): void
  /** A panel that shows tray icons comes or goes. */
  panel(shown: boolean): void
  closeWindow(): void
  /** The page's process dies. */
  crash(reason: string): void
  /** Ends the app as a person would. @returns the exit code */
  quit(): Promise<number>
}

/** Starts the app. */
export async function startFakeElectron(init: FakeElectronInit): Promise<FakeElectron> {
  const { id, world } = newWorld()
  world.userData = join(init.home, 'profile')
  init.prepare?.(world)
  const platform = init.platform ?? 'linux'
  const errors: string[] = []
  const desktop = { ...(await loadDesktop(id)), platform, ...init.desktop }
  const program: Program[] = []
  let panel: (shown: boolean) => void = () => undefined
  const app = await startDesktop({
    desktop,
    files: init.files,
    start: {
      argv: init.argv ?? [],
      // a screen of another machine: nobody looks for it
      env: { NODETRUST_DIR: join(init.home, 'nodetrust'), DISPLAY: 'screen.test:0', ...init.env },
      ...{ execPath: '/opt/Nodetrust/nodetrust', home: init.home },
    },
    async createProgram(wanted) {
      const made = await init.createProgram(wanted)
      program.push(made)
      return made
    },
    ...(init.createBrowserPage ? { createBrowserPage: init.createBrowserPage } : {}),
    watchTrayHost(onChange) {
      panel = onChange
      onChange(init.trayHost ?? true)
    },
    ...(init.answersMessages ? { answersMessages: init.answersMessages } : {}),
    watchNetwork: async () => undefined,
    updates: init.updates,
    timeZone: () => 'UTC',
    clock: init.clock ?? systemClock,
    writeError: (text) => void errors.push(text),
  })
  return {
    ...{ world, app, errors },
    attach: async (context) => attachPage(world, context, await readFile(init.files.preload, 'utf8'), platform),
    tray: () => app?.shell.trayModel(),
    clickTray(item) {
      const entry = world.trays.at(-1)?.menu.find((candidate) => candidate.id === item)
      if (!entry?.click) throw new RangeError(`the tray has no command "${item}"`)
      Reflect.apply(entry.click, undefined, [])
    },
    notifications: () =>
      world.notes.map((note) => ({
        title: note.options.title ?? '',
        body: note.options.body ?? '',
        click: () => void note.emit('click'),
      })),
    openedLinks: () => world.openedUrls,
    powerSuspend: () => void world.powerMonitor.emit('suspend'),
    powerResume: () => void world.powerMonitor.emit('resume'),
    secondStart: (argv) => void world.app.emit('second-instance', {}, argv),
    openUrl: (url) => void world.app.emit('open-url', preventable({}), url),
    panel: (shown) => panel(shown),
    closeWindow: () => world.window()?.close(),
    crash(reason) {
      const contents = world.window()?.webContents
      if (contents) contents.crashed = true
      contents?.emit('render-process-gone', {}, { reason })
    },
    quit() {
      world.app.emit('before-quit', preventable({}))
      return world.exited.promise
    },
  }
}

export { HIDDEN_FLAG }
export type { FakeWorld } from './world.ts'
