// Larger and smaller in the packaged app, by real keys: Electron without a menu knows none of them by itself.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { realElectron } from '../support/desktop/electron.ts'
import { packedApp } from '../support/desktop/packed-app.ts'
import { openSession, type Session, whyNoSession } from '../support/desktop/session.ts'

const PATIENCE_MS = 30_000
const POLL_MS = 200
/** A caret blinks; another size changes many thousands. */
const A_FEW_PIXELS = 200

describe('larger and smaller in the packaged app', async () => {
  const electron = await realElectron()
  const why = typeof electron === 'string' ? electron : await whyNoSession()
  if (typeof electron === 'string' || why !== undefined) {
    it('follows the keys', (t) => t.skip(why))
    return
  }

  it('follows the keys, and is the same at the next start', async (t) => {
    const { program } = await packedApp(electron)
    const session = await openSession()
    t.after(() => session.end())
    // what lies under a pointer is drawn otherwise, and at another size something else lies under it
    await session.screen.tool('xdotool', ['mousemove', '0', '0'])
    const folder = join(session.account.home, 'data')
    const start = async () => {
      const app = session.start(program, [], { NODETRUST_DIR: folder })
      await session.window(/^Welcome/)
      return app
    }
    const first = await start()
    const usual = await settled(session, 'usual')

    await session.screen.tool('xdotool', ['key', 'ctrl+plus', 'ctrl+plus'])
    const larger = await differing(session, 'larger', usual)
    first.child.kill('SIGTERM')
    assert.equal(await first.ended, 0, first.said())
    assert.equal((JSON.parse(await readFile(join(folder, 'shell.json'), 'utf8')) as { zoom: unknown }).zoom, 1.25)

    const second = await start()
    const again = await settled(session, 'again')
    assert.ok((await difference(larger, again)) < A_FEW_PIXELS, 'the second start shows another size')
    await session.screen.tool('xdotool', ['key', 'ctrl+0'])
    const back = await differing(session, 'back', again)
    assert.ok((await difference(usual, back)) < A_FEW_PIXELS, 'the usual size is not the first one')
    second.child.kill('SIGTERM')
    assert.equal(await second.ended, 0, second.said())
  })
})

/** A picture of the window once it does not change any more. @returns its path */
async function settled(session: Session, name: string): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS
  const path = (part: string) => join(session.account.home, `${name}-${part}.png`)
  const take = async (part: string) => {
    await session.screen.picture(path(part), await session.window(/^Welcome/))
    return path(part)
  }
  for (;;) {
    const one = await take('one')
    await sleep(POLL_MS)
    const other = await take('other')
    if ((await difference(one, other)) < A_FEW_PIXELS) return other
    if (performance.now() > deadline) throw new Error('the window does not come to rest')
  }
}

/** The same, once it is not what it was. */
async function differing(session: Session, name: string, before: string): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const picture = await settled(session, name)
    if ((await difference(before, picture)) >= A_FEW_PIXELS) return picture
    if (performance.now() > deadline) throw new Error(`the window looks as it did before "${name}"`)
  }
}

/** How many pixels differ; ImageMagick says it on stderr, and ends with 1 where any do. */
async function difference(one: string, other: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    execFile('compare', ['-metric', 'AE', one, other, 'null:'], (error, _stdout, stderr) => {
      const pixels = Number(stderr.trim())
      if (stderr.trim() === '' || Number.isNaN(pixels)) reject(error ?? new Error(`compare said "${stderr}"`))
      else resolve(pixels)
    })
  })
}
