// A data folder with a keychain made of a map, which can be locked, absent, or fail at a chosen step.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { generatePeerKey, serialisePeerKey } from '../../core/peer-key.ts'
import { seal } from '../../main/identity/sealed.ts'
import { manualClock } from '../support/manual-clock.ts'
import { createIdentityKeeper, type IdentityKeeper, type IdentityKeeperInit } from '../../main/identity/keeper.ts'
import { createPlaces, type Places } from '../../main/identity/places.ts'
import { type Vault, VaultError, type VaultFailure, type VaultKind } from '../../main/identity/vault.ts'
import type { Opened, Ready } from '../../main/identity/opened.ts'
import type { TestContext } from 'node:test'

/** Fast enough for many tests, and still what the reader accepts. */
export const CHEAP = 2 ** 14

export const PASSPHRASE = 'a passphrase of some length'

/** What a keychain holds, by account; it outlives the keepers that use it. */
export interface FakeKeychain {
  readonly entries: Map<string, Uint8Array>
  /** How it fails from now on; undefined where it works. */
  readonly fail: (failure: VaultFailure['kind'] | undefined) => void
  readonly vault: (account: string) => Vault
}

export function fakeKeychain(): FakeKeychain {
  const entries = new Map<string, Uint8Array>()
  let failing: VaultFailure | undefined
  const check = () => {
    if (failing) throw new VaultError('keychain', failing)
  }
  return {
    entries,
    fail(kind) {
      failing = kind && { kind, message: `made to be ${kind}` }
    },
    vault: (account) => ({
      kind: 'keychain',
      read() {
        if (failing) return Promise.resolve(failing)
        const secret = entries.get(account)
        return Promise.resolve(secret ? { kind: 'found' as const, secret } : { kind: 'empty' as const })
      },
      async write(secret) {
        check()
        entries.set(account, Uint8Array.from(secret))
      },
      async remove() {
        check()
        entries.delete(account)
      },
      async keepCopy(stamp) {
        check()
        const secret = entries.get(account)
        if (secret) entries.set(`${account}.kept-${stamp}`, secret)
      },
    }),
  }
}

/** A data folder, its keychain, and keepers for it, each as after a restart. */
export interface World {
  readonly dir: string
  readonly keychain: FakeKeychain
  readonly places: Places
  readonly keeper: (init?: Partial<IdentityKeeperInit>) => IdentityKeeper
}

export async function newWorld(t: TestContext): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-identity-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  return worldOf(dir)
}

export function worldOf(dir: string, keychain = fakeKeychain()): World {
  const clock = manualClock()
  const places = { ...createPlaces({ dir, clock, scryptCost: CHEAP }), keychain: keychain.vault }
  return {
    ...{ dir, keychain, places },
    keeper: (init = {}) => createIdentityKeeper({ dir, policy: 'keychain', clock, scryptCost: CHEAP, places, ...init }),
  }
}

const OTHER_KEY = await generatePeerKey()
/** The key of a peer that has no business here. */
export const OTHER_SECRET = Buffer.from(serialisePeerKey(OTHER_KEY))
export const OTHER_PEER = peerIdFromPrivateKey(OTHER_KEY).toString()

/** Opens, and fails the test where nothing came of it. */
export async function ready(opening: Promise<Opened>): Promise<Ready> {
  const opened = await opening
  assert.equal(opened.state, 'ready', 'message' in opened ? opened.message : '')
  if (opened.state !== 'ready') throw new TypeError('narrowed above')
  return opened
}

export const peerOf = async (keeper: IdentityKeeper): Promise<string> =>
  (await ready(keeper.open())).identity.peerId.toString()

/** Changes the key where it lies behind the keeper's back. */
export async function spoil(world: World, store: VaultKind, how: string): Promise<void> {
  if (how === 'kept') return
  const secret = how === 'other' ? OTHER_SECRET : Buffer.from('garbage')
  if (store === 'keychain') {
    for (const name of world.keychain.entries.keys()) {
      if (how === 'gone') world.keychain.entries.delete(name)
      else world.keychain.entries.set(name, secret)
    }
    return
  }
  const path = join(world.dir, store === 'file' ? 'peer.key' : 'peer.key.enc')
  if (how === 'gone') await rm(path)
  else if (store === 'file' || how === 'garbage') await writeFile(path, secret)
  else await writeFile(path, await seal(secret, PASSPHRASE, { kind: 'peer-key', peerId: OTHER_PEER }, CHEAP))
}

/** All that is stored, files and keychain. */
export async function everything({ dir, keychain }: World): Promise<unknown> {
  const files = await readdir(dir)
  const contents = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))
  return { files, contents, entries: [...keychain.entries] }
}
