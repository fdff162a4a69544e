// A certificate the AutoTLS way: the node orders at the CA itself while the broker of a forge knocks and puts the code into the DNS.
// What people read meanwhile, and what they read where the broker, its limits or the CA are in the way.
import assert from 'node:assert/strict'
import { eventually } from '../../support/desktop/eventually.ts'
import { parseInvitation, formatInvitation } from '../../../proto/invitation.ts'
import { accessible, button, choose, goTo, life, reads, say, titled } from '../words.ts'
import { PATIENCE_MS } from '../hosts/browser.ts'
import type { Page } from 'playwright-core'
import type { AppHost } from '../hosts/host.ts'
import type { UiNetwork } from '../hosts/network.ts'
import type { Spec, Stage, Story } from '../story.ts'

const step = (page: Page, name: string) => page.locator(`[data-step="${name}"]`)

/** An app that has joined a forge and asks for its first certificate. */
async function asked(stage: Stage, invitation: string): Promise<{ readonly app: AppHost; readonly page: Page }> {
  const app = await stage.startApp({ joined: invitation })
  await button(app.page(), 'home.idle.button').click()
  return { app, page: app.page() }
}

const joins: Spec = {
  title: 'an invitation to a forge leads to a certificate, and each step says what a forge does',
  async run(stage) {
    const network = await stage.network()
    const { forgeInvitation, zone: forge } = network
    const app = await stage.startApp()
    const page = app.page()
    await choose(page, 'invited')
    await page.getByLabel(say('welcome.invitation'), { exact: true }).fill(forgeInvitation)
    await reads(page, say('welcome.names.value', { zone: forge }))
    network.mood = 'holding'
    await button(page, 'welcome.join').click()
    await network.held()
    await step(page, 'order').getByText(say('step.forge.order.now')).waitFor()
    await step(page, 'reach').getByText(say('note.reach-local')).waitFor()
    await step(page, 'prove').getByText(say('step.forge.prove.soon', { forge })).waitFor()
    await step(page, 'publish').getByText(say('step.forge.publish.soon', { forge })).waitFor()
    await accessible(page, 'an order that a node makes itself')

    network.release()
    network.mood = 'holding-look'
    await network.held()
    await step(page, 'order').getByText(say('note.ordered')).waitFor()
    await step(page, 'prove').getByText(say('note.knocked', { forge })).waitFor()
    await step(page, 'publish').getByText(say('note.forge.published')).waitFor()
    await step(page, 'validate').getByText(say('step.validate.now')).waitFor()
    network.release()
    await life(page, 'serving')
    const { attempt } = (await app.state()).certificate
    assert.deepEqual(attempt?.way, { kind: 'forge', forge, before: null })
    assert.ok(attempt?.steps.every(({ status }) => status === 'done'))
  },
}

const visited: Spec = {
  title: 'another browser trusts the name below the forge',
  async run(stage) {
    const { addresses } = await stage.app().state()
    assert.match(addresses.host ?? '', /^127-0-0-1\.k51[a-z0-9]+\.sandbox\.nodetrust\.test$/)
    const context = await stage.browser.context()
    const page = await context.newPage()
    const response = await page.goto(addresses.testUrl ?? '')
    assert.equal(response?.status(), 200)
    assert.match((await response?.securityDetails())?.issuer ?? '', /Nodetrust/i)
    await context.close()
  },
}

const told: Spec = {
  title: 'the other pages say of a forge what is true of one',
  async run(stage) {
    const page = stage.app().page()
    await goTo(page, 'certificate')
    await reads(page, say('certificate.only-wildcard'))
    await page.getByTitle(/^k51[a-z0-9]+\.sandbox\.nodetrust\.test$/).waitFor()
    await goTo(page, 'reachability')
    await reads(page, say('reach.local.say'))
    await goTo(page, 'peers')
    await reads(page, say('peers.none.forge.say'))
    await goTo(page, 'home')
  },
}

/** Where Home says when it is tried again. */
const nextTry = (page: Page) => page.getByText(/^Next try: /).waitFor()

const down: Spec = {
  title: 'a forge that is not there is told with its name and the next try',
  async run(stage) {
    const network = await stage.network()
    const app = await stage.startApp({ joined: network.forgeInvitation })
    await network.shut()
    await button(app.page(), 'home.idle.button').click()
    await titled(app.page(), 'home.failed.title')
    await reads(app.page(), say('forge.broker-unavailable', { forge: network.zone }))
    await nextTry(app.page())
    await network.reopen()
  },
}

const notDialled: Spec = {
  title: 'a broker that cannot come in is told with what keeps visitors out, and a click asks again',
  async run(stage) {
    const network = await stage.network()
    network.closed = true
    const { app, page } = await asked(stage, network.forgeInvitation)
    await life(page, 'unreachable')
    await titled(page, 'home.unreachable.title')
    await reads(page, say('forge.not-dialled', { forge: network.zone }))
    await reads(page, say('advice.forward'))
    await reads(page, say('advice.firewall'))
    await accessible(page, 'a broker that cannot come in')
    const { life: now } = (await app.state()).certificate
    assert.equal(now.reason, 'not-dialled')
    assert.ok(now.nextTryAt)
    await button(page, 'home.try-now').click()
    await reads(page, say('error.too-soon'))
    network.closed = false
  },
}

const TOKEN = 'a-token-of-a-club-0123456789'

/** A forge for members, of which one place is left. */
let club: UiNetwork | undefined

const withToken = ({ forgeInvitation }: UiNetwork) =>
  formatInvitation({ ...parseInvitation(forgeInvitation), token: TOKEN })

const members: Spec = {
  title: 'a forge for members says whom to ask, and the right invitation gives a certificate',
  async run(stage) {
    club = await stage.networkBeside({ broker: { access: { invitations: [TOKEN] }, limits: { newPerPrefix: 1 } } })
    const { zone: forge } = club
    const { page } = await asked(stage, club.forgeInvitation)
    await titled(page, 'home.refused.title-forge', { forge })
    await reads(page, say('forge.forge-token', { forge }))
    await nextTry(page)
    await button(page, 'home.other-network').click()
    await choose(page, 'invited')
    await page.getByLabel(say('welcome.invitation'), { exact: true }).fill(withToken(club))
    await button(page, 'welcome.join').click()
    await life(page, 'serving')
  },
}

const full: Spec = {
  title: 'a forge that has taken in enough is told with the day on which it goes on',
  async run(stage) {
    assert.ok(club, 'the spec before has started it')
    const { app, page } = await asked(stage, withToken(club))
    await page.getByRole('heading', { level: 1, name: /^We have to wait until / }).waitFor()
    await reads(page, say('forge.broker-limit', { forge: club.zone }))
    assert.equal((await app.state()).certificate.life.problem?.params['code'], 'broker-limit')
  },
}

const nextOne: Spec = {
  title: 'where the first forge is not there, the page says so while the next one is asked',
  async run(stage) {
    const network = await stage.network()
    const gone = `gone.${network.zone}`
    assert.ok(club, 'the spec of the members has started it')
    await club.shut()
    const { directory, broker, zone } = network
    const env = {
      NODETRUST_NETWORK__AUTOTLS__FORGES: JSON.stringify([
        { domain: gone, broker: club.broker, directory },
        { domain: zone, broker, directory },
      ]),
      NODETRUST_NETWORK__AUTOTLS__ADDRESS_CLASSES: '[loopback]',
      NODETRUST_NETWORK__TRUST_ANCHOR: network.rootPath,
      NODETRUST_NETWORK__RESOLVER: network.dns,
    }
    const app = await stage.startApp({ env })
    const page = app.page()
    network.mood = 'holding'
    const begun = await eventually('a state beyond the start', async () => {
      const { state } = (await app.state()).certificate.life
      return state !== 'starting' && state
    })
    if (begun === 'idle') await button(page, 'home.idle.button').click()
    await network.held()
    await reads(page, say('next.unanswered', { before: gone, forge: zone }))
    await accessible(page, 'another forge is asked')
    network.release()
    await life(page, 'serving')
    const { attempt, current } = (await app.state()).certificate
    const before = { forge: gone, why: 'server-unreachable' } as const
    assert.deepEqual(attempt?.way, { kind: 'forge', forge: zone, before })
    assert.match(current?.names[0] ?? '', /^\*\.k51[a-z0-9]+\.sandbox\.nodetrust\.test$/)
  },
}

const limited: Spec = {
  title: 'a limit of the authority is told as the authority’s, not as the forge’s',
  async run(stage) {
    const network = await stage.network()
    network.mood = 'limited'
    const { page } = await asked(stage, network.forgeInvitation)
    await page.getByRole('heading', { level: 1, name: /^We have to wait until / }).waitFor()
    await reads(page, say('forge.ca-limit', { forge: network.zone }))
  },
}

const practised: Spec = {
  title: 'practising offline can be done like in the public network',
  async run(stage) {
    const app = await stage.startApp()
    const page = app.page()
    await choose(page, 'sandbox')
    await page.getByText(say('welcome.sandbox.forge'), { exact: true }).click()
    await button(page, 'welcome.start-sandbox').click()
    // a whole network starts, and then a certificate is got
    await titled(page, 'home.serving.test-title', {}, 2 * PATIENCE_MS)
    assert.equal((await app.state()).certificate.attempt?.way.kind, 'forge')
  },
}

export const forge: Story = {
  name: 'a forge',
  specs: [joins, visited, told, down, notDialled, members, full, nextOne, limited, practised],
}
