// What the page says is wrong is what is wrong: a peer that is silent is no missing internet, a server with another key is not a
// silent one, and a node that starts anew does not stop. Everything here is so in fact; nothing is posed.
import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { formatInvitation, parseInvitation } from '../../../proto/invitation.ts'
import { eventually } from '../../support/desktop/eventually.ts'
import { accessible, button, goTo, reads, say, titled } from '../words.ts'
import type { Page } from 'playwright-core'
import type { Spec, Story } from '../story.ts'

const strangersId = async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

const otherKey: Spec = {
  title: 'a server that has another key than the invitation says is called that, and another network is offered',
  async run(stage) {
    const invitation = parseInvitation((await stage.network()).invitation)
    const other = await strangersId()
    const issue = invitation.issue.map((address) => address.replace(/[^/]+$/, other))
    const app = await stage.startApp({ joined: formatInvitation({ ...invitation, issue }) })
    const page = app.page()
    await reads(page, say('notice.test-network'))
    await button(page, 'home.idle.button').click()
    await titled(page, 'home.failed.title')
    await reads(page, say('error.server-other-key'))
    await accessible(page, 'a server with another key')
    assert.equal((await app.state()).certificate.life.problem?.code, 'server-other-key')
    await button(page, 'home.other-network').click()
    await titled(page, 'nav.network')
  },
}

/** Types an address in as a person does. */
async function addPeer(page: Page, address: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  if (!(await dialog.isVisible())) await button(page, 'peers.add').first().click()
  await page.getByLabel(say('peers.add.address'), { exact: true }).fill(address)
  await dialog.getByRole('button', { name: say('peers.add.button'), exact: true }).click()
}

const silentPeer: Spec = {
  title: 'a peer that does not answer, and one with another key, are not taken for a missing internet',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const [address = ''] = parseInvitation((await stage.network()).invitation).issue
    await goTo(page, 'peers')
    await addPeer(page, `/ip4/127.0.0.1/tcp/9/p2p/${await strangersId()}`)
    await reads(page, say('error.peer-silent'))
    await addPeer(page, address.replace(/[^/]+$/, await strangersId()))
    await reads(page, say('error.peer-other-key'))
    assert.equal(await page.getByText(say('error.offline')).count(), 0)
    await accessible(page, 'a peer with another key')
    await page.keyboard.press('Escape')
  },
}

/** What is said from now on to people who listen, in its order. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    const live = document.querySelector('p.unseen[role="status"]')
    window.heard = []
    new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true })
  }`)
  return async () => (await page.evaluate('window.heard')) as string[]
}

const startsAnew: Spec = {
  title: 'who listens hears that a node which is started anew is starting, and nothing of an end',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await goTo(page, 'settings')
    const heard = await listen(page)
    const { mapPorts } = (await app.state()).settings.values
    await page.getByRole('switch', { name: say('settings.mapPorts') }).click()
    const words = await eventually('the start and what came of it are told', async () => {
      const all = (await heard()).join(' | ')
      return /(failed|idle|not worked|No certificate)/.test(all.split(say('home.starting.title'))[1] ?? '')
        ? all
        : undefined
    })
    assert.equal((await app.state()).settings.values.mapPorts, !mapPorts)
    assert.doesNotMatch(words, new RegExp(say('home.stopped.title')))
  },
}

export const causes: Story = { name: 'what is wrong in fact', specs: [otherKey, silentPeer, startsAnew] }
