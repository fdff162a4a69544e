// The .deb in use: installed into a throw-away copy of this machine's file system, started from /usr/bin/nodetrust by an ordinary user,
// opened by a link, upgraded while it runs, half installed, removed. What is in it is looked at in deb.test.ts.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { formatInvitation } from '../../proto/invitation.ts'
import { processesOf } from '../support/desktop/account.ts'
import { APP, dpkg, isThere, makeDebs, stateOf, whyNoDeb, type DebStage } from '../support/desktop/deb-stage.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { openOwnRoot, type OwnRoot } from '../support/desktop/own-root.ts'
import { SPEAKING, startScreenReader, type ScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session, type Started } from '../support/desktop/session.ts'

const COMMAND = '/usr/bin/nodetrust'

const invitationTo = (name: string): string =>
  formatInvitation({
    ...{ zone: 'example.org', name },
    issue: ['/ip4/127.0.0.1/tcp/9/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'],
  })

const electron = await realElectron()
const why = typeof electron === 'string' ? electron : await whyNoDeb()

describe('the installed .deb', { skip: why ?? false }, () => {
  let stage: DebStage
  let session: Session
  let reader: ScreenReader
  let root: OwnRoot
  const closes: (() => Promise<unknown>)[] = []

  before(async () => {
    if (typeof electron === 'string') return
    stage = await makeDebs(electron)
    closes.push(() => stage.close())
    session = await openSession()
    closes.push(() => session.end())
    reader = await startScreenReader(session)
    // the person is in the lists of users before they are copied
    root = await openOwnRoot()
    closes.push(() => root.close())
    await dpkg(root, ['--install', stage.debs.older])
  })
  after(async () => {
    for (const close of closes.toReversed()) await close()
  })

  const person = () => ({ as: session.account, env: { ...session.env, ...SPEAKING, NODE: process.execPath } })
  const asPerson = (program: string, args: readonly string[]) => root.run(program, args, person())
  const start = (chroot = false): Started => root.start(COMMAND, [], { ...person(), chroot })
  const noWindow = () => eventually('no window', async () => (await session.screen.windows()).length === 0)
  const stop = async (app: Started) => {
    app.child.kill('SIGTERM')
    assert.equal(await app.ended, 0, app.said())
    await noWindow()
  }

  it('opens an invitation that was clicked: the app opens with it, and the app that runs shows the next one', async () => {
    const handler = await asPerson('xdg-mime', ['query', 'default', 'x-scheme-handler/nodetrust'])
    assert.equal(handler.stdout, 'org.nodetrust.app.desktop\n')
    const opened = await asPerson('gio', ['open', invitationTo('Sonnenhof')])
    assert.equal(opened.code, 0, opened.said)
    await reader.hear(/Sonnenhof/)
    const again = await asPerson('xdg-open', [invitationTo('Mondhof')])
    assert.equal(again.code, 0, again.said)
    // one that somebody reads is not taken away from below their eyes
    await reader.press(/^Show it$/)
    await reader.hear(/Mondhof/)
    assert.equal((await session.screen.windows()).length, 1)
    // nobody here has started it, so it is looked for
    for (const pid of await processesOf(session.account.uid)) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (words.startsWith(`${APP}/nodetrust`) && !words.includes('--type=')) process.kill(pid, 'SIGTERM')
    }
    await noWindow()
  })

  it('is upgraded while it runs, which goes on, and the next start is the new one', async () => {
    const app = start()
    await session.window(/^Welcome/)
    // its commands see it
    const status = await asPerson(COMMAND, ['status'])
    assert.match(status.stderr, /If it is the app: choose “Open in browser” in its settings/)
    const { said } = await dpkg(root, ['--install', stage.debs.newer])
    assert.match(said, /Nodetrust is running and goes on as it is/)
    assert.equal(await stateOf(root), `install ok installed ${stage.debs.versions.newer}`)
    // a start brings the one that runs to the front
    const second = start()
    assert.equal(await second.ended, 0, second.said())
    await reader.hear(/Nodetrust/)
    assert.equal(app.child.exitCode, null, app.said())
    await stop(app)
    const next = start()
    await session.window(/^Welcome/)
    await stop(next)
  })

  it('can be started, and made whole, after dpkg was killed while it unpacked', async () => {
    // the kernel kills it in the middle of the largest file, without asking it, as kill -9 does
    const words = ['--fsize=100000000', '--core=0', 'dpkg', '--install', stage.debs.older]
    const half = await root.run('prlimit', words)
    assert.equal(half.code, -1, half.said)
    assert.match(await stateOf(root), /reinst|half/)
    const version = await asPerson(COMMAND, ['--version'])
    assert.equal(version.code, 0, version.said)
    await root.run('dpkg', ['--configure', '-a'])
    await dpkg(root, ['--unpack', stage.debs.newer])
    await dpkg(root, ['--configure', '-a'])
    assert.equal(await stateOf(root), `install ok installed ${stage.debs.versions.newer}`)
    assert.equal((await dpkg(root, ['--verify', 'nodetrust'])).said, '')
    assert.equal((await root.shell(`find ${APP} -name '*.dpkg-*'`)).said, '')
  })

  it('S20 starts by its helper where the system gives no user namespaces, and says what to do where there is neither', async () => {
    const chrooted = { ...person(), chroot: true }
    const none = await root.run('unshare', ['--user', 'true'], chrooted)
    assert.notEqual(none.code, 0, 'there are user namespaces, so the helper is not asked')
    const app = start(true)
    await session.window(/^Welcome/)
    await stop(app)
    assert.equal((await root.shell(`chmod 755 ${APP}/chrome-sandbox`)).code, 0)
    const refused = start(true)
    // whoever clicked sees it
    const { id } = await session.window(/^(?:Nodetrust|xmessage)$/)
    await session.screen.tool('xdotool', ['windowkill', id])
    assert.equal(await refused.ended, 1)
    assert.match(refused.said(), /Nodetrust cannot start[^]*chmod 4755 '\/opt\/Nodetrust\/chrome-sandbox'/)
    await noWindow()
  })

  it('goes back to an older version, and needs no helper where there are user namespaces', async () => {
    const { said } = await dpkg(root, ['--install', stage.debs.older])
    assert.match(said, /downgrading nodetrust/)
    assert.equal((await root.shell(`chmod 755 ${APP}/chrome-sandbox`)).code, 0)
    const app = start()
    await session.window(/^Welcome/)
    // and ends when it is removed: nobody expects a removed program to go on
    const removed = await dpkg(root, ['--remove', 'nodetrust'])
    assert.match(removed.said, /Ending Nodetrust/)
    assert.equal(await app.ended, 0, app.said())
    await noWindow()
  })

  it('leaves people’s data when it is removed and when it is purged, and nothing else', async () => {
    for (const path of [APP, COMMAND, '/etc/apparmor.d/nodetrust', '/usr/share/doc/nodetrust'])
      assert.equal(await isThere(root.path(path)), false, path)
    const data = join(session.account.home, '.local/share/nodetrust')
    assert.ok(await isThere(data))
    await dpkg(root, ['--purge', 'nodetrust'])
    assert.ok(await isThere(data))
    const left = await root.shell("find /etc /usr/share /usr/bin /opt /var/lib/dpkg/info -xdev -name '*nodetrust*'")
    assert.equal(left.stdout, '')
  })
})
