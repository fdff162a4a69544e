// Inviting somebody from the window: a code and a link where the invitation may be handed on, words where it is for one person alone, and
// nothing of it in the public network, into which everybody comes uninvited.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buildRenderer } from '../../scripts/build.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { SERVING } from '../support/page-host/states.ts'
import { ApiError } from '../../proto/api/index.ts'
import type { Browser, Page } from 'playwright-core'

const INVITATION = 'nodetrust://join/sonnenhof.example?issue=/dns4/issue.sonnenhof.example'

describe('inviting somebody', { skip: await whyNoBrowser() }, () => {
  let browser: Browser
  let host: PageHost
  let page: Page

  before(async () => {
    browser = await startBrowser()
    host = await startPageHost({ pageDir: (await buildRenderer()).path, state: SERVING })
    ;({ page } = await openWindow(browser))
    page.setDefaultTimeout(8_000)
  })

  after(async () => {
    await browser.close()
    await host.stop()
  })

  const row = () => page.getByRole('button', { name: 'Invite somebody' })

  it('shows the invitation as a code, and copies it', async () => {
    host.show(SERVING)
    await page.goto(host.link())
    await row().click()
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
    assert.equal(await dialog.locator('.qr').getAttribute('data-text'), INVITATION)
    await dialog.getByRole('button', { name: 'Copy invitation' }).click()
    await dialog.getByText('Copied').waitFor()
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), INVITATION)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
  })

  it('shows that it waits for the invitation, and no empty place where there is none', async () => {
    const asked = Promise.withResolvers<{ invitation: string; personal: boolean }>()
    const isAsked = Promise.withResolvers<undefined>()
    host.answer({
      'network.invitation': () => {
        isAsked.resolve(undefined)
        return asked.promise
      },
    })
    await row().click()
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
    await isAsked.promise // the same ring waits for the dialog's own code before
    await dialog.locator('.ring').waitFor()
    asked.reject(new ApiError('internal'))
    await dialog.locator('.ring').waitFor({ state: 'detached' })
    await dialog.getByRole('alert').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it('says so, and asks again by a press, where the dialog could not be fetched', async () => {
    const visit = await openWindow(browser)
    visit.page.setDefaultTimeout(8_000)
    await visit.page.route(/\/pages-[^/]*\.js$/, (route) => route.abort())
    host.show(SERVING)
    await visit.page.goto(host.link())
    await visit.page.getByRole('button', { name: 'Invite somebody' }).click()
    const dialog = visit.page.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByRole('alert').waitFor()
    await visit.page.unroute(/\/pages-[^/]*\.js$/)
    host.answer({ 'network.invitation': () => ({ invitation: INVITATION, personal: false }) })
    await dialog.getByRole('button', { name: 'Load again' }).click()
    await dialog.locator('.qr').waitFor()
    await visit.page.close()
  })

  it('says so where the invitation is for one person alone', async () => {
    host.answer({ 'network.invitation': () => ({ invitation: '', personal: true }) })
    await row().click()
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByText('Your invitation is for you alone.').waitFor()
    assert.equal(await dialog.locator('.qr').count(), 0)
    await page.keyboard.press('Escape')
  })

  it('is no matter of the public network, nor of a practice one', async () => {
    const { choice } = SERVING.network
    assert.ok(choice)
    for (const other of [{ zone: SERVING.network.public?.zone ?? '' }, { kind: 'sandbox' as const }]) {
      host.show({ ...SERVING, network: { ...SERVING.network, choice: { ...choice, ...other } } })
      await page.getByText('renews').first().waitFor()
      await row().waitFor({ state: 'detached' })
    }
  })
})
