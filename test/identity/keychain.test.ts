// The keychain vault over a library that is made up: each of its errors has one meaning, and one that waits for a person
// holds nobody up for longer than the limit.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeychainVault, judgeKeychainError, type KeyringModule } from '../../main/identity/keychain.ts'
import { VaultError } from '../../main/identity/vault.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

const LIMIT_MS = 30_000
const SECRET = Uint8Array.from([1, 2, 3])
const DISMISSED = "Couldn't access platform storage: Secret Service: unlock prompt was dismissed"
const NO_COLLECTION = "Couldn't access platform storage: Secret Service: no result found"
const NO_BUS =
  'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead'
const NO_PROVIDER =
  'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files'
const SILENT = 'Platform failure: DBus error: Did not receive a reply. Possible causes include: …'

interface Fakes {
  /** Thrown by the constructor. */
  readonly opening?: string
  /** Rejects reads of what is there. */
  readonly reading?: string
  readonly writing?: string
  /** Reads wait for this. */
  readonly answer?: Promise<void>
}

function keyring(entries: Map<string, Uint8Array>, fakes: Fakes = {}) {
  const options: unknown[] = []
  let reads = 0
  class AsyncEntry {
    readonly #name: string
    constructor(service: string, account: string, given: unknown) {
      options.push(given)
      if (fakes.opening !== undefined) throw new Error(fakes.opening)
      this.#name = `${service}/${account}`
    }
    async getSecret() {
      reads += 1
      await fakes.answer
      if (fakes.reading !== undefined) throw new Error(fakes.reading)
      return Array.from(entries.get(this.#name) ?? []).length > 0 ? Array.from(entries.get(this.#name) ?? []) : null
    }
    async setSecret(secret: Uint8Array) {
      if (fakes.writing !== undefined) throw new Error(fakes.writing)
      entries.set(this.#name, Uint8Array.from(secret))
    }
    async deleteCredential() {
      return entries.delete(this.#name)
    }
  }
  const clock = manualClock()
  const load = (): Promise<KeyringModule> => Promise.resolve({ AsyncEntry })
  const vault = createKeychainVault({ account: 'a', clock, load, limitMs: LIMIT_MS })
  return { vault, clock, options, reads: () => reads }
}

describe('the keychain', () => {
  it('gives back what it was given, asked for the Secret Service each time', async () => {
    const entries = new Map<string, Uint8Array>()
    const { vault, options } = keyring(entries)
    const before = await vault.read()
    await vault.write(SECRET)
    assert.deepEqual([before, await vault.read()], [{ kind: 'empty' }, { kind: 'found', secret: SECRET }])
    assert.ok(options.length > 0)
    for (const given of options) assert.deepEqual(given, { linux: { store: 'secret-service' } })
  })

  it('leaves nothing of its probe behind', async () => {
    const entries = new Map<string, Uint8Array>()
    await keyring(entries).vault.read()
    assert.equal(entries.size, 0)
  })

  it('keeps a copy under another name', async () => {
    const entries = new Map([['nodetrust/a', SECRET]])
    await keyring(entries).vault.keepCopy('now')
    assert.deepEqual([...entries.keys()], ['nodetrust/a', 'nodetrust/a.kept-now'])
  })

  const cases: readonly (readonly [string, Fakes, string])[] = [
    ['locked where the question was dismissed', { reading: DISMISSED }, 'locked'],
    ['locked where only the probe shows it', { writing: DISMISSED }, 'locked'],
    ['without a collection where nothing can be stored', { writing: NO_COLLECTION }, 'no-collection'],
    ['absent without a bus', { opening: NO_BUS }, 'absent'],
    ['absent where nobody offers secrets', { opening: NO_PROVIDER }, 'absent'],
    ['unavailable where it is silent', { opening: SILENT }, 'unavailable'],
    ['unavailable with words that nobody knows', { reading: 'out of cheese' }, 'unavailable'],
  ]
  for (const [name, fakes, kind] of cases) {
    it(`is ${name}`, async () => {
      const content = await keyring(new Map(), fakes).vault.read()
      assert.equal(content.kind, kind)
    })
  }

  it('is absent where the machine has no binary of the library', async () => {
    const load = () => Promise.reject(new Error('Cannot find native binding'))
    const content = await createKeychainVault({ account: 'a', clock: manualClock(), load }).read()
    assert.equal(content.kind, 'absent')
  })

  it('is no place that is absent because one operation failed', () => {
    const text = 'Platform failure: DBus error: Object does not exist at path'
    assert.equal(judgeKeychainError(text, 'using').kind, 'unavailable')
  })

  it('says why it cannot be written', async () => {
    const { vault } = keyring(new Map(), { writing: NO_COLLECTION })
    await assert.rejects(
      vault.write(SECRET),
      (error: Error) => error instanceof VaultError && error.failure.kind === 'no-collection',
    )
  })

  it('counts as locked while a question waits, and is asked again only when that is answered', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const entries = new Map([['nodetrust/a', SECRET]])
    const { vault, clock, reads } = keyring(entries, { answer: promise })
    const first = vault.read()
    await settle()
    await clock.advance(LIMIT_MS)
    const late = await first
    const second = vault.read()
    await settle()
    const readsWhileWaiting = reads()
    resolve()
    assert.deepEqual([late.kind, readsWhileWaiting], ['locked', 1])
    assert.deepEqual(await second, { kind: 'found', secret: SECRET })
    assert.equal(reads(), 2)
  })

  it('holds no timer once it has answered', async () => {
    const { vault, clock } = keyring(new Map())
    await vault.read()
    assert.equal(clock.sleeping, 0)
  })
})
