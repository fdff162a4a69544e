// Every page in every state, theme and language without one accessibility violation, and without text that was not looked up:
// the real page in Chromium, with axe-core beside it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { buildRenderer } from '../../scripts/build.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { SCENES, SERVING, type Scene } from '../support/page-host/states.ts'
import type { State } from '../../proto/api/index.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Colours are the same in every language, and looking at them takes longest. */
const WITHOUT_COLOURS = `{ rules: { 'color-contrast': { enabled: false } }, `

const why = await whyNoBrowser()

describe('the page, for everybody', { skip: why }, () => {
  let browser: Browser
  let host: PageHost

  before(async () => {
    const { path } = await buildRenderer()
    host = await startPageHost({ pageDir: path, state: SERVING })
    browser = await startBrowser()
  })

  after(async () => {
    await browser.close()
    await host.stop()
  })

  for (const theme of ['light', 'dark'] as const) {
    for (const language of ['en', 'de', 'en-XA'] as const) {
      it(`has no axe violation in any state, ${theme}, ${language}`, async () => {
        const { context, page } = await openWindow(browser, { theme })
        await page.goto(host.link())
        await page.evaluate(axe.source)
        const found: string[] = []
        for (const scene of SCENES) {
          await showScene(page, host, scene, language)
          found.push(...(await violations(page, language === 'en')).map((text) => `${scene.name}: ${text}`))
        }
        await context.close()
        assert.deepEqual(found, [])
      })
    }
  }

  it('has no axe violation in a large window, nor in any dialog', async () => {
    const { context, page } = await openWindow(browser, { size: { width: 1080, height: 720 } })
    await page.goto(host.link())
    await page.evaluate(axe.source)
    const found: string[] = []
    for (const scene of SCENES) {
      await showScene(page, host, scene, 'en')
      found.push(...(await violations(page, false)).map((text) => `${scene.name}: ${text}`))
    }
    for (const [view, button] of DIALOGS) {
      await showScene(page, host, { name: view, view, state: SERVING }, 'en')
      await page.getByRole('button', { name: button, exact: true }).click()
      await page.getByRole('dialog').waitFor()
      found.push(...(await violations(page, true)).map((text) => `${button}: ${text}`))
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await context.close()
    assert.deepEqual(found, [])
  })

  it('shows no text that was not looked up', async () => {
    const { context, page } = await openWindow(browser)
    await page.goto(host.link())
    const plain: string[] = []
    for (const scene of SCENES) {
      await showScene(page, host, scene, 'en-XA')
      const found: readonly string[] = await page.evaluate(PLAIN_TEXT)
      plain.push(...found.map((text) => `${scene.name}: ${text}`))
    }
    await context.close()
    assert.deepEqual(plain, [])
  })
})

/** Buttons that open a dialog, and the page they are on. */
const DIALOGS = [
  ['home', 'Show the QR code larger'],
  ['peers', 'Add a peer'],
  ['settings', 'Save backup'],
  ['settings', 'Restore'],
  ['settings', 'Leave'],
  ['settings', 'Start over'],
] as const

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

type Language = State['settings']['values']['language']

/** What axe finds, in a line each. */
async function violations(page: Page, colours: boolean): Promise<string[]> {
  const options = `${colours ? '{ ' : WITHOUT_COLOURS} runOnly: ${JSON.stringify(RULES)} }`
  return (await page.evaluate(`axe.run(document, ${options}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ' ' + html.slice(0, 200) + ' ' + failureSummary)))`)) as string[]
}

/** Text with plain letters outside of brackets, but what is marked as data and what the platform's calendar says. */
const PLAIN_TEXT = `(() => {
  const isData = (element) => element.closest('[translate="no"], time, .timeline-date, option, script, title') !== null
  const isPlain = (text) => /\\p{L}/u.test(text.replaceAll(/\\[[^\\]]*\\]/gu, ''))
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode
    // a name may break at its dots: what stands on both sides is one text
    const around = parentElement.closest('.dotted')?.parentElement ?? parentElement
    const text = around.querySelector(':scope > .dotted') === null ? data : around.textContent
    if (!isData(parentElement) && isPlain(text)) found.push(text)
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) {
      const text = element.getAttribute(name)
      if (text !== null && isPlain(text) && !isData(element)) found.push(name + ': ' + text)
    }
  }
  return found
})()`
