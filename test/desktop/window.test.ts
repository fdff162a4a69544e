// What becomes of the packaged app's window when a person closes it: after a minute its process is gone, and the next one opens where the
// last one was.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOSED_MS } from '../../main/shell/window-keeper.ts'
import { folderOf } from '../support/desktop/account.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { packedApp } from '../support/desktop/packed-app.ts'
import { startPanel, whyNoPanel } from '../support/desktop/panel.ts'
import { openSession, type Session, whyNoSession } from '../support/desktop/session.ts'

/** A machine under load gets more. */
const PATIENCE_MS = 60_000
const POLL_MS = 250
/** What a window manager may add to a place, its frame. */
const FRAME = 40

async function until(what: string, look: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await sleep(POLL_MS)
  }
}

/** Processes of a page in the session. */
async function renderers({ account }: Session): Promise<number> {
  const lines = await Promise.all(
    (await account.processes()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return lines.filter((line) => line.includes('--type=renderer')).length
}

async function shapeOf({ screen }: Session, id: string): Promise<Record<'X' | 'Y' | 'WIDTH' | 'HEIGHT', number>> {
  const text = await screen.tool('xdotool', ['getwindowgeometry', '--shell', id])
  const value = (name: string) => Number(new RegExp(`^${name}=(-?\\d+)`, 'm').exec(text)?.[1])
  return { X: value('X'), Y: value('Y'), WIDTH: value('WIDTH'), HEIGHT: value('HEIGHT') }
}

describe('the window of the packaged app', async () => {
  const electron = await realElectron()
  const why = typeof electron === 'string' ? electron : ((await whyNoSession()) ?? (await whyNoPanel()))
  if (typeof electron === 'string' || why !== undefined) {
    it('is taken away after it was closed', (t) => t.skip(why))
    return
  }

  it('is taken away with its process a minute after it was closed, and comes back where it was', async (t) => {
    const { program } = await packedApp(electron)
    const session = await openSession()
    t.after(() => session.end())
    const dir = await folderOf(session.account, join(session.account.home, 'data'))
    const panel = await startPanel(session.account, session.env['DBUS_SESSION_BUS_ADDRESS'] ?? '')
    t.after(() => panel.stop())
    await panel.appear()
    const app = session.start(program, [], { NODETRUST_DIR: dir })
    const first = await session.window(/^Welcome/)
    assert.equal(await renderers(session), 1)
    await session.screen.tool('xdotool', ['windowsize', '--sync', first.id, '500', '700'])
    await session.screen.tool('xdotool', ['windowmove', '--sync', first.id, '300', '150'])
    const before = await shapeOf(session, first.id)

    await session.screen.tool('xdotool', ['windowactivate', '--sync', first.id, 'key', 'alt+F4'])
    await until('no window', async () =>
      (await session.screen.windows()).every(({ title }) => !/Nodetrust/.test(title)),
    )
    assert.equal(await renderers(session), 1)
    await until('no process of a page', async () => (await renderers(session)) === 0, CLOSED_MS + PATIENCE_MS)

    const second = session.start(program, [], { NODETRUST_DIR: dir })
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
