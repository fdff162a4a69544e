// Orders that do not go well, each made so at the CA or at the servers; the page and the node are as always.
import assert from 'node:assert/strict'
import { accessible, button, goTo, life, reads, say, titled } from '../words.ts'
import type { Spec, Stage, Story } from '../story.ts'
import type { CaMood } from '../hosts/network.ts'

const closedDuringOrder: Spec = {
  title: 'a window that is closed during an order does not end it',
  async run(stage) {
    const network = await stage.network()
    const app = await stage.startApp({ joined: network.invitation })
    network.mood = 'holding'
    await button(app.page(), 'home.idle.button').click()
    await titled(app.page(), 'home.working.title')
    await network.held()
    await accessible(app.page(), 'an attempt under way')
    const { attempt } = (await app.state()).certificate
    await app.closeWindow()
    network.release()
    const page = await app.reopenWindow()
    await goTo(page, 'home')
    await life(page, 'serving')
    assert.equal((await app.state()).certificate.attempt?.id, attempt?.id)
  },
}

const cancelled: Spec = {
  title: 'an order that is cancelled is no failure, and can be begun again',
  async run(stage) {
    const network = await stage.network()
    const app = await stage.startApp({ joined: network.invitation })
    network.mood = 'holding'
    await button(app.page(), 'home.idle.button').click()
    await network.held()
    await button(app.page(), 'cancel').click()
    await titled(app.page(), 'home.idle.title')
    network.release()
    await button(app.page(), 'home.idle.button').click()
    await life(app.page(), 'serving')
  },
}

/** An app that asked once, with the CA in a mood. */
async function asked(stage: Stage, mood: CaMood) {
  const network = await stage.network()
  const app = await stage.startApp({ joined: network.invitation })
  network.mood = mood
  await button(app.page(), 'home.idle.button').click()
  return { app, page: app.page(), network }
}

const refused: Spec = {
  title: 'a network that says no is told with the way to another one',
  async run(stage) {
    const { app, page } = await asked(stage, 'refusing')
    await titled(page, 'home.refused.title')
    await accessible(page, 'refused')
    assert.equal((await app.state()).certificate.life.state, 'refused')
    await button(page, 'home.other-network').click()
    await titled(page, 'nav.network')
  },
}

const broken: Spec = {
  title: 'an authority that is out of order is told, and tried again by a click',
  async run(stage) {
    const { app, page } = await asked(stage, 'broken')
    await titled(page, 'home.failed.title')
    await reads(page, say('error.ca-unavailable'))
    await accessible(page, 'failed')
    assert.ok((await app.state()).certificate.life.nextTryAt)
    await button(page, 'home.try-now').click()
    await reads(page, say('error.too-soon'))
  },
}

const noServer: Spec = {
  title: 'servers that do not answer are told, and nothing is lost',
  async run(stage) {
    const network = await stage.network()
    network.mood = 'willing'
    const app = await stage.startApp({ joined: network.invitation })
    await network.shut()
    await button(app.page(), 'home.idle.button').click()
    await titled(app.page(), 'home.failed.title')
    await reads(app.page(), say('error.server-unreachable'))
    await network.reopen()
  },
}

const limited: Spec = {
  title: 'a limit is told with the day on which it ends',
  async run(stage) {
    const { app, page } = await asked(stage, 'limited')
    await page.getByRole('heading', { level: 1, name: /^We have to wait until / }).waitFor()
    await reads(page, say('error.ca-limit'))
    await accessible(page, 'limited')
    const { life: now } = (await app.state()).certificate
    assert.equal(now.state, 'rate-limited')
    assert.ok((now.nextTryAt ?? 0) > Date.now() + 2 * 24 * 3_600_000)
  },
}

export const orders: Story = {
  name: 'orders',
  // a CA that has asked to wait is left alone from then on, so that one comes last
  specs: [closedDuringOrder, cancelled, refused, broken, noServer, limited],
}
