// Starts and ends the desktop app: what must be said before Electron is ready, one instance, the program, its API, the shell
// around them, and the way back within five seconds.
import { join } from 'node:path'
import { type NetworkWatchInit, unresolvedOf } from '../reachability/network-watch.ts'
import type { Clock } from '../../core/clock.ts'
import { type Log, createLog } from '../../core/log.ts'
import { ownCommand } from '../../core/commands/index.ts'
import { shellLanguage, shellText } from '../../proto/text/shell.ts'
import { createApi, type Api } from '../api/api.ts'
import type { Desk } from '../api/desk.ts'
import { keepRecentLines } from '../api/recent-lines.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { Program } from '../program/program.ts'
import type { SandboxProcess } from '../program/sandbox-process.ts'
import { createDesk } from './desk.ts'
import { checkLaunch } from './launch-checks.ts'
import { createQuit } from './life-cycle.ts'
import { createPageHandler, readPageFiles } from './page-handler.ts'
import type { Desktop, DesktopEvents } from './ports.ts'
import { chooseProfile } from './profile-folder.ts'
import { sandboxOf } from './sandbox-service.ts'
import { checkScreen } from './screen-check.ts'
import { type Shell, type ShellInit, type StartFacts, startShell } from './shell.ts'
import { loadShellMemory } from './shell-memory.ts'
import type { UpdateSource } from './update-feed.ts'
import { createUpdater, fetchFeed } from './updates.ts'

/** Where the app's own files lie, absolute. */
export interface AppFiles {
  /** Folder of the built page. */
  readonly page: string
  /** The preload bundle. */
  readonly preload: string
  /** Folder of the icons. */
  readonly icons: string
  /** The bundled command line of the servers. */
  readonly servers: string
}

/** The page for browsers, as the app uses it. */
export interface BrowserPage {
  readonly desk: Pick<Desk, 'openBridge' | 'bridgeLink'>
  /** Gives it what it serves; nothing listens before somebody asks for it. */
  attach(api: Api): void
  stop(): Promise<void>
}

/** What the app is started with. */
export interface StartInit {
  readonly desktop: Desktop
  readonly start: StartFacts
  readonly files: AppFiles
  readonly createProgram: (init: {
    readonly env: StartFacts['env']
    readonly clock: Clock
    readonly log: (level: NodeConfig['log']) => Log
    readonly startSandbox: (dir: string) => Promise<SandboxProcess>
  }) => Promise<Program>
  /** None: the app has only its window. */
  readonly createBrowserPage?: (init: {
    readonly program: Program
    readonly desktop: Desktop
    readonly log: Log
  }) => BrowserPage
  /** Tells whether this desktop shows tray icons, and when that changes. */
  readonly watchTrayHost: ShellInit['watchTrayHost']
  /** Tells whether whoever shows messages here answers. @default Electron is asked to show them at once */
  readonly answersMessages?: ShellInit['answersMessages']
  /** Tells when the machine has a network again. */
  readonly watchNetwork: (init: Pick<NetworkWatchInit, 'clock' | 'onOnline' | 'signal' | 'unresolved'>) => Promise<void>
  readonly updates: UpdateSource | undefined
  readonly timeZone: () => string
  readonly clock: Clock
  readonly writeError: (text: string) => void
}

/** The running app. */
export interface DesktopApp {
  readonly shell: Shell
  readonly api: Api
  readonly program: Program
  /** Ends it. */
  quit(): Promise<void>
}

/** Log lines that go into the file for somebody who helps. */
const KEPT_LINES = 500

/**
 * Starts the app. Nothing before the first `await` may wait: Electron must be told before it is ready. Never rejects, because nobody
 * waits for it (main/index.ts): what goes wrong is explained and ends the app, which would otherwise stay without a window.
 *
 * @returns undefined where the app ends instead: a second instance, an unsafe or failed start
 */
export async function startDesktop(init: StartInit): Promise<DesktopApp | undefined> {
  const { desktop, clock, start, files } = init
  const recent = keepRecentLines(KEPT_LINES, init.writeError)
  const ended = new AbortController()
  const waiting: ((events: DesktopEvents) => void)[] = []
  const ends: (() => void | Promise<void>)[] = []
  let shell: Shell | undefined

  const quit = createQuit({
    clock,
    exit: (code) => desktop.exit(code),
    onFailure: (error) => init.writeError(`nodetrust: ${messageOf(error)}\n`),
    async drain() {
      ended.abort()
      // what was begun last ends first
      for (const end of ends.toReversed()) await end()
    },
  })
  /** What the system tells before there is a shell is told to it then. */
  const tell = (event: (events: DesktopEvents) => void): void => {
    if (shell) event(shell.events)
    else waiting.push(event)
  }

  try {
    checkLaunch({ argv: start.argv, env: start.env, packaged: desktop.packaged })
    checkScreen({ platform: desktop.platform, argv: start.argv, env: start.env })
  } catch (error) {
    init.writeError(`${messageOf(error)}\n`)
    desktop.exit(1)
    return undefined
  }
  try {
    desktop.prepare()
    const profile = chooseProfile({ wanted: desktop.profileFolder(), env: start.env })
    if (profile.why !== undefined && profile.path !== undefined) {
      desktop.useProfileFolder(profile.path)
      init.writeError(`nodetrust: what the window remembers goes to ${profile.path} for now, because: ${profile.why}\n`)
    }
    if (!desktop.claimInstance()) {
      desktop.exit(0)
      return undefined
    }
    desktop.listen({
      onSecondStart: (argv) => tell((events) => events.onSecondStart(argv)),
      onLink: (url) => tell((events) => events.onLink(url)),
      onActivate: () => tell((events) => events.onActivate()),
      onSuspend: () => tell((events) => events.onSuspend()),
      onResume: () => tell((events) => events.onResume()),
      onMenu: (id) => tell((events) => events.onMenu(id)),
      onLook: () => tell((events) => events.onLook()),
      onQuit: () => void quit(),
    })

    await desktop.ready()
    desktop.lock(createPageHandler(await readPageFiles(files.page)))
    if (desktop.packaged) desktop.registerLinks()

    let log = createLog('warn', recent.destination)
    const program = await init.createProgram({
      ...{ env: start.env, clock },
      log: (level) => (log = createLog(level, recent.destination)),
      startSandbox: (dir) =>
        sandboxOf(
          desktop.startService(files.servers, ['sandbox', '--serve', '--dir', dir], 'Nodetrust sandbox'),
          clock,
        ),
    })
    const memory = await loadShellMemory(program.dir, log)
    const browser = init.createBrowserPage?.({ program, desktop, log })
    const updater = createUpdater({
      ...{ source: init.updates, version: desktop.version, platform: desktop.platform, packaged: desktop.packaged },
      ...{ installer: undefined, clock, log, random: Math.random, fetchFeed, checkedAt: memory.values.updateCheckedAt },
      enabled: () => program.facts().settings.values.checkForUpdates,
      openDownload: async () => {
        await api.dispatch('link.open', { id: 'download' }, { kind: 'tray', role: 'owner' })
      },
      onUpdate(update) {
        api.setUpdate(update)
        if (update.checkedAt !== null) void memory.remember({ updateCheckedAt: update.checkedAt })
      },
    })
    const desk = createDesk({
      ...{ desktop, dir: program.dir, browser: browser?.desk ?? {} },
      text: () => shell?.text() ?? shellText('en'),
      testUrl: () => api.state.snapshot().state.addresses.testUrl,
      installUpdate: () => updater.install(),
      onFailure: (error) => log.warn({ error: messageOf(error) }, 'a question could not be asked'),
    })
    const api = createApi({
      ...{ program, desk, clock, log, host: 'desktop', version: desktop.version, platform: desktop.platform },
      can: { startAtLogin: desktop.packaged, tray: true, notify: desktop.canNote(), openFolders: true },
      recent,
      typed: { own: ownCommand() },
    })
    ends.push(
      () => program.stop(),
      () => api.stop(),
    )
    if (browser) {
      browser.attach(api)
      ends.push(() => browser.stop())
    }
    shell = startShell({
      ...{ desktop, memory, start, clock, log, dispatch: api.dispatch, state: api.state },
      ...{ icons: files.icons, preload: files.preload, hasBridge: browser !== undefined },
      ...{
        watchTrayHost: init.watchTrayHost,
        answersMessages: init.answersMessages,
        onTray: (shown) => program.notice('no-tray', !shown),
        timeZone: init.timeZone,
      },
      trigger: (reason) => program.trigger(reason),
      onQuit: () => void quit(),
    })
    const running = shell
    ends.push(() => running.stop())
    for (const event of waiting.splice(0)) event(running.events)
    // what keeps the node from running stands in the window, with the ways out
    await program.start().catch((error: unknown) => {
      if (program.facts().problem === undefined) throw error
      log.warn({ error: messageOf(error) }, 'the node does not run')
    })
    void init.watchNetwork({
      ...{ clock, signal: ended.signal, onOnline: () => program.trigger('online') },
      unresolved: () => unresolvedOf(program.facts().node?.failed),
    })
    void updater.run(ended.signal)
    return { shell: running, api, program, quit }
  } catch (error) {
    await explain(init, error)
    await quit(1)
    return undefined
  }
}

/** The app cannot start: said in a dialog, because nobody reads a terminal here, and there for who does. */
async function explain({ desktop, writeError }: StartInit, error: unknown): Promise<void> {
  writeError(`nodetrust: ${messageOf(error)}\n`)
  try {
    const text = shellText(shellLanguage('system', desktop.languages()))
    const question = { title: text('fatal.title'), message: text('fatal.title'), detail: messageOf(error) }
    await desktop.ask({ ...question, buttons: [text('ask.close.quit')], cancel: 0, preferred: 0, warning: true })
  } catch {
    // Electron shows no dialog before it is ready; the app ends all the same
  }
}

/** Where the app's files lie below its folder, packaged or not. */
export function appFiles(root: string): AppFiles {
  return {
    page: join(root, 'build', 'renderer'),
    preload: join(root, 'build', 'preload.cjs'),
    icons: join(root, 'assets', 'icons'),
    servers: join(root, 'build', 'servers', 'cli.js'),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
