// The page of peers: each address says where it comes from and when it last worked; one adds, removes, names and tries peers, and chooses
// which of their addresses are tried.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { after, before, beforeEach, describe, it } from 'node:test'
import { eventually } from '../support/desktop/eventually.ts'
import { buildRenderer } from '../../scripts/build.ts'
import { openWindow, startBrowser, whyNoBrowser } from '../support/page-host/browser.ts'
import { startPageHost, type PageHost } from '../support/page-host/page-host.ts'
import { SERVING } from '../support/page-host/states.ts'
import type { DialReportData, State } from '../../proto/api/index.ts'
import type { Browser, Page } from 'playwright-core'

const [MIRA, ATTIC] = SERVING.peers.list
assert.ok(MIRA && ATTIC)

describe('the page of peers', { skip: await whyNoBrowser() }, () => {
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

  beforeEach(async () => {
    await page.goto('about:blank')
    host.show(SERVING)
    host.answer({})
    await page.goto(host.link())
    await page.getByRole('link', { name: 'Peers', exact: true }).first().click()
  })

  /** Opens a peer by its name, with the keyboard. */
  const opened = async (name: string) => {
    const peer = page.locator('.peer-fold').filter({ hasText: name })
    await peer.locator('summary').focus()
    await page.keyboard.press('Enter')
    await peer.locator('.peer-more').waitFor()
    return peer
  }
  const callsOf = (method: string) => host.calls.filter((call) => call.method === method).map(({ input }) => input)

  it('says of each address where it comes from and when it last worked', async () => {
    const peer = await opened('Mira’s laptop')
    const facts = await peer.locator('.peer-address').first().locator('.peer-facts > li').allTextContents()
    assert.deepEqual(facts, [
      'Signed by the peer itself, heard 3 hours ago.',
      'The peer told us 1 minute ago.',
      'Worked 1 minute ago, in 24 ms.',
    ])
    await peer.getByText('Did not answer the last 3 times').waitFor()
    await peer.getByText('Works in its own home only.').waitFor()
    assert.equal(
      await peer.getByRole('button', { name: /^Remove/ }).count(),
      0,
      'only what one added can be taken back',
    )
    await peer.getByRole('button', { name: 'Copy address' }).first().click()
    const [first] = MIRA.addresses
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), `${first?.address}/p2p/${MIRA.peerId}`)
  })

  it('takes back one address that was added, and forgets a peer', async () => {
    const peer = await opened('Attic box')
    await peer.getByRole('button', { name: /^Remove / }).click()
    await peer.getByRole('button', { name: 'Forget Attic box' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('The name that you gave it').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(callsOf('peers.forget'), [])
    await peer.getByRole('button', { name: 'Forget Attic box' }).click()
    await dialog.getByRole('button', { name: 'Forget', exact: true }).click()
    await page.getByRole('button', { name: 'Add a peer' }).waitFor()
    const [first] = ATTIC.addresses
    assert.deepEqual(callsOf('peers.remove').at(-1), { address: `${first?.address}/p2p/${ATTIC.peerId}` })
    assert.deepEqual(callsOf('peers.forget').at(-1), { peerId: ATTIC.peerId })
  })

  it('keeps the name that one gives, once the field is left', async () => {
    const peer = await opened('Attic box')
    const field = peer.getByLabel('What you call it')
    await field.fill('  Cellar ')
    await page.keyboard.press('Tab')
    await page.getByRole('status').getByText('Done').waitFor({ state: 'attached' })
    assert.deepEqual(callsOf('peers.name').at(-1), { peerId: ATTIC.peerId, name: 'Cellar' })
    const saved = callsOf('peers.name').length
    await field.focus()
    await page.keyboard.press('Tab')
    assert.equal(callsOf('peers.name').length, saved, 'what is the same is not saved')
  })

  it('tries a peer now, tells what each address came to, and offers those that were left out', async () => {
    const attempt = { stage: 1, why: '', startedMs: 0, endedMs: 40, detail: '', latencyMs: null }
    const silent: DialReportData = {
      ...{ peerId: MIRA.peerId, policy: 'certified-only', address: null, reused: false, detail: 'nobody' },
      attempts: [{ ...attempt, address: '/ip4/198.51.100.1/tcp/4431', result: 'no-answer' }],
      leftOut: [{ address: '/ip4/192.168.178.30/tcp/4431', why: 'not of the policy' }],
    }
    const reached: DialReportData = {
      ...{ ...silent, policy: 'any', address: '/ip4/192.168.178.30/tcp/4431', detail: '', leftOut: [] },
      attempts: [{ ...attempt, address: '/ip4/192.168.178.30/tcp/4431', result: 'reached', latencyMs: 3.2 }],
    }
    host.answer({ 'peers.dial': ({ policy }) => (policy === 'any' ? reached : silent) })
    const peer = await opened('Mira’s laptop')
    await peer.getByRole('button', { name: 'Try now to reach Mira’s laptop' }).press('Enter')
    await peer.getByText('It did not answer.').waitFor()
    await page.getByRole('status').getByText('It did not answer.').waitFor({ state: 'attached' })
    await peer.getByText('no answer').waitFor()
    await peer.getByText('One address was left out.').waitFor()
    await peer.getByRole('button', { name: 'Try all addresses' }).click()
    await peer.getByText('It answered, in 3 ms.').waitFor()
    assert.deepEqual(callsOf('peers.dial'), [{ peerId: MIRA.peerId }, { peerId: MIRA.peerId, policy: 'any' }])
  })

  it('lets one choose which addresses are tried, unless the configuration does', async () => {
    const choice = (name: string) => page.getByRole('radio', { name: new RegExp(`^${name}`) })
    await page.locator('summary', { hasText: 'Which addresses are tried: Careful' }).press('Enter')
    assert.equal(await choice('Careful').isChecked(), true)
    await choice('Only signed').check()
    await eventually('it is saved', () => callsOf('settings.set').length > 0)
    assert.deepEqual(callsOf('settings.set').at(-1), { values: { dialPolicy: 'certified-only' } })
    const own = (locked: State['settings']['locked']): State => ({
      ...SERVING,
      settings: {
        ...{ ...SERVING.settings, locked, dialPolicies: ['home-first'] },
        values: { ...SERVING.settings.values, dialPolicy: 'home-first' },
      },
    })
    host.show(own([]))
    await page.locator('summary', { hasText: 'Which addresses are tried: home-first' }).waitFor()
    assert.equal(await choice('home-first').isChecked(), true)
    await choice('Everything').check()
    await eventually('it is saved', () =>
      isDeepStrictEqual(callsOf('settings.set').at(-1), { values: { dialPolicy: 'any' } }),
    )
    host.show(own(['dialPolicy']))
    await choice('home-first.*Set by the configuration file').waitFor()
    assert.equal(await choice('Careful').isDisabled(), true)
  })
})
