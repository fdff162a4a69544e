// An identity as one encrypted file, there and back, and a key that is seen nowhere on its way.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { createLog } from '../../core/log.ts'
import { serialisePeerKey } from '../../core/peer-key.ts'
import { OtherIdentityError } from '../../main/identity/errors.ts'
import { SealedTextError, WeakPassphraseError, WrongPassphraseError } from '../../main/identity/sealed.ts'
import { everything, newWorld, PASSPHRASE, peerOf, ready, spoil } from './fakes.ts'

describe('an exported identity', () => {
  it('is imported into an empty folder, where a new one would lie', async (t) => {
    const from = await newWorld(t)
    const file = await from.keeper().exportIdentity(PASSPHRASE)
    const to = await newWorld(t)
    const imported = await to.keeper().importIdentity(file, PASSPHRASE)
    assert.deepEqual([imported.store, imported.identity.peerId.toString()], ['keychain', await peerOf(from.keeper())])
    assert.equal(await peerOf(to.keeper()), await peerOf(from.keeper()))
  })

  it('brings a missing key back', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper())
    const file = await world.keeper().exportIdentity(PASSPHRASE)
    await spoil(world, 'keychain', 'gone')
    await world.keeper().importIdentity(file, PASSPHRASE)
    assert.equal(await peerOf(world.keeper()), peerId)
  })

  for (const store of ['keychain', 'file', 'passphrase-file'] as const) {
    it(`takes the place of another only when told to, and that one is kept aside (${store})`, async (t) => {
      const from = await newWorld(t)
      const file = await from.keeper().exportIdentity(PASSPHRASE)
      const to = await newWorld(t)
      const keeper = to.keeper()
      const before = await keeper.moveTo(store, 'the present passphrase')
      const old = before.identity.peerId.toString()
      await assert.rejects(
        keeper.importIdentity(file, PASSPHRASE),
        (error: Error) => error instanceof OtherIdentityError && error.present === old,
      )
      const imported = await keeper.importIdentity(file, PASSPHRASE, { replace: true })
      const opened = await ready(to.keeper().open(undefined, PASSPHRASE))
      assert.deepEqual([imported.store, opened.store], [store, store])
      assert.equal(opened.identity.peerId.toString(), await peerOf(from.keeper()))
      const kept =
        store === 'keychain' ? to.keychain.entries.size - 1 : (await readdir(join(to.dir, 'kept-keys'))).length
      assert.equal(kept, 1)
    })
  }

  it('is refused with another passphrase, damaged, cut, too large, or of the other kind, and changes nothing', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper()
    const file = Buffer.from(await keeper.exportIdentity(PASSPHRASE))
    await keeper.moveTo('passphrase-file', PASSPHRASE)
    const keyFile = await readFile(join(world.dir, 'peer.key.enc'))
    const before = await everything(world)
    await assert.rejects(keeper.importIdentity(file, 'not the passphrase'), WrongPassphraseError)
    for (const bad of [file.subarray(9), file.subarray(0, -9), Buffer.alloc(20_000, file), keyFile, Buffer.of()]) {
      await assert.rejects(keeper.importIdentity(bad, PASSPHRASE), SealedTextError)
    }
    await assert.rejects(keeper.exportIdentity('weak'), WeakPassphraseError)
    assert.deepEqual(await everything(world), before)
  })
})

describe('the key', () => {
  it('is in no log, no error and no marker', async (t) => {
    const world = await newWorld(t)
    const seen: string[] = []
    const log = createLog('debug', { write: (line: string) => void seen.push(line) })
    const other = await (await newWorld(t)).keeper().exportIdentity(PASSPHRASE)
    const keeper = world.keeper({ log })
    const { identity } = await keeper.moveTo('file')
    const note = (error: unknown) => void seen.push(inspect(error, { depth: 9, showHidden: true }))
    await keeper.moveTo('passphrase-file', PASSPHRASE)
    await world.keeper({ log }).open(undefined, 'not the passphrase').catch(note)
    await world.keeper({ log }).importIdentity(other, PASSPHRASE).catch(note)
    world.keychain.fail('locked')
    await keeper.moveTo('keychain').catch(note)
    world.keychain.fail(undefined)
    await keeper.moveTo('keychain')
    seen.push(await readFile(join(world.dir, 'identity.json'), 'utf8'))
    const text = seen.join('\n')
    const secret = Buffer.from(serialisePeerKey(identity.key).trim(), 'base64')
    const part = secret.subarray(8, 40)
    assert.ok(seen.length > 6)
    for (const canary of [secret.toString('base64').slice(8, 40), part.toString('hex'), part.join(', '), PASSPHRASE]) {
      assert.ok(!text.includes(canary))
    }
  })
})
