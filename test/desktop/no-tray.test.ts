// The packaged app on desktops that show no tray icons, show them later, or lose their panel for a while.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatInvitation } from '../../proto/invitation.ts'
import { type LiveDesktop, openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import { menuOf } from '../support/desktop/tray-words.ts'

/** A network that is never asked. */
const NOWHERE = formatInvitation({
  ...{ zone: 'example.org', name: 'The club' },
  issue: ['/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'],
})

/** The app's windows as a list of windows has them, minimised ones as well. */
async function listed({ session: { screen } }: LiveDesktop): Promise<{ title: string; minimised: boolean }[]> {
  const lines = (await screen.tool('wmctrl', ['-l'])).split('\n').filter((line) => line.includes('Nodetrust'))
  return Promise.all(
    lines.map(async (line) => {
      const [id = '', , , ...title] = line.split(/\s+/)
      const state = await screen.tool('xprop', ['-id', id, '_NET_WM_STATE']).catch(() => '')
      return { title: title.join(' '), minimised: state.includes('_NET_WM_STATE_HIDDEN') }
    }),
  )
}

describe('the packaged app without a place for its tray icon', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('stays to be found', (t) => t.skip(why))
    return
  }

  it('says so, stays among the windows when it is closed, and has an icon for each panel that comes', async (t) => {
    const desktop = await openDesktop(t, { tray: false })
    const { panel, session } = desktop
    const { screen } = session
    const app = await desktop.app()
    await session.window(/^Welcome/)
    const minimised = async () => (await listed(desktop)).some((window) => window.minimised)

    await desktop.closeWindow()
    const question = await session.window(/^Keep Nodetrust running\?/)
    await screen.tool('xdotool', ['windowactivate', '--sync', question.id, 'key', 'Return'])
    await desktop.until('the window is minimised', minimised)
    await desktop.until('nothing is in the way', async () => (await screen.windows()).length === 0)
    assert.equal((await listed(desktop)).length, 1)

    const second = await desktop.app({ again: true })
    assert.equal(await second.ended, 0)
    await session.window(/^Welcome/)

    await panel.appear()
    await panel.item('an icon for a panel that came later', (item) => menuOf(item).includes('Open in a browser'))
    await panel.click('Open in a browser')
    await desktop.opened(/^http:\/\/127\.0\.0\.1:/)
    const codes = async () => (await desktop.call('state.get', {})).state.app.notices.map(({ code }) => code)
    assert.ok(!(await codes()).includes('no-tray'))
    await desktop.closeWindow()
    await desktop.noWindow()
    assert.deepEqual(await listed(desktop), [])

    // a panel that has crashed and is not started again
    await panel.vanish()
    await desktop.until('the window says so', async () => (await codes()).includes('no-tray'))
    await desktop.until('the window is among the others', minimised)
    assert.deepEqual(panel.messages, [])

    await panel.appear()
    await panel.item('an icon for the panel that is back')
    await desktop.until('one icon', async () => (await panel.items()).length === 1)
    await panel.click('Quit Nodetrust')
    assert.equal(await app.ended, 0, app.said())
  })

  it('started without its window, waits among the windows once it is clear that no panel comes', async (t) => {
    const desktop = await openDesktop(t, { tray: false })
    const app = await desktop.app({
      args: ['--hidden'],
      joined: NOWHERE,
    })
    await desktop.until('it is in the list of windows', async () =>
      (await listed(desktop)).some(({ minimised }) => minimised),
    )
    assert.deepEqual(await desktop.session.screen.windows(), [])
    app.child.kill('SIGTERM')
    assert.equal(await app.ended, 0, app.said())
  })
})
