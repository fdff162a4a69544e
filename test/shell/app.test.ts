// The whole desktop app over a fake Electron: the real adapter, shell, API and program, as a person meets them.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, it, type TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import { IPC_PUSH } from '../../proto/api/index.ts'
import { formatInvitation } from '../../proto/invitation.ts'
import { createProgram } from '../../main/program/create.ts'
import { createBrowserPage } from '../../main/shell/browser-page.ts'
import { systemClock } from '../../core/clock.ts'
import { buildPreload } from '../../scripts/build.ts'
import { type FakeElectron, type FakeElectronInit, startFakeElectron } from '../support/fake-electron/index.ts'
import { freePorts } from '../support/free-port.ts'

const PEER = '12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'
const LINK = formatInvitation({
  ...{ zone: 'example.org', name: 'The club' },
  issue: [`/dns4/issue.example.org/tcp/4431/p2p/${PEER}`],
})
const HTML = `<!doctype html><title>page</title><script src="page.js"></script><iframe src="index.html?inner"></iframe>`
const SCRIPT = `window.pushes = []
if (window.nodetrust) window.end = window.nodetrust.subscribe((push) => window.pushes.push(push))`

/** Starts the app with a page of the test's own and a node on free ports. */
async function start(t: TestContext, change: Partial<FakeElectronInit> = {}): Promise<FakeElectron & { home: string }> {
  const home = await mkdtemp(join(tmpdir(), 'nodetrust-app-'))
  const page = join(home, 'page')
  await mkdir(page)
  await writeFile(join(page, 'index.html'), HTML)
  await writeFile(join(page, 'page.js'), SCRIPT)
  const { path: preload } = await buildPreload()
  const [tcp = 0, wss = 0] = await freePorts(2)
  const icons = join(import.meta.dirname, '..', '..', 'assets', 'icons')
  const fake = await startFakeElectron({
    ...{ home, files: { page, preload, icons, servers: '/nowhere' } },
    env: {
      NODETRUST_LISTEN__ADDRESSES: `[/ip4/127.0.0.1/tcp/${tcp}]`,
      NODETRUST_LISTEN__WSS: `[/ip4/127.0.0.1/tcp/${wss}/tls/ws]`,
      NODETRUST_REACHABILITY__MAP_PORTS: 'false',
    },
    createProgram: (init) =>
      createProgram({
        ...{ clock: init.clock, log: init.log, startSandbox: init.startSandbox, sources: { env: init.env } },
        ...{ identityStore: 'file', asksByItself: false },
      }),
    createBrowserPage: ({ program, desktop, log }) =>
      createBrowserPage({ desktop, log, dir: program.dir, page, clock: systemClock }),
    ...change,
  })
  t.after(async () => {
    if (fake.app) await fake.quit()
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  })
  return { ...fake, home }
}

/** Waits for what comes in a few turns. */
async function until<Value>(what: string, look: () => Value | undefined | false): Promise<Value> {
  for (let turns = 0; turns < 500; turns += 1) {
    const value = look()
    if (value !== undefined && value !== false) return value
    await pause(10)
  }
  throw new Error(`not in time: ${what}`)
}

const call = (fake: FakeElectron, method: string, input: object = {}) =>
  fake.world.invoke('nodetrust:call', { method, input }) as Promise<{ ok: boolean; output?: never }>

describe('the desktop app', () => {
  it('starts, shows its window, answers it, and quits in time', async (t) => {
    const fake = await start(t)
    await until('the window', () => fake.world.window()?.visible)
    assert.equal((await call(fake, 'state.get')).ok, true)
    assert.equal(fake.tray()?.icon, 'idle')
    await until('the menu', () => fake.world.trays[0]?.menu.length)
    assert.equal(await fake.quit(), 0)
    assert.ok(fake.world.trays.every((tray) => tray.destroyed))
  })

  it('pushes what changes to the window, and follows the language at once', async (t) => {
    const fake = await start(t)
    await until('the menu', () => fake.world.trays[0]?.menu.length)
    await call(fake, 'settings.set', { values: { language: 'de', theme: 'dark' } })
    await until('German words', () => fake.world.trays[0]?.tooltip === 'Noch kein Netzwerk gewählt')
    assert.equal(fake.world.theme, 'dark')
    assert.ok(fake.world.window()?.webContents.sent.some(({ channel }) => channel === IPC_PUSH))
  })

  it('hides its window when it is closed, and shows it by tray and by a second start', async (t) => {
    const fake = await start(t)
    const window = await until('the window', () => fake.world.window()?.visible && fake.world.window())
    fake.closeWindow()
    await until('hidden', () => !window.visible)
    assert.equal(window.destroyed, false)
    await until('the menu', () => fake.world.trays[0]?.menu.length)
    fake.clickTray('open')
    assert.ok(window.visible)
    fake.closeWindow()
    await until('hidden', () => !window.visible)
    fake.secondStart(['/opt/app'])
    assert.ok(window.visible)
    assert.equal(fake.world.questions.length, 0)
  })

  it('says that nobody shows a tray icon, and stays among the windows when it is closed', async (t) => {
    const fake = await start(t, { trayHost: false })
    const notices = () => fake.app?.program.facts().notices.map(({ code }) => code)
    const window = await until('the window', () => fake.world.window()?.visible && fake.world.window())
    assert.ok(notices()?.includes('no-tray'))
    fake.closeWindow()
    await until('minimised', () => window.minimized)
    assert.deepEqual([window.visible, fake.world.questions.length], [true, 1])
    fake.panel(true)
    await until('an icon for the panel', () => fake.world.trays.length === 2 && fake.world.trays[1]?.menu.length)
    assert.equal(fake.world.trays[0]?.destroyed, true)
    assert.ok(!notices()?.includes('no-tray'))
    fake.secondStart([])
    assert.equal(window.minimized, false)
    fake.closeWindow()
    await until('hidden', () => !window.visible)
    assert.equal(fake.world.questions.length, 1)
  })

  it('quits when its window is closed where there is no tray and the person wanted that', async (t) => {
    const fake = await start(t, { trayHost: false, prepare: (world) => (world.answer = () => 1) })
    await until('the window', () => fake.world.window()?.visible)
    fake.closeWindow()
    assert.equal(await fake.world.exited.promise, 0)
    const text = await readFile(join(fake.home, 'nodetrust', 'shell.json'), 'utf8')
    assert.equal((JSON.parse(text) as { close?: string }).close, 'quit')
  })

  it('ends instead of starting twice', async (t) => {
    const fake = await start(t, { prepare: (world) => (world.primary = false) })
    assert.equal(fake.app, undefined)
    assert.equal(fake.world.exitCode, 0)
    assert.equal(fake.world.windows.length, 0)
  })

  it('S2 ends before anything else without the sandbox', async (t) => {
    const fake = await start(t, { argv: ['--no-sandbox'] })
    assert.equal(fake.world.exitCode, 1)
    assert.deepEqual(fake.world.calls, [])
    assert.match(fake.errors.join(''), /--no-sandbox/)
  })

  it('opens its window where the node cannot run, and ends by nothing but a person’s wish', async (t) => {
    const fake = await start(t, { env: { NODETRUST_DIR: '/dev/null/data' } })
    await until('the window', () => fake.world.window()?.visible)
    assert.equal(fake.app?.program.facts().problem?.code, 'disk')
    assert.match(fake.app?.program.facts().problem?.detail ?? '', /a file stands where a folder is needed/)
    assert.equal(fake.world.questions.length, 0)
    assert.equal(fake.world.exitCode, undefined)
  })

  it('says why it cannot start, and ends', async (t) => {
    const fake = await start(t, { env: { NODETRUST_LISTEN__NONSENSE: '1' } })
    assert.equal(fake.world.exitCode, 1)
    assert.match(fake.world.questions[0]?.detail ?? '', /unknown key `listen\.nonsense`/)
  })

  for (const part of ['prepare', 'claimInstance', 'listen', 'ready', 'languages'] as const) {
    it(`never stays without a window: it ends where ${part}() fails`, async (t) => {
      const desktop = {
        [part]() {
          throw new Error(`${part} is broken`)
        },
      }
      // languages are needed to explain a failure, so there is another one
      const fake = await start(t, { desktop, env: { NODETRUST_LISTEN__NONSENSE: '1' } })
      assert.equal(fake.app, undefined)
      assert.equal(fake.world.exitCode, 1)
      assert.match(fake.errors.join(''), part === 'languages' ? /listen\.nonsense/ : new RegExp(`${part} is broken`))
    })
  }

  it('S29 has a message shown only once somebody answers who shows them, and is never held up', async (t) => {
    const answers: ((answer: boolean) => void)[] = []
    const fake = await start(t, { answersMessages: () => new Promise((resolve) => answers.push(resolve)) })
    fake.openUrl('nodetrust://join/nothing')
    assert.deepEqual(fake.notifications(), [])
    await call(fake, 'state.get')
    answers.at(-1)?.(true)
    await until('the message', () => fake.notifications().length === 1)
  })

  it('S29 leaves a message out where nobody answers', async (t) => {
    const asked = Promise.withResolvers<void>()
    const fake = await start(t, {
      answersMessages: async () => {
        asked.resolve()
        return false
      },
    })
    fake.openUrl('nodetrust://join/nothing')
    await asked.promise
    await call(fake, 'state.get')
    assert.deepEqual(fake.notifications(), [])
  })

  it('S21 shows an invitation for a person to decide, from every kind of start, and does nothing with it', async (t) => {
    const target = `app://bundle/index.html#join=${encodeURIComponent(LINK)}`
    const fake = await start(t, { argv: ['--hidden', LINK] })
    const window = await until('the window', () => fake.world.window()?.visible && fake.world.window())
    assert.deepEqual(window.loaded, [target])
    fake.secondStart(['/opt/app', LINK])
    fake.openUrl(LINK)
    assert.deepEqual(window.loaded, [target, target, target])
    fake.openUrl('nodetrust://leave/example.org')
    fake.secondStart(['nodetrust://reset/x?issue=y'])
    assert.equal(window.loaded.length, 3)
    assert.deepEqual(
      fake.notifications().map(({ title }) => title),
      ['This link is no invitation'],
    )
    assert.equal(fake.app?.program.facts().network.choice, null)
  })

  it('opens where its profile cannot be written to, and says where it is instead', async (t) => {
    const fake = await start(t, { prepare: (world) => (world.userData = '/dev/null/profile') })
    await until('the window', () => fake.world.window()?.visible)
    assert.match(fake.errors.join(''), /goes to .*nodetrust-profile.* for now, because: ENOTDIR/)
    assert.match(fake.world.userData, /nodetrust-profile/)
  })

  it('says on a machine without a screen what to do, and ends', async (t) => {
    const fake = await start(t, { env: { DISPLAY: '' } })
    assert.equal(fake.app, undefined)
    assert.equal(await fake.world.exited.promise, 1)
    assert.match(fake.errors.join(''), /finds no screen.*nodetrust node/)
  })

  it('S25 loads a dead page again, and explains when that does not help', async (t) => {
    const fake = await start(t, { prepare: (world) => (world.answer = () => 1) })
    const window = await until('the window', () => fake.world.window()?.visible && fake.world.window())
    for (const reason of ['crashed', 'oom', 'killed']) fake.crash(reason)
    assert.equal(window.webContents.reloads, 3)
    assert.equal(fake.world.questions.length, 0)
    fake.crash('crashed')
    await until('the end of the window', () => window.destroyed)
    assert.match(fake.world.questions[0]?.message ?? '', /stopped several times/)
    assert.equal(fake.app?.program.facts().phase, 'running')
    fake.secondStart([])
    await until('a new window', () => fake.world.window()?.visible)
    assert.equal(fake.world.windows.length, 2)
  })

  it('looks at everything when the machine wakes', async (t) => {
    const reasons: string[] = []
    const fake = await start(t, {
      createProgram: async (init) => {
        const program = await createProgram({
          ...{ clock: init.clock, log: init.log, startSandbox: init.startSandbox, sources: { env: init.env } },
          ...{ identityStore: 'file', asksByItself: false },
        })
        return { ...program, dir: program.dir, trigger: (reason) => void reasons.push(reason) }
      },
    })
    fake.powerSuspend()
    fake.powerResume()
    assert.deepEqual(reasons, ['resume'])
  })

  it('starts at login by a file that goes when it is not wanted any more', async (t) => {
    const fake = await start(t)
    const file = join(fake.home, '.config', 'autostart', 'org.nodetrust.app.desktop')
    await call(fake, 'settings.set', { values: { startAtLogin: true } })
    const text = await untilFile(file)
    assert.match(text, /^Exec=\/opt\/Nodetrust\/nodetrust --hidden$/m)
    await call(fake, 'settings.set', { values: { startAtLogin: false } })
    await untilGone(file)
  })

  it('S7 S8 opens links and folders by name, and nothing else', async (t) => {
    const fake = await start(t)
    assert.equal((await call(fake, 'link.open', { id: 'help-router' })).ok, true)
    assert.equal((await call(fake, 'link.open', { id: 'https://example.org/' })).ok, false)
    assert.equal((await call(fake, 'folder.open', { name: 'data' })).ok, true)
    assert.equal((await call(fake, 'folder.open', { name: '/etc' })).ok, false)
    assert.deepEqual(fake.openedLinks(), ['https://nodetrust.org/help/router/'])
    assert.deepEqual(fake.world.openedPaths, [join(fake.home, 'nodetrust')])
  })

  it('asks the person by the system’s own dialog before it gives a code', async (t) => {
    const fake = await start(t, { prepare: (world) => (world.answer = () => 0) })
    const refused = await call(fake, 'confirmation.request', { action: 'reset' })
    assert.equal(refused.ok, false)
    fake.world.answer = () => 1
    const approved = (await call(fake, 'confirmation.request', { action: 'reset' })) as unknown as {
      readonly output: { readonly code: string }
    }
    assert.match(approved.output.code, /^\d{6}$/)
    assert.equal(fake.world.questions.length, 2)
  })

  it('has no page for browsers until somebody asks for it', async (t) => {
    const fake = await start(t)
    await until('the menu', () => fake.world.trays[0]?.menu.length)
    assert.equal((await call(fake, 'bridge.link', { role: 'owner' })).ok, false)
    fake.clickTray('browser')
    const [url = ''] = await until('the link', () => fake.openedLinks().length > 0 && fake.openedLinks())
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/#t=/)
  })
})

describe('the window in a browser', () => {
  it('S12 S14 has the real preload bundle, the real answers and pushes, and its frames have none', async (t) => {
    const browser = await chromium
      .launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
      .catch(() => undefined)
    if (!browser) return t.skip('chromium is not installed (Debian package chromium)')
    t.after(() => browser.close())
    const fake = await start(t)
    const page = await fake.attach(await browser.newContext())
    assert.equal(await page.evaluate('Object.keys(window.nodetrust).sort().join()'), 'call,platform,subscribe')
    assert.equal(await page.evaluate('Object.isFrozen(window.nodetrust)'), true)
    const answer = (await page.evaluate('window.nodetrust.call("state.get", {})')) as { ok: boolean }
    assert.equal(answer.ok, true)
    const wrong = (await page.evaluate('window.nodetrust.call("state.get", {more: 1})')) as {
      problem: { code: string }
    }
    assert.equal(wrong.problem.code, 'bad-request')
    await page.evaluate('window.nodetrust.call("settings.set", {values: {theme: "dark"}})')
    // Playwright's own waiting evaluates text in the page, which the policy forbids
    const deadline = Date.now() + 10_000
    const isDark = () => page.evaluate('window.pushes.some((push) => push.slices.settings?.values.theme === "dark")')
    while (!(await isDark())) assert.ok(Date.now() < deadline, 'the push came')
    const [, inner] = page.frames()
    assert.equal(await inner?.evaluate('typeof window.nodetrust'), 'undefined')
    await page.evaluate('window.end()')
    assert.equal(await page.evaluate('fetch("https://example.org/").then(() => "got", () => "refused")'), 'refused')
  })
})

async function untilFile(path: string): Promise<string> {
  for (let turns = 0; turns < 500; turns += 1) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
    await pause(10)
  }
  throw new Error(`not in time: ${path}`)
}

async function untilGone(path: string): Promise<void> {
  for (let turns = 0; turns < 500; turns += 1) {
    const gone = await stat(path).then(
      () => false,
      () => true,
    )
    if (gone) return
    await pause(10)
  }
  throw new Error(`still there: ${path}`)
}
