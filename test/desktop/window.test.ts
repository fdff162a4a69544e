// What becomes of the packaged app's window when a person closes it: after a minute its process is gone, and the next one opens where the
// last one was.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLOSED_MS } from '../../main/shell/window-keeper.ts'
import { openDesktop, whyNoDesktop } from '../support/desktop/desktop.ts'
import { processesOfType } from '../support/desktop/driven-app.ts'
import { eventually } from '../support/desktop/eventually.ts'
import type { Session } from '../support/desktop/session.ts'

/** A machine under load gets more. */
const PATIENCE_MS = 60_000
/** What a window manager may add to a place, its frame. */
const FRAME = 40

/** How many processes of a page there are in the session. */
async function renderers({ account }: Session): Promise<number> {
  return (await processesOfType(await account.processes(), 'renderer')).length
}

async function shapeOf({ screen }: Session, id: string): Promise<Record<'X' | 'Y' | 'WIDTH' | 'HEIGHT', number>> {
  const text = await screen.tool('xdotool', ['getwindowgeometry', '--shell', id])
  const value = (name: string) => Number(new RegExp(`^${name}=(-?\\d+)`, 'm').exec(text)?.[1])
  return { X: value('X'), Y: value('Y'), WIDTH: value('WIDTH'), HEIGHT: value('HEIGHT') }
}

describe('the window of the packaged app', async () => {
  const why = await whyNoDesktop()
  if (why !== undefined) {
    it('is taken away after it was closed', (t) => t.skip(why))
    return
  }

  it('is taken away with its process a minute after it was closed, and comes back where it was', async (t) => {
    const desktop = await openDesktop(t)
    const { panel, session } = desktop
    const app = await desktop.app()
    const first = await session.window(/^Welcome/)
    // it closes into the tray
    await panel.item('the icon')
    assert.equal(await renderers(session), 1)
    await session.screen.tool('xdotool', ['windowsize', '--sync', first.id, '500', '700'])
    await session.screen.tool('xdotool', ['windowmove', '--sync', first.id, '300', '150'])
    const before = await shapeOf(session, first.id)

    await desktop.closeWindow()
    await desktop.noWindow()
    assert.equal(await renderers(session), 1)
    await eventually('no process of a page', async () => (await renderers(session)) === 0, CLOSED_MS + PATIENCE_MS)

    const second = await desktop.app({ again: true })
    assert.equal(await second.ended, 0, second.said())
    const again = await session.window(/^Welcome/)
    const after = await shapeOf(session, again.id)
    assert.deepEqual([after.WIDTH, after.HEIGHT], [before.WIDTH, before.HEIGHT])
    assert.ok(
      Math.abs(after.X - before.X) <= FRAME && Math.abs(after.Y - before.Y) <= FRAME,
      JSON.stringify({ before, after }),
    )
    assert.equal(await renderers(session), 1)
    app.child.kill('SIGTERM')
    assert.equal(await app.ended, 0, app.said())
  })
})
