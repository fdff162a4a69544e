// The keychain for real: gnome-keyring on a private D-Bus, and the four ways in which a desktop may fail to have one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { nodeFlags } from '../../core/node-flags.ts'
import { type BusEnv, startBus, startKeyring, whyNoKeyring } from '../support/keyring.ts'
import { loadOrCreatePeerKey, serialisePeerKey } from '../../core/peer-key.ts'

const CHILD = join(import.meta.dirname, 'keeper-child.ts')
const reason = await whyNoKeyring()
const skip = reason === undefined ? {} : { skip: reason }

interface Told {
  readonly state: string
  readonly store: string
  readonly peerId?: string
  readonly fellBack?: boolean
  readonly message?: string
}

async function newDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-identity-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

/** A keeper in a process with this environment. */
function startKeeper(t: TestContext, env: BusEnv, dir: string) {
  const child = spawn(process.execPath, [...nodeFlags(), CHILD, dir], { env: { ...env } })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  const next = async (): Promise<Told> => {
    const { value, done } = await lines.next()
    assert.ok(done !== true, `the keeper ended: ${stderr}`)
    return JSON.parse(value) as Told
  }
  return {
    opened: next(),
    async ask(command: string): Promise<Told> {
      child.stdin.write(`${command}\n`)
      return await next()
    },
    async stop(): Promise<string> {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
      return stderr
    },
  }
}

async function openOnce(t: TestContext, env: BusEnv, dir: string): Promise<Told> {
  const keeper = startKeeper(t, env, dir)
  const told = await keeper.opened
  await keeper.stop()
  return told
}

describe('an identity in a real keychain', skip, () => {
  it('is made once, leaves no key in the folder and is there after a restart', async (t) => {
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const first = await openOnce(t, keyring.env, dir)
    const second = await openOnce(t, keyring.env, dir)
    assert.deepEqual({ state: first.state, store: first.store }, { state: 'ready', store: 'keychain' })
    assert.equal(second.peerId, first.peerId)
    assert.deepEqual(await readdir(dir), ['identity.json'])
  })

  it('takes the key of a 0600 file over, which then is gone, and says nothing of it anywhere', async (t) => {
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const secret = serialisePeerKey(await loadOrCreatePeerKey(join(dir, 'peer.key'))).trim()
    const keeper = startKeeper(t, keyring.env, dir)
    const told = await keeper.opened
    const log = await keeper.stop()
    assert.deepEqual({ state: told.state, store: told.store }, { state: 'ready', store: 'keychain' })
    assert.deepEqual(await readdir(dir), ['identity.json'])
    assert.match(log, /the key moved/)
    const seen = `${JSON.stringify(told)}${log}${await readFile(join(dir, 'identity.json'), 'utf8')}`
    for (const canary of canaries(secret)) assert.ok(!seen.includes(canary))
  })

  it('is locked with it, and goes on where it stopped once that is unlocked', async (t) => {
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const { peerId } = await openOnce(t, keyring.env, dir)
    await keyring.lock()
    const keeper = startKeeper(t, keyring.env, dir)
    const locked = await keeper.opened
    await keyring.unlock()
    const unlocked = await keeper.ask('open')
    assert.deepEqual({ state: locked.state, peerId: locked.peerId }, { state: 'locked', peerId })
    assert.deepEqual({ state: unlocked.state, peerId: unlocked.peerId }, { state: 'ready', peerId })
  })

  it('is not made while the keychain is locked, unless a person wants it elsewhere', async (t) => {
    const keyring = await startKeyring({ unlocked: false })
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const keeper = startKeeper(t, keyring.env, dir)
    const locked = await keeper.opened
    assert.deepEqual([locked.state, locked.peerId, await readdir(dir)], ['locked', undefined, []])
    const moved = await keeper.ask('move file')
    assert.deepEqual([moved.state, moved.store], ['ready', 'file'])
  })

  it('moves into a passphrase file and back', async (t) => {
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const keeper = startKeeper(t, keyring.env, dir)
    const { peerId } = await keeper.opened
    const sealed = await keeper.ask('move passphrase-file long-enough-words')
    const between = await readdir(dir)
    const back = await keeper.ask('move keychain')
    assert.deepEqual(
      [sealed.store, sealed.peerId, back.store, back.peerId],
      ['passphrase-file', peerId, 'keychain', peerId],
    )
    assert.deepEqual(between, ['identity.json', 'peer.key.enc'])
    assert.deepEqual(await readdir(dir), ['identity.json'])
    assert.equal((await openOnce(t, keyring.env, dir)).peerId, peerId)
  })
})

describe('a desktop without a keychain that works', skip, () => {
  const cases: readonly (readonly [string, () => Promise<{ readonly env: BusEnv; stop(): Promise<void> }>])[] = [
    [
      'without a session bus',
      async () => {
        const bus = await startBus()
        const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = bus.env
        return { env, stop: () => bus.stop() }
      },
    ],
    ['with a bus on which nobody offers secrets', startBus],
    ['with a keychain that has no collection', () => startKeyring({ collection: false })],
  ]

  for (const [name, start] of cases) {
    it(`gets a file that only its owner may read, and is told so, ${name}`, async (t) => {
      const place = await start()
      t.after(() => place.stop())
      const dir = await newDir(t)
      const first = await openOnce(t, place.env, dir)
      const second = await openOnce(t, place.env, dir)
      assert.deepEqual([first.state, first.store, first.fellBack], ['ready', 'file', true])
      assert.equal(second.peerId, first.peerId)
    })

    it(`gets no new identity in place of the one in a keychain, ${name}`, async (t) => {
      const keyring = await startKeyring()
      t.after(() => keyring.stop())
      const dir = await newDir(t)
      const { peerId } = await openOnce(t, keyring.env, dir)
      const place = await start()
      t.after(() => place.stop())
      const told = await openOnce(t, place.env, dir)
      assert.deepEqual([told.state, told.peerId], [name.includes('collection') ? 'locked' : 'unavailable', peerId])
      assert.deepEqual(await readdir(dir), ['identity.json'])
      assert.equal((await openOnce(t, keyring.env, dir)).peerId, peerId)
    })
  }

  it('moves the key into the keychain once there is one', async (t) => {
    const bus = await startBus()
    t.after(() => bus.stop())
    const dir = await newDir(t)
    const { peerId } = await openOnce(t, bus.env, dir)
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const told = await openOnce(t, keyring.env, dir)
    assert.deepEqual([told.state, told.store, told.fellBack, told.peerId], ['ready', 'keychain', false, peerId])
    assert.deepEqual(await readdir(dir), ['identity.json'])
  })

  it('is told of a keychain that answers nobody, and keeps the identity', async (t) => {
    const keyring = await startKeyring()
    t.after(() => keyring.stop())
    const dir = await newDir(t)
    const { peerId } = await openOnce(t, keyring.env, dir)
    keyring.freeze()
    const told = await openOnce(t, keyring.env, dir)
    keyring.thaw()
    assert.deepEqual([told.state, told.peerId], ['unavailable', peerId])
    assert.equal((await openOnce(t, keyring.env, dir)).peerId, peerId)
  })
})

/** The secret as it could stand in a text: whole, in part, and in other clothes. */
function canaries(secret: string): string[] {
  const bytes = Buffer.from(secret, 'base64')
  const part = bytes.subarray(8, 40)
  return [
    secret,
    secret.slice(8, 40),
    bytes.toString('hex'),
    part.toString('hex'),
    part.toString('base64'),
    part.join(','),
  ]
}
