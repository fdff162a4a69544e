// The name by key, as a person has to do with it: switched on, seen at relays, somebody else's checked with the right and with another key, taken back.
import assert from 'node:assert/strict'
import { accessible, button, goTo, say } from '../words.ts'
import { machine, relaysOf, serve } from '../../naming/support.ts'
import type { Page } from 'playwright-core'
import type { Spec, Stage, Story } from '../story.ts'

/** What ends with the story, the last first. */
function endsOf(stage: Stage): { after(end: () => unknown): void } {
  const ends: (() => unknown)[] = []
  stage.own({
    async stop() {
      for (const end of ends.toReversed()) await end()
    },
  })
  return { after: (end) => void ends.push(end) }
}

/** Types somebody's name and has it checked. @returns the verdict that is shown */
async function check(page: Page, name: string): Promise<string | null> {
  await page.getByLabel(say('name.other.label'), { exact: true }).fill(name)
  await button(page, 'name.verify').press('Enter')
  const verdict = page.locator('[data-verdict]')
  await verdict.waitFor()
  return verdict.getAttribute('data-verdict')
}

let urls: readonly string[] = []

const published: Spec = {
  title: 'a name by key is switched on, is published at relays that say so, and can be found from the addresses',
  async run(stage) {
    const relays = await relaysOf(endsOf(stage))
    urls = relays.map(({ url }) => url)
    const app = await stage.startApp({
      joined: (await stage.network()).invitation,
      env: {
        NODETRUST_NAMING__RELAYS: urls.join(','),
        NODETRUST_NAMING__ALLOW_PRIVATE: 'true',
        NODETRUST_NAMING__LAN: 'false',
      },
    })
    const page = app.page()
    await goTo(page, 'addresses')
    await page.getByRole('link', { name: new RegExp(`^${say('name.title')}`) }).press('Enter')
    await page.locator('[data-name^="npub1"]').waitFor()
    assert.equal((await app.state()).name.published, null)
    await accessible(page, 'a name that is not published')
    await page.getByRole('switch', { name: new RegExp(`^${say('name.publish')}`) }).press('Space')
    await page.locator('[data-published="on"]').waitFor()
    assert.deepEqual(
      await page.getByText(say('name.relay.kept'), { exact: true }).count(),
      urls.length,
      'each relay has it',
    )
    await page.locator('summary', { hasText: say('name.records') }).press('Enter')
    await accessible(page, 'a name that is published')
  },
}

const checked: Spec = {
  title:
    'somebody else’s name is checked: the signed key is told from another one, and what is no name is told as that',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const t = endsOf(stage)
    const [honest, robbed] = await Promise.all([machine(t, { urls }), machine(t, { urls })])
    const port = await serve(t, honest.certificate)
    honest.setWay({ ips: ['127.0.0.1'], port })
    // where this one leads, the other one answers for it
    const wrong = await serve(t, { contextFor: () => honest.certificate.contextFor(`${honest.key.npub}.nostr`) })
    robbed.setWay({ ips: ['127.0.0.1'], port: wrong })
    for (const { publisher } of [honest, robbed]) await publisher.publishNow()
    assert.equal(await check(page, `${honest.key.npub}.nostr`), 'verified')
    await accessible(page, 'a name that is who it says')
    assert.equal(await check(page, robbed.key.npub), 'wrong-key')
    await page.locator('[data-step="pin"][data-outcome="bad"]').waitFor()
    await accessible(page, 'a name behind which somebody else answers')
    await page.getByLabel(say('name.other.label'), { exact: true }).fill('example.org')
    await button(page, 'name.verify').press('Enter')
    await page.getByRole('alert').getByText(say('error.bad-name')).waitFor()
  },
}

const withdrawn: Spec = {
  title: 'a name that is switched off is no longer published, and says so',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await page.getByRole('switch', { name: new RegExp(`^${say('name.publish')}`) }).press('Space')
    await page.locator('[data-published="off"]').waitFor()
    assert.equal((await app.state()).name.publish, false)
  },
}

export const names: Story = { name: 'names by key', specs: [published, checked, withdrawn] }
