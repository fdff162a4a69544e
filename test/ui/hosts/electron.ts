// The app as it is packed, run from its folder by a real Electron: sandbox on, an ordinary user, a screen and a bus of their own. (A package
// refuses the port by which a driver sees pages.) Everything else is done from outside, as a desktop does it: windows are closed by keys,
// links come with a second start, questions of the system are answered on the screen.
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Page } from 'playwright-core'
import {
  type DrivenApp,
  giveTo,
  processesOfType,
  putOpener,
  stageApp,
  startDriven,
} from '../../support/desktop/driven-app.ts'
import { NoElectronError, type RealElectron } from '../../support/desktop/electron.ts'
import { eventually } from '../../support/desktop/eventually.ts'
import { openSession, type Session, type Started } from '../../support/desktop/session.ts'
import { type AppHost, dirOf, type HostInit, type Hosts } from './host.ts'
import type { PreloadApi, State } from '../../../proto/api/index.ts'

/** What is started where. */
export interface ElectronPlace {
  /** Electron's program, and the first word it is given. */
  readonly program: string
  readonly file: string
  readonly session: Session
}

/** The title of every page ends so, and no question of the system does. */
const WINDOW = /Nodetrust$/

/** Puts the app where that person may read it, and logs the person in. */
export async function electronHosts(electron: RealElectron | string): Promise<Hosts> {
  if (typeof electron === 'string') throw new NoElectronError(electron)
  const session = await openSession()
  const { account } = session
  const place: ElectronPlace = { program: electron.program, file: await stageApp(account), session }
  return {
    ...{ kind: 'electron', owner: account, start: (init) => startElectronHost(place, init) },
    stop: () => session.end(),
  }
}

/** Starts the app. @throws what kept it from starting: a program that is there has to work */
export async function startElectronHost({ program, file, session }: ElectronPlace, init: HostInit): Promise<AppHost> {
  const { account, screen } = session
  const dir = dirOf(init.home)
  const { folder, opened } = await putOpener(init.home)
  await giveTo(account, init.home)
  const env = {
    ...{ HOME: init.home, XDG_CONFIG_HOME: join(init.home, 'config'), NODETRUST_DIR: dir, LANGUAGE: 'en' },
    ...{ PATH: `${folder}${delimiter}${session.env['PATH']}`, ...init.env },
  }
  const launch = () => startDriven({ session, program, file, env, ...(init.watch ? { onContext: init.watch } : {}) })
  let running: DrivenApp = await launch()
  let page: Page = await running.page().catch(async (error: unknown) => {
    await running.stop()
    throw error
  })

  let owner: Started | undefined
  const clipboard = () => screen.tool('xclip', ['-o', '-selection', 'clipboard'])
  const ownWindow = async () => (await screen.windows()).find(({ title }) => WINDOW.test(title))
  const questionWindow = async () => (await screen.windows()).find(({ title }) => !WINDOW.test(title))
  /** Presses keys in a window, which is brought to the front first. */
  const press = async (id: string, ...keys: readonly string[]) => {
    await screen.tool('xdotool', ['windowactivate', '--sync', id])
    await screen.tool('xdotool', ['key', '--clearmodifiers', '--delay', '60', ...keys])
  }
  const answer = async (to: 'yes' | 'no') => {
    const { id } = await eventually('a question of the system', questionWindow)
    // the harmless button is chosen from the beginning, and the other one stands beside it
    await press(id, ...(to === 'no' ? ['Escape'] : ['Tab', 'Return']))
    await eventually('the question to go', async () => (await questionWindow())?.id !== id)
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
    async copy(text) {
      const source = join(init.home, 'to-copy')
      await writeFile(source, text)
      await giveTo(account, source)
      owner?.child.kill()
      // whoever has copied something keeps it until somebody else does
      owner = session.start('xclip', ['-quiet', '-selection', 'clipboard', '-i', source])
      // nobody owns it for a moment
      await eventually('the clipboard', async () => (await clipboard().catch(() => undefined)) === text)
    },
    copied: async () => (await clipboard()).trim(),
    async secondPage() {
      const known = (await opened()).length
      await page.evaluate(`window.nodetrust.call('bridge.open', {})`)
      const link = await eventually('a link for the browser', async () => (await opened())[known])
      const second = await (await init.context()).newPage()
      await second.goto(link)
      return second
    },
    async closeWindow() {
      const { id } = await eventually('the window', ownWindow)
      await press(id, 'alt+F4')
      // without a tray the system asks whether to go on in the background
      const asked = await eventually('the window to close or a question', async () => {
        if (await questionWindow()) return 'asked'
        return (await ownWindow()) ? undefined : 'closed'
      })
      if (asked === 'asked') await press((await eventually('the question', questionWindow)).id, 'Return')
      await eventually('the window to close', async () => !(await ownWindow()))
    },
    async reopenWindow() {
      await startAgain()
      await eventually('the window', ownWindow)
      if (page.isClosed()) page = await running.page()
      return page
    },
    async crash() {
      const dead = await processesOfType(await account.processes(), 'renderer')
      for (const pid of dead) process.kill(pid, 'SIGKILL')
      await eventually('another process for the page', async () =>
        (await processesOfType(await account.processes(), 'renderer')).some((pid) => !dead.includes(pid)),
      )
      page = await running.page()
    },
    async restart() {
      await quit()
      await running.stop()
      running = await launch()
      return (page = await running.page())
    },
    follow: (link) => startAgain(link),
    confirm: async () => undefined,
    async stop() {
      owner?.child.kill()
      await running.stop()
    },
  }
}
