// Puts a secret into a place where another one may lie: what is there is kept aside, and what was written is believed only once it
// has been read back.
import { FileError } from '../../core/files.ts'
import { vaultOf } from './look.ts'
import { type Vault, VaultError, type VaultKind } from './vault.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Marker } from './marker.ts'
import type { Places } from './places.ts'

/** Puts secrets. */
export interface Putting {
  /** @throws VaultError, FileError; what was there is there then */
  readonly put: (vault: Vault, secret: Uint8Array, peerId: string) => Promise<void>
  /** Puts one into the keychain, or into the file where there is no keychain that works. */
  readonly putOrFallBack: (
    wanted: VaultKind,
    secret: Uint8Array,
    about: { account: string; passphrase: string | undefined; peerId: string },
  ) => Promise<Pick<Marker, 'store' | 'fallback'>>
}

/** Makes it. */
export function createPutting(init: { readonly places: Places; readonly clock: Clock; readonly log: Log }): Putting {
  const { places, clock, log } = init

  const put: Putting['put'] = async (vault, secret, peerId) => {
    const refuse = (failure: VaultError['failure']) => new VaultError(vault.kind, failure)
    try {
      if (vault.kind === 'passphrase-file') {
        if ((await places.sealedPeerId()) !== peerId) await vault.keepCopy(stamp(clock))
      } else {
        const before = await vault.read()
        if (before.kind === 'found') {
          if (same(before.secret, secret)) return
          await vault.keepCopy(stamp(clock))
        } else if (before.kind !== 'empty') throw refuse(before)
      }
      await vault.write(secret)
      const after = await vault.read()
      if (after.kind === 'found' && same(after.secret, secret)) return
      const message = 'it does not give back what it was given'
      throw refuse(after.kind === 'found' || after.kind === 'empty' ? { kind: 'unavailable', message } : after)
    } catch (error) {
      throw error instanceof VaultError && error.cause instanceof FileError ? error.cause : error
    }
  }

  const putOrFallBack: Putting['putOrFallBack'] = async (wanted, secret, about) => {
    try {
      await put(vaultOf(places, wanted, about), secret, about.peerId)
      return { store: wanted }
    } catch (error) {
      if (!(error instanceof VaultError) || wanted !== 'keychain' || error.failure.kind === 'locked') throw error
      log.warn({ peer: about.peerId, reason: error.message }, 'no keychain, the key goes into a file')
      await put(places.file, secret, about.peerId)
      return { store: 'file', fallback: true }
    }
  }

  return { put, putOrFallBack }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other)
}

/** A moment as part of a file's name. */
function stamp(clock: Clock): string {
  return new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')
}
