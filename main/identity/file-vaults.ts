// The two places for a key that are files of the data folder: one that only its owner may read, and one that is sealed
// with a passphrase. A systemd credential (systemd.exec(5), LoadCredential=) stands in for the first where there is one.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, makePrivate, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { KEPT_FOLDER, KEY_FILE, SEALED_KEY_FILE } from './files.ts'
import { MAX_SEALED_BYTES, readSealedHead, seal, SealedTextError, unseal } from './sealed.ts'
import { type Vault, type VaultContent, VaultError, type VaultKind } from './vault.ts'

/**
 * A file that only its owner may read.
 *
 * @param dir  the data folder
 * @param credentialsDir  systemd's `$CREDENTIALS_DIRECTORY`; a `peer.key` there goes before the folder's own and is
 *   never written
 */
export function createFileVault(dir: string, credentialsDir?: string): Vault {
  const path = join(dir, KEY_FILE)
  const credential = credentialsDir === undefined ? undefined : join(credentialsDir, KEY_FILE)

  /** @throws VaultError */
  const refuseCredential = async (): Promise<void> => {
    if (credential === undefined || (await orVaultError('file', () => readFileIfThere(credential))) === undefined)
      return
    const message = `${credential} is given by the system and cannot be changed from here`
    throw new VaultError('file', { kind: 'unavailable', message })
  }

  return {
    kind: 'file',
    read: () =>
      contentOf(async () => {
        const given = credential && (await readFileIfThere(credential))
        if (given) return given
        const own = await readFileIfThere(path)
        // On a disk that is read-only the permissions stay as they are, and the key is used all the same.
        if (own) await makePrivate(path).catch(() => undefined)
        return own
      }),
    async write(secret) {
      await refuseCredential()
      await orVaultError('file', () => writeFileAtomic(path, secret))
    },
    async remove() {
      await refuseCredential()
      await removeFile('file', path)
    },
    keepCopy: (stamp) => keepAside('file', dir, KEY_FILE, stamp),
  }
}

/** What the passphrase file needs. */
export interface PassphraseVaultInit {
  readonly dir: string
  /** Without one the file is there but locked. */
  readonly passphrase: string | undefined
  /** Whose key is written; stands readable in the file. */
  readonly peerId: string
  /** scrypt's N. @default SCRYPT_COST */
  readonly cost?: number | undefined
}

/** A file that is sealed with a passphrase. */
export function createPassphraseVault({ dir, passphrase, peerId, cost }: PassphraseVaultInit): Vault {
  const path = join(dir, SEALED_KEY_FILE)
  return {
    kind: 'passphrase-file',
    async read(): Promise<VaultContent> {
      try {
        const text = await readFileIfThere(path)
        if (!text) return { kind: 'empty' }
        readSealedHead(text, 'peer-key')
        if (passphrase === undefined) return { kind: 'locked', message: `${path} needs its passphrase` }
        return { kind: 'found', secret: await unseal(text, passphrase, 'peer-key') }
      } catch (error) {
        if (error instanceof SealedTextError) return { kind: 'unavailable', message: `${path}: ${error.message}` }
        if (error instanceof FileError) return { kind: 'unavailable', message: error.message }
        throw error
      }
    },
    async write(secret) {
      if (passphrase === undefined) {
        throw new VaultError('passphrase-file', { kind: 'locked', message: 'a passphrase is needed to write it' })
      }
      const text = await seal(secret, passphrase, { kind: 'peer-key', peerId }, cost)
      await orVaultError('passphrase-file', () => writeFileAtomic(path, text))
    },
    remove: () => removeFile('passphrase-file', path),
    keepCopy: (stamp) => keepAside('passphrase-file', dir, SEALED_KEY_FILE, stamp),
  }
}

/** Whose key the passphrase file says it holds; undefined where there is none that can be read. */
export async function readSealedPeerId(dir: string): Promise<string | undefined> {
  try {
    const text = await readFileIfThere(join(dir, SEALED_KEY_FILE))
    return text && readSealedHead(text, 'peer-key').peerId
  } catch (error) {
    if (error instanceof SealedTextError || error instanceof FileError) return undefined
    throw error
  }
}

async function contentOf(read: () => Promise<Buffer | undefined>): Promise<VaultContent> {
  try {
    const secret = await read()
    if (!secret) return { kind: 'empty' }
    if (secret.length <= MAX_SEALED_BYTES) return { kind: 'found', secret }
    return { kind: 'unavailable', message: `${secret.length} bytes are too many for a key` }
  } catch (error) {
    if (error instanceof FileError) return { kind: 'unavailable', message: error.message }
    throw error
  }
}

async function orVaultError<Result>(vault: VaultKind, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw new VaultError(vault, { kind: 'unavailable', message: error.message }, { cause: error })
  }
}

function removeFile(vault: VaultKind, path: string): Promise<void> {
  return orVaultError(vault, () =>
    rm(path, { force: true }).catch((error: unknown) => {
      throw new FileError(path, 'remove', error)
    }),
  )
}

/** A second copy with the same stamp is one of the same key. */
function keepAside(vault: VaultKind, dir: string, name: string, stamp: string): Promise<void> {
  return orVaultError(vault, async () => {
    const content = await readFileIfThere(join(dir, name))
    if (content) await writeFileAtomic(join(dir, KEPT_FOLDER, `${stamp}.${name}`), content)
  })
}
