// A certificate that lives for seconds: its renewal, its failing renewal and its end are seen in a window that stays open.
import assert from 'node:assert/strict'
import { accessible, button, goTo, life, reads, say, titled } from '../words.ts'
import type { Spec, Story } from '../story.ts'

/** Enough for an order on a busy machine, short enough to be waited for. */
const LIFE_SECONDS = 16

const renewed: Spec = {
  title: 'a renewal is seen while the window is open',
  async run(stage) {
    const network = await stage.network({ lifeSeconds: LIFE_SECONDS })
    const app = await stage.startApp({ joined: network.invitation })
    const page = app.page()
    await button(page, 'home.idle.button').click()
    await life(page, 'serving')
    const first = (await app.state()).certificate.current?.fingerprint ?? ''
    await goTo(page, 'certificate')
    const shown = page.getByText(say('certificate.fingerprint'))
    await page.getByText(say('details'), { exact: true }).first().click()
    await shown.waitFor()
    await page.getByText(first, { exact: true }).waitFor()
    await page.getByText(first, { exact: true }).waitFor({ state: 'detached', timeout: 2 * LIFE_SECONDS * 1000 })
    await network.shut()
    const { current } = (await app.state()).certificate
    assert.notEqual(current?.fingerprint, first)
    await reads(page, say('history.swapped'))
  },
}

const renewalFails: Spec = {
  title: 'a renewal that fails is told while the certificate is still good',
  async run(stage) {
    const page = stage.app().page()
    await goTo(page, 'home')
    await life(page, 'renewal-failed')
    await reads(page, /^Renewing has not worked yet\. /)
    await accessible(page, 'a failed renewal')
  },
}

const expires: Spec = {
  title: 'a certificate that has expired is told, with what happens next',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    // the state looks at the clock every fifteen seconds
    await page.locator('[data-life="expired"]').waitFor({ timeout: 40_000 })
    await titled(page, 'home.expired.title')
    await accessible(page, 'expired')
    const { current } = (await app.state()).certificate
    assert.ok((current?.notAfter ?? Infinity) <= Date.now())
    await (await stage.network()).reopen()
  },
}

export const shortLife: Story = { name: 'a short life', specs: [renewed, renewalFails, expires] }
