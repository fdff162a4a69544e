// The key in a real keyring of the system, locked and opened again while the page shows it.
import assert from 'node:assert/strict'
import { startKeyring, whyNoKeyring } from '../../support/keyring.ts'
import { accessible, button, goTo, life, say, titled } from '../words.ts'
import type { Spec, Story } from '../story.ts'

const locked: Spec = {
  title: 'a locked keyring is told, and all goes on once it is open',
  async run(stage) {
    const keyring = stage.own(await startKeyring(stage.hosts.owner ? { owner: stage.hosts.owner } : {}))
    const bus = { DBUS_SESSION_BUS_ADDRESS: keyring.env['DBUS_SESSION_BUS_ADDRESS'] ?? '' }
    const network = await stage.network()
    const app = await stage.startApp({ joined: network.invitation, env: bus })
    await button(app.page(), 'home.idle.button').click()
    await life(app.page(), 'serving')
    const before = (await app.state()).identity
    assert.equal(before.store, 'keychain')

    await keyring.lock()
    const page = await app.restart()
    await titled(page, 'home.key-locked.title')
    await accessible(page, 'a locked keyring')
    assert.equal((await app.state()).certificate.life.state, 'key-locked')

    await keyring.unlock()
    await button(page, 'home.key-locked.button').click()
    await goTo(page, 'home')
    await life(page, 'serving')
    assert.equal((await app.state()).identity.peerId, before.peerId, say('home.key-locked.say'))
  },
}

export const lockedKey: Story = { name: 'a locked key', whyNot: whyNoKeyring, specs: [locked] }
