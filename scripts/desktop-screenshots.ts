// Pictures of the desktop app as it is on a screen: its real window at the size it opens with, and the menu of its tray icon in a real panel.
// `npm run screenshots -- desktop`; needs root, for the ordinary user that Electron runs as, and xfce4-panel to show the icon.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { PUBLIC_INVITATION } from '../main/issuers/autotls/forge.ts'
import { formatInvitation, parseInvitation } from '../proto/invitation.ts'
import { giveTo, stageApp, startDriven } from '../test/support/desktop/driven-app.ts'
import { realElectron } from '../test/support/desktop/electron.ts'
import { eventually } from '../test/support/desktop/eventually.ts'
import { openSession, type Session, whyNoSession } from '../test/support/desktop/session.ts'
import { prepareHome } from '../test/ui/hosts/host.ts'
import { startUiNetwork } from '../test/ui/hosts/network.ts'
import { button, chosen, life, titled } from '../test/ui/words.ts'

const run = promisify(execFile)

/** A small screen, so that the panel is near the window. */
const WIDTH = 800
const HEIGHT = 760
const PANEL_HEIGHT = 30
/** Where the first icon of the panel is, and how much of the screen its menu takes. */
const ICON = [18, HEIGHT - PANEL_HEIGHT / 2] as const
const MENU = `300x260+0+${HEIGHT - 260}`
/** The pages have few colours, and smoothed letters make more of them. */
const COLOURS = '128'

/** A panel with nothing but a place for tray icons. */
const PANEL = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="${PANEL_HEIGHT}"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"><property name="square-icons" type="bool" value="true"/></property>
  </property>
</channel>
`

/** Why there can be none here; undefined where there can. */
async function whyNot(): Promise<string | undefined> {
  const why = await whyNoSession()
  if (why !== undefined) return why
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  if (folders.some((folder) => existsSync(join(folder, 'xfce4-panel')))) return undefined
  return 'xfce4-panel is not installed, which shows the tray icon (Debian: apt-get install xfce4-panel)'
}

/** Starts the panel and what keeps its settings; nothing on this bus is started because somebody asks for it. */
async function startPanel(session: Session): Promise<void> {
  const folder = join(session.account.home, '.config', 'xfce4', 'xfconf', 'xfce-perchannel-xml')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'xfce4-panel.xml'), PANEL)
  await giveTo(session.account, join(session.account.home, '.config'))
  session.start('/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd')
  session.start('xfce4-panel', ['--disable-wm-check'])
  const ask = ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus']
  const owner = ['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher']
  const { uid, gid } = session.account
  await eventually('the panel', async () => {
    const { stdout } = await run('gdbus', [...ask, ...owner], { uid, gid, env: { ...session.env } })
    return stdout.includes('true')
  })
}

/**
 * Takes them.
 *
 * @returns the names of the files
 */
export async function desktopScreenshots(out: string): Promise<string[]> {
  const electron = await realElectron()
  const why = typeof electron === 'string' ? electron : await whyNot()
  if (typeof electron === 'string' || why !== undefined) throw new Error(why)
  const caDir = await mkdtemp(join(tmpdir(), 'nodetrust-pictures-'))
  await chmod(caDir, 0o755)
  const network = await startUiNetwork({ caDir })
  const session = await openSession({ keyring: 'unlocked', size: `${WIDTH}x${HEIGHT}` })
  const { account, screen } = session
  const names: string[] = []
  /** Taken by the person, who may not write into the project. */
  const take = async (name: string, options: readonly string[]) => {
    const path = join(account.home, `${name}.png`)
    await screen.tool('import', ['-silent', ...options, path])
    await run('convert', [path, '-strip', '+dither', '-colors', COLOURS, `PNG8:${path}.small`])
    await copyFile(`${path}.small`, join(out, `${name}.png`))
    names.push(`${name}.png`)
  }
  try {
    await startPanel(session)
    const home = join(account.home, 'app')
    await prepareHome(home)
    await giveTo(account, home)
    const env = {
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      NODETRUST_DIR: join(home, 'nodetrust'),
      LANGUAGE: 'en',
      // as where the public network answers; its broker is played by the test's own
      NODETRUST_NETWORK__PUBLIC: formatInvitation({ ...parseInvitation(PUBLIC_INVITATION), broker: network.broker }),
    }
    const file = await stageApp(account)
    const app = await startDriven({ session, program: electron.program, file, env })
    const page = await app.page()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const inBothThemes = async (name: string) => {
      for (const theme of ['light', 'dark'] as const) {
        await choose(page, theme)
        const window = await session.window(/Nodetrust$/)
        await take(`${name}.${theme}`, ['-window', window.id])
      }
    }
    await titled(page, 'welcome.title')
    await chosen(page, 'public')
    // nothing is to look as if somebody pointed at it
    await screen.tool('xdotool', ['mousemove', String(WIDTH - 1), '0'])
    await inBothThemes('desktop-first-run')
    const second = session.start(electron.program, [file, network.invitation], env)
    await second.ended
    await button(page, 'welcome.join').click()
    await life(page, 'serving')
    await inBothThemes('desktop-home')
    const { id } = await session.window(/Nodetrust$/)
    await screen.tool('xdotool', ['windowactivate', '--sync', id])
    await screen.tool('xdotool', ['key', 'alt+F4'])
    await eventually(
      'the window to close',
      async () => !(await screen.windows()).some(({ title }) => title.endsWith('Nodetrust')),
    )
    const shown = async () =>
      (await screen.tool('xdotool', ['search', '--onlyvisible', '--name', '.'])).split('\n').length
    const closed = await shown()
    await screen.tool('xdotool', ['mousemove', ...ICON.map(String), 'click', '3'])
    await eventually('the menu', async () => (await shown()) > closed)
    await take('desktop-tray', ['-window', 'root', '-crop', MENU])
    await app.stop()
    return names
  } finally {
    await session.end()
    await network.stop()
    await rm(caDir, { recursive: true, force: true })
  }
}

/** Shows the page in a theme, and waits until it has been painted. */
async function choose(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.evaluate(`window.nodetrust.call('settings.set', { values: { theme: '${theme}' } })`)
  await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' })
  await page.evaluate('document.activeElement?.blur()')
  await page.mouse.move(1, 1)
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}
