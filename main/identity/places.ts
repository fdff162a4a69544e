// The places of one data folder put together: its marker and the three vaults. The keeper gets them as an argument, so
// that a test can let each of them fail at each step.
import { createHash } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { FileError } from '../../core/files.ts'
import { createFileVault, createPassphraseVault, readSealedPeerId } from './file-vaults.ts'
import { createKeychainVault, type KeyringModule } from './keychain.ts'
import { createMarkerFile, type MarkerFile } from './marker.ts'
import type { Clock } from '../../core/clock.ts'
import type { Vault } from './vault.ts'

/** Where the identity of a data folder may lie. */
export interface Places {
  readonly marker: MarkerFile
  readonly file: Vault
  /** The keychain, by the name of its entry. */
  keychain(account: string): Vault
  /** The passphrase file; the peer id stands readable in it when it is written. */
  passphraseFile(passphrase: string | undefined, peerId: string): Vault
  /** Whose key the passphrase file says it holds; undefined where there is none that can be read. */
  sealedPeerId(): Promise<string | undefined>
  /**
   * The name of the keychain's entry for a folder that has none yet.
   *
   * @throws FileError where the folder cannot be made
   */
  newAccount(): Promise<string>
}

/** What the places need. */
export interface PlacesInit {
  readonly dir: string
  readonly clock: Clock
  /** systemd's `$CREDENTIALS_DIRECTORY`; undefined where credentials are not looked for. */
  readonly credentialsDir?: string | undefined
  readonly loadKeyring?: (() => Promise<KeyringModule>) | undefined
  /** scrypt's N. @default SCRYPT_COST */
  readonly scryptCost?: number | undefined
}

/** The places of a data folder. */
export function createPlaces({ dir, clock, credentialsDir, loadKeyring, scryptCost }: PlacesInit): Places {
  const keychains = new Map<string, Vault>()
  return {
    marker: createMarkerFile(dir),
    file: createFileVault(dir, credentialsDir),
    keychain(account) {
      const known = keychains.get(account)
      if (known) return known
      const made = createKeychainVault({ account, clock, ...(loadKeyring && { load: loadKeyring }) })
      keychains.set(account, made)
      return made
    },
    passphraseFile: (passphrase, peerId) => createPassphraseVault({ dir, passphrase, peerId, cost: scryptCost }),
    sealedPeerId: () => readSealedPeerId(dir),
    async newAccount() {
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        const digest = createHash('sha256').update(await realpath(dir))
        return `peer-key-${digest.digest('hex').slice(0, 16)}`
      } catch (error) {
        throw new FileError(dir, 'make', error)
      }
    },
  }
}
