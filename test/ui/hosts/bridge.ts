// The page in a browser: a headless node in a process of its own, opened by its one-time link in Chromium. Posed programs stand
// behind the same API and the same bridge.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { systemClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import { nodeFlags } from '../../../core/node-flags.ts'
import { createApi } from '../../../main/api/api.ts'
import { createBridge } from '../../../main/bridge/bridge.ts'
import { findNode, NoNodeError, type NodeClient } from '../../../main/cli/client.ts'
import { BUILD_DIR } from '../../../scripts/build.ts'
import { cleanEnv, ROOT } from '../../support/command.ts'
import { PATIENCE_MS } from './browser.ts'
import { type AppHost, dirOf, type HostInit, type Hosts, NO_PUBLIC_NETWORK, type PoseInit } from './host.ts'
import type { Program } from '../../../main/program/program.ts'

const POLL_MS = 50

/** Hosts of this kind. */
export function bridgeHosts(): Hosts {
  return { kind: 'bridge', start: startBridgeHost, pose: poseBridgeHost, stop: async () => undefined }
}

interface Running {
  readonly child: ChildProcess
  readonly client: NodeClient
}

async function startBridgeHost(init: HostInit): Promise<AppHost> {
  const dir = dirOf(init.home)
  let running = await startNode(init, dir)
  const context = await init.context()
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const link = async () => (await running.client.call('bridge.link', { role: 'owner' })).url
  const open = async (): Promise<Page> => {
    const opened = await context.newPage()
    await opened.goto(await link())
    return opened
  }
  let page = await open()
  const kill = async () => {
    const exit = once(running.child, 'exit')
    running.child.kill('SIGKILL')
    await exit
  }
  return {
    kind: 'bridge',
    dir,
    page: () => page,
    state: async () => (await running.client.call('state.get', {})).state,
    secondPage: open,
    closeWindow: () => page.close(),
    reopenWindow: async () => (page = await open()),
    kill,
    async startAgain() {
      running = await startNode(init, dir)
    },
    async restart() {
      if (running.child.exitCode === null && running.child.signalCode === null) await kill()
      running = await startNode(init, dir)
      if (page.isClosed()) page = await open()
      // in the tab that is there already, only what stands behind # changes
      else await page.goto(await link())
      return page
    },
    async follow(text) {
      await page.goto(`${page.url().split('#')[0]}#join=${encodeURIComponent(text)}`)
    },
    async confirm() {
      const { pending } = await running.client.call('confirmation.show', {})
      return pending?.code
    },
    copied: async () => String(await page.evaluate('navigator.clipboard.readText()')),
    async quit() {
      const exit = once(running.child, 'exit')
      await running.client.call('app.quit', {})
      const [code] = (await exit) as [number | null]
      return code
    },
    async stop() {
      await context.close()
      if (running.child.exitCode === null && running.child.signalCode === null) await kill()
    },
  }
}

/** Starts the node as `npm start` does without Electron, and waits until it can be found. */
async function startNode({ home, env }: HostInit, dir: string): Promise<Running> {
  const words = [...nodeFlags(), join(ROOT, 'main', 'headless.ts'), 'app', '--no-open']
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    env: cleanEnv({
      ...{ HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: join(home, 'data'), NODETRUST_DIR: dir },
      // no keychain of whoever runs the tests
      ...{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', ...NO_PUBLIC_NETWORK, ...env },
    }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const killChild = () => void child.kill('SIGKILL')
  process.once('exit', killChild)
  child.once('exit', () => process.off('exit', killChild))
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const client = await findNode(dir).catch((error: unknown) => {
      if (error instanceof NoNodeError) return undefined
      throw error
    })
    if (client?.pid === child.pid && client) return { child, client }
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the node did not start: ${said}`)
    }
    await systemClock.sleep(POLL_MS)
  }
}

async function poseBridgeHost(program: Program, { home, context: newContext }: PoseInit): Promise<AppHost> {
  const dir = dirOf(home)
  await mkdir(dir, { recursive: true })
  const api = createApi({
    ...{ program, log: silentLog, clock: systemClock, version: '0.1.0', host: 'headless', platform: 'linux' },
    can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    desk: { quit: () => undefined, bridgeLink: (role) => bridge.openLink(role) },
  })
  const bridge = createBridge({ api, log: silentLog, clock: systemClock, dir, pageDir: join(BUILD_DIR, 'renderer') })
  await bridge.start()
  const context = await newContext()
  const page = await context.newPage()
  await page.goto(bridge.openLink('owner')?.url ?? '')
  const never = async (): Promise<never> => {
    throw new Error('a posed program is only looked at')
  }
  return {
    ...{ kind: 'bridge', dir, page: () => page, state: async () => api.state.snapshot().state },
    ...{ secondPage: never, closeWindow: never, reopenWindow: never, restart: never, follow: never },
    ...{ confirm: never, copied: never, quit: never },
    async stop() {
      await context.close()
      await bridge.stop()
      api.stop()
    },
  }
}
