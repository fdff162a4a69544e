// Real Electron with the built program, where its binary is on this machine. What the driver cannot see (the tray, dialogs of the
// system) is left to the stand-in, which runs the same adapter.
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { buildTarget, BUILD_DIR } from '../../../scripts/build.ts'
import { findElectron } from '../../../scripts/electron-binary.ts'
import { TEST_VARIABLE } from '../../../main/shell/launch-checks.ts'
import { cleanEnv, ROOT } from '../../support/command.ts'
import { PATIENCE_MS } from './browser.ts'
import { type AppHost, dirOf, type HostInit, type Hosts } from './host.ts'
import type { PreloadApi, State } from '../../../proto/api/index.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Set where a machine is meant to have Electron: its absence is a failure then. */
export const REQUIRE_VARIABLE = 'REQUIRE_ELECTRON'

/** Electron is required here, and not found. */
export class NoElectronError extends Error {
  override readonly name = 'NoElectronError'
}

/**
 * Why real Electron is not tried; undefined where it is, working or not.
 *
 * @throws NoElectronError where the environment requires it
 */
export function whyNoElectron(env: Env = process.env, root = ROOT): string | undefined {
  if (findElectron(root, env) !== undefined) return undefined
  const why = 'the program of Electron is not on this machine (npx install-electron fetches it)'
  if (env[REQUIRE_VARIABLE] === '1') throw new NoElectronError(`${REQUIRE_VARIABLE}=1, but ${why}`)
  return why
}

/** Hosts of this kind. */
export async function electronHosts(): Promise<Hosts> {
  await buildTarget('main')
  return { kind: 'electron', start: startElectronHost, stop: async () => undefined }
}

/** Starts the app. @throws what kept it from starting: a binary that is there has to work */
export async function startElectronHost({ home, env }: HostInit): Promise<AppHost> {
  const dir = dirOf(home)
  const walls = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const launch = async (more: readonly string[] = []): Promise<{ app: ElectronApplication; page: Page }> => {
    const app = await _electron.launch({
      executablePath: findElectron(ROOT) ?? '',
      args: [...walls, join(BUILD_DIR, 'main.js'), ...more],
      env: definedOf(
        cleanEnv({
          ...{ HOME: home, XDG_CONFIG_HOME: join(home, 'config'), NODETRUST_DIR: dir, LANGUAGE: 'en', LANG: 'C.UTF-8' },
          ...(walls.length > 0 ? { [TEST_VARIABLE]: '1' } : {}),
          ...{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', ...env },
        }),
      ),
      timeout: PATIENCE_MS,
    })
    const page = await app.firstWindow()
    page.setDefaultTimeout(PATIENCE_MS)
    return { app, page }
  }
  let { app, page } = await launch()
  const unseen = async (): Promise<never> => {
    throw new Error('the driver of Electron cannot do this')
  }
  return {
    ...{ kind: 'electron', dir, page: () => page },
    async state() {
      const call = `window.nodetrust.call('state.get', {})`
      const answer = (await page.evaluate(call)) as Awaited<ReturnType<PreloadApi['call']>>
      if (!answer.ok) throw new Error(`state.get failed: ${JSON.stringify(answer)}`)
      return (answer.output as { readonly state: State }).state
    },
    ...{ secondPage: unseen, closeWindow: unseen, reopenWindow: unseen, confirm: unseen },
    async restart() {
      await app.close()
      ;({ app, page } = await launch())
      return page
    },
    async follow(link) {
      await app.evaluate(({ app: electron }, url) => void electron.emit('second-instance', {}, ['', url]), link)
    },
    async quit() {
      const exited = new Promise<number | null>((resolve) => app.process().once('exit', resolve))
      await app.evaluate(({ app: electron }) => electron.quit())
      return await exited
    },
    stop: () => app.close(),
  }
}

function definedOf(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
