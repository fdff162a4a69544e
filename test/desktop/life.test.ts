// The packaged app's life as a desktop leads it, in one session: opened by a link, opened again, its processes killed one by one, ended.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { formatInvitation } from '../../proto/invitation.ts'
import { damagedApp, placeIn } from '../support/desktop/damaged-app.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { HERE, packagedApp, processesOfApp, quit } from '../support/desktop/packaged.ts'
import { type ScreenReader, startScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session, type Started } from '../support/desktop/session.ts'

const run = promisify(execFile)

const PEER = '12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'
const linkTo = (name: string): string =>
  formatInvitation({ ...{ zone: 'example.org', name }, issue: [`/dns4/issue.example.org/tcp/4431/p2p/${PEER}`] })

/** People wait no longer (main/shell/life-cycle.ts), and the machine of the test may be slow at looking. */
const QUIT_MS = 5_500

describe('the life of the packaged app', async () => {
  const found = await packagedApp()
  if (typeof found === 'string') {
    it('can be followed', (t) => t.skip(found))
    return
  }
  const { program } = found
  let session: Session
  let reader: ScreenReader
  let app: Started
  let dir = ''
  let profile = ''

  const start = (...words: readonly string[]) => session.start(program, words, HERE)
  /** Opens it where nobody has: who breaks the code on purpose runs one of these tests alone. */
  const demandApp = async () => {
    app ??= start(linkTo('The choir'))
    await session.window(/^Welcome/)
  }
  const pidOf = async (kind: string) => (await processesOfApp(session, program)).find((one) => one.kind === kind)?.pid
  const peerId = async () =>
    (JSON.parse(await readFile(join(dir, 'identity.json'), 'utf8')) as { readonly peerId: string }).peerId
  const listOf = (path: string) => readdir(path).catch((): string[] => [])

  before(async () => {
    session = await openSession({ keyring: 'unlocked' })
    dir = join(session.account.home, '.local', 'share', 'nodetrust')
    profile = join(session.account.home, '.config', 'Nodetrust')
    reader = await startScreenReader(session)
  })
  after(() => session?.end())

  it('begins with the invitation that it was started with', async () => {
    app = start(linkTo('The club'))
    await session.window(/^Welcome/)
    assert.match(await reader.hear(/The club/), /Join/)
  })

  it('has a picture in its window, not one colour', async () => {
    const path = join(session.account.home, 'window.png')
    await session.screen.picture(path, await session.window(/^Welcome/))
    const { stdout } = await run('identify', ['-format', '%k', path])
    assert.ok(Number(stdout) > 50, `the window has ${stdout} colours`)
  })

  it('runs its page behind Chromium’s sandbox: filtered calls, no new privileges, namespaces of its own', async () => {
    const pid = await eventually('a page', () => pidOf('renderer'))
    const main = await pidOf('main')
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    assert.match(status, /^Seccomp:\s+2$/m)
    assert.match(status, /^NoNewPrivs:\s+1$/m)
    for (const kind of ['user', 'pid', 'net']) {
      assert.notEqual(await readlink(`/proc/${pid}/ns/${kind}`), await readlink(`/proc/${main}/ns/${kind}`), kind)
    }
  })

  it('keeps its key in the keyring and in no file', async () => {
    const { uid, gid } = session.account
    const words = ['search', '--all', 'service', 'nodetrust']
    const { stdout } = await run('secret-tool', words, { uid, gid, env: { ...session.env } })
    assert.match(stdout, /peer-key-/)
    assert.ok(!(await readdir(dir)).some((name) => name.startsWith('peer.key')))
  })

  it('has folders and files for its owner alone', async () => {
    for (const folder of [dir, profile]) {
      assert.equal((await stat(folder)).mode & 0o777, 0o700, folder)
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (!entry.isFile()) continue
        const { mode } = await stat(join(folder, entry.name))
        assert.equal(mode & 0o077, 0, entry.name)
      }
    }
  })

  it('comes to the front when it is started again, also out of the task bar', async () => {
    const window = await session.window(/Nodetrust/)
    await session.screen.tool('xdotool', ['windowminimize', window.id])
    await eventually('minimised', async () => (await session.screen.active()) !== window.title)
    assert.equal(await start().ended, 0)
    await eventually('the window in front', async () => /Nodetrust/.test((await session.screen.active()) ?? ''))
    assert.equal((await processesOfApp(session, program)).filter(({ kind }) => kind === 'main').length, 1)
  })

  it('is the only one where another version of it is started beside it', async (t) => {
    await demandApp()
    const older = await damagedApp(found, (archive) => {
      const at = archive.indexOf('"version": "', placeIn(archive, /^package\.json$/).at)
      archive.write('9', at + '"version": "'.length)
      return archive
    })
    t.after(() => older.remove())
    const other = session.start(older.program, [linkTo('The other version')], HERE)
    assert.equal(await other.ended, 0, other.said())
    // an invitation that somebody reads is not taken away from below their eyes
    await reader.press(/^Show it$/)
    assert.match(await reader.hear(/The other version/), /Join/)
    assert.deepEqual(await processesOfApp(session, older.program), [])
    assert.equal(app.child.exitCode, null)
  })

  it('shows an invitation that a second start brings', async () => {
    assert.equal(await start(linkTo('The choir')).ended, 0)
    await reader.press(/^Show it$/)
    await reader.hear(/The choir/)
  })

  it('takes no harm from what a second start may bring else', async () => {
    const words = [
      [`nodetrust://join/${'a'.repeat(32_000)}`],
      ['/home/somebody/picture.png', 'file:///tmp/a%20b', '%U', '', '--unknown-flag', '-x'],
      [linkTo('One'), linkTo('Two')],
    ]
    for (const some of words) assert.equal(await start(...some).ended, 0)
    await reader.hear(/The choir/)
    assert.deepEqual([app.child.exitCode, app.child.signalCode], [null, null])
  })

  it('S28 is not killed by a second start with a link that is too long for it, nor by one with too many words', async () => {
    await demandApp()
    const long = `nodetrust://join/${'a'.repeat(131_000)}`
    for (const some of [[long], Array.from({ length: 12 }, () => long.slice(0, 100_000))]) {
      const second = start(...some)
      assert.equal(await second.ended, 1)
      assert.match(second.said(), /a link that long is no invitation/)
      assert.deepEqual([app.child.exitCode, app.child.signalCode], [null, null])
    }
    await reader.hear(/The choir/)
  })

  it('S25 draws its page again when the page’s process is killed', async () => {
    await demandApp()
    const earlier = await eventually('a page', () => pidOf('renderer'))
    process.kill(earlier, 'SIGKILL')
    await eventually('another page', async () => {
      const now = await pidOf('renderer')
      return now !== undefined && now !== earlier
    })
    await reader.hear(/Join|network/)
  })

  it('goes on when the process that draws is killed', async () => {
    const earlier = await eventually('a process that draws', () => pidOf('gpu-process'))
    process.kill(earlier, 'SIGKILL')
    await eventually('another one that draws', async () => ((await pidOf('gpu-process')) ?? earlier) !== earlier)
    await reader.hear(/Join|network/)
    assert.equal(app.child.exitCode, null)
  })

  it('is the same peer after it was killed, takes over what was locked, and leaves no other process', async () => {
    const earlier = await peerId()
    app.child.kill('SIGKILL')
    assert.equal(await app.ended, 'SIGKILL')
    await eventually('no process left', async () => (await processesOfApp(session, program)).length === 0)
    assert.ok((await listOf(dir)).includes('in-use.lock'), 'a killed app cannot tidy up')
    app = start()
    await session.window(/^Welcome/)
    await reader.hear(/network/)
    assert.equal(await peerId(), earlier)
    const { pid } = JSON.parse(await eventually('its lock', () => readFile(join(dir, 'in-use.lock'), 'utf8'))) as {
      readonly pid: number
    }
    assert.equal(pid, app.child.pid)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends by ${signal} within five seconds and leaves nothing behind`, async () => {
      if (app.child.exitCode !== null) {
        app = start()
        await session.window(/^Welcome/)
      }
      const earlier = performance.now()
      assert.equal(await quit(app, signal), 0, app.said())
      const took = performance.now() - earlier
      assert.ok(took < QUIT_MS, `${took} ms`)
      await eventually('no process left', async () => (await processesOfApp(session, program)).length === 0)
      assert.ok(!(await listOf(dir)).includes('in-use.lock'))
      assert.deepEqual(
        (await listOf(profile)).filter((name) => name.startsWith('Singleton')),
        [],
      )
      assert.deepEqual(
        (await listOf(session.env['XDG_RUNTIME_DIR'] ?? '')).filter((name) => /nodetrust/i.test(name)),
        [],
      )
    })
  }

  it('ends when the screen goes away, and opens again on another', async () => {
    app = start()
    await session.window(/^Welcome/)
    await session.screen.stop()
    await app.ended
    await eventually('no process left', async () => (await processesOfApp(session, program)).length === 0)
    assert.doesNotMatch(app.said(), /dumped|Trace\/breakpoint/i)
  })
})
