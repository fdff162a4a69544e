// What a visit loads and when: a sketch before any script, Home with what it shows, and every other page when it is opened, without
// a flicker, with the focus where it belongs, and with a way out where a part does not come.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildRenderer } from '../../scripts/build.ts'
import { LARGE, openWindow, SMALL, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { LAYOUT_FAULTS } from '../support/page-host/layout-faults.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { FIRST_RUN, SCENES, SERVING } from '../support/page-host/states.ts'
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'

/** What goes over a wire at a first visit, gzipped. */
const VISIT_BYTES = 50_000

const why = await whyNoBrowser()

describe('a visit', { skip: why }, () => {
  let browser: Browser
  let pageDir = ''
  let host: PageHost
  let context: BrowserContext
  let page: Page
  let loaded: string[] = []

  before(async () => {
    pageDir = (await buildRenderer()).path
    browser = await startBrowser()
    host = await startPageHost({ pageDir, state: SERVING })
  })

  after(async () => {
    await browser.close()
    await host.stop()
  })

  beforeEach(async () => {
    loaded = []
    ;({ context, page } = await openWindow(browser))
    page.setDefaultTimeout(8_000)
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
    host.show(SERVING)
  })

  afterEach(() => context.close())

  /** What came over the wire so far is not too much, and holds neither the other pages nor another language. */
  const fits = async () => {
    const files = new Set(
      loaded.filter((path) => /\.\w+$|^\/$/.test(path)).map((path) => path.replace(/\/$/, '/index.html')),
    )
    const sizes = await Promise.all(
      [...files].map(async (path) => gzipSync(await readFile(join(pageDir, path)), { level: 9 }).length),
    )
    const bytes = sizes.reduce((total, size) => total + size, 0)
    const listed = [...files].map((path, index) => `${path} ${sizes[index]}`).join(', ')
    assert.ok(bytes <= VISIT_BYTES, `${bytes} bytes gzipped: ${listed}`)
    assert.deepEqual(
      [...files].filter((path) => /pages-|de-/.test(path)),
      [],
    )
  }

  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  const link = (name: string) => page.getByRole('link', { name, exact: true }).first()
  const isPart = (name: string) => (url: URL) => url.pathname.includes(`/assets/${name}-`)

  it(`loads what Home shows and no more, ${VISIT_BYTES / 1000} kB at most`, async () => {
    await page.goto(host.link())
    await page.locator('.qr[data-text]').waitFor()
    await fits()
  })

  it(`loads what the first question is made of and no more, ${VISIT_BYTES / 1000} kB at most`, async () => {
    host.show(FIRST_RUN)
    await page.goto(host.link())
    await page.getByRole('radio').first().waitFor()
    assert.deepEqual(await page.evaluate(EMPTY_WORDS), [])
    await fits()
  })

  it('says everything that Home has to say, in each state that it begins with', async () => {
    const blank: string[] = []
    for (const { name, state } of SCENES.filter(({ view }) => view === 'home')) {
      host.show(state)
      await page.goto('about:blank')
      await page.goto(host.link())
      await page.locator('.app[data-view]').waitFor()
      blank.push(...(await page.evaluate<string[]>(EMPTY_WORDS)).map((what) => `${name}: ${what}`))
    }
    assert.deepEqual(blank, [])
  })

  it('begins with a sketch that needs no script and keeps to its window', async () => {
    const bare = await browser.newContext({ javaScriptEnabled: false })
    const sketch = await bare.newPage()
    const devtools = await bare.newCDPSession(sketch)
    const faults: unknown[] = []
    for (const size of [SMALL, LARGE, { width: 320, height: 480 }, { width: 210, height: 320 }]) {
      await sketch.setViewportSize(size)
      await sketch.goto(host.origin)
      await sketch.locator('.sketch').getByText('Nodetrust').and(sketch.locator(':visible')).first().waitFor()
      const { result } = await devtools.send('Runtime.evaluate', { expression: LAYOUT_FAULTS, returnByValue: true })
      faults.push(...(result.value as unknown[]))
    }
    await bare.close()
    assert.deepEqual(faults, [])
  })

  it('takes the sketch away in the moment in which there is something to show', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route(isPart('en'), async (route) => {
      await held
      await route.continue()
    })
    await page.goto(host.link())
    await page.locator('.sketch').waitFor()
    assert.equal(await page.getByRole('heading').count(), 0)
    release()
    await heading('Browsers trust this computer').waitFor()
    assert.equal(await page.locator('.sketch').count(), 0)
  })

  it('keeps the page before and the focus in it until the next one is there', async () => {
    let pass: Route | undefined
    await page.route(isPart('pages'), (route) => {
      pass = route
    })
    await page.goto(host.link())
    await link('Certificate').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(({ hash }) => hash === '#certificate')
    assert.equal(await page.locator('.app').getAttribute('data-view'), 'home')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Certificate')
    await pass?.continue()
    await heading('Certificate').waitFor()
    assert.equal(await page.evaluate('document.activeElement.localName'), 'h1')
  })

  it('shows that it waits where a page takes long, and still draws it', async () => {
    let pass: Route | undefined
    await page.route(isPart('pages'), (route) => {
      pass = route
    })
    await page.goto(host.link())
    await link('Activity').click()
    await page.locator('.app[data-view="activity"] [aria-busy="true"]').waitFor()
    await pass?.continue()
    await page.locator('.log-line').first().waitFor()
  })

  it('says that a part did not come, and loads it when it can be had again', async () => {
    const isPeers = isPart('pages')
    await page.route(isPeers, (route) => route.abort())
    await page.goto(host.link())
    await link('Peers').click()
    await page.getByRole('alert').getByText('did not come').waitFor()
    assert.deepEqual(await page.evaluate(LAYOUT_FAULTS), [])
    await page.unroute(isPeers)
    await page.getByRole('button', { name: 'Load again' }).click()
    await page.getByRole('button', { name: 'Add a peer' }).waitFor()
  })

  it('does without words that did not come only where it says so', async () => {
    const isMore = (url: URL) =>
      /\/assets\/en-/.test(url.pathname) && loaded.filter((path) => path.includes('/en-')).length > 2
    await page.route(isMore, (route) => route.abort())
    await page.goto(host.link())
    await link('Settings').click()
    await page.getByRole('alert').getByText('did not come').waitFor()
    await page.unroute(isMore)
    await page.getByRole('button', { name: 'Load again' }).click()
    await page.getByLabel('Port for browsers').waitFor()
  })
})

/** Where a word should stand and nothing does. */
const EMPTY_WORDS = `[...document.querySelectorAll('h1, h2, p, button, dt, summary, .strong, .small, .row-body')]
  .filter((one) => one.textContent.trim() === '' && !one.hasAttribute('aria-label') && !one.classList.contains('unseen'))
  .map((one) => one.outerHTML)`
