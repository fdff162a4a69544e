// A network that works is left with open eyes: the new one's server is asked first, and an invitation that comes in while another is
// looked at waits for a press of its own.
import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { formatInvitation, parseInvitation } from '../../../proto/invitation.ts'
import { accessible, button, chosen, goTo, life, reads, say, titled } from '../words.ts'
import type { Spec, Stage, Story } from '../story.ts'

/** An invitation to a network whose server is not there. */
async function toNobody(stage: Stage): Promise<string> {
  const invitation = parseInvitation((await stage.network()).invitation)
  // somebody whom the node has not met, or it would ask them over the connection that it has
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
  const issue = [`/ip4/127.0.0.1/tcp/9/p2p/${peer}`]
  return formatInvitation({ ...invitation, name: 'Nobody', zone: `nobody.${invitation.zone}`, issue })
}

const waits: Spec = {
  title: 'a link that comes in while another invitation is shown does not slip in under the press',
  async run(stage) {
    const app = await stage.startApp()
    const page = app.page()
    const { invitation, zone } = await stage.network()
    await app.follow(invitation)
    await reads(page, say('welcome.names.value', { zone }))
    await app.follow(await toNobody(stage))
    await reads(page, say('welcome.came'))
    await reads(page, say('welcome.names.value', { zone }))
    await accessible(page, 'another invitation has come in')
    await button(page, 'welcome.join').click()
    await life(page, 'serving')
    assert.equal((await app.state()).network.choice?.zone, zone)
  },
}

const stays: Spec = {
  title: 'a network that works is not left for one whose server does not answer, unless one says so',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    const { zone } = await stage.network()
    const { fingerprint } = (await app.state()).certificate.current ?? {}
    await app.follow(await toNobody(stage))
    await titled(page, 'nav.network')
    await chosen(page, 'invited')
    await button(page, 'welcome.join').click()
    await reads(page, say('welcome.stays-silent'))
    await accessible(page, 'the server of the new network does not answer')
    assert.equal((await app.state()).network.choice?.zone, zone)
    await button(page, 'welcome.stay').click()
    await life(page, 'serving')
    assert.equal((await app.state()).certificate.current?.fingerprint, fingerprint)

    await app.follow(await toNobody(stage))
    await button(page, 'welcome.join').click()
    await button(page, 'welcome.switch-anyway').click()
    await titled(page, 'home.failed.title')
    await reads(page, say('error.server-unreachable'))
    assert.equal((await app.state()).network.choice?.zone, `nobody.${zone}`)
    // and the way back is as short
    await app.follow((await stage.network()).invitation)
    await titled(page, 'nav.network')
    await button(page, 'welcome.join').click()
    await life(page, 'serving')
    await goTo(page, 'home')
  },
}

const cut: Spec = {
  title: 'an invitation of which the end is missing is told as that',
  async run(stage) {
    const app = stage.app()
    const page = app.page()
    await goTo(page, 'network')
    await page.getByRole('radio', { name: say('welcome.invited') }).check()
    await page
      .getByLabel(say('welcome.invitation'), { exact: true })
      .fill((await stage.network()).invitation.slice(0, -4))
    await reads(page, say('error.cut-invitation'))
    assert.equal(await button(page, 'welcome.join').isDisabled(), true)
  },
}

export const leaving: Story = { name: 'leaving a network', specs: [waits, stays, cut] }
