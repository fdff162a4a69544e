// "Check everything" on a node that serves: a line each, as it is known, and a card for somebody who helps.
import assert from 'node:assert/strict'
import { NODE_CHECKS } from '../../../proto/doctor.ts'
import { accessible, button, goTo, reads, say, titled } from '../words.ts'
import type { Spec } from '../story.ts'

/** A look from outside takes a quarter of a minute. */
const LOOK_MS = 40_000

export const checkUp: Spec = {
  title: 'one press checks everything, a line each, and the card holds no address',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await goTo(page, 'settings')
    await button(page, 'doctor.button').click()
    await titled(page, 'nav.doctor')
    await reads(page, say('doctor.intro.title'))
    await accessible(page, 'before the check-up')
    await button(page, 'doctor').click()
    await button(page, 'doctor.again').waitFor({ timeout: LOOK_MS })
    const lines = page.locator('[data-check]')
    assert.deepEqual(await lines.evaluateAll((all) => all.map((line) => line.getAttribute('data-check'))), [
      ...NODE_CHECKS,
    ])
    // a machine for tests has no password store, and says so
    const wrong = page.locator('[data-status="bad"], [data-status="warning"]:not([data-check="key"])')
    assert.deepEqual(await wrong.allTextContents(), [])
    await reads(page, say('finding.network-local'))
    await accessible(page, 'after the check-up')
    await button(page, 'doctor.copy').click()
    await page.getByRole('status').getByText(say('copied')).waitFor({ state: 'attached' })
    const card = await app.copied()
    const { peerId } = (await app.state()).identity
    assert.ok(peerId !== null && card.includes(peerId), card)
    assert.match(card, /^✓ Certificate {2}Visitors see the right one/m)
    await goTo(page, 'home')
  },
}
