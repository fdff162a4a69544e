// The packaged app as it is started by a login, and without its window: on desktops that take an icon as a file, and as pixels.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { formatInvitation } from '../../proto/invitation.ts'
import { type LiveDesktop, openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import type { Started } from '../support/desktop/session.ts'
import { pictureOf } from '../support/desktop/tray-icon.ts'
import { says } from '../support/desktop/tray-words.ts'

const run = promisify(execFile)

/** A network that is never asked. */
const NOWHERE = formatInvitation({
  ...{ zone: 'example.org', name: 'The club' },
  issue: ['/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'],
})

async function quit(desktop: LiveDesktop, app: Started): Promise<void> {
  await desktop.panel.click('Quit Nodetrust')
  assert.equal(await app.ended, 0, app.said())
  await desktop.until('the icon is gone', async () => (await desktop.panel.items()).length === 0)
}

describe('the packaged app at a login', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('has no window', (t) => t.skip(why))
    return
  }

  it('starts by an entry that is valid, hides its window then, and takes the entry away again', async (t) => {
    const desktop = await openDesktop(t)
    const { panel, session } = desktop
    const set = async (values: Parameters<typeof desktop.call<'settings.set'>>[1]['values']) => {
      await panel.click('Open in a browser')
      await desktop.until('the page for browsers is open', () =>
        desktop.call('state.get', {}).then(Boolean, () => false),
      )
      await desktop.call('settings.set', { values })
    }
    const entry = join(session.account.home, '.config', 'autostart', 'org.nodetrust.app.desktop')
    const isThere = () => stat(entry).then(Boolean, () => false)

    const first = await desktop.app({ joined: NOWHERE })
    await session.window(/^Home/)
    await panel.item('an icon', says(/^No certificate yet$/))
    await set({ startAtLogin: true })
    await desktop.until('the entry is there', isThere)
    assert.equal((await stat(entry)).uid, session.account.uid)
    await run('desktop-file-validate', [entry])
    const [, program = '', ...args] = /^Exec=(\S+)((?: \S+)*)$/m.exec(await readFile(entry, 'utf8')) ?? []
    assert.equal(program, first.child.spawnfile)
    await quit(desktop, first)

    const words = args.join(' ').trim().split(' ')
    const atLogin = await desktop.app({ again: true, args: words, env: { XDG_CURRENT_DESKTOP: 'GNOME' } })
    assert.match(await pictureOf(await panel.item('an icon', says(/^No certificate yet$/))), /^idle-/)
    assert.deepEqual(await session.screen.windows(), [])
    await set({ startAtLogin: false, startMinimised: true })
    await desktop.until('the entry is gone', async () => !(await isThere()))
    await quit(desktop, atLogin)

    // as a person starts it who wants no window at first
    const minimised = await desktop.app({ again: true, env: { XDG_CURRENT_DESKTOP: 'KDE' } })
    const icon = await panel.item('an icon', says(/^No certificate yet$/))
    assert.match(await pictureOf(icon), /^idle-/)
    assert.deepEqual(await session.screen.windows(), [])
    await panel.activate(icon)
    await session.window(/^Home/)
    await quit(desktop, minimised)
  })
})
