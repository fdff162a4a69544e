// The keychain of the operating system. On Linux it is the Secret Service and nothing else: the library's own choice
// falls back to the kernel's keyring, which forgets everything at the next start. Its errors all carry one code, so they
// are told apart by the words that were measured with gnome-keyring; words that nobody knows count as "unavailable".
import { randomBytes } from 'node:crypto'
import { type Vault, type VaultContent, VaultError, type VaultFailure } from './vault.ts'
import type { Clock } from '../../core/clock.ts'

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringModule {
  readonly AsyncEntry: new (service: string, account: string, options: KeyringOptions) => KeyringEntry
}

interface KeyringOptions {
  readonly linux: { readonly store: 'secret-service' }
}

/** One entry of a keychain. */
export interface KeyringEntry {
  getSecret(): Promise<ArrayLike<number> | null>
  setSecret(secret: Uint8Array): Promise<void>
  deleteCredential(): Promise<boolean>
}

/** What the vault needs. */
export interface KeychainInit {
  /** Tells the keys of several data folders apart. */
  readonly account: string
  readonly clock: Clock
  /** Loads the library; it throws where there is no binary for the machine. @default import('@napi-rs/keyring') */
  readonly load?: () => Promise<KeyringModule>
  /** Milliseconds for one operation, with the answer of a person to the system's question. @default two minutes */
  readonly limitMs?: number
}

/** Under this name the entries stand in the system's own list of passwords. */
export const KEYCHAIN_SERVICE = 'nodetrust'

/** A person has to find the window of the question and type a password. */
const LIMIT_MS = 120_000

/**
 * The keychain as a place for a secret. One operation runs at a time, because one that waits for a person holds a thread
 * of the pool that files need as well; an operation that comes meanwhile waits for it, and then looks for itself.
 */
export function createKeychainVault(init: KeychainInit): Vault {
  const { account, clock, load = loadKeyring, limitMs = LIMIT_MS } = init
  const steps = createSteps(clock, limitMs)

  /** @throws KeychainFailure */
  const entryOf = async (name: string): Promise<KeyringEntry> => {
    const keyring = await load().catch((error: unknown) => {
      throw new KeychainFailure({ kind: 'absent', message: `there is no keychain library for it: ${textOf(error)}` })
    })
    try {
      return new keyring.AsyncEntry(KEYCHAIN_SERVICE, name, { linux: { store: 'secret-service' } })
    } catch (error) {
      throw new KeychainFailure(judgeKeychainError(textOf(error), 'opening'))
    }
  }

  /** @throws KeychainFailure */
  const withEntry = <Result>(name: string, use: (entry: KeyringEntry) => Promise<Result>): Promise<Result> =>
    steps.run(async () => {
      const entry = await entryOf(name)
      try {
        return await use(entry)
      } catch (error) {
        throw new KeychainFailure(judgeKeychainError(textOf(error), 'using'))
      }
    })

  const get = (name: string) =>
    withEntry(name, async (entry) => {
      const bytes = await entry.getSecret()
      return bytes === null ? undefined : Uint8Array.from(bytes)
    })

  /** Writes, reads and deletes something random: a keychain without a collection gives nothing and says so only here. */
  const probe = async (): Promise<void> => {
    const name = `probe-${randomBytes(8).toString('hex')}`
    const written = randomBytes(32)
    await withEntry(name, (entry) => entry.setSecret(written))
    const read = await get(name)
    await withEntry(name, (entry) => entry.deleteCredential())
    if (read && written.equals(read)) return
    throw new KeychainFailure({ kind: 'unavailable', message: 'it does not give back what it was given' })
  }

  const orVaultError = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (error instanceof KeychainFailure) throw new VaultError('keychain', error.failure)
      throw error
    }
  }

  return {
    kind: 'keychain',
    async read(): Promise<VaultContent> {
      try {
        const secret = await get(account)
        if (secret) return { kind: 'found', secret }
        await probe()
        return { kind: 'empty' }
      } catch (error) {
        if (error instanceof KeychainFailure) return error.failure
        throw error
      }
    },
    write: (secret) => orVaultError(() => withEntry(account, (entry) => entry.setSecret(secret))),
    remove: () => orVaultError(() => withEntry(account, (entry) => entry.deleteCredential())),
    keepCopy: (stamp) =>
      orVaultError(async () => {
        const secret = await get(account)
        if (secret) await withEntry(`${account}.kept-${stamp}`, (entry) => entry.setSecret(secret))
      }),
  }
}

/**
 * What an error of the library means.
 *
 * @param text  its message
 * @param when  `opening` an entry, where the library looks for the keychain, or `using` it
 */
export function judgeKeychainError(text: string, when: 'opening' | 'using'): VaultFailure {
  if (text.includes('unlock prompt was dismissed')) return { kind: 'locked', message: text }
  if (text.includes('Secret Service: no result found')) return { kind: 'no-collection', message: text }
  // A keychain that is there but silent says this too, after two seconds.
  const silent = text.includes('Did not receive a reply')
  if (when === 'opening' && text.startsWith('Platform failure') && !silent) return { kind: 'absent', message: text }
  return { kind: 'unavailable', message: text }
}

/** What went wrong, on its way from an operation to the vault's caller. */
class KeychainFailure extends Error {
  override readonly name = 'KeychainFailure'
  readonly failure: VaultFailure

  constructor(failure: VaultFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * Runs operations one after the other, each at most so long. The library cannot be stopped while it waits for a person,
 * so an operation that is late goes on by itself and the next one waits for it, as long as its own time allows.
 */
function createSteps(clock: Clock, limitMs: number) {
  let last: Promise<unknown> = Promise.resolve()
  return {
    async run<Result>(work: () => Promise<Result>): Promise<Result> {
      let late = false
      const before = last
      const mine = (async () => {
        await before
        if (late) throw tooLate(limitMs)
        return await work()
      })()
      last = mine.catch(() => undefined)
      const timer = new AbortController()
      const limit = clock.sleep(limitMs, timer.signal).then(() => {
        late = true
        throw tooLate(limitMs)
      })
      try {
        return await Promise.race([mine, limit])
      } finally {
        timer.abort()
        // Whichever lost says nothing any more.
        limit.catch(() => undefined)
        mine.catch(() => undefined)
      }
    },
  }
}

function tooLate(limitMs: number): KeychainFailure {
  const seconds = Math.round(limitMs / 1_000)
  return new KeychainFailure({
    kind: 'locked',
    message: `no answer in ${seconds} s: a question may wait to be answered`,
  })
}

async function loadKeyring(): Promise<KeyringModule> {
  return await import('@napi-rs/keyring')
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
