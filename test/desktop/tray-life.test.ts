// What the tray of the packaged app says in the bad days of a certificate and of a key, and the messages that come by themselves.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { whyNoKeyring } from '../support/keyring.ts'
import { openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import { startFriends } from '../support/desktop/friends.ts'
import { pictureOf } from '../support/desktop/tray-icon.ts'
import { menuOf, says } from '../support/desktop/tray-words.ts'

/** Enough for an order on a busy machine, short enough to be waited for. */
const LIFE_SECONDS = 24

describe('the tray of the packaged app in bad days', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('says what has happened', (t) => t.skip(why))
    return
  }

  it('says that renewing fails, and that a certificate has expired, which a message tells as well', async (t) => {
    const desktop = await openDesktop(t)
    const { panel, session } = desktop
    const friends = await startFriends(t, { lifeSeconds: LIFE_SECONDS })
    const app = await desktop.app({ joined: friends.invitation })
    await session.window(/^Home/)
    await panel.item('an icon without a certificate', says(/^No certificate yet$/))
    await panel.click('Get certificate')
    await panel.item('an icon that serves', says(/^A test certificate is in use\. Renews in about 1 hour$/))
    friends.mood = 'broken'
    await desktop.closeWindow()
    await desktop.noWindow()
    assert.deepEqual(panel.messages, [], 'who sees the window is told by it')
    const failing = await panel.item(
      'an icon of a failed renewal',
      says(/^A test certificate is in use\. 0 hours are left; next try/),
    )
    assert.deepEqual(menuOf(failing).slice(2, 4), ['Try now', 'Open Nodetrust'])
    const over = await panel.item(
      'an icon of an expired certificate',
      says(/^The certificate has expired\. Next try at/),
    )
    assert.match(await pictureOf(over), /^attention-/)
    assert.equal(menuOf(over).at(-1), 'Quit Nodetrust')
    // in its last minutes, or at its end: whatever came first
    const told = await panel.message(/expire/)
    assert.equal(told.urgency, 2)
    assert.deepEqual(await session.screen.windows(), [])
    await panel.clickMessage(told)
    await session.window(/^Certificate/)
    await panel.click('Quit Nodetrust')
    assert.equal(await app.ended, 0, app.said())
  })

  const noKeyring = await whyNoKeyring()
  it('says that the password store is locked, and goes on when it is open', { skip: noKeyring ?? false }, async (t) => {
    const desktop = await openDesktop(t, { keyring: 'unlocked' })
    const { panel, session } = desktop
    const friends = await startFriends(t)
    const first = await desktop.app({ args: ['--hidden'], joined: friends.invitation })
    await panel.item('an icon without a certificate', says(/^No certificate yet$/))
    await panel.click('Quit Nodetrust')
    assert.equal(await first.ended, 0, first.said())
    await desktop.until('the icon is gone', async () => (await panel.items()).length === 0)

    await session.keyring?.lock()
    const app = await desktop.app({ again: true, args: ['--hidden'] })
    const locked = await panel.item(
      'an icon of a locked key',
      says(/^Your password store is locked\. Unlock it, and all goes on$/),
    )
    assert.match(await pictureOf(locked), /^attention-/)
    await panel.clickMessage(await panel.message(/locked/))
    await session.window(/^Home/)
    await session.keyring?.unlock()
    await panel.click('Unlock')
    await panel.item('an icon without a certificate', says(/^No certificate yet$/))
    await panel.click('Quit Nodetrust')
    assert.equal(await app.ended, 0, app.said())
  })
})
