// Two people with the app open on one machine at the same time: each has a node of their own, and neither gets at the other's things.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../support/desktop/eventually.ts'
import { HERE, packagedApp, processesOfApp, quit } from '../support/desktop/packaged.ts'
import { startScreenReader } from '../support/desktop/screen-reader.ts'
import { openSession, type Session } from '../support/desktop/session.ts'

const run = promisify(execFile)

const dirOf = ({ account }: Session) => join(account.home, '.local', 'share', 'nodetrust')

/** Lets one person try something at another's things. @returns whether it was possible */
async function may({ account, env }: Session, program: string, args: readonly string[]): Promise<boolean> {
  const { uid, gid } = account
  return await run(program, [...args], { uid, gid, env: { ...env }, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

describe('two people on one machine', async () => {
  const found = await packagedApp()
  if (typeof found === 'string') {
    it('can be tried', (t) => t.skip(found))
    return
  }
  const { program } = found

  it('have the app open side by side, with identities, ports and files of their own', async (t) => {
    const [one, two] = await Promise.all([openSession(), openSession({ keyring: 'unlocked' })])
    t.after(() => Promise.all([one.end(), two.end()]))
    const first = one.start(program, [], HERE)
    await one.window(/^Welcome/)
    const peer = (session: Session) =>
      eventually('an identity', async () => {
        const text = await readFile(join(dirOf(session), 'identity.json'), 'utf8').catch(() => '')
        return /"peerId": "(\w+)"/.exec(text)?.[1]
      })
    const firstPeer = await peer(one)

    const reader = await startScreenReader(two)
    const second = two.start(program, [], HERE)
    await two.window(/^Welcome/)
    await reader.hear(/Another program used a door of ours/)
    assert.notEqual(await peer(two), firstPeer)
    assert.equal(first.child.exitCode, null, 'the first goes on')

    for (const path of [dirOf(one), join(one.account.home, '.config', 'Nodetrust'), one.env['TMPDIR'] ?? '']) {
      assert.equal(await may(one, 'ls', [path]), true, path)
      assert.equal(await may(two, 'ls', [path]), false, path)
    }
    const [main] = await processesOfApp(one, program)
    assert.equal(await may(two, 'cat', [`/proc/${main?.pid}/environ`]), false)

    assert.equal(await quit(second), 0)
    assert.equal(await quit(first), 0)
  })
})
