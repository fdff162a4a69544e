// The app as it is packed, run from its folder by a real Electron: sandbox on, an ordinary user, a screen and a bus of their own. (A package
// refuses the port by which a driver sees pages.) Everything else is done from outside, as a desktop does it: windows are closed by keys,
// links come with a second start, questions of the system are answered on the screen.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser, type Page } from 'playwright-core'
import { OUTPUTS } from '../../../scripts/build.ts'
import { stageDesktop } from '../../../scripts/package-desktop.ts'
import { systemClock } from '../../../core/clock.ts'
import { NoElectronError, type RealElectron } from '../../support/desktop/electron.ts'
import { openSession, type Session, type Started } from '../../support/desktop/session.ts'
import type { Owner } from '../../support/keyring.ts'
import { PATIENCE_MS } from './browser.ts'
import { type AppHost, dirOf, type HostInit, type Hosts } from './host.ts'
import type { PreloadApi, State } from '../../../proto/api/index.ts'

const run = promisify(execFile)

/** What is started where. */
export interface ElectronPlace {
  /** Electron's program, and the first word it is given. */
  readonly program: string
  readonly file: string
  readonly session: Session
}

const POLL_MS = 50
/** The title of every page ends so, and no question of the system does. */
const WINDOW = /Nodetrust$/
/** Chromium's word for where it can be driven. */
const LISTENS = /^DevTools listening on (ws:\S+)$/m

/** Puts the app where that person may read it, and logs the person in. */
export async function electronHosts(electron: RealElectron | string): Promise<Hosts> {
  if (typeof electron === 'string') throw new NoElectronError(electron)
  const session = await openSession()
  const { account } = session
  const stage = join(account.home, 'packed')
  await stageDesktop(stage)
  await giveTo(account, stage)
  const place: ElectronPlace = { program: electron.program, file: join(stage, 'app', 'build', OUTPUTS.main), session }
  return {
    ...{ kind: 'electron', owner: account, start: (init) => startElectronHost(place, init) },
    stop: () => session.end(),
  }
}

interface Running {
  readonly started: Started
  /** Chromium's address for drivers. */
  readonly address: string
}

/** Starts the app. @throws what kept it from starting: a program that is there has to work */
export async function startElectronHost({ program, file, session }: ElectronPlace, init: HostInit): Promise<AppHost> {
  const { account, screen } = session
  const dir = dirOf(init.home)
  const { folder, links } = await putBrowserOpener(init.home)
  await giveTo(account, init.home)
  const env = {
    ...{ HOME: init.home, XDG_CONFIG_HOME: join(init.home, 'config'), NODETRUST_DIR: dir, LANGUAGE: 'en' },
    ...{ PATH: `${folder}${delimiter}${session.env['PATH']}`, ...init.env },
  }
  const browsers: Browser[] = []
  /** Reaches the window's page; a driver that lost it has to come anew. */
  const reach = async (address: string): Promise<Page> => {
    const browser = await chromium.connectOverCDP(address, { timeout: PATIENCE_MS })
    browsers.push(browser)
    const [context] = browser.contexts()
    if (!context) throw new Error('the app has no pages to drive')
    context.setDefaultTimeout(PATIENCE_MS)
    init.watch?.(context)
    return context.pages()[0] ?? (await context.waitForEvent('page', { timeout: PATIENCE_MS }))
  }
  const launch = async (): Promise<Running> => {
    const started = session.start(program, ['--remote-debugging-port=0', file], env)
    const address = await until(`the app to start`, async () => {
      if (started.child.exitCode !== null || started.child.signalCode !== null)
        throw new Error(`the app failed to launch: ${started.said()}`)
      return LISTENS.exec(started.said())?.[1]
    })
    return { started, address }
  }
  let running = await launch()
  let page = await reach(running.address).catch((error: unknown) => {
    running.started.child.kill('SIGKILL')
    throw new Error(`the app shows no window: ${running.started.said()}`, { cause: error })
  })

  const ownWindow = async () => (await screen.windows()).find(({ title }) => WINDOW.test(title))
  const questionWindow = async () => (await screen.windows()).find(({ title }) => !WINDOW.test(title))
  /** Presses keys in a window, which is brought to the front first. */
  const press = async (id: string, ...keys: readonly string[]) => {
    await screen.tool('xdotool', ['windowactivate', '--sync', id])
    await screen.tool('xdotool', ['key', '--clearmodifiers', '--delay', '60', ...keys])
  }
  const answer = async (to: 'yes' | 'no') => {
    const { id } = await until('a question of the system', questionWindow)
    // the harmless button is chosen from the beginning, and the other one stands beside it
    await press(id, ...(to === 'no' ? ['Escape'] : ['Tab', 'Return']))
    await until('the question to go', async () => (await questionWindow())?.id !== id)
  }
  const quit = async (): Promise<number | null> => {
    await page.evaluate(`void window.nodetrust.call('app.quit', {})`)
    const code = await running.started.ended
    return typeof code === 'number' ? code : null
  }
  const startAgain = async (...words: readonly string[]) => {
    const second = session.start(program, [file, ...words], env)
    const code = await second.ended
    if (code !== 0) throw new Error(`a second start ended with ${code}: ${second.said()}`)
  }
  return {
    ...{ kind: 'electron', dir, page: () => page, answer, quit },
    async state() {
      const call = `window.nodetrust.call('state.get', {})`
      const given = (await page.evaluate(call)) as Awaited<ReturnType<PreloadApi['call']>>
      if (!given.ok) throw new Error(`state.get failed: ${JSON.stringify(given)}`)
      return (given.output as { readonly state: State }).state
    },
    copied: async () => (await screen.tool('xclip', ['-o', '-selection', 'clipboard'])).trim(),
    async secondPage() {
      const known = (await links()).length
      await page.evaluate(`window.nodetrust.call('bridge.open', {})`)
      const link = await until('a link for the browser', async () => (await links())[known])
      const second = await (await init.context()).newPage()
      await second.goto(link)
      return second
    },
    async closeWindow() {
      const { id } = await until('the window', ownWindow)
      await press(id, 'alt+F4')
      // without a tray the system asks once whether to go on in the background
      const asked = await until('the window to close or a question', async () => {
        if (await questionWindow()) return 'asked'
        return (await ownWindow()) ? undefined : 'closed'
      })
      if (asked === 'asked') await press((await until('the question', questionWindow)).id, 'Return')
      await until('the window to close', async () => !(await ownWindow()))
    },
    async reopenWindow() {
      await startAgain()
      await until('the window', ownWindow)
      if (page.isClosed()) page = await reach(running.address)
      return page
    },
    async crash() {
      const dead = await renderers(await account.processes())
      for (const pid of dead) process.kill(pid, 'SIGKILL')
      await until('another process for the page', async () =>
        (await renderers(await account.processes())).some((pid) => !dead.includes(pid)),
      )
      page = await reach(running.address)
    },
    async restart() {
      await quit()
      running = await launch()
      return (page = await reach(running.address))
    },
    follow: (link) => startAgain(link),
    confirm: async () => undefined,
    async stop() {
      for (const browser of browsers) await browser.close().catch(() => undefined)
      if (running.started.child.exitCode === null) running.started.child.kill('SIGKILL')
      await running.started.ended
    },
  }
}

const giveTo = ({ uid, gid }: Owner, folder: string) => run('chown', ['-R', `${uid}:${gid}`, folder])

/** The system's browser is whatever `xdg-open` starts; this one writes down what it was given. */
async function putBrowserOpener(home: string) {
  const folder = join(home, 'bin')
  const file = join(home, 'opened')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$1" >> '${file}'\n`)
  await chmod(join(folder, 'xdg-open'), 0o755)
  const links = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  return { folder, links }
}

async function renderers(pids: readonly number[]): Promise<number[]> {
  const found: number[] = []
  for (const pid of pids) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (words.includes('--type=renderer')) found.push(pid)
  }
  return found
}

/** Looks until it is there. */
async function until<Found>(what: string, look: () => Promise<Found | false | undefined>): Promise<Found> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`${what} did not come about`)
    await systemClock.sleep(POLL_MS)
  }
}
