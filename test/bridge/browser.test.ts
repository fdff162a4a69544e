// The bridge as a real browser sees it: what a page of an attacker can make Chromium send, and that none of it gets through.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { delimiter, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import { whyNoChromium } from '../support/chromium.ts'
import { type TestBridge, startBridge } from './support.ts'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'

const why = await whyNoChromium()
const CHROMIUM =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path)) ?? ''

/** The page of the test: it does what the real one does, with the fewest words, and tells by its title. */
const SCRIPT = `
const code = location.hash.slice(3)
history.replaceState(null, '', '/')
document.addEventListener('securitypolicyviolation', (event) => { document.body.dataset.violation = event.effectiveDirective })
const begin = async () => {
  let token = sessionStorage.getItem('token')
  if (!token && code) {
    const answer = await fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) })
    if (!answer.ok) { document.title = 'refused ' + answer.status; return }
    token = (await answer.json()).token
    sessionStorage.setItem('token', token)
  }
  if (!token) { document.title = 'no token'; return }
  const socket = new WebSocket('ws://' + location.host + '/api', ['nodetrust.v1', 'bearer.' + token])
  socket.onmessage = ({ data }) => { if (data.includes('hello')) document.title = 'hello ' + JSON.parse(data).hello.role }
  socket.onclose = ({ code }) => { document.title = 'closed ' + code }
}
void begin()
`
const PAGE = {
  'index.html':
    '<!doctype html><title>.</title><body><script src="/page.js"></script><script>document.title = "inline"</script></body>',
  'page.js': SCRIPT,
}

async function browser(t: TestContext, args: readonly string[] = []): Promise<Page> {
  const started = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', ...args],
  })
  t.after(() => started.close())
  return await (await started.newContext()).newPage()
}

/** Playwright's own waiting evaluates text in the page, which the policy forbids; a title can be read from outside. */
async function title(page: Page, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 10_000
  let last = ''
  while (Date.now() < deadline) {
    last = await page.title().catch(() => '') // between two pages there is none
    if (pattern.test(last)) return
  }
  assert.match(last, pattern)
}

/** Another server on this machine, as any program may have one. */
async function strangerOn(t: TestContext, body: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** What a page under a rebound name tries: it has even got hold of a token. */
const REBOUND = `async (bearer) => {
  const headers = { authorization: 'Bearer ' + bearer, 'content-type': 'application/json' }
  const call = (path) => fetch(path, { method: 'POST', headers, body: '{}' }).then(({ status }) => status, () => 0)
  const socket = new Promise((resolve) => {
    const opened = new WebSocket('ws://' + location.host + '/api', ['nodetrust.v1', 'bearer.' + bearer])
    opened.onopen = () => resolve('open')
    opened.onclose = ({ code }) => resolve(code)
  })
  return [await call('/api/certificate.get'), await call('/session'), await socket]
}`

/** What a page of another port or site tries. */
const STRANGER = `async (target, bearer) => {
  const url = (path) => 'http://' + target + path
  const headers = { authorization: 'Bearer ' + bearer, 'content-type': 'application/json' }
  const told = (name) => [() => name + ' worked', () => name + ' failed']
  const read = await fetch(url('/')).then(...told('read'))
  const call = await fetch(url('/api/certificate.get'), { method: 'POST', headers, body: '{}' }).then(...told('call'))
  // without CORS the browser sends this anyway and hides the answer
  await fetch(url('/api/certificate.get'), { method: 'POST', mode: 'no-cors', body: '{}' }).catch(() => undefined)
  const script = await new Promise((resolve) => {
    const element = document.createElement('script')
    element.onload = () => resolve('script loaded')
    element.onerror = () => resolve('script failed')
    element.src = url('/page.js')
    document.body.append(element)
  })
  const socket = await new Promise((resolve) => {
    const opened = new WebSocket('ws://' + target + '/api', ['nodetrust.v1', 'bearer.' + bearer])
    opened.onopen = () => resolve('socket opened')
    opened.onclose = () => resolve('socket failed')
  })
  return [read, call, script, socket]
}`

const linkOf = ({ bridge }: TestBridge) => bridge.openLink('owner')?.url ?? ''

describe('a browser', { skip: why ?? false }, () => {
  test('B9/B10 opens a link once, keeps its token for the tab alone, and loses the code from its address', async (t) => {
    const started = await startBridge(t, { page: PAGE })
    const page = await browser(t)
    const link = linkOf(started)
    await page.goto(link)
    await title(page, /^hello owner$/)
    assert.equal(page.url(), `${started.origin}/`)
    await page.reload()
    await title(page, /^hello owner$/)
    const other = await page.context().newPage()
    await other.goto(link)
    await title(other, /^refused 401$/)
    assert.deepEqual(await page.context().cookies(), [])
    assert.equal(await page.evaluate('localStorage.length'), 0)
    // the content policy holds: the script that stands in the page itself did not run
    assert.equal(await page.evaluate('document.body.dataset.violation'), 'script-src-elem')
  })

  test('B8 whose node was started anew is told that its token is over', async (t) => {
    const started = await startBridge(t, { page: PAGE })
    const page = await browser(t)
    await page.goto(linkOf(started))
    await title(page, /^hello owner$/)
    await page.evaluate("sessionStorage.setItem('token', 'x'.repeat(43))")
    await page.reload()
    await title(page, /^closed 4401$/)
    await started.bridge.stop()
  })

  test('B3 that was led here by another name (DNS rebinding) gets a sentence and nothing else', async (t) => {
    const started = await startBridge(t, { page: PAGE })
    const { port, token, program } = started
    const page = await browser(t, ['--host-resolver-rules=MAP evil.test 127.0.0.1'])
    const answer = await page.goto(`http://evil.test:${port}/`)
    assert.equal(answer?.status(), 421)
    assert.match((await answer?.text()) ?? '', /nodetrust open/)
    const statuses = (await page.evaluate(`(${REBOUND})(${JSON.stringify(token)})`)) as readonly unknown[]
    // the page of the refusal may not even ask: its content policy is the strict one
    assert.ok(
      statuses.slice(0, 2).every((status) => status === 421 || status === 0),
      JSON.stringify(statuses),
    )
    assert.equal(statuses[2], 1006)
    assert.deepEqual(program.calls, [])
  })

  test('B4/B5 with a page of another port or site cannot read, post, embed or connect, even with the token', async (t) => {
    const started = await startBridge(t, { page: PAGE })
    const { port, token, program } = started
    const stranger = await strangerOn(t, '<!doctype html><title>stranger</title><body></body>')
    const first = await browser(t, ['--host-resolver-rules=MAP evil.test 127.0.0.1'])
    for (const from of [
      `http://127.0.0.1:${stranger}/`,
      `http://localhost:${stranger}/`,
      `http://evil.test:${stranger}/`,
    ]) {
      const page = await first.context().newPage()
      await page.goto(from)
      const outcome = await page.evaluate(
        `(${STRANGER})(${JSON.stringify(`127.0.0.1:${port}`)}, ${JSON.stringify(token)})`,
      )
      assert.deepEqual(outcome, ['read failed', 'call failed', 'script failed', 'socket failed'], from)
      await page.setContent(
        `<form method="post" enctype="text/plain" action="http://127.0.0.1:${port}/api/certificate.get"><input name='{"a":"' value='"}'></form>`,
      )
      const answered = page.waitForResponse((response) => response.url().includes(`:${port}/api/`))
      await page.evaluate('document.forms[0].submit()').catch(() => undefined)
      assert.equal((await answered).status(), 403)
    }
    assert.deepEqual(program.calls, [])
    // the log counts refusals: the first one has a line of its own
    assert.ok(started.log.lines.some((line) => line.includes('"status":403')))
  })
})
