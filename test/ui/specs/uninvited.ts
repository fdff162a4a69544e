// Who has no invitation, as most people: the app opens with the public network chosen where that answers, and one press leads to a
// certificate. The public network of these specs is one of the test's own.
import assert from 'node:assert/strict'
import { accessible, button, choose, chosen, life, reads, say, titled } from '../words.ts'
import type { Page } from 'playwright-core'
import type { AppHost } from '../hosts/host.ts'
import type { UiNetwork } from '../hosts/network.ts'
import type { Spec, Stage, Story } from '../story.ts'

/** The first start of an app that is offered this network. */
const firstStart = (stage: Stage, { forgeInvitation }: UiNetwork): Promise<AppHost> =>
  stage.startApp({ env: { NODETRUST_NETWORK__PUBLIC: forgeInvitation } })

const nothingChosen = async (page: Page) =>
  assert.equal(await page.getByRole('radio', { checked: true }).count(), 0, 'nothing is chosen')

const silent: Spec = {
  title: 'where the public network does not answer nothing is chosen, the page says so, and a press asks again',
  async run(stage) {
    const network = await stage.network()
    await network.shut()
    const app = await firstStart(stage, network)
    const page = app.page()
    await titled(page, 'welcome.title')
    await reads(page, say('welcome.silent'))
    await nothingChosen(page)
    assert.ok(await button(page, 'home.idle.button').isDisabled())
    assert.equal((await app.state()).network.public?.broker, 'silent')
    await accessible(page, 'the public network is silent')
    await network.reopen()
    await button(page, 'welcome.again').click()
    await chosen(page, 'public')
  },
}

const personFirst: Spec = {
  title: 'what a person has chosen stays, whatever the public network answers then',
  async run(stage) {
    const page = stage.app().page()
    await choose(page, 'sandbox')
    await page.reload()
    await chosen(page, 'public')
    await choose(page, 'invited')
    await choose(page, 'public')
    assert.equal((await stage.app().state()).network.choice, null, 'choosing is not joining')
  },
}

const oneClick: Spec = {
  title: 'without an invitation one press leads from the first question to a certificate',
  async run(stage) {
    const network = await stage.network()
    const app = await firstStart(stage, network)
    const page = app.page()
    await chosen(page, 'public')
    await reads(page, say('welcome.public.any'))
    await accessible(page, 'the public network is chosen')
    await button(page, 'home.idle.button').click()
    await life(page, 'serving')
    const { choice } = (await app.state()).network
    assert.deepEqual([choice?.kind, choice?.forges], ['joined', [network.zone]])
  },
}

const copied: Spec = {
  title: 'an invitation that was just copied is the answer that is chosen',
  async run(stage) {
    const network = await stage.network()
    const app = await firstStart(stage, network)
    const page = app.page()
    assert.ok(app.copy)
    for (const other of ['', 'hunter2', 'x'.repeat(1_048_576), 'https://example.org/join?issue=x']) {
      await app.copy(other)
      await page.reload()
      await chosen(page, 'public')
      assert.ok(!(await page.content()).includes('hunter2'))
    }
    await app.copy(`See you!\n${network.invitation}\nPassword: hunter2`)
    await page.reload()
    await chosen(page, 'invited')
    await reads(page, say('welcome.names.value', { zone: network.zone }))
    await reads(page, say('welcome.care'))
    await reads(page, say('welcome.clipboard.found'))
    assert.ok(!(await page.content()).includes('hunter2'), 'nothing but the invitation left the clipboard')
    assert.equal((await app.state()).network.choice, null)
    await button(page, 'welcome.join').click()
    await life(page, 'serving')
  },
}

export const uninvited: Story = { name: 'who has no invitation', specs: [silent, personFirst, oneClick, copied] }
