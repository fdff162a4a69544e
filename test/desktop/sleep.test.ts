// The packaged app on a machine that goes to sleep, wakes up and shuts down, as logind tells it over the system bus.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import { startFriends } from '../support/desktop/friends.ts'
import { says } from '../support/desktop/tray-words.ts'

const HOUR_MS = 3_600_000

describe('the packaged app on a machine that sleeps', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('goes on when it wakes', (t) => t.skip(why))
    return
  }

  it('lets it sleep, tries at once what had to wait when it wakes, and ends when it shuts down', async (t) => {
    const desktop = await openDesktop(t)
    const { panel, logind } = desktop
    const friends = await startFriends(t)
    const first = await desktop.app({ args: ['--hidden'], joined: friends.invitation })
    await panel.item('an icon without a certificate', says(/^No certificate yet$/))
    await logind.held(2)
    assert.deepEqual(logind.holds.map(({ what, mode }) => `${what} ${mode}`).toSorted(), [
      'shutdown delay',
      'sleep delay',
    ])

    await friends.shut()
    await panel.click('Get certificate')
    await panel.item('an icon that waits for the next try', says(/next try/i))
    await panel.click('Quit Nodetrust')
    assert.equal(await first.ended, 0, first.said())
    await desktop.until('the icon is gone', async () => (await panel.items()).length === 0)
    // as if that had been its third failure, a while ago: the next try is far away, and one in between is not too soon
    const stored = JSON.parse(await readFile(join(desktop.dir(), 'certificate.retry.json'), 'utf8')) as {
      lastAt: number
      retryAt: number
    }
    const dates = { failures: 3, lastAt: stored.lastAt - HOUR_MS, retryAt: stored.retryAt + HOUR_MS }
    await writeFile(join(desktop.dir(), 'certificate.retry.json'), JSON.stringify({ ...stored, ...dates }))
    const app = await desktop.app({ again: true, args: ['--hidden'] })
    await panel.item('an icon that waits for the next try', says(/next try/i))
    await logind.held(2)
    await panel.click('Open in a browser')
    await desktop.until('the page for browsers is open', () => desktop.call('state.get', {}).then(Boolean, () => false))
    const state = async () => (await desktop.call('state.get', {})).state
    const before = await state()
    assert.equal(before.certificate.life.nextTryAt, dates.retryAt)
    await friends.reopen()

    await logind.sleep()
    await logind.held(1)
    assert.deepEqual(
      logind.holds.map(({ what }) => what),
      ['shutdown'],
    )
    assert.equal((await state()).certificate.life.state, before.certificate.life.state, 'nothing else made it try')
    const wokeAt = Date.now()
    await logind.wake()
    await logind.held(2)
    await panel.item('an icon that serves', says(/^A test certificate is in use/))
    const woken = await state()
    assert.ok((woken.certificate.attempt?.startedAt ?? 0) >= wokeAt)
    assert.equal(woken.identity.peerId, before.identity.peerId)

    await logind.shutdown()
    assert.equal(await app.ended, 0, app.said())
    await logind.held(0)
  })
})
