// The packaged app when its own files are damaged, or everything that it has stored: no empty window, no hang, and a way out.
import assert from 'node:assert/strict'
import { chown, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { folderOf } from '../support/desktop/account.ts'
import { damagedApp, scribble } from '../support/desktop/damaged-app.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { clear, dismiss, HERE, packagedApp, processesOfApp, quit } from '../support/desktop/packaged.ts'
import { type ScreenReader, startScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session } from '../support/desktop/session.ts'

/** What the app keeps (test/program/stored.test.ts has each alone), and what Chromium does. */
const STORED = {
  '.local/share/nodetrust': [
    ...['settings.json', 'shell.json', 'certificate.json', 'certificate.pending.json', 'certificate.order.json'],
    ...['certificate.retry.json', 'certificate.history.jsonl', 'peers.sqlite', 'peer-record.seq', 'network-zone.json'],
    ...['network-root.pem', 'in-use.lock', 'bridge.json'],
  ],
  '.config/Nodetrust': ['Preferences', 'Local State', 'Network Persistent State', 'SingletonLock', 'SingletonCookie'],
} as const

describe('the packaged app with damaged files', async () => {
  const found = await packagedApp()
  if (typeof found === 'string') {
    it('can be tried', (t) => t.skip(found))
    return
  }
  let session: Session
  let reader: ScreenReader

  before(async () => {
    session = await openSession()
    reader = await startScreenReader(session)
  })
  afterEach(() => clear(session))
  after(() => session?.end())

  for (const [title, name] of [
    ['the script of its page', /^build\/renderer\/assets\/index-.*\.js$/],
    ['its preload script', /^build\/preload\.cjs$/],
  ] as const) {
    it(`says that the window stays empty where ${title} is damaged, and goes on without it`, async (t) => {
      const damaged = await damagedApp(found, (archive) => scribble(archive, name))
      t.after(() => damaged.remove())
      const app = session.start(damaged.program, [], HERE)
      await dismiss(session, /stays empty/)
      await eventually('no window', async () => (await session.screen.windows()).length === 0)
      assert.equal(app.child.exitCode, null, 'the node goes on')
      assert.equal(await quit(app), 0, app.said())
    })
  }

  it('says that its files are damaged where its program is, and ends', async (t) => {
    const damaged = await damagedApp(found, (archive) => scribble(archive, /^build\/main\.js$/))
    t.after(() => damaged.remove())
    const app = session.start(damaged.program, [], HERE)
    await dismiss(session, /cannot start/)
    assert.equal(await app.ended, 1)
    assert.match(app.said(), /files of Nodetrust are damaged\. Install it once more/)
  })

  it('says what is missing where its page is not there', async (t) => {
    const damaged = await damagedApp(found, (archive) => {
      archive.write('"index.htmx"', archive.indexOf('"index.html"'))
      return archive
    })
    t.after(() => damaged.remove())
    const app = session.start(damaged.program, [], HERE)
    await dismiss(session, /cannot start/)
    assert.match(app.said(), /there is no index\.html/)
    assert.equal(await app.ended, 1)
  })

  it('ends at once, and not well, where its archive is cut short or overwritten', async (t) => {
    for (const damage of [
      (archive: Buffer) => archive.subarray(0, 100),
      (archive: Buffer) => archive.fill(0xff, 16, 64),
      () => Buffer.alloc(0),
    ]) {
      const damaged = await damagedApp(found, damage)
      t.after(() => damaged.remove())
      const app = session.start(damaged.program, [], HERE)
      assert.notEqual(await app.ended, 0)
      assert.deepEqual(await processesOfApp(session, damaged.program), [])
    }
  })

  it('opens with rubbish in everything that it and Chromium have stored', async () => {
    const { account } = session
    for (const [folder, names] of Object.entries(STORED)) {
      const parts = folder.split('/')
      for (const [index] of parts.entries()) await folderOf(account, join(account.home, ...parts.slice(0, index + 1)))
      for (const name of names) {
        const path = join(account.home, folder, name)
        await writeFile(path, Buffer.from(Array.from({ length: 777 }, (_, index) => (index * 167) % 256)))
        await chown(path, account.uid, account.gid)
      }
    }
    const app = session.start(found.program, [], HERE)
    await session.window(/Nodetrust$/)
    await reader.hear(/settings could not be read/)
    assert.ok((await readdir(join(account.home, '.local/share/nodetrust'))).some((name) => name.includes('corrupt')))
    assert.equal(await quit(app), 0, app.said())
  })
})
