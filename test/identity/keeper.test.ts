// The identity of a folder: found or made, moved, exported, imported. The rule above all others: where a marker is,
// nothing that a read gives leads to another identity.
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { FileError } from '../../core/files.ts'
import { generatePeerKey, loadOrCreatePeerKey, serialisePeerKey } from '../../core/peer-key.ts'
import { IdentityNotReadyError } from '../../main/identity/errors.ts'
import { createPlaces } from '../../main/identity/places.ts'
import { WeakPassphraseError, WrongPassphraseError } from '../../main/identity/sealed.ts'
import { VaultError, type VaultKind } from '../../main/identity/vault.ts'
import { manualClock } from '../support/manual-clock.ts'
import {
  CHEAP,
  everything,
  newWorld,
  OTHER_PEER,
  OTHER_SECRET,
  PASSPHRASE,
  peerOf,
  ready,
  spoil,
  type World,
  worldOf,
} from './fakes.ts'
import type { Opened } from '../../main/identity/opened.ts'

const summary = (opened: Opened) =>
  opened.state === 'ready'
    ? { state: opened.state, store: opened.store, fellBack: opened.fellBack }
    : { state: opened.state, store: opened.store, peerId: opened.peerId }

describe('a new identity', () => {
  it('lies in the keychain, and the folder knows only whose it is', async (t) => {
    const { dir, keychain, keeper } = await newWorld(t)
    const opened = await ready(keeper().open())
    assert.deepEqual(summary(opened), { state: 'ready', store: 'keychain', fellBack: false })
    assert.equal(keychain.entries.size, 1)
    assert.deepEqual(await readdir(dir), ['identity.json'])
    assert.equal(await peerOf(keeper()), opened.identity.peerId.toString())
  })

  for (const failure of ['absent', 'no-collection', 'unavailable'] as const) {
    it(`lies in a file that only its owner may read where the keychain is ${failure}, and says so`, async (t) => {
      const { dir, keychain, keeper } = await newWorld(t)
      keychain.fail(failure)
      const opened = await ready(keeper().open())
      assert.deepEqual(summary(opened), { state: 'ready', store: 'file', fellBack: true })
      assert.equal((await stat(join(dir, 'peer.key'))).mode & 0o777, 0o600)
    })
  }

  it('is not made behind a lock', async (t) => {
    const { dir, keychain, keeper } = await newWorld(t)
    keychain.fail('locked')
    assert.deepEqual(summary(await keeper().open()), { state: 'locked', store: 'keychain', peerId: undefined })
    assert.deepEqual(await readdir(dir), [])
  })

  it('is made where a person wants it, if the keychain stays locked', async (t) => {
    const { keychain, keeper } = await newWorld(t)
    keychain.fail('locked')
    const moved = await keeper().moveTo('passphrase-file', PASSPHRASE)
    assert.deepEqual(summary(moved), { state: 'ready', store: 'passphrase-file', fellBack: false })
    assert.equal((await keeper().open(undefined, PASSPHRASE)).state, 'ready')
  })

  it('lies in the file with the policy of a machine without a window, whose keychain nobody asks', async (t) => {
    const { keychain, keeper } = await newWorld(t)
    const opened = await keeper({ policy: 'file' }).open()
    assert.deepEqual(summary(opened), { state: 'ready', store: 'file', fellBack: false })
    assert.equal(keychain.entries.size, 0)
  })
})

describe('a key in a file', () => {
  it('from before there was a marker goes into the keychain', async (t) => {
    const { dir, keeper } = await newWorld(t)
    const before = await loadOrCreatePeerKey(join(dir, 'peer.key'))
    const opened = await ready(keeper().open())
    assert.ok(opened.identity.key.equals(before))
    assert.deepEqual([opened.store, await readdir(dir)], ['keychain', ['identity.json']])
  })

  for (const failure of ['absent', 'no-collection', 'unavailable', 'locked'] as const) {
    it(`is used as it is while the keychain is ${failure}, and moves afterwards`, async (t) => {
      const { dir, keychain, keeper } = await newWorld(t)
      const before = await loadOrCreatePeerKey(join(dir, 'peer.key'))
      keychain.fail(failure)
      const first = await ready(keeper().open())
      keychain.fail(undefined)
      const second = await ready(keeper().open())
      assert.deepEqual([summary(first), second.store], [{ state: 'ready', store: 'file', fellBack: true }, 'keychain'])
      assert.ok(second.identity.key.equals(before))
    })
  }

  it('stays there with the policy `file`, is given a marker, and stays with the policy `keychain` then', async (t) => {
    const { dir, keeper } = await newWorld(t)
    const before = await loadOrCreatePeerKey(join(dir, 'peer.key'))
    await keeper({ policy: 'file' }).open()
    const opened = await ready(keeper().open())
    assert.deepEqual([opened.store, opened.fellBack, opened.identity.key.equals(before)], ['file', false, true])
  })

  it('is used on a disk that takes no marker', async (t) => {
    const { dir, keeper, places } = await newWorld(t)
    const before = await loadOrCreatePeerKey(join(dir, 'peer.key'))
    const full = new FileError(join(dir, 'identity.json'), 'write', Object.assign(new Error(), { code: 'ENOSPC' }))
    const marker = { ...places.marker, write: () => Promise.reject(full) }
    const opened = await ready(keeper({ policy: 'file', places: { ...places, marker } }).open())
    assert.ok(opened.identity.key.equals(before))
  })

  it('does not move over the key of somebody else', async (t) => {
    const { dir, keychain, keeper, places } = await newWorld(t)
    const other = Buffer.from(serialisePeerKey(await generatePeerKey()))
    keychain.entries.set(await places.newAccount(), other)
    const before = await loadOrCreatePeerKey(join(dir, 'peer.key'))
    const opened = await ready(keeper().open())
    assert.deepEqual([opened.store, opened.fellBack, opened.identity.key.equals(before)], ['file', true, true])
    assert.deepEqual(
      [...keychain.entries.values()].map((secret) => Buffer.from(secret)),
      [other],
    )
  })

  it('that holds no key is told, and not replaced', async (t) => {
    const { dir, keeper } = await newWorld(t)
    await writeFile(join(dir, 'peer.key'), 'no key')
    assert.equal((await keeper().open()).state, 'unavailable')
    assert.equal(await readFile(join(dir, 'peer.key'), 'utf8'), 'no key')
  })

  it('is made private again when somebody opened it up', async (t) => {
    const { dir, keeper } = await newWorld(t)
    await keeper({ policy: 'file' }).open()
    await chmod(join(dir, 'peer.key'), 0o644)
    await keeper({ policy: 'file' }).open()
    assert.equal((await stat(join(dir, 'peer.key'))).mode & 0o777, 0o600)
  })
})

describe('with a marker', () => {
  it('there is never a new identity, whatever the places say', async (t) => {
    const { dir: base } = await newWorld(t)
    let count = 0
    const kinds = fc.constantFrom<VaultKind>('keychain', 'file', 'passphrase-file')
    const failures = fc.constantFrom(undefined, 'locked', 'absent', 'no-collection', 'unavailable')
    const keys = fc.constantFrom('kept', 'gone', 'other', 'garbage')
    const markers = fc.constantFrom('good', 'damaged', 'empty', 'too-new')
    const policies = fc.constantFrom('keychain', 'file')
    await fc.assert(
      fc.asyncProperty(kinds, failures, keys, markers, policies, async (store, failure, key, mark, policy) => {
        const world = worldOf(join(base, String((count += 1))))
        const peerId = await peerOf(world.keeper())
        await world.keeper().moveTo(store, PASSPHRASE)
        await spoil(world, store, key)
        await spoilMarker(world.dir, mark)
        world.keychain.fail(failure)
        const opened = await world.keeper({ policy }).open(undefined, PASSPHRASE)
        const before = await everything(world)
        const again = await world.keeper({ policy }).open(undefined, PASSPHRASE)
        for (const each of [opened, again]) {
          if (each.state === 'ready') assert.ok([peerId, OTHER_PEER].includes(each.identity.peerId.toString()))
          if (each.state === 'ready' && mark === 'good') assert.equal(each.identity.peerId.toString(), peerId)
          if (mark === 'too-new') assert.equal(each.state, 'unavailable')
          if (key === 'gone' || key === 'garbage') assert.notEqual(each.state, 'ready')
        }
        const works = key === 'kept' && mark !== 'too-new' && (store !== 'keychain' || failure === undefined)
        if (works) assert.equal(opened.state, 'ready')
        if (opened.state !== 'ready') assert.deepEqual(await everything(world), before)
      }),
      { numRuns: 80 },
    )
  })

  const outcomes = [
    ['locked', 'locked'],
    ['no-collection', 'locked'],
    ['absent', 'unavailable'],
    ['unavailable', 'unavailable'],
  ] as const
  for (const [failure, state] of outcomes) {
    it(`a keychain that is ${failure} makes it ${state}, and all goes on afterwards`, async (t) => {
      const world = await newWorld(t)
      const peerId = await peerOf(world.keeper())
      const keeper = world.keeper()
      world.keychain.fail(failure)
      assert.deepEqual(summary(await keeper.open()), { state, store: 'keychain', peerId })
      world.keychain.fail(undefined)
      assert.equal(await peerOf(keeper), peerId)
    })
  }

  it('a keychain that holds nothing, or another key, makes it missing', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper())
    await spoil(world, 'keychain', 'gone')
    const gone = await world.keeper().open()
    await spoil(world, 'keychain', 'other')
    const other = await world.keeper().open()
    assert.deepEqual(summary(gone), { state: 'missing', store: 'keychain', peerId })
    assert.deepEqual(summary(other), { state: 'missing', store: 'keychain', peerId })
  })

  it('a key file that a person has put back is used', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper())
    const [secret = new Uint8Array()] = world.keychain.entries.values()
    await spoil(world, 'keychain', 'gone')
    await writeFile(join(world.dir, 'peer.key'), secret)
    assert.equal(await peerOf(world.keeper()), peerId)
    assert.deepEqual([...world.keychain.entries.values()], [Uint8Array.from(secret)])
  })

  it('the key is found although the folder has moved', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper())
    const moved = worldOf(join(world.dir, 'moved'), world.keychain)
    await mkdir(moved.dir)
    await writeFile(join(moved.dir, 'identity.json'), await readFile(join(world.dir, 'identity.json')))
    assert.equal(await peerOf(moved.keeper()), peerId)
  })
})

describe('a systemd credential', () => {
  it('goes before the file of the folder, and stays the only one', async (t) => {
    const world = await newWorld(t)
    const credentialsDir = join(world.dir, 'credentials')
    await mkdir(credentialsDir)
    const given = await loadOrCreatePeerKey(join(credentialsDir, 'peer.key'))
    const keeper = () => world.keeper({ policy: 'file', places: placesWith(world, credentialsDir) })
    assert.ok((await ready(keeper().open())).identity.key.equals(given))
    await rm(join(credentialsDir, 'peer.key'))
    assert.equal((await keeper().open()).state, 'missing')
    assert.deepEqual((await readdir(world.dir)).toSorted(), ['credentials', 'identity.json'])
  })
})

describe('the passphrase file', () => {
  it('asks for its passphrase, refuses another and opens with it', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper())
    const moved = await world.keeper().moveTo('passphrase-file', PASSPHRASE)
    const keeper = world.keeper()
    assert.deepEqual(summary(moved), { state: 'ready', store: 'passphrase-file', fellBack: false })
    assert.deepEqual(summary(await keeper.open()), { state: 'passphrase-needed', store: 'passphrase-file', peerId })
    await assert.rejects(keeper.open(undefined, `${PASSPHRASE}!`), WrongPassphraseError)
    assert.equal((await ready(keeper.open(undefined, PASSPHRASE))).identity.peerId.toString(), peerId)
    assert.equal(world.keychain.entries.size, 0)
  })

  it('gets another passphrase', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper()
    await keeper.moveTo('passphrase-file', PASSPHRASE)
    await keeper.moveTo('passphrase-file', 'quite another passphrase')
    await assert.rejects(world.keeper().open(undefined, PASSPHRASE), WrongPassphraseError)
    await ready(world.keeper().open(undefined, 'quite another passphrase'))
  })

  it('is not made with a weak passphrase, or none', async (t) => {
    const { dir, keeper } = await newWorld(t)
    await assert.rejects(keeper().moveTo('passphrase-file', '123456789'), WeakPassphraseError)
    await assert.rejects(keeper().moveTo('passphrase-file'), WeakPassphraseError)
    assert.deepEqual(await readdir(dir), [])
  })
})

describe('moving', () => {
  it('keeps the key where it was if the new place does not take it', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper({ policy: 'file' })
    const peerId = await peerOf(keeper)
    world.keychain.fail('no-collection')
    await assert.rejects(keeper.moveTo('keychain'), VaultError)
    assert.equal(await peerOf(world.keeper({ policy: 'file' })), peerId)
  })

  it('believes the new place only once it has given the key back', async (t) => {
    const world = await newWorld(t)
    const peerId = await peerOf(world.keeper({ policy: 'file' }))
    const forgetful = (account: string) => ({ ...world.keychain.vault(account), write: () => Promise.resolve() })
    const keeper = world.keeper({ policy: 'file', places: { ...world.places, keychain: forgetful } })
    await assert.rejects(keeper.moveTo('keychain'), VaultError)
    assert.equal(await peerOf(world.keeper({ policy: 'file' })), peerId)
  })

  it('keeps aside what another peer has in the new place', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper({ policy: 'file' })
    await keeper.open()
    const account = await world.places.newAccount()
    world.keychain.entries.set(account, OTHER_SECRET)
    const moved = await keeper.moveTo('keychain')
    const kept = [...world.keychain.entries].filter(([name]) => name !== account)
    assert.equal(moved.store, 'keychain')
    assert.deepEqual(
      kept.map(([, secret]) => Buffer.from(secret)),
      [OTHER_SECRET],
    )
  })

  it('says where a copy was left, and removes it at the next opening', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper()
    await keeper.open()
    const stuck = {
      ...world.places,
      keychain: (account: string) => ({ ...world.keychain.vault(account), remove: refuse }),
    }
    const moved = await world.keeper({ places: stuck }).moveTo('file')
    const opened = await ready(world.keeper().open())
    assert.deepEqual([moved.leftIn, opened.leftIn, world.keychain.entries.size], [['keychain'], [], 0])
  })

  it('is not possible without the key', async (t) => {
    const world = await newWorld(t)
    await world.keeper().open()
    world.keychain.fail('locked')
    await assert.rejects(world.keeper().moveTo('file'), IdentityNotReadyError)
    await assert.rejects(world.keeper().exportIdentity(PASSPHRASE), IdentityNotReadyError)
  })
})

describe('opening', () => {
  it('twice at once is done once', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper()
    const [one, two] = await Promise.all([ready(keeper.open()), ready(keeper.open())])
    assert.equal(one.identity, two.identity)
    assert.equal(world.keychain.entries.size, 1)
  })

  it('can be left by one who waits, and goes on for the next', async (t) => {
    const world = await newWorld(t)
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = {
      ...world.places,
      keychain: (account: string) => {
        const vault = world.keychain.vault(account)
        return { ...vault, read: () => promise.then(() => vault.read()) }
      },
    }
    const keeper = world.keeper({ places: slow })
    const leaver = new AbortController()
    const left = keeper.open(leaver.signal)
    leaver.abort(new Error('enough'))
    await assert.rejects(left, /enough/)
    const next = keeper.open()
    resolve()
    await ready(next)
  })

  it('after forgetting makes another one, also where the key could not be read', async (t) => {
    const world = await newWorld(t)
    const keeper = world.keeper()
    const first = (await keeper.moveTo('passphrase-file', PASSPHRASE)).identity.peerId.toString()
    await world.keeper().forget()
    assert.deepEqual(await readdir(world.dir), [])
    assert.notEqual(await peerOf(world.keeper()), first)
  })
})

const refuse = () => Promise.reject(new VaultError('keychain', { kind: 'unavailable', message: 'not now' }))

function placesWith({ dir, keychain }: World, credentialsDir: string) {
  return {
    ...createPlaces({ dir, clock: manualClock(), credentialsDir, scryptCost: CHEAP }),
    keychain: keychain.vault,
  }
}

async function spoilMarker(dir: string, how: string): Promise<void> {
  const content = { good: undefined, damaged: '{"version":1,', empty: '{}', 'too-new': '{"version":2}' }[how]
  if (content !== undefined) await writeFile(join(dir, 'identity.json'), content)
}
