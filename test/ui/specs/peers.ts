// Other computers, as a person has to do with them: added by an address, named, looked at, tried, taken back; and how they are tried.
import assert from 'node:assert/strict'
import { parseInvitation } from '../../../proto/invitation.ts'
import { eventually } from '../../support/desktop/eventually.ts'
import { accessible, button, goTo, reads, say } from '../words.ts'
import type { AppHost } from '../hosts/host.ts'
import type { Page } from 'playwright-core'
import type { Spec, Stage, Story } from '../story.ts'

const NAME = 'The server in the cellar'

/** Where the network's issue server is: a peer that answers. */
async function serverOf(stage: Stage): Promise<{ readonly address: string; readonly peerId: string }> {
  const [address = ''] = parseInvitation((await stage.network()).invitation).issue
  return { address, peerId: address.split('/').at(-1) ?? '' }
}

const peerOf = async (app: AppHost, peerId: string) =>
  (await app.state()).peers.list.find((peer) => peer.peerId === peerId)

/** The peer that is listed under some words. */
const line = (page: Page, words: string) => page.locator('.peer-fold').filter({ hasText: words })

const added: Spec = {
  title: 'a peer that is added is connected, and says of its address where it comes from and that it works',
  async run(stage) {
    const app = await stage.startApp({ joined: (await stage.network()).invitation })
    const page = app.page()
    const { address, peerId } = await serverOf(stage)
    await goTo(page, 'peers')
    await button(page, 'peers.add').first().click()
    await page.getByLabel(say('peers.add.address'), { exact: true }).fill(address)
    await page
      .getByRole('dialog')
      .getByRole('button', { name: say('peers.add.button'), exact: true })
      .click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const peer = line(page, peerId.slice(-8))
    await peer.locator('summary').press('Enter')
    await peer
      .locator('.peer-facts')
      .getByText(/^You added it /)
      .waitFor()
    await peer
      .locator('.peer-facts')
      .getByText(/^Worked /)
      .first()
      .waitFor()
    await accessible(page, 'a peer with its addresses')
    const known = await peerOf(app, peerId)
    assert.deepEqual(
      known?.addresses.flatMap(({ sources }) => sources.filter(({ provenance }) => provenance === 'user')).length,
      1,
    )
  },
}

const named: Spec = {
  title: 'a peer has the name that a person gives it, on the page, in the search and after the node was started anew',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const { peerId } = await serverOf(stage)
    const peer = line(page, peerId.slice(-8))
    await peer.getByLabel(say('peers.name')).fill(NAME)
    await peer.getByLabel(say('peers.name')).press('Tab')
    await line(page, NAME).waitFor()
    assert.equal((await peerOf(app, peerId))?.name, NAME)
    const starts = async () => (await app.state()).activity.entries.filter(({ code }) => code === 'started').length
    const before = await starts()
    await goTo(page, 'settings')
    await page.getByRole('switch', { name: say('settings.mapPorts') }).click()
    await eventually('the node was started anew', async () => (await starts()) > before)
    assert.equal((await peerOf(app, peerId))?.name, NAME)
    await goTo(page, 'peers')
    await page.getByRole('radio', { name: new RegExp(`^${say('peers.all')}`) }).check({ force: true })
    await line(page, NAME).waitFor()
  },
}

const tried: Spec = {
  title: 'a peer is tried by a press, and says what came of it; the way that is chosen decides what is tried',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const peer = line(page, NAME)
    const open = peer.locator('.peer-more')
    if (!(await open.isVisible())) await peer.locator('summary').press('Enter')
    await button(page, 'peers.try.what', { peer: NAME }).press('Enter')
    await peer.locator('.peer-report .icon-good').first().waitFor()
    await accessible(page, 'a peer that was tried')
    await page.locator('summary', { hasText: say('dial.policy.default') }).press('Enter')
    await page.getByRole('radio', { name: new RegExp(`^${say('dial.policy.certified-only')}`) }).check()
    await page.locator('summary', { hasText: say('dial.policy.certified-only') }).waitFor()
    await eventually('the way is kept', async () => (await app.state()).settings.values.dialPolicy === 'certified-only')
    await accessible(page, 'the ways to try addresses')
  },
}

const takenBack: Spec = {
  title: 'an address that was added is taken back, and what others say of the peer stays',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const { peerId } = await serverOf(stage)
    const isMine = async () =>
      (await peerOf(app, peerId))?.addresses.some(({ sources }) =>
        sources.some(({ provenance }) => provenance === 'user'),
      )
    assert.equal(await isMine(), true)
    await line(page, NAME)
      .getByRole('button', { name: new RegExp(`^${say('peers.remove')} /`) })
      .first()
      .click()
    await eventually('it is taken back', async () => (await isMine()) !== true)
    await reads(page, NAME)
  },
}

export const peers: Story = { name: 'other computers', specs: [added, named, tried, takenBack] }
