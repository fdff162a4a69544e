// The desktop app in Chromium: the real adapter, shell, preload bundle, handlers and program on a stand-in for Electron.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { systemClock } from '../../../core/clock.ts'
import { nodeFlags } from '../../../core/node-flags.ts'
import { createProgram } from '../../../main/program/create.ts'
import { startSandboxProcess } from '../../../main/program/sandbox-process.ts'
import { createBrowserPage } from '../../../main/shell/browser-page.ts'
import { appFiles, type StartInit } from '../../../main/shell/start.ts'
import { ROOT } from '../../support/command.ts'
import { type FakeElectron, startFakeElectron } from '../../support/fake-electron/index.ts'
import { type AppHost, dirOf, type HostInit, type Hosts, NO_PUBLIC_NETWORK, type PoseInit } from './host.ts'
import type { Program } from '../../../main/program/program.ts'

const FILES = appFiles(ROOT)
const SERVERS = join(ROOT, 'servers', 'cli.ts')

/** Buttons of the shell's questions: the first is always the harmless one. */
const ANSWERS = { no: 0, yes: 1 } as const

/** Hosts of this kind. */
export function standInHosts(): Hosts {
  return {
    kind: 'electron-stand-in',
    start: (init) =>
      startStandIn(init, ({ env, clock, log }) =>
        createProgram({
          ...{ sources: { env }, identityStore: 'file', asksByItself: false, clock, log },
          startSandbox: (dir) => startSandboxProcess(process.execPath, [...nodeFlags(), SERVERS], dir),
        }),
      ),
    pose: (program: Program, init) => startStandIn(init, async () => program),
    stop: async () => undefined,
  }
}

async function startStandIn(init: PoseInit & Partial<HostInit>, make: StartInit['createProgram']): Promise<AppHost> {
  const dir = dirOf(init.home)
  await mkdir(dir, { recursive: true })
  const questions: ((button: number) => void)[] = []
  let context: BrowserContext | undefined
  const start = async (): Promise<{ readonly fake: FakeElectron; readonly page: Page }> => {
    const fake = await startFakeElectron({
      ...{ home: init.home, files: FILES, createProgram: make, env: { ...NO_PUBLIC_NETWORK, ...init.env } },
      createBrowserPage: ({ program, desktop, log }) =>
        createBrowserPage({ desktop, log, dir: program.dir, page: FILES.page, clock: systemClock }),
      prepare: (world) => void (world.answer = () => new Promise((resolve) => questions.push(resolve))),
    })
    context = await init.context()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    return { fake, page: await fake.attach(context) }
  }
  let { fake, page } = await start()
  const contexts: BrowserContext[] = []
  const app = () => {
    if (!fake.app) throw new Error(`the app did not start: ${fake.errors.join('')}`)
    return fake.app
  }
  const end = async (): Promise<number> => {
    const code = await fake.quit()
    await context?.close()
    return code
  }
  let ended = false
  return {
    kind: 'electron-stand-in',
    dir,
    page: () => page,
    state: async () => app().api.state.snapshot().state,
    async secondPage() {
      const known = fake.openedLinks().length
      fake.clickTray('browser')
      await until(() => fake.openedLinks().length > known)
      const other = await init.context()
      contexts.push(other)
      const second = await other.newPage()
      await second.goto(fake.openedLinks().at(-1) ?? '')
      return second
    },
    async closeWindow() {
      fake.closeWindow()
      await until(() => fake.world.window()?.isVisible() !== true)
    },
    async reopenWindow() {
      fake.clickTray('open')
      await until(() => fake.world.window()?.isVisible() === true)
      return page
    },
    async restart() {
      await end()
      ;({ fake, page } = await start())
      return page
    },
    async follow(link) {
      fake.secondStart(['/opt/Nodetrust/nodetrust', link])
    },
    confirm: async () => undefined,
    async answer(to) {
      await until(() => questions.length > 0)
      questions.shift()?.(ANSWERS[to])
    },
    copied: async () => String(await page.evaluate('navigator.clipboard.readText()')),
    async crash() {
      fake.crash('crashed')
    },
    async copy(text) {
      fake.world.clipboard = text
    },
    async quit() {
      ended = true
      fake.clickTray('quit')
      return await fake.world.exited.promise
    },
    async stop() {
      for (const other of contexts) await other.close()
      if (ended) await context?.close()
      else await end()
    },
    tray: {
      labels: () =>
        Object.fromEntries((fake.tray()?.items ?? []).map((item) => [item.id, 'label' in item ? item.label : ''])),
      click: (id) => fake.clickTray(id),
      notifications: () => fake.notifications(),
      suspend: () => fake.powerSuspend(),
      resume: () => fake.powerResume(),
    },
  }
}

async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!check()) {
    if (performance.now() > deadline) throw new Error('the shell did not do it in time')
    await systemClock.sleep(10)
  }
}
