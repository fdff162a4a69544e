// The tray of the packaged app, as a panel shows it and a person clicks on it: over D-Bus, from outside.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import { startFriends } from '../support/desktop/friends.ts'
import { pictureOf } from '../support/desktop/tray-icon.ts'
import { menuOf, says, tooltipOf } from '../support/desktop/tray-words.ts'

const ALWAYS = ['Open Nodetrust', 'Open in a browser'] as const

describe('the tray of the packaged app', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('shows the state', (t) => t.skip(why))
    return
  }

  it('goes with a person from the first start to the certificate, and ends the app', async (t) => {
    const desktop = await openDesktop(t)
    const { panel, session, logind } = desktop
    const friends = await startFriends(t)
    const app = await desktop.app()

    const fresh = await panel.item('an icon without a network', says(/^No network chosen yet$/))
    assert.match(await pictureOf(fresh), /^idle-/)
    assert.deepEqual(menuOf(fresh), [
      ...['(No network chosen yet)', 'Choose a network', ...ALWAYS, 'Settings', 'Quit Nodetrust'],
    ])

    // an invitation, as a browser or a mail program hands it over, and the button below it
    await session.window(/^Welcome/)
    const second = await desktop.app({ again: true, args: [friends.invitation] })
    assert.equal(await second.ended, 0)
    friends.mood = 'holding'
    await desktop.clickMain(/^Welcome/, /^Home/)
    await session.window(/^Home/)
    await desktop.closeWindow()
    await desktop.noWindow()

    // joining goes straight on to the certificate; it can be stopped, and asked for once more
    await friends.held()
    await panel.item('an icon at work', says(/^Getting your certificate/))
    await panel.click('Cancel')
    await panel.item('an icon without a certificate', says(/^No certificate yet$/))
    await panel.click('Get certificate')
    await friends.held()
    const busy = await panel.item('an icon at work', says(/^Getting your certificate\. Step \d of 7$/))
    assert.match(await pictureOf(busy), /^working-[123]-/)
    assert.deepEqual(menuOf(busy).slice(2), [...[...ALWAYS, 'Cancel', 'Settings', 'Quit Nodetrust and stop the work']])

    friends.release()
    const done = await panel.item(
      'an icon that serves',
      says(/^A test certificate is in use\. Renews in about \d+ days$/),
    )
    assert.match(await pictureOf(done), /^serving-/)
    assert.deepEqual(menuOf(done).slice(2), [
      ...['Open Nodetrust', 'Copy address', 'Test from a browser', 'Open in a browser'],
      ...['Settings', 'Quit Nodetrust and stop serving'],
    ])
    const told = await panel.message(/certificate/)
    assert.equal((await session.screen.windows()).length, 0, 'nothing opens by itself')
    await panel.clickMessage(told)
    await session.window(/^Home/)

    await panel.click('Copy address')
    await desktop.until('an address lies in the clipboard', async () =>
      /^\/dns4\/.+\/tls\/ws/.test(await desktop.clipboard()),
    )
    await panel.click('Test from a browser')
    assert.match(await desktop.opened(/^https:/), new RegExp(`\\.${friends.zone.replaceAll('.', '\\.')}:\\d+/`))
    await panel.click('Open in a browser')
    await desktop.opened(/^http:\/\/127\.0\.0\.1:\d+\/#t=/)
    const { state } = await desktop.call('state.get', {})
    assert.equal(
      await desktop.clipboard(),
      state.addresses.list.find(({ kind, certified }) => kind === 'web' && certified)?.address,
    )
    assert.equal(state.certificate.life.state, 'serving')

    await panel.click('Settings')
    await session.window(/^Settings/)
    await desktop.closeWindow()
    await desktop.noWindow()
    await panel.activate(await panel.item('the icon'))
    await session.window(/Nodetrust/)
    await desktop.closeWindow()
    await desktop.noWindow()
    await panel.click('Open Nodetrust')
    await session.window(/Nodetrust/)

    await panel.click('Quit Nodetrust and stop serving')
    assert.equal(await app.ended, 0, app.said())
    await desktop.until('the icon is gone', async () => (await panel.items()).length === 0)
    await logind.held(0)
  })

  it('says of each trouble what it is, what comes next and what one can do', async (t) => {
    const desktop = await openDesktop(t)
    const { panel } = desktop
    const friends = await startFriends(t)
    /** Starts the app without its window, asks for a certificate, and ends it when it was looked at. */
    const trouble = async (words: RegExp, menu: readonly string[], joined = friends.invitation) => {
      const app = await desktop.app({ args: ['--hidden'], joined })
      await panel.item('an icon without a certificate', says(/^No certificate yet$/))
      await panel.click('Get certificate')
      const item = await panel.item(`an icon that says ${String(words)}`, says(words))
      assert.match(await pictureOf(item), /^attention-/, tooltipOf(item))
      assert.deepEqual(menuOf(item).slice(2), [...menu, 'Settings', 'Quit Nodetrust'], tooltipOf(item))
      assert.equal(
        menuOf(item)
          .slice(0, 2)
          .map((line) => line.slice(1, -1))
          .join('. '),
        tooltipOf(item),
      )
      await panel.click('Quit Nodetrust')
      assert.equal(await app.ended, 0, app.said())
      await desktop.until('the icon is gone', async () => (await panel.items()).length === 0)
    }
    friends.mood = 'refusing'
    await trouble(/^The network said no\. Ask whoever invited you$/, ['Use another network', ...ALWAYS])
    friends.mood = 'broken'
    await trouble(/^No certificate yet: something went wrong\. Next try at \d\d:\d\d$/, ['Try now', ...ALWAYS])
    friends.mood = 'willing'
    friends.closed = true
    await trouble(
      /^Others cannot reach this computer\./,
      ['What can I do?', 'Try now', ...ALWAYS],
      friends.forgeInvitation,
    )
    // the network remembers for days what its CA has said
    friends.closed = false
    friends.mood = 'limited'
    await trouble(/^We have to wait until .+\. You need to do nothing$/, ['Use another network', ...ALWAYS])
  })
})
