// The packaged app and a real keyring that is locked, unlocked, and not there: who one is never changes because a password was not typed.
import assert from 'node:assert/strict'
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { formatInvitation } from '../../proto/invitation.ts'
import { folderOf } from '../support/desktop/account.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { HERE, packagedApp, quit } from '../support/desktop/packaged.ts'
import { startScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session } from '../support/desktop/session.ts'

const PEER = '12D3KooWNgBS9GfYrg2xnLoUG8deZ4d7jyRrzSVQ187mM2viPD9j'
// nobody answers there, and nothing leaves this machine
const INVITATION = formatInvitation({
  zone: 'example.org',
  name: 'The club',
  issue: [`/ip4/127.0.0.1/tcp/9/p2p/${PEER}`],
})

const dirOf = ({ account }: Session) => join(account.home, '.local', 'share', 'nodetrust')
const namesIn = (path: string) => readdir(path).catch((): string[] => [])
const markerOf = async (session: Session) =>
  JSON.parse(await readFile(join(dirOf(session), 'identity.json'), 'utf8')) as Record<string, unknown>

/** A person who has chosen a network: only then is the key what the window is about. */
async function joined(session: Session): Promise<void> {
  const { account } = session
  for (const folder of ['.local', '.local/share', '.local/share/nodetrust'])
    await folderOf(account, join(account.home, folder))
  const network = { kind: 'joined', invitation: INVITATION }
  const stored = { version: 1, values: {}, network, wanted: false, peers: [], backupAt: null }
  const path = join(dirOf(session), 'settings.json')
  await writeFile(path, JSON.stringify(stored))
  await chown(path, account.uid, account.gid)
}

describe('the packaged app and the keyring of the desktop', async () => {
  const found = await packagedApp()
  if (typeof found === 'string') {
    it('can be tried', (t) => t.skip(found))
    return
  }
  const { program } = found

  it('says that the keyring is locked, makes no new identity, and goes on once it is unlocked', async (t) => {
    const session = await openSession({ keyring: 'unlocked' })
    t.after(() => session.end())
    const reader = await startScreenReader(session)
    await joined(session)
    const first = session.start(program, [], HERE)
    await eventually('an identity', async () => (await namesIn(dirOf(session))).includes('identity.json'))
    assert.equal(await quit(first), 0)
    const marker = await markerOf(session)
    assert.equal(marker['store'], 'keychain')

    await session.keyring?.lock()
    const second = session.start(program, [], HERE)
    await reader.hear(/locked/i)
    assert.deepEqual(await markerOf(session), marker)
    assert.ok(!(await namesIn(dirOf(session))).some((name) => name.startsWith('peer.key')))

    await session.keyring?.unlock()
    await reader.press(/^(Try again|Unlock|Open)/i)
    await reader.hear(/Get certificate/)
    assert.deepEqual(await markerOf(session), marker)
    assert.equal(await quit(second), 0)
  })

  it('says that the key lies in a file where there is no keyring, and moves it once there is one', async (t) => {
    const session = await openSession()
    t.after(() => session.end())
    const reader = await startScreenReader(session)
    const app = session.start(program, [], HERE)
    await reader.hear(/no password store/)
    const { peerId, store, fallback } = await markerOf(session)
    assert.deepEqual({ store, fallback }, { store: 'file', fallback: true })
    assert.equal((await stat(join(dirOf(session), 'peer.key'))).mode & 0o777, 0o600)
    assert.equal(await quit(app), 0)

    // the same person's next login has one
    const next = await openSession({ keyring: 'unlocked', account: session.account })
    t.after(() => next.end())
    const again = next.start(program, [], HERE)
    await next.window(/^Welcome/)
    const moved = await eventually('the key in the keyring', async () => {
      const marker = await markerOf(next)
      return marker['store'] === 'keychain' && marker
    })
    assert.equal(moved['peerId'], peerId)
    assert.ok(!(await namesIn(dirOf(next))).includes('peer.key'))
    assert.equal(await quit(again), 0)
  })
})
