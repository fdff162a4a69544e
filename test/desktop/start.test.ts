// The packaged app, started as a desktop does it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packedApp } from '../support/desktop/packed-app.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { openSession, whyNoSession } from '../support/desktop/session.ts'

describe('the packaged app', async () => {
  const electron = await realElectron()
  const why = typeof electron === 'string' ? electron : await whyNoSession()
  if (typeof electron === 'string' || why !== undefined) {
    it('starts', (t) => t.skip(why))
    return
  }

  it('shows its window, and ends', async (t) => {
    const { program } = await packedApp(electron)
    const session = await openSession()
    t.after(() => session.end())
    const app = session.start(program)
    await session.window(/^Welcome/)
    app.child.kill('SIGTERM')
    assert.equal(await app.ended, 0, app.said())
  })
})
