// A person who is logged in on a screen, with a node's folder that has its certificate already: where the apps are started, each like the
// others, and looked at from outside.
import { execFile } from 'node:child_process'
import { chmod, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../../core/clock.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import { writeNodeConfig } from '../../servers/sandbox/node-config.ts'
import { type Account, folderOf, makeAccount } from '../../test/support/desktop/account.ts'
import { openSession, type Session, type Started } from '../../test/support/desktop/session.ts'
import { startPanel } from '../../test/support/desktop/panel.ts'
import type { Apps } from './apps.ts'
import { type Seen, watchForWindow } from './frames.ts'

const run = promisify(execFile)

/** Somebody who starts programs. */
export interface Person {
  readonly account: Account
  /** Starts the headless node; it has its certificate when this settles. */
  startNode(): Promise<Started>
  /** Starts one of the apps and waits for its window, and for its icon in the tray where it has one. */
  startApp(
    program: string,
    has: { readonly tray: boolean },
    signal?: AbortSignal,
  ): Promise<{ readonly app: Started; readonly seen: SeenStart }>
  /** Closes the one window on the screen, as its cross does. @throws Error where it stays */
  closeWindow(): Promise<void>
  leave(): Promise<void>
}

/** Milliseconds since a program was started. */
export interface SeenStart extends Seen {
  /** The panel has its icon; undefined where there is none. */
  readonly tray: number | undefined
}

/** As a node has by itself; the sandbox's is far shorter. */
const BROADCAST_INTERVAL_MS = 5 * 60_000
const READY_PATIENCE_MS = 60_000
const CLOSE_PATIENCE_MS = 10_000
const POLL_MS = 20

/** Logs a new one in, and gets the certificate. */
export async function newPerson(apps: Apps, network: SandboxNetwork): Promise<Person> {
  const account = await makeAccount()
  let session: Session | undefined
  let stopPanel: () => Promise<void> = async () => undefined
  const leave = async () => {
    await stopPanel()
    await session?.end()
    await account.remove()
  }
  try {
    const frames = await folderOf(account, join(account.home, 'frames'))
    const here = (session = await openSession({ account, frames, size: '800x760' }))
    const panel = await startPanel(account, here.env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
    stopPanel = () => panel.stop()
    await panel.appear()
    const root = join(account.home, 'root.pem')
    await copyFile(network.root, root)
    await chmod(root, 0o644)
    const config = await writeNodeConfig({ ...network, dir: account.home, root }, 'bench', {
      ...{ connect: 'none', broadcastIntervalMs: BROADCAST_INTERVAL_MS },
    })
    const dir = join(account.home, 'node-bench')
    await run('chown', ['-R', `${account.uid}:${account.gid}`, dir])
    const startNode = async () => {
      const [program, bundle] = apps.node
      const node = here.start(program, [...nodeFlags([]), bundle, 'node', '--config', config, '--events'])
      const deadline = performance.now() + READY_PATIENCE_MS
      while (!node.said().includes('"event":"wss"')) {
        if (performance.now() > deadline) throw new Error(`the headless node was not ready: ${node.said().slice(-500)}`)
        await systemClock.sleep(POLL_MS)
      }
      return node
    }
    await stop(await startNode())
    return {
      ...{ account, startNode, leave },
      async startApp(program, { tray }, signal) {
        // that of the start before is gone
        while ((await panel.items()).length > 0) await systemClock.sleep(POLL_MS, signal)
        const icon = tray
          ? panel.item('the icon of the app').then(
              () => performance.now(),
              () => Number.NaN,
            )
          : undefined
        const began = performance.now()
        const app = here.start(program, [], { NODETRUST_CONFIG: config })
        const at = await watchForWindow(join(frames, 'Xvfb_screen0'), signal)
        const since = (moment: number) => moment - began
        const shownIn = icon && since(await icon)
        return { app, seen: { shown: since(at.shown), painted: since(at.painted), tray: shownIn } }
      },
      async closeWindow() {
        // by its number: who has the keyboard is the window manager's choice
        const { id } = await here.window(/./)
        await here.screen.tool('wmctrl', ['-i', '-c', id])
        const deadline = performance.now() + CLOSE_PATIENCE_MS
        while ((await here.screen.windows()).some((one) => one.id === id)) {
          if (performance.now() > deadline) throw new Error(`window ${id} was told to close and is still there`)
          await systemClock.sleep(POLL_MS)
        }
      },
    }
  } catch (error) {
    await leave()
    throw error
  }
}

/** Ends a program, and says how long it took, milliseconds. */
export async function stop({ child, ended }: Started): Promise<number> {
  const began = performance.now()
  child.kill('SIGTERM')
  await ended
  return performance.now() - began
}
