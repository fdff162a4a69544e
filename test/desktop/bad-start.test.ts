// The packaged app on a bad day: what it is started with, where and by whom. Each start ends in a window, or with a sentence that says what
// to do; none with a crash, a hang or silence.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { folderOf } from '../support/desktop/account.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { clear, dismiss, HERE, packagedApp, processesOfApp, quit } from '../support/desktop/packaged.ts'
import { type ScreenReader, startScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session, type Started } from '../support/desktop/session.ts'

const run = promisify(execFile)

describe('a bad start of the packaged app', async () => {
  const found = await packagedApp()
  if (typeof found === 'string') {
    it('can be tried', (t) => t.skip(found))
    return
  }
  const { program } = found
  let session: Session
  let reader: ScreenReader

  type Env = Readonly<Record<string, string | undefined>>
  const start = (words: readonly string[] = [], env: Env = {}) => session.start(program, words, { ...HERE, ...env })
  const opens = async (app: Started, heard = /network/) => {
    await session.window(/^Welcome/)
    await reader.hear(heard)
    assert.equal(await quit(app), 0, app.said())
  }
  const refuses = async (app: Started, sentence: RegExp) => {
    assert.equal(await app.ended, 1, app.said())
    assert.match(app.said(), sentence)
    assert.equal((await processesOfApp(session, program)).length, 0)
  }
  /** A home on a disk of its own. */
  const homeOnDisk = async (options: string, fill = false) => {
    const { uid, gid, home } = session.account
    const disk = await folderOf(session.account, join(home, 'disk'))
    await run('mount', ['-t', 'tmpfs', '-o', `${options},uid=${uid},gid=${gid},mode=700`, 'tmpfs', disk])
    // more than there is room for
    if (fill) await writeFile(join(disk, 'fill'), Buffer.alloc(8 << 20)).catch(() => undefined)
    return { env: { HOME: disk }, remove: async () => void (await run('umount', ['--lazy', disk])) }
  }

  before(async () => {
    session = await openSession()
    reader = await startScreenReader(session)
  })
  afterEach(() => clear(session))
  after(() => session?.end())

  it('S2 without the sandbox is refused, however the word is written', async () => {
    for (const word of ['--no-sandbox', '-no-sandbox', ' --no-sandbox'])
      await refuses(start([word]), /needs the sandbox/)
    await refuses(start([], { ELECTRON_DISABLE_SANDBOX: '1' }), /ELECTRON_DISABLE_SANDBOX.*Leave it out/)
  })

  it('S2 with a door for debuggers is refused before anything listens', async () => {
    for (const word of ['--remote-debugging-port=0', '--remote-debugging-pipe']) {
      const app = start([word])
      await refuses(app, /could steer its window/)
      assert.doesNotMatch(app.said(), /DevTools listening/)
    }
  })

  it('without a screen says that there is none', async () => {
    await refuses(start([], { DISPLAY: undefined }), /neither DISPLAY nor WAYLAND_DISPLAY is set.*nodetrust node/)
    await refuses(start([], { DISPLAY: ':4711' }), /DISPLAY is :4711, and no X server answers there/)
  })

  it('S17 as plain Node, with Node’s options or an inspector is an ordinary start', async () => {
    const evil = join(session.account.home, 'evil.cjs')
    await writeFile(evil, `require('node:fs').writeFileSync(${JSON.stringify(`${evil}.ran`)}, '')`)
    const env = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${evil}` }
    const app = start(['--inspect=0', '--inspect-brk=0'], env)
    await opens(app)
    assert.doesNotMatch(app.said(), /Debugger listening/)
    await assert.rejects(access(`${evil}.ran`), { code: 'ENOENT' })
  })

  it('with what a file manager may give is an ordinary start', async () => {
    await opens(start(['/home/x/picture.png', 'file:///tmp/a%20b.txt', '%U', '', '--unknown-flag=1']))
  })

  it('with a link of 64 KiB is refused, because it would end an app that runs', async () => {
    await refuses(start([`nodetrust://join/${'a'.repeat(65_536)}`]), /a link that long is no invitation/)
  })

  it('in a language that nobody knows, or in none, speaks English', async () => {
    for (const LANG of ['ll_XX.UTF-8', '']) {
      await opens(start([], { LANG, LC_ALL: LANG, LANGUAGE: LANG }), /Where should your certificate come from/)
    }
  })

  it('without D-Bus opens its window', async () => {
    const none = 'unix:path=/nonexistent'
    const app = start([], { DBUS_SESSION_BUS_ADDRESS: none, DBUS_SYSTEM_BUS_ADDRESS: none })
    await session.window(/^Welcome/)
    assert.equal(await quit(app), 0, app.said())
  })

  it('with HOME unset finds the home of who starts it, and with an empty one says what is missing', async () => {
    await opens(start([], { HOME: undefined }))
    const app = start([], { HOME: '' })
    await dismiss(session, /cannot start/)
    assert.match(app.said(), /no home folder .*NODETRUST_DIR/)
    assert.equal(await app.ended, 1)
  })

  it('from a home on a full disk opens and says so', async () => {
    const { env, remove } = await homeOnDisk('size=64k', true)
    try {
      const app = start([], env)
      await reader.hear(/disk is full or cannot be written/)
      assert.match(app.said(), /goes to .* for now, because: .*(full|ENOSPC)/)
      assert.equal(await quit(app), 0, app.said())
    } finally {
      await remove()
    }
  })

  it('from a home on a read-only disk opens and says so, and a second start finds it', async () => {
    const { env, remove } = await homeOnDisk('size=64k,ro')
    try {
      const app = start([], env)
      await reader.hear(/cannot be written/)
      assert.equal(await start([], env).ended, 0)
      assert.equal(await quit(app), 0, app.said())
    } finally {
      await remove()
    }
  })

  it('with a data folder of another user opens, says that it cannot write there, and leaves it alone', async () => {
    const { account } = session
    const share = join(account.home, '.local', 'share')
    await rm(share, { recursive: true, force: true })
    await folderOf(account, join(account.home, '.local'))
    await folderOf(account, share)
    await mkdir(join(share, 'nodetrust'), { mode: 0o700 })
    const app = start()
    await reader.hear(/cannot be written/)
    assert.equal(await quit(app), 0, app.said())
    assert.deepEqual(await readdir(join(share, 'nodetrust')), [])
    await rm(join(share, 'nodetrust'), { recursive: true })
  })

  it('twice at the same moment is one app', async () => {
    const apps = [start(), start(), start()]
    await session.window(/^Welcome/)
    const ended = await eventually('one that stays', () => {
      const left = apps.filter(({ child }) => child.exitCode === null)
      return left.length === 1 && left
    })
    for (const app of apps.filter((one) => !ended.includes(one))) assert.equal(await app.ended, 0, app.said())
    for (const app of ended) assert.equal(await quit(app), 0)
  })
})
