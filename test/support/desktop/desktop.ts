// A whole desktop for the packaged app: a person's session with a panel, messages and sleep, homes with ports of their own, and a browser
// that notes what it is asked to open.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { findNode, type NodeClient } from '../../../main/cli/client.ts'
import { dirOf, prepareHome } from '../../ui/hosts/host.ts'
import { startBus } from '../keyring.ts'
import { giveTo, putOpener } from './driven-app.ts'
import { realElectron } from './electron.ts'
import { eventually } from './eventually.ts'
import { packedApp } from './packed-app.ts'
import { type Logind, type Panel, startLogind, startPanel, whyNoPanel } from './panel.ts'
import { openSession, type Session, type SessionInit, type Started, whyNoSession } from './session.ts'

/** How the desktop differs from the usual one. */
export interface DesktopInit extends SessionInit {
  /** Whether the panel shows tray icons from the beginning. @default true */
  readonly tray?: boolean
}

/** How the app is started. */
export interface AppInit {
  readonly args?: readonly string[]
  /** The network that was joined before. */
  readonly joined?: string
  /** Goes on in the home of the start before. @default false */
  readonly again?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** The desktop. */
export interface LiveDesktop {
  readonly session: Session
  readonly panel: Panel
  readonly logind: Logind
  /** Starts the app. */
  app(init?: AppInit): Promise<Started>
  /** The data folder of the newest start. */
  dir(): string
  /** Waits for the first address that the app opened outside of itself. */
  opened(fits: RegExp): Promise<string>
  /** What the clipboard holds. */
  clipboard(): Promise<string>
  /** No window is to be seen. */
  noWindow(): Promise<void>
  /** Closes the window, as its frame's button does. */
  closeWindow(): Promise<void>
  /**
   * Clicks on the button at the lower edge of the window, again where the page was not ready for it.
   *
   * @param before  the window's title until then  @param after  its title then
   */
  clickMain(before: RegExp, after: RegExp): Promise<void>
  /** Makes a call of the command line, by the page for browsers once that was opened. */
  call: NodeClient['call']
  /** Waits until something holds. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>
}

const PATIENCE_MS = 60_000
const POLL_MS = 100
/** Pixels from the lower edge of the window to the middle of the button there. */
const MAIN_BUTTON = 35
/** A second click too early would land on the next page. */
const CLICK_PATIENCE_MS = 8_000

/** Why there can be none here; undefined where there can. */
export async function whyNoDesktop(): Promise<string | undefined> {
  const electron = await realElectron()
  if (typeof electron === 'string') return electron
  return (await whyNoSession()) ?? (await whyNoPanel())
}

/** Opens one; it ends with the test. */
export async function openDesktop(t: TestContext, { tray = true, ...init }: DesktopInit = {}): Promise<LiveDesktop> {
  const electron = await realElectron()
  if (typeof electron === 'string') throw new Error(electron)
  const { program } = await packedApp(electron)
  const session = await openSession(init)
  t.after(() => session.end())
  const { account } = session
  const panel = await startPanel(account, session.env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
  t.after(() => panel.stop())
  if (tray) await panel.appear()
  const system = await startBus(account)
  t.after(() => system.stop())
  const logind = await startLogind(account, system.env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
  t.after(() => logind.stop())
  const opener = await putOpener(account.home)
  let homes = 0

  const home = () => join(account.home, `home-${homes}`)
  const until = async (what: string, holds: () => Promise<boolean>) => void (await eventually(what, holds))
  return {
    ...{ session, panel, logind, until },
    dir: () => dirOf(home()),
    async app({ args = [], joined, again = false, env = {} } = {}) {
      if (!again) {
        homes += 1
        await prepareHome(home(), joined)
        await giveTo(account, home())
      }
      return session.start(program, args, {
        ...{ PATH: `${opener.folder}:${session.env['PATH']}`, NODETRUST_DIR: dirOf(home()) },
        ...{ DBUS_SYSTEM_BUS_ADDRESS: system.env['DBUS_SESSION_BUS_ADDRESS'], ...env },
      })
    },
    async opened(fits) {
      return await eventually(`a page ${String(fits)} is opened`, async () =>
        (await opener.opened()).find((line) => fits.test(line)),
      )
    },
    clipboard: () => session.screen.tool('xclip', ['-selection', 'clipboard', '-out']),
    async closeWindow() {
      const { id } = await session.window(/Nodetrust/)
      await session.screen.tool('wmctrl', ['-i', '-c', id])
    },
    async clickMain(before, after) {
      const deadline = performance.now() + PATIENCE_MS
      const titles = async () => (await session.screen.windows()).map(({ title }) => title)
      while (!(await titles()).some((title) => after.test(title))) {
        if (performance.now() > deadline)
          throw new Error(`no click brings ${String(after)}: ${(await titles()).join()}`)
        const found = (await session.screen.windows()).find(({ title }) => before.test(title))
        if (!found) {
          await sleep(POLL_MS)
          continue
        }
        const { id, width, height } = found
        const place = [String(Math.round(width / 2)), String(height - MAIN_BUTTON)]
        await session.screen.tool('xdotool', ['windowactivate', '--sync', id])
        await session.screen.tool('xdotool', ['mousemove', '--window', id, ...place, 'click', '1'])
        const again = performance.now() + CLICK_PATIENCE_MS
        while (performance.now() < again && (await titles()).some((title) => before.test(title))) await sleep(POLL_MS)
      }
    },
    call: async (name, input) => (await findNode(dirOf(home()))).call(name, input),
    noWindow: () => until('no window', async () => (await session.screen.windows()).length === 0),
  }
}
