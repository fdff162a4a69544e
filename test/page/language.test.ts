// The words of another language, fetched over a connection that breaks: they are asked for once more, and where they do not come, the page
// goes on with those that it has.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buildRenderer } from '../../scripts/build.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { SERVING } from '../support/page-host/states.ts'
import type { State } from '../../proto/api/index.ts'
import type { Browser, Page } from 'playwright-core'

const GERMAN = /\/de-[^/]*\.js$/

describe('the words of another language', { skip: await whyNoBrowser() }, () => {
  let browser: Browser
  let host: PageHost
  let page: Page
  const faults: Error[] = []

  before(async () => {
    browser = await startBrowser()
    host = await startPageHost({ pageDir: (await buildRenderer()).path, state: SERVING })
    ;({ page } = await openWindow(browser))
    page.setDefaultTimeout(8_000)
    page.on('pageerror', (fault) => void faults.push(fault))
  })

  after(async () => {
    await browser.close()
    await host.stop()
  })

  const speak = (language: State['settings']['values']['language']): State => {
    const { values } = SERVING.settings
    return { ...SERVING, settings: { ...SERVING.settings, values: { ...values, language } } }
  }

  it('are asked for twice, and those that are there stay where they do not come', async () => {
    let asked = 0
    const twice = Promise.withResolvers<void>()
    await page.route(GERMAN, async (route) => {
      await route.abort()
      if (++asked === 2) twice.resolve()
    })
    await page.goto(host.link())
    await page.getByRole('button', { name: 'Invite somebody' }).waitFor()
    host.show(speak('de'))
    await twice.promise
    await page.getByRole('button', { name: 'Invite somebody' }).waitFor()
    assert.equal(await page.locator(':root').getAttribute('lang'), 'en')
    assert.deepEqual(faults, [])
  })

  it('are there after one break', async () => {
    await page.unroute(GERMAN)
    await page.route(GERMAN, (route) => route.abort(), { times: 1 })
    host.show(speak('en'))
    host.show(speak('de'))
    await page.locator(':root[lang="de"]').waitFor()
    assert.deepEqual(faults, [])
  })
})
