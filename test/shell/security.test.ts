// The security statements of the shell, each by its number, on the rules and on the real adapter over a fake Electron.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ApiError, IPC_CALL, LINKS, METHODS } from '../../proto/api/index.ts'
import { silentLog } from '../../core/log.ts'
import { CSP } from '../../main/page-headers.ts'
import type { EventEmitter } from 'node:events'
import type { Answer } from '../../main/api/dispatch.ts'
import { createIpcRouter } from '../../main/shell/ipc-router.ts'
import { checkLaunch, UnsafeLaunchError } from '../../main/shell/launch-checks.ts'
import { checkedBridgeUrl, checkedFolder, checkedUrl, NotOpenedError } from '../../main/shell/outside.ts'
import { isOwnPage, isPermitted, isRequestAllowed } from '../../main/shell/own-page.ts'
import { createPageHandler, readPageFiles } from '../../main/shell/page-handler.ts'
import type { Desktop } from '../../main/shell/ports.ts'
import { loadShellMemory } from '../../main/shell/shell-memory.ts'
import { windowOptions } from '../../main/shell/window-options.ts'
import { buildPreload } from '../../scripts/build.ts'
import { loadDesktop } from '../support/fake-electron/load.ts'
import { type FakeWorld, newWorld, preventable } from '../support/fake-electron/world.ts'

const root = join(import.meta.dirname, '..', '..')
const wish = { preload: '/app/build/preload.cjs', development: false, title: 'Nodetrust', dark: false }
const noEvents = {
  ...{
    onReady: () => undefined,
    onZoom: () => undefined,
    onClose: () => undefined,
    onGone: () => undefined,
    onUnresponsive: () => undefined,
    onLoaded: () => undefined,
    onBroken: () => undefined,
  },
  ...{ onResponsive: () => undefined, onSessionEnd: () => undefined },
}

const FOREIGN = [
  'https://example.org/',
  'http://bundle/',
  'file:///etc/passwd',
  'app://bundle.example.org/',
  'app://other/',
  'app://user@bundle/',
  'app://bundle:1/',
  'appx://bundle/',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  'blob:app://bundle/1',
  'nodetrust://join/x',
  '',
] as const

/** Every permission that Electron asks for; another one is refused as well. */
const PERMISSIONS = [
  ...['accessibility-events', 'background-sync', 'clipboard-read', 'deprecated-sync-clipboard-read', 'display-capture'],
  ...['fileSystem', 'fullscreen', 'geolocation', 'hid', 'idle-detection', 'keyboardLock', 'local-fonts', 'media'],
  ...[
    'mediaKeySystem',
    'midi',
    'midiSysex',
    'notifications',
    'openExternal',
    'pointerLock',
    'serial',
    'speaker-selection',
  ],
  ...['storage-access', 'top-level-storage-access', 'usb', 'window-management', 'bluetooth', 'a-new-one', 'unknown'],
]

describe('the rules of the shell', () => {
  it('S1 a window has every wall, and developer tools only in development', () => {
    const { webPreferences } = windowOptions(wish)
    assert.deepEqual(webPreferences, {
      ...{ preload: wish.preload, sandbox: true, contextIsolation: true, webSecurity: true, safeDialogs: true },
      ...{ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false },
      ...{ allowRunningInsecureContent: false, experimentalFeatures: false, webviewTag: false },
      ...{ navigateOnDragDrop: false, spellcheck: false, devTools: false },
    })
    assert.equal(windowOptions({ ...wish, development: true }).webPreferences?.devTools, true)
  })

  it('S2 the app does not start without the sandbox', () => {
    const launch = (argv: readonly string[], env = {}, packaged = true) => checkLaunch({ argv, env, packaged })
    launch(['/opt/app', '--hidden'])
    for (const flag of ['--no-sandbox', '--no-sandbox=1', '--disable-web-security', '--single-process']) {
      assert.throws(() => launch([flag]), UnsafeLaunchError)
      assert.throws(() => launch([flag], {}, false), UnsafeLaunchError, 'not packaged')
    }
    assert.throws(() => launch([], { ELECTRON_DISABLE_SANDBOX: '1' }), UnsafeLaunchError)
  })

  it('S3 S15 one file and the preload script import Electron, and nobody waits for it synchronously', () => {
    const files = execFileSync(
      'git',
      ['ls-files', '--cached', 'main', 'preload', 'core', 'proto', 'renderer', 'servers'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    const users: string[] = []
    for (const file of files.split('\n').filter((name) => /\.tsx?$/.test(name))) {
      let text: string
      try {
        text = readFileSync(join(root, file), 'utf8')
      } catch {
        continue // deleted, not yet committed
      }
      if (/import (?!type)[^;]*? from 'electron'|require\('electron'\)|import\('electron'\)/.test(text))
        users.push(file)
      assert.ok(!/sendSync|ipcMain\.on\(|executeJavaScript\(|\.innerHTML\b/.test(text), file)
    }
    assert.deepEqual(users, ['main/shell/electron.ts', 'preload/index.ts'])
  })

  it('S7 only pages of the table and the node’s own are opened', () => {
    const own = 'https://203-0-113-7.pabc.example.org:4430/'
    for (const url of Object.values(LINKS)) assert.equal(checkedUrl(url, null), url)
    assert.equal(checkedUrl(own, own), own)
    for (const url of [
      ...FOREIGN,
      own,
      'http://nodetrust.org/',
      'https://nodetrust.org.example.org/',
      'https://nodetrust.org@example.org/',
      'https://user@nodetrust.org/',
      'https://nodetrust.org:8443/',
    ]) {
      assert.throws(() => checkedUrl(url, null), NotOpenedError, url)
    }
    assert.throws(
      () => checkedUrl('http://203.0.113.7/', 'http://203.0.113.7/'),
      NotOpenedError,
      'not even the own page',
    )
    assert.match(checkedBridgeUrl('http://127.0.0.1:4711/#t=x', 4711), /^http:\/\/127\.0\.0\.1:4711\//)
    for (const url of ['http://127.0.0.1:4712/', 'http://localhost:4711/', 'http://127.0.0.1.example.org:4711/']) {
      assert.throws(() => checkedBridgeUrl(url, 4711), NotOpenedError, url)
    }
  })

  it('S8 only folders of the data folder are opened', () => {
    assert.equal(checkedFolder('/data/exports', '/data'), '/data/exports')
    assert.equal(checkedFolder('/data', '/data'), '/data')
    for (const path of ['/', '/data2', '/data/..', '/data/../etc', '/etc']) {
      assert.throws(() => checkedFolder(path, '/data'), NotOpenedError, path)
    }
  })

  it('S6 S9 S10 only the own page is shown, permitted to copy, and requested', () => {
    assert.ok(isOwnPage('app://bundle/index.html#settings'))
    assert.ok(isPermitted('clipboard-sanitized-write', 'app://bundle/'))
    assert.ok(isRequestAllowed('app://bundle/assets/x.js', false))
    for (const url of FOREIGN) {
      assert.ok(!isOwnPage(url), url)
      assert.ok(!isPermitted('clipboard-sanitized-write', url), url)
      assert.ok(!isRequestAllowed(url, false), url)
      assert.ok(!isRequestAllowed(url, true), url)
    }
    for (const permission of ['clipboard-read', 'media', 'geolocation', 'notifications', 'openExternal', 'usb']) {
      assert.ok(!isPermitted(permission, 'app://bundle/'), permission)
    }
    assert.ok(isRequestAllowed('devtools://devtools/x.js', true))
    assert.ok(!isRequestAllowed('devtools://devtools/x.js', false))
  })
})

describe('S4 S5 the page', () => {
  const page = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-page-'))
    await mkdir(join(dir, 'assets'))
    await writeFile(join(dir, 'index.html'), '<!doctype html>')
    await writeFile(join(dir, 'assets', 'index-B3f9.js'), 'export {}')
    await writeFile(join(dir, 'assets', 'index-B3f9.js.map'), '{}')
    await writeFile(join(dir, '.secret'), 'x')
    return { dir, handle: createPageHandler(await readPageFiles(dir)), remove: () => rm(dir, { recursive: true }) }
  }
  const ask = (handle: (request: Request) => Response, url: string, method = 'GET') =>
    // a plain object, because Request would mend the address before anybody sees it
    handle({ url, method } as unknown as Request)

  it('S4 is a fixed list of files, and nothing else is found', async () => {
    const { handle, remove } = await page()
    for (const path of ['', 'index.html', 'index.html#settings', 'index.html?x=1', 'assets/index-B3f9.js']) {
      assert.equal(ask(handle, `app://bundle/${path}`).status, 200, path)
    }
    for (const path of [
      ...['..', '../package.json', 'assets/../index.html', 'assets/%2e%2e/index.html', 'assets%2findex-B3f9.js'],
      ...['assets\\index-B3f9.js', 'index.html%00', 'index.html\0', '/index.html', './index.html', '.secret'],
      ...['assets/index-B3f9.js.map', 'assets/', 'assets', '__proto__', 'INDEX.HTML', ' index.html'],
    ]) {
      assert.equal(ask(handle, `app://bundle/${path}`).status, 404, path)
    }
    for (const url of FOREIGN) assert.equal(ask(handle, url).status, 404, url)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'get']) {
      assert.equal(ask(handle, 'app://bundle/index.html', method).status, 405, method)
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const { status } = ask(handle, `app://bundle/${path}`)
        assert.ok(status === 404 || /^(?:index\.html|assets\/index-B3f9\.js)?(?:[?#]|$)/.test(path))
      }),
    )
    await remove()
  })

  it('S4 gives a HEAD no body and a GET the file', async () => {
    const { handle, remove } = await page()
    assert.equal(await ask(handle, 'app://bundle/index.html').text(), '<!doctype html>')
    const head = ask(handle, 'app://bundle/index.html', 'HEAD')
    assert.equal(await head.text(), '')
    assert.equal(head.headers.get('content-length'), '15')
    await remove()
  })

  it('S5 comes with the same strict headers every time, also where nothing is found', async () => {
    const { handle, remove } = await page()
    for (const path of ['index.html', 'assets/index-B3f9.js', 'nothing']) {
      const { headers } = ask(handle, `app://bundle/${path}`)
      assert.equal(headers.get('content-security-policy'), CSP)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
    }
    assert.equal(ask(handle, 'app://bundle/index.html').headers.get('cache-control'), 'no-store')
    await remove()
  })

  it('S5 forbids inline scripts, eval, foreign hosts and innerHTML', () => {
    for (const word of ["default-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"]) {
      assert.ok(CSP.includes(word), word)
    }
    assert.ok(!/unsafe|\*|http|blob:/.test(CSP))
  })
})

describe('the adapter', () => {
  let world: FakeWorld
  let desktop: Desktop

  before(async () => {
    const made = newWorld()
    world = made.world
    desktop = await loadDesktop(made.id)
    desktop.prepare()
    await desktop.ready()
    desktop.lock(() => new Response('page'))
    desktop.openWindow(wish, noEvents)
  })

  it('S1 makes its window with exactly the options of the rule', () => {
    assert.deepEqual(world.window()?.options, windowOptions(wish))
  })

  it('S2 S4 asks for the sandbox and names its scheme before it is ready', () => {
    assert.deepEqual(world.calls.slice(0, 3), ['enableSandbox', 'registerSchemesAsPrivileged', 'ready'])
    assert.deepEqual(world.schemes, [{ scheme: 'app', privileges: { standard: true, secure: true, codeCache: true } }])
  })

  it('S6 keeps every page where it is, and opens no other', () => {
    const contents = world.window()?.webContents
    assert.ok(contents)
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      for (const [url, prevented] of [
        ['app://bundle/index.html', false],
        ...FOREIGN.map((foreign) => [foreign, true] as const),
      ] as const) {
        const event = preventable({ url })
        contents.emit(name, event)
        assert.equal(event.prevented, prevented, `${name} ${url}`)
      }
    }
    const webview = preventable({})
    contents.emit('will-attach-webview', webview)
    assert.ok(webview.prevented)
    for (const url of ['app://bundle/', ...FOREIGN])
      assert.deepEqual(contents.openHandler?.({ url }), { action: 'deny' })
  })

  it('S9 refuses every permission but copying, and every device', () => {
    const handler = (name: string): unknown => world.session.get(name)
    const request = handler('setPermissionRequestHandler') as (
      contents: object,
      permission: string,
      callback: (ok: boolean) => void,
    ) => void
    const check = handler('setPermissionCheckHandler') as (
      contents: null,
      permission: string,
      origin: string,
    ) => boolean
    const granted = (permission: string, url: string) => {
      let answer: boolean | undefined
      request({ getURL: () => url }, permission, (ok) => (answer = ok))
      assert.equal(answer, check(null, permission, url))
      return answer
    }
    assert.equal(granted('clipboard-sanitized-write', 'app://bundle/index.html'), true)
    assert.equal(granted('clipboard-sanitized-write', 'https://example.org/'), false)
    for (const permission of PERMISSIONS) {
      assert.equal(granted(permission, 'app://bundle/index.html'), false, permission)
    }
    assert.equal((handler('setDevicePermissionHandler') as () => boolean)(), false)
    let streams: unknown = 'none'
    const display = handler('setDisplayMediaRequestHandler') as (
      request: object,
      callback: (value: unknown) => void,
    ) => void
    display({}, (value) => (streams = value))
    assert.equal(streams, null)
    const paired: unknown[] = []
    const pairing = handler('setBluetoothPairingHandler') as (
      details: object,
      callback: (answer: unknown) => void,
    ) => void
    pairing({ deviceId: 'x', pairingKind: 'confirm' }, (answer) => paired.push(answer))
    assert.deepEqual(paired, [{ confirmed: false }])
    const contents = world.window()?.webContents
    const chosen = (emitter: EventEmitter | undefined, name: string, ...given: readonly unknown[]) => {
      const answers: unknown[] = []
      const event = preventable({})
      emitter?.emit(name, event, ...given, (device?: unknown) => answers.push(device))
      assert.ok(event.prevented, name)
      assert.equal(answers.length, 1, `${name} is answered`)
      assert.ok(answers[0] === undefined || answers[0] === null || answers[0] === '', `${name} gives no device`)
    }
    chosen(world.sessionEvents, 'select-hid-device', { deviceList: [{ deviceId: 'x' }] })
    chosen(world.sessionEvents, 'select-usb-device', { deviceList: [{ deviceId: 'x' }] })
    chosen(world.sessionEvents, 'select-serial-port', [{ portId: 'x' }], contents)
    chosen(contents, 'select-bluetooth-device', [{ deviceId: 'x' }])
    const download = preventable({})
    world.sessionEvents.emit('will-download', download, {}, contents)
    assert.ok(download.prevented)
  })

  it('S10 cancels every request beyond the page', () => {
    const decide = world.session.get('onBeforeRequest') as unknown as (
      details: { url: string },
      callback: (decision: { cancel: boolean }) => void,
    ) => void
    for (const [url, cancelled] of [
      ['app://bundle/index.html', false],
      ...FOREIGN.map((foreign) => [foreign, true] as const),
    ] as const) {
      let answer: boolean | undefined
      decide({ url }, ({ cancel }) => (answer = cancel))
      assert.equal(answer, cancelled, url)
    }
  })

  it('S11 fetches no dictionaries and switches off what Chromium does by itself', () => {
    assert.equal(world.session.has('setSpellCheckerDictionaryDownloadURL'), true)
    const names = world.switches.map(([name]) => name)
    for (const name of [
      ...['disable-background-networking', 'disable-component-update', 'disable-domain-reliability'],
      ...['no-pings', 'dns-prefetch-disable', 'disable-features'],
    ]) {
      assert.ok(names.includes(name), name)
    }
    const features = world.switches.find(([name]) => name === 'disable-features')?.[1]?.split(',') ?? []
    for (const name of [
      'AsyncDns',
      'DnsOverHttps',
      'SpellcheckServiceMultilingual',
      'MediaRouter',
      'OptimizationHints',
    ])
      assert.ok(features.includes(name), name)
    assert.equal(world.session.get('setSpellCheckerEnabled'), false)
  })
})

describe('S12 a call of the window', () => {
  const own = { url: 'app://bundle/index.html' }
  const setUp = () => {
    const asked: unknown[] = []
    const route = createIpcRouter({
      log: silentLog,
      isMainFrame: (frame) => frame === own || frame.url.includes('main'),
      dispatch: async (method, input, caller): Promise<Answer> => {
        asked.push([method, input, caller])
        if (method === 'explode') throw new Error('secret words')
        return { ok: true, output: {} }
      },
    })
    const code = async (frame: { url: string } | null, payload: unknown, channel = IPC_CALL) => {
      const answer = await route(channel, { senderFrame: frame }, payload)
      return answer.ok ? 'ok' : answer.problem.code
    }
    return { asked, code, route }
  }
  const call = { method: 'state.get', input: {} }
  const circle: { self?: unknown } = {}
  circle.self = circle
  const largest = Math.max(...Object.values(METHODS).map((method) => ('maxBytes' in method ? method.maxBytes : 8_192)))

  it('gets through from the main frame of the own page', async () => {
    const { asked, code } = setUp()
    assert.equal(await code(own, call), 'ok')
    assert.deepEqual(asked, [['state.get', {}, { kind: 'ipc', role: 'owner' }]])
  })

  const table = [
    ['whose frame is gone', null, call, IPC_CALL, 'forbidden'],
    ['of another frame', { url: 'app://bundle/index.html' }, call, IPC_CALL, 'forbidden'],
    ['of a main frame that shows another page', { url: 'https://main.example.org/' }, call, IPC_CALL, 'forbidden'],
    ['of a main frame at a file', { url: 'file:///main/index.html' }, call, IPC_CALL, 'forbidden'],
    ['by another channel', own, call, 'nodetrust:other', 'unknown-method'],
    ['that is too large', own, { method: 'state.get', input: 'x'.repeat(largest + 200) }, IPC_CALL, 'too-large'],
    ['that is a circle', own, { method: 'state.get', input: circle }, IPC_CALL, 'bad-request'],
    ['with a BigInt', own, { method: 'state.get', input: 1n }, IPC_CALL, 'bad-request'],
    ['without a method', own, { input: {} }, IPC_CALL, 'bad-request'],
    ['with a method that is no text', own, { method: ['state.get'], input: {} }, IPC_CALL, 'bad-request'],
    ['with a very long method', own, { method: 'x'.repeat(65), input: {} }, IPC_CALL, 'bad-request'],
    ['with more than method and input', own, { ...call, role: 'owner' }, IPC_CALL, 'bad-request'],
    ['that is no object', own, 'state.get', IPC_CALL, 'bad-request'],
    ['that is nothing', own, undefined, IPC_CALL, 'bad-request'],
  ] as const
  for (const [title, frame, payload, channel, code] of table) {
    it(`${title} is refused as "${code}", and nobody acts on it`, async () => {
      const { asked, code: ask } = setUp()
      assert.equal(await ask(frame, payload, channel), code)
      assert.deepEqual(asked, [])
    })
  }

  it('is looked at for who asks before what is asked', async () => {
    const { code } = setUp()
    const wrong = { method: 'x'.repeat(100_000), input: circle }
    assert.equal(await code(null, wrong, 'other'), 'forbidden')
    assert.equal(await code(own, wrong, 'other'), 'unknown-method')
  })

  it('S16 that fails inside gets a code and no words', async () => {
    const { route } = setUp()
    const answer = await route(IPC_CALL, { senderFrame: own }, { method: 'explode', input: {} })
    assert.deepEqual(answer, { ok: false, problem: new ApiError('internal').problem })
    assert.ok(!JSON.stringify(answer).includes('secret'))
  })
})

describe('the files', () => {
  it('S14 the preload bundle needs Electron and nothing else, and has three members', async () => {
    const { path } = await buildPreload()
    const text = await readFile(path, 'utf8')
    assert.deepEqual(
      [...text.matchAll(/require\(["']([^"']+)["']\)/g)].map((match) => match[1]),
      ['electron'],
    )
    assert.ok(!/^\s*(?:import|export)\s/m.test(text), 'it is CommonJS')
    assert.ok(!/process\.env|eval\(|sendSync|\bipcRenderer\.send\b/.test(text))
    assert.ok(text.length < 4_000, `${text.length} characters`)
    const exposed: Record<string, object> = {}
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, api: object) => void (exposed[name] = api) },
      ipcRenderer: {},
    }
    // oxlint-disable-next-line typescript/no-implied-eval
    const run = new Function('require', 'module', 'exports', 'process', text) as (...args: unknown[]) => void
    run(() => electron, { exports: {} }, {}, { platform: 'linux' })
    assert.deepEqual(Object.keys(exposed), ['nodetrust'])
    assert.deepEqual(Object.keys(exposed['nodetrust'] ?? {}).sort(), ['call', 'platform', 'subscribe'])
    assert.ok(Object.isFrozen(exposed['nodetrust']))
  })

  it('S23 what the shell remembers is for its owner alone', async (t) => {
    if (process.platform === 'win32') return t.skip('Windows has no such permissions')
    const home = await mkdtemp(join(tmpdir(), 'nodetrust-memory-'))
    const dir = join(home, 'data')
    const memory = await loadShellMemory(dir, silentLog)
    await memory.remember({ close: 'keep' })
    assert.equal((await stat(join(dir, 'shell.json'))).mode & 0o777, 0o600)
    assert.equal((await stat(dir)).mode & 0o777, 0o700)
    assert.equal((await loadShellMemory(dir, silentLog)).values.close, 'keep')
    await writeFile(join(dir, 'shell.json'), '{"close":"explode"}')
    assert.deepEqual((await loadShellMemory(dir, silentLog)).values, { told: [] })
    await rm(home, { recursive: true })
  })

  it('S24 Electron is pinned to one version, and its types are that version’s', async () => {
    const read = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8')) as Record<string, never>
    const wanted = (await read('package.json'))['devDependencies']?.['electron']
    assert.match(String(wanted), /^\d+\.\d+\.\d+$/)
    assert.equal((await read('node_modules/electron/package.json'))['version'], wanted)
  })
})
