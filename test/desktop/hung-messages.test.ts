// The packaged app on a desktop whose program for messages hangs: Electron would wait for it in the one thread that the node lives in.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { eventually } from '../support/desktop/eventually.ts'
import { HERE, packagedApp, quit } from '../support/desktop/packaged.ts'
import { PANEL_PROGRAM, whyNoPanel } from '../support/desktop/panel.ts'
import { openSession } from '../support/desktop/session.ts'

/** Takes the name of the service, and answers nobody. */
const HUNG = `import dbus, sys
dbus.SessionBus().request_name('org.freedesktop.Notifications')
print('there', flush=True)
sys.stdin.read()`

describe('the packaged app beside a program for messages that hangs', async () => {
  const found = await packagedApp()
  const why = typeof found === 'string' ? found : await whyNoPanel()
  if (typeof found === 'string' || why !== undefined) {
    it('goes on', (t) => t.skip(why))
    return
  }

  it('S29 goes on, and leaves the message out', async (t) => {
    const session = await openSession({ keyring: 'unlocked' })
    t.after(() => session.end())
    const { uid, gid } = session.account
    const hung = spawn(PANEL_PROGRAM, ['-c', HUNG], { uid, gid, env: { ...session.env } })
    t.after(() => hung.kill())
    await once(hung.stdout, 'data')
    const start = (...words: readonly string[]) => session.start(found.program, words, HERE)
    const app = start()
    await session.window(/^Welcome/)
    // a link that is none is told by a message; whoever starts the app again is answered by the thread that would wait
    assert.equal(await start('nodetrust://join/nothing').ended, 0)
    await eventually('the message was given up', () => app.said().includes('a link was not followed'))
    let second: number | NodeJS.Signals | undefined
    void start().ended.then((code) => (second = code))
    assert.equal(
      await eventually('an answer to a second start', () => (second === undefined ? false : [second])).then(
        ([code]) => code,
      ),
      0,
    )
    assert.equal(await quit(app), 0)
  })
})
