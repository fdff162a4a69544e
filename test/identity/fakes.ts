// A data folder with a keychain made of a map, which can be locked, absent, or fail at a chosen step.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from '../support/manual-clock.ts'
import { createIdentityKeeper, type IdentityKeeper, type IdentityKeeperInit } from '../../main/identity/keeper.ts'
import { createPlaces, type Places } from '../../main/identity/places.ts'
import { type Vault, VaultError, type VaultFailure } from '../../main/identity/vault.ts'
import type { TestContext } from 'node:test'

/** Fast enough for many tests, and still what the reader accepts. */
export const CHEAP = 2 ** 14

/** What a keychain holds, by account; it outlives the keepers that use it. */
export interface FakeKeychain {
  readonly entries: Map<string, Uint8Array>
  /** How it fails from now on; undefined where it works. */
  fail(failure: VaultFailure['kind'] | undefined): void
  vault(account: string): Vault
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
  keeper(init?: Partial<IdentityKeeperInit>): IdentityKeeper
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
