// Every page in every state keeps to its window: the document never scrolls, one thing on it does at most, nothing that can be
// pressed lies under anything, and no word is cut or lies over another. With scroll bars that take room, as desktops have them;
// the driver hides them otherwise, and pictures do not show what is wrong.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { buildRenderer } from '../../scripts/build.ts'
import { LARGE, openWindow, SMALL, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { LAYOUT_FAULTS } from '../support/page-host/layout-faults.ts'
import { BROKEN_WORDS } from '../support/page-host/word-faults.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { NOW, SCENES, SERVING, type Scene } from '../support/page-host/states.ts'
import type { State } from '../../proto/api/index.ts'

type Language = State['settings']['values']['language']

/** One way in which somebody may look at the page. */
interface Look {
  readonly name: string
  readonly size: { readonly width: number; readonly height: number }
  readonly languages: readonly Language[]
  /** Pixels of the screen for one of the page. @default 1 */
  readonly scale?: number
  /** Pixels of usual letters, as people set it in their browser. @default 16 */
  readonly letters?: number
  /** With notices above, and with everything unfolded, as well; takes twice as long. @default false */
  readonly all?: boolean
}

const SMALL_LOOK: Look = { name: 'the default size', size: SMALL, languages: ['de', 'en', 'en-XA', 'ar-XB'], all: true }
/** The page's zoom makes its window smaller: 420 by 640 at 200 % is 210 by 320. */
const ZOOMED_LOOK: Look = {
  name: 'the default size, zoomed to 200 %',
  size: { width: 210, height: 320 },
  languages: ['en', 'de'],
  all: true,
}
const LOOKS: readonly Look[] = [
  SMALL_LOOK,
  { name: 'the smallest window', size: { width: 360, height: 480 }, languages: ['de', 'en-XA'], all: true },
  { name: 'a window of 320 pixels', size: { width: 320, height: 480 }, languages: ['de', 'ar-XB'] },
  { name: 'a screen at 125 %', size: SMALL, languages: ['en'], scale: 1.25 },
  ZOOMED_LOOK,
  { name: 'letters of twice the size', size: SMALL, languages: ['de'], letters: 32 },
  { name: 'a large window', size: LARGE, languages: ['en-XA', 'ar-XB'] },
]

/** What stands above a page when the most is to be said at once. */
const SAID: Pick<State, 'app' | 'update'> = {
  app: {
    ...SERVING.app,
    notices: [
      { id: '1', code: 'keychain-fallback', params: {}, at: NOW },
      { id: '2', code: 'settings-unwritable', params: {}, at: NOW },
    ],
  },
  update: { available: { version: '1.1.0', installs: false }, checkedAt: NOW },
}
/** What a desktop without a tray and without a password store says at the first start. */
const CALM: State['app']['notices'] = [
  { id: '1', code: 'no-tray', params: {}, at: NOW },
  { id: '2', code: 'keychain-fallback', params: {}, at: NOW },
]
/** The answers whose circle is not to be seen above the foot of the page. */
const HIDDEN_ANSWERS = `(() => {
  const foot = document.querySelector('.pinned').getBoundingClientRect()
  const circles = [...document.querySelectorAll('.choice-head > input')]
  if (circles.length === 0) return ['no answers at all']
  return circles.filter((one) => one.getBoundingClientRect().bottom > foot.top).map((one) => one.value)
})()`

const ALL: readonly Scene[] = [
  ...SCENES,
  ...SCENES.filter(({ view }) => view === 'home').map(({ name, view, state }) => ({
    ...{ name: `${name} with notices`, view },
    state: { ...state, update: SAID.update, app: { ...state.app, notices: SAID.app.notices } },
  })),
]

/** Buttons that open a dialog, and the page they are on. */
const DIALOGS = [
  ['home', 'Show the QR code larger'],
  ['peers', 'Add a peer'],
  ['settings', 'Save backup'],
  ['settings', 'Restore'],
  ['settings', 'Leave'],
  ['settings', 'Start over'],
] as const

/** Everything that is folded, and the long form of addresses. */
const OPEN_ALL = `(() => {
  const folds = [...document.querySelectorAll('details:not([open])')]
  for (const fold of folds) { fold.removeAttribute('name'); fold.open = true }
  document.querySelector('[value=full]')?.click()
  return folds.length
})()`
const CLOSE_ALL = `for (const fold of document.querySelectorAll('details[open]')) fold.open = false
  document.querySelector('[value=short]')?.click()`

/** What stands the wrong way round in a page that runs from right to left. */
const MIRROR_FAULTS = `(() => {
  const found = []
  if (document.documentElement.dir !== 'rtl') found.push('the page runs from left to right')
  for (const arrow of document.querySelectorAll('.icon-way')) {
    const turned = new DOMMatrix(getComputedStyle(arrow).transform).a === -1
    if (!turned && !arrow.closest('details[open] > summary')) found.push('an arrow that is not turned: ' + arrow.parentElement.textContent)
  }
  for (const data of document.querySelectorAll('[translate=no], .code')) {
    const { unicodeBidi } = getComputedStyle(data)
    if (!data.hasAttribute('dir')) found.push('runs as the words around it: ' + data.textContent)
    else if (!unicodeBidi.startsWith('isolate') && getComputedStyle(data).display === 'inline') found.push('mixes with its words: ' + data.textContent)
  }
  const gone = document.querySelector('.timeline-gone')
  const track = document.querySelector('.timeline-track')
  if (gone && Math.abs(gone.getBoundingClientRect().right - track.getBoundingClientRect().right) > 1) found.push('the line of the life runs backwards')
  const settings = document.querySelector('.bar-settings')?.getBoundingClientRect()
  if (settings && settings.left > innerWidth / 2) found.push('the bar is not mirrored')
  for (const knob of document.querySelectorAll('.switch:checked')) {
    if (new DOMMatrix(getComputedStyle(knob, '::before').transform).e >= 0) found.push('a switch goes the wrong way')
  }
  return found
})()`

const why = await whyNoBrowser()

describe('the layout of the page', { skip: why }, () => {
  let browser: Browser
  let host: PageHost

  before(async () => {
    const { path } = await buildRenderer()
    host = await startPageHost({ pageDir: path, state: SERVING })
    browser = await startBrowser({ scrollBars: true })
  })

  after(async () => {
    await browser.close()
    await host.stop()
  })

  for (const look of LOOKS) {
    it(`keeps to ${look.name}`, async () => {
      const { context, page } = await openLook(browser, look)
      await page.goto(host.link())
      const found: string[] = []
      for (const language of look.languages) {
        // the other languages differ by their words alone
        const all = look.all === true && language === look.languages[0]
        for (const scene of all ? ALL : SCENES) {
          await showScene(page, host, scene, language)
          found.push(...(await faultsOf(page, `${scene.name}, ${language}`)))
          if (!all || (await page.evaluate(OPEN_ALL)) === 0) continue
          found.push(...(await faultsOf(page, `${scene.name}, ${language}, unfolded`)))
          await page.evaluate(CLOSE_ALL)
        }
      }
      await context.close()
      assert.deepEqual(found, [])
    })
  }

  for (const width of [320, 420, 780])
    it(`breaks no word at ${width} pixels`, async () => {
      const { context, page } = await openLook(browser, { name: '', languages: [], size: { width, height: 640 } })
      await page.goto(host.link())
      const found: string[] = []
      for (const language of ['en', 'de'] as const) {
        for (const scene of SCENES) {
          await showScene(page, host, scene, language)
          await page.evaluate(OPEN_ALL)
          const words: readonly string[] = await page.evaluate(BROKEN_WORDS)
          found.push(...words.map((word) => `${scene.name}, ${language}: ${word}`))
          await page.evaluate(CLOSE_ALL)
        }
      }
      await context.close()
      assert.deepEqual(found, [])
    })

  it('shows all answers of the first run at the default size, whatever there is to be told', async () => {
    const { context, page } = await openLook(browser, SMALL_LOOK)
    await page.goto(host.link())
    const hidden: string[] = []
    for (const scene of SCENES.filter(({ state }) => state.app.firstRun))
      for (const language of ['en', 'de'] as const) {
        const state: State = { ...scene.state, app: { ...scene.state.app, notices: CALM } }
        await showScene(page, host, { ...scene, state }, language)
        const titles: readonly string[] = await page.evaluate(HIDDEN_ANSWERS)
        hidden.push(...titles.map((title) => `${scene.name}, ${language}: ${title}`))
      }
    await context.close()
    assert.deepEqual(hidden, [])
  })

  it('runs from right to left as a whole: arrows, switches and the line of a certificate’s life, but no name and no address', async () => {
    const { context, page } = await openLook(browser, SMALL_LOOK)
    await page.goto(host.link())
    const found: string[] = []
    for (const scene of SCENES) {
      await showScene(page, host, scene, 'ar-XB')
      const faults: readonly string[] = await page.evaluate(MIRROR_FAULTS)
      found.push(...faults.map((fault) => `${scene.name}: ${fault}`))
    }
    await context.close()
    assert.deepEqual(found, [])
  })

  it('keeps to small windows with a dialog in them', async () => {
    const found: string[] = []
    for (const look of LOOKS.filter(({ all }) => all)) {
      const { context, page } = await openLook(browser, look)
      await page.goto(host.link())
      for (const [view, button] of DIALOGS) {
        await showScene(page, host, { name: view, view, state: SERVING }, 'en')
        await page.getByRole('button', { name: button, exact: true }).click()
        await page.getByRole('dialog').waitFor()
        found.push(...(await faultsOf(page, `${button}, ${look.name}`)))
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
      await context.close()
    }
    assert.deepEqual(found, [])
  })

  it('keeps to small windows without a node to show', async () => {
    const found: string[] = []
    for (const look of [SMALL_LOOK, ZOOMED_LOOK]) {
      const { context, page } = await openLook(browser, look)
      const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
      await page.goto(`${host.origin}/#t=used`)
      await heading('Open this page again')
      found.push(...(await faultsOf(page, `the used link, ${look.name}`)))
      await page.goto('about:blank')
      await page.goto(host.link())
      await heading('Browsers trust this computer')
      host.pause(true)
      await page.getByRole('alert').getByText('The node does not answer').waitFor()
      found.push(...(await faultsOf(page, `the lost node, ${look.name}`)))
      host.pause(false)
      await context.close()
    }
    assert.deepEqual(found, [])
  })
})

async function openLook(browser: Browser, { size, scale = 1, letters }: Look): ReturnType<typeof openWindow> {
  const { context, page } = await openWindow(browser, { size, scale })
  page.setDefaultTimeout(8_000)
  if (letters !== undefined) {
    const devtools = await context.newCDPSession(page)
    await devtools.send('Page.enable')
    await devtools.send('Page.setFontSizes', { fontSizes: { standard: letters } })
  }
  return { context, page }
}

async function faultsOf(page: Page, where: string): Promise<string[]> {
  const faults: readonly string[] = await page.evaluate(LAYOUT_FAULTS)
  return faults.map((fault) => `${where}: ${fault}`)
}

/** Puts a state into the node, and waits until the page shows it. */
async function showScene(page: Page, host: PageHost, { name, view, state }: Scene, language: Language): Promise<void> {
  const { values } = state.settings
  host.show({ ...state, settings: { ...state.settings, values: { ...values, language } } })
  await page.evaluate(`location.hash = ${JSON.stringify(`#${view}`)}`)
  const life = state.app.firstRun || view !== 'home' ? '' : `[data-life="${state.certificate.life.state}"]`
  const shown = state.app.firstRun ? 'network' : view
  const selector = `:root[lang="${language}"] .app[data-view="${shown}"] ${life}`.trim()
  // a page that was just opened has its code to exchange, its socket to open and its files to fetch before it can follow any state
  await page.waitForSelector('.app[data-view]', { state: 'attached' })
  await page.waitForSelector(selector, { state: 'attached', timeout: 5_000 }).catch(async () => {
    const seen = await page.evaluate(`document.documentElement.lang + ': ' + document.body.innerText.slice(0, 300)`)
    throw new Error(`the page does not show "${name}" (${selector}) but ${String(seen)}`)
  })
}
