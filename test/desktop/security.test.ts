// The statements of the desktop shell, seen in a real Electron: what the page is kept from by Chromium itself, asked in the page and in the
// main process of the app that runs from its folder. What the package alone can show is in packed-security.test.ts.
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { LINKS } from '../../proto/api/index.ts'
import { OUTPUTS } from '../../scripts/build.ts'
import { PAGE_HEADERS } from '../../main/page-headers.ts'
import {
  type DrivenApp,
  giveTo,
  processesOfType,
  putOpener,
  stageApp,
  startDriven,
} from '../support/desktop/driven-app.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { openSession, type Session, whyNoSession } from '../support/desktop/session.ts'
import { prepareHome } from '../ui/hosts/host.ts'

const electron = await realElectron()
const why = typeof electron === 'string' ? electron : await whyNoSession()

/** A function of the page, run later: what is evaluated by a driver may do more than a page may. */
const inPage = (page: Page, body: string): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => setTimeout(async () => {
    try { resolve(await (async () => { ${body} })()) } catch (error) { resolve(error.name) }
  }, 0))`)

describe('the app in a real Electron', { skip: why ?? false }, () => {
  let session: Session
  let app: DrivenApp
  let page: Page
  let opened: () => Promise<string[]>
  let dir = ''
  let preload = ''
  const strangers: string[] = []
  const server = createServer((request, response) => {
    strangers.push(request.url ?? '')
    response.end('x')
  })
  let outside = ''

  before(async () => {
    if (typeof electron === 'string') return
    server.on('upgrade', (request, socket) => {
      strangers.push(request.url ?? '')
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    outside = `127.0.0.1:${(server.address() as AddressInfo).port}`
    session = await openSession()
    const { account, env } = session
    const home = join(account.home, 'app')
    dir = join(home, 'nodetrust')
    await prepareHome(home)
    const opener = await putOpener(home)
    opened = opener.opened
    await giveTo(account, home)
    const file = await stageApp(account)
    preload = join(dirname(file), OUTPUTS.preload)
    app = await startDriven({
      ...{ session, program: electron.program, file, inspector: true },
      words: ['--use-fake-device-for-media-stream'],
      env: {
        ...{ HOME: home, XDG_CONFIG_HOME: join(home, 'config'), NODETRUST_DIR: dir, LANGUAGE: 'en' },
        PATH: `${opener.folder}${delimiter}${env['PATH']}`,
      },
    })
    page = await app.page()
    await page.locator('h1').waitFor()
  })
  after(async () => {
    await app?.stop()
    await session?.end()
    server.close()
  })

  it('S1 its window has every wall, by Electron’s own word', async () => {
    const kept = await app.main<Record<string, unknown>>(
      `require('electron').BrowserWindow.getAllWindows()[0].webContents.getLastWebPreferences()`,
    )
    const wanted = { sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false }
    for (const [name, value] of Object.entries({ ...wanted, nodeIntegrationInSubFrames: false, webSecurity: true }))
      assert.equal(kept[name], value, name)
    const words = 'typeof require + typeof process + typeof module + typeof Buffer + typeof global'
    assert.equal(await page.evaluate(words), 'undefined'.repeat(5))
  })

  it('S2 every process of a page is in Chromium’s sandbox: filtered calls, no new rights, a world of its own', async () => {
    const pids = await processesOfType(await session.account.processes(), 'renderer')
    assert.ok(pids.length > 0)
    for (const pid of pids) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      assert.match(status, /^Seccomp:\s+2$/m)
      assert.match(status, /^NoNewPrivs:\s+1$/m)
      assert.match(status, /^CapEff:\s+0+$/m)
      // no folder of this machine: its root is an empty one that is gone
      assert.deepEqual(await readdir(`/proc/${pid}/root`).catch(() => []), [])
    }
    for (const pid of await session.account.processes())
      assert.doesNotMatch(await readFile(`/proc/${pid}/cmdline`, 'latin1'), /no-sandbox/)
  })

  it('S4 S5 app:// gives files of the list with every header, and nothing else', async () => {
    const ask = (url: string, method = 'GET') =>
      app.main<{ readonly status: number; readonly headers: Record<string, string> }>(
        `require('electron').net.fetch(${JSON.stringify(url)}, { method: '${method}' })
          .then((response) => ({ status: response.status, headers: Object.fromEntries(response.headers) }))`,
      )
    const { status, headers } = await ask('app://bundle/index.html')
    assert.equal(status, 200)
    for (const [name, value] of Object.entries(PAGE_HEADERS)) assert.equal(headers[name], value, name)
    for (const path of ['package.json', '../package.json', '%2e%2e/package.json', 'main.js', 'assets/'])
      assert.equal((await ask(`app://bundle/${path}`)).status, 404, path)
    assert.equal((await ask('app://bundle/index.html', 'POST')).status, 405)
    assert.equal((await ask('app://other/index.html')).status, 404)
  })

  it('S5 the page runs no text as a program', async () => {
    assert.equal(await inPage(page, `return eval('1')`), 'EvalError')
    assert.equal(await inPage(page, `return new Function('return 1')()`), 'EvalError')
    assert.equal(await inPage(page, `document.body.innerHTML = '<b>x</b>'`), 'TypeError')
    const inline = `const script = document.createElement('script'); script.textContent = 'window.ran = 1'
      document.head.append(script); return typeof window.ran`
    assert.equal(await inPage(page, inline), 'TypeError')
    assert.equal(await inPage(page, `document.body.setAttribute('onclick', 'window.ran = 1')`), 'TypeError')
  })

  it('S6 the page is not left, opens no other, and holds no webview', async () => {
    const contents = () =>
      app.main<string[]>(`require('electron').webContents.getAllWebContents().map((one) => one.getURL())`)
    const [own, ...others] = await contents()
    assert.deepEqual(others, [])
    for (const url of [`http://${outside}/left`, 'file:///etc/passwd', 'data:text/html,x', 'app://other/'])
      await inPage(page, `location.href = '${url}'; return new Promise((go) => setTimeout(go, 0))`)
    assert.equal(await inPage(page, `return String(window.open('app://bundle/index.html'))`), 'null')
    await inPage(
      page,
      `const view = document.createElement('webview'); view.src = 'http://${outside}/webview'
      document.body.append(view)`,
    )
    await inPage(
      page,
      `const frame = document.createElement('iframe'); frame.src = 'http://${outside}/frame'
      document.body.append(frame); return new Promise((go) => frame.addEventListener('load', go))`,
    )
    await inPage(
      page,
      `const link = Object.assign(document.createElement('a'), { href: 'http://${outside}/link', target: '_blank' })
      document.body.append(link); link.click()`,
    )
    await inPage(
      page,
      `const form = Object.assign(document.createElement('form'), { action: 'http://${outside}/form' })
      document.body.append(form); form.submit()`,
    )
    assert.deepEqual(await contents(), [own])
    assert.match(own ?? '', /^app:\/\/bundle\//)
    assert.deepEqual(strangers, [])
    await page.evaluate(
      `for (const made of document.querySelectorAll('webview, iframe, a[target], form')) made.remove()`,
    )
  })

  it('S7 S8 the system gets pages of the table and the data folder, by name', async () => {
    const call = (method: string, input: object) =>
      page.evaluate(`window.nodetrust.call('${method}', ${JSON.stringify(input)})`) as Promise<{ readonly ok: boolean }>
    assert.ok((await call('link.open', { id: 'help' })).ok)
    assert.ok((await call('folder.open', { name: 'data' })).ok)
    assert.ok(!(await call('link.open', { id: `http://${outside}/` })).ok)
    assert.ok(!(await call('folder.open', { name: '/etc' })).ok)
    await eventually('the folder is opened', async () => (await opened()).length >= 2)
    // two programs of their own write them down, the later one perhaps first
    assert.deepEqual((await opened()).sort(), [LINKS.help, dir].sort())
  })

  it('S9 Chromium grants the page nothing but copying', async () => {
    for (const name of [
      'geolocation',
      'notifications',
      'camera',
      'microphone',
      'midi',
      'clipboard-read',
      'storage-access',
    ])
      assert.notEqual(
        await inPage(page, `return (await navigator.permissions.query({ name: '${name}' })).state`),
        'granted',
        name,
      )
    const refused = {
      'Notification.requestPermission()': 'denied',
      'navigator.mediaDevices.getUserMedia({ audio: true })': 'NotAllowedError',
      'navigator.mediaDevices.getDisplayMedia()': 'NotAllowedError',
      'navigator.clipboard.readText()': 'NotAllowedError',
      'navigator.requestMIDIAccess()': 'NotAllowedError',
    }
    for (const [what, answer] of Object.entries(refused)) {
      const told = await inPage(page, `return await ${what}`)
      assert.ok(told === answer || told === 'SecurityError', `${what}: ${String(told)}`)
    }
    const place = 'new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, (error) => yes(error.code)))'
    assert.equal(await inPage(page, `return await ${place}`), 1, 'permission denied')
    for (const device of ['usb', 'hid', 'serial', 'bluetooth'])
      assert.match(
        String(await inPage(page, `return await navigator.${device}.requestDevice({ filters: [] })`)),
        /^(?:SecurityError|NotFoundError|NotAllowedError|TypeError)$/,
        device,
      )
  })

  it('S10 no request leaves: not of the page, nor of anything in its session', async () => {
    for (const attempt of [
      `await fetch('http://${outside}/fetch')`,
      `await new Promise((go) => Object.assign(new Image(), { onerror: go, onload: go, src: 'http://${outside}/image' }))`,
      `await new Promise((go) => Object.assign(new WebSocket('ws://${outside}/socket'), { onerror: go, onopen: go }))`,
      `await new Promise((go) => Object.assign(new EventSource('http://${outside}/events'), { onerror: go, onopen: go }))`,
      `navigator.sendBeacon('http://${outside}/beacon', 'x')`,
      `new Worker('http://${outside}/worker')`,
      `await navigator.serviceWorker.register('http://${outside}/service')`,
      `await import('http://${outside}/module')`,
    ])
      await inPage(page, attempt)
    // the content policy is the page's; the session's own lock is seen where there is none
    const hidden = `new Promise((resolve) => {
      const { BrowserWindow } = require('electron')
      const other = new BrowserWindow({ show: false })
      other.loadURL('http://${outside}/window').then(() => 'loaded', (error) => error.code)
        .then((code) => { other.destroy(); resolve(code) })
    })`
    assert.equal(await app.main(hidden), 'ERR_BLOCKED_BY_CLIENT')
    assert.deepEqual(strangers, [])
    assert.equal((await fetch(`http://${outside}/test`)).status, 200, 'who is asked hears it')
    assert.deepEqual(strangers.splice(0), ['/test'])
  })

  it('S12 S16 a call is answered to the main frame of the window alone, and refusals are codes', async () => {
    const call = `window.nodetrust.call('state.get', {})`
    const answer = (await page.evaluate(call)) as { readonly ok: boolean }
    assert.ok(answer.ok)
    assert.equal(
      await inPage(
        page,
        `const frame = document.body.appendChild(document.createElement('iframe'))
      return typeof frame.contentWindow.nodetrust`,
      ),
      'undefined',
    )
    const other = await app.main<{ readonly ok: boolean; readonly problem: { readonly code: string } }>(`(async () => {
      const { BrowserWindow } = require('electron')
      const preload = ${JSON.stringify(preload)}
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
      await other.loadURL('app://bundle/index.html')
      const answer = await other.webContents.executeJavaScript(${JSON.stringify(call)})
      other.destroy()
      return answer
    })()`)
    assert.equal(other.ok, false)
    assert.equal(other.problem.code, 'forbidden')
    const unknown = (await page.evaluate(`window.nodetrust.call('node.explode', {})`)) as { readonly problem: object }
    assert.deepEqual(Object.keys(unknown.problem).sort(), ['code', 'detail', 'params', 'retryable'])
    assert.doesNotMatch(JSON.stringify(unknown), /\bat |\.ts|\.js/)
  })

  it('S14 the page gets one frozen object that cannot be replaced, and nothing behind it', async () => {
    assert.deepEqual(await page.evaluate(`Object.keys(window.nodetrust).sort()`), ['call', 'platform', 'subscribe'])
    assert.equal(await page.evaluate(`Object.isFrozen(window.nodetrust)`), true)
    await inPage(page, `window.nodetrust = { call: () => 'stolen' }`)
    assert.notEqual(await inPage(page, `return await window.nodetrust.call('state.get', {})`), 'stolen')
    for (const member of ['call', 'subscribe'])
      assert.equal(
        await inPage(page, `return typeof window.nodetrust.${member}.constructor('return process')()`),
        'EvalError',
        member,
      )
  })

  it('goes on where a fault of its own is caught by nobody, and writes it down', async () => {
    await app.main(`(setTimeout(() => { throw new Error('a fault of the test') }, 0), 1)`)
    await eventually('its words', async () => app.started.said().includes('a fault of the test'))
    const { windows } = await app.main<{ readonly windows: number }>(
      `({ windows: require('electron').BrowserWindow.getAllWindows().length })`,
    )
    assert.equal(windows, 1)
    const answer = (await page.evaluate(`window.nodetrust.call('state.get', {})`)) as { readonly ok: boolean }
    assert.ok(answer.ok)
    const titles = (await session.screen.windows()).map(({ title }) => title)
    assert.ok(!titles.some((title) => /error/i.test(title)), titles.join())
  })

  it('S23 what it writes is for its owner alone', async () => {
    const { uid } = session.account
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    assert.ok(entries.length > 0)
    assert.equal((await stat(dir)).mode & 0o077, 0)
    for (const entry of entries) {
      const found = await stat(join(entry.parentPath, entry.name))
      assert.equal(found.mode & 0o077, 0, entry.name)
      assert.equal(found.uid, uid, entry.name)
    }
  })
})
