// The power is cut before or after each step of a change. Whatever the step, the next start has the old identity or the
// new one, never a third and never none, and going on from there leaves no copy in the place that was left.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { loadOrCreatePeerKey } from '../../core/peer-key.ts'
import { join } from 'node:path'
import { newWorld, PASSPHRASE, peerOf, ready, type World } from './fakes.ts'
import type { IdentityKeeper } from '../../main/identity/keeper.ts'
import type { Places } from '../../main/identity/places.ts'
import type { Vault, VaultKind } from '../../main/identity/vault.ts'

class Crash extends Error {
  override readonly name = 'Crash'
}

/** Places that end the world at one step: odd moments lie before a step, even ones after it. */
function crashing({ places }: World, moment: number): { readonly places: Places; readonly steps: () => number } {
  let passed = 0
  const pass = () => {
    passed += 1
    if (passed === moment) throw new Crash(`at moment ${moment}`)
  }
  const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    pass()
    const result = await work()
    pass()
    return result
  }
  const vault = (whole: Vault): Vault => ({
    kind: whole.kind,
    read: () => whole.read(),
    write: (secret) => step(() => whole.write(secret)),
    remove: () => step(() => whole.remove()),
    keepCopy: (stamp) => step(() => whole.keepCopy(stamp)),
  })
  return {
    steps: () => passed,
    places: {
      ...places,
      marker: {
        read: () => places.marker.read(),
        write: (marker) => step(() => places.marker.write(marker)),
        remove: () => step(() => places.marker.remove()),
      },
      file: vault(places.file),
      keychain: (account) => vault(places.keychain(account)),
      passphraseFile: (passphrase, peerId) => vault(places.passphraseFile(passphrase, peerId)),
    },
  }
}

/**
 * Does something again and again, crashing at a later moment each time, until it gets through.
 *
 * @returns at how many moments it crashed
 */
async function crashEverywhere(
  prepare: () => Promise<World>,
  change: (keeper: IdentityKeeper) => Promise<unknown>,
  check: (world: World, moment: number) => Promise<void>,
): Promise<number> {
  for (let moment = 1; ; moment++) {
    const world = await prepare()
    const { places, steps } = crashing(world, moment)
    const through = await change(world.keeper({ places })).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Crash) return false
        throw error
      },
    )
    await check(world, moment)
    if (through) return steps()
  }
}

const MOVES: readonly (readonly [VaultKind, VaultKind])[] = [
  ['file', 'keychain'],
  ['file', 'passphrase-file'],
  ['keychain', 'file'],
  ['keychain', 'passphrase-file'],
  ['passphrase-file', 'keychain'],
  ['passphrase-file', 'file'],
]

describe('a crash at any moment', () => {
  for (const [from, to] of MOVES) {
    it(`of a move from ${from} to ${to} leaves the identity, and moving again leaves no copy`, async (t) => {
      let peerId = ''
      const prepare = async () => {
        const world = await newWorld(t)
        peerId = (await world.keeper().moveTo(from, PASSPHRASE)).identity.peerId.toString()
        return world
      }
      const change = async (keeper: IdentityKeeper) => {
        await ready(keeper.open(undefined, PASSPHRASE))
        await keeper.moveTo(to, PASSPHRASE)
      }
      const moments = await crashEverywhere(prepare, change, async (world) => {
        const keeper = world.keeper()
        const opened = await ready(keeper.open(undefined, PASSPHRASE))
        assert.equal(opened.identity.peerId.toString(), peerId)
        await keeper.moveTo(to, PASSPHRASE)
        assert.equal(await copies(world), 1)
      })
      assert.ok(moments >= 8, String(moments))
    })
  }

  it('of the first opening makes one identity, and that one stays', async (t) => {
    const moments = await crashEverywhere(
      () => newWorld(t),
      (keeper) => keeper.open(),
      async (world) => {
        const peerId = await peerOf(world.keeper())
        assert.equal(await peerOf(world.keeper()), peerId)
        assert.equal(await copies(world), 1)
      },
    )
    assert.ok(moments >= 4, String(moments))
  })

  it('of taking over an old key file leaves its key, in the end in the keychain alone', async (t) => {
    let peer = ''
    const prepare = async () => {
      const world = await newWorld(t)
      await loadOrCreatePeerKey(join(world.dir, 'peer.key'))
      peer = await peerOf(world.keeper({ policy: 'file', places: { ...world.places, marker: noMarker } }))
      return world
    }
    const moments = await crashEverywhere(
      prepare,
      (keeper) => keeper.open(),
      async (world) => {
        const opened = await ready(world.keeper().open())
        assert.deepEqual([opened.identity.peerId.toString(), opened.store], [peer, 'keychain'])
        assert.equal(await copies(world), 1)
      },
    )
    assert.ok(moments >= 8, String(moments))
  })

  for (const store of ['keychain', 'file', 'passphrase-file'] as const) {
    it(`of an import over another identity leaves one of the two, and none is lost (${store})`, async (t) => {
      const from = await newWorld(t)
      const file = await from.keeper().exportIdentity(PASSPHRASE)
      const imported = await peerOf(from.keeper())
      let present = ''
      const prepare = async () => {
        const world = await newWorld(t)
        present = (await world.keeper().moveTo(store, PASSPHRASE)).identity.peerId.toString()
        return world
      }
      const moments = await crashEverywhere(
        prepare,
        (keeper) => keeper.importIdentity(file, PASSPHRASE, { replace: true }),
        async (world) => {
          const peerId = (await ready(world.keeper().open(undefined, PASSPHRASE))).identity.peerId.toString()
          assert.ok([present, imported].includes(peerId))
          const again = await ready(world.keeper().open(undefined, PASSPHRASE))
          assert.equal(again.identity.peerId.toString(), peerId)
          if (peerId === imported) assert.equal(await copies(world), 2)
          await world.keeper().importIdentity(file, PASSPHRASE, { replace: true })
          const after = await ready(world.keeper().open(undefined, PASSPHRASE))
          assert.equal(after.identity.peerId.toString(), imported)
        },
      )
      assert.ok(moments >= 8, String(moments))
    })
  }
})

/** A folder from before there were markers. */
const noMarker: Places['marker'] = {
  read: () => Promise.resolve({ kind: 'none' }),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
}

/** How many secrets lie anywhere. */
async function copies({ dir, keychain }: World): Promise<number> {
  const files = await readdir(dir, { recursive: true })
  return keychain.entries.size + files.filter((name) => /\.key(\.enc)?$/.test(name)).length
}
