// Our account at a CA: a key and an address. The key is stored before it is used, so that a crash in between costs nothing;
// an account that the CA has lost is made again with the same key.
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../files.ts'
import { generateKeyPem, type KeyAlgorithm, readPrivateKey, spkiOf, spkiSha256 } from '../x509/keys.ts'
import { type Connection, locationOf } from './connection.ts'
import { AcmeAccountError, AcmeProblem, AcmeTransportError } from './errors.ts'
import type { ExternalAccount } from './signing.ts'

const AccountStateSchema = v.object({
  /** The CA it belongs to. */
  directoryUrl: v.string(),
  /** PKCS#8 PEM. */
  keyPem: v.string(),
  /** Left out until the CA has answered. */
  url: v.optional(v.string()),
})

/** What has to be kept of an account; it holds a private key. */
export type AccountState = Readonly<v.InferOutput<typeof AccountStateSchema>>

/** Where one account is kept. One store per CA. */
export interface AccountStore {
  load(): Promise<AccountState | undefined>
  save(state: AccountState): Promise<void>
}

/** A store that forgets, for tests and single runs. */
export function memoryAccountStore(initial?: AccountState): AccountStore {
  let state = initial
  return {
    load: () => Promise.resolve(state),
    save(next) {
      state = next
      return Promise.resolve()
    },
  }
}

/**
 * A store in a JSON file, readable for its owner only.
 *
 * @throws AcmeAccountError when loading something that is no account, FileError
 */
export function fileAccountStore(path: string): AccountStore {
  return {
    async load() {
      const content = await readFileIfThere(path)
      if (!content) return undefined
      try {
        return v.parse(AccountStateSchema, JSON.parse(content.toString('utf8')))
      } catch (error) {
        throw new AcmeAccountError(`the account in ${path} cannot be read; move it away to get a new account`, {
          cause: error,
        })
      }
    },
    save: (state) => writeFileAtomic(path, `${JSON.stringify(state, undefined, 2)}\n`),
  }
}

export interface AccountOptions {
  readonly store: AccountStore
  /** Whether the owner agreed to the CA's terms (`directory.meta.termsOfService`); without it no account is made. */
  readonly termsOfServiceAgreed: boolean
  /** `mailto:` addresses; none where left out. */
  readonly contact?: readonly string[] | undefined
  /** Where the CA asks for one. */
  readonly externalAccount?: ExternalAccount | undefined
  /** Of a new account's key; P-256 where left out. */
  readonly keyAlgorithm?: KeyAlgorithm | undefined
}

export interface Account {
  readonly url: string
  readonly keyPem: string
  /** Hex SHA-256 of the public key: no certificate may use it. */
  readonly spkiSha256: string
}

/**
 * Gives the stored account, looks it up or registers it, whichever is needed.
 *
 * @throws AcmeAccountError where the stored one belongs to another CA, AcmeProblem (`userActionRequired` where the terms
 *   were not agreed to, `externalAccountRequired`...), AcmeTransportError
 */
export async function openAccount(connection: Connection, options: AccountOptions): Promise<Account> {
  const stored = await options.store.load()
  if (stored && stored.directoryUrl !== connection.directoryUrl) {
    throw new AcmeAccountError(
      `the stored account belongs to ${stored.directoryUrl}, not to ${connection.directoryUrl}; keep one store per CA`,
    )
  }
  if (stored?.url !== undefined) return accountOf(stored.keyPem, stored.url)
  const keyPem = stored?.keyPem ?? (await generateKeyPem(options.keyAlgorithm ?? 'ecdsa-p256'))
  if (!stored) await options.store.save({ directoryUrl: connection.directoryUrl, keyPem })
  // A key without an address: perhaps the CA's answer was lost the last time.
  const url = (stored && (await lookUpAccount(connection, keyPem))) ?? (await register(connection, options, keyPem))
  await options.store.save({ directoryUrl: connection.directoryUrl, keyPem, url })
  return accountOf(keyPem, url)
}

/**
 * Registers the key again, because the CA does not know its account any more.
 *
 * @throws AcmeProblem, AcmeTransportError
 */
export async function registerAgain(connection: Connection, options: AccountOptions, keyPem: string): Promise<Account> {
  const url = await register(connection, options, keyPem)
  await options.store.save({ directoryUrl: connection.directoryUrl, keyPem, url })
  return accountOf(keyPem, url)
}

/**
 * Asks the CA for the account of a key, without making one (RFC 8555 section 7.3.1).
 *
 * @returns its address, undefined where there is none
 */
export async function lookUpAccount(connection: Connection, keyPem: string): Promise<string | undefined> {
  const { newAccount } = await connection.directory()
  try {
    const answer = await connection.post({ keyPem }, newAccount, { onlyReturnExisting: true })
    return locationOf(answer, newAccount)
  } catch (error) {
    if (error instanceof AcmeProblem && error.type === 'accountDoesNotExist') return undefined
    throw error
  }
}

async function register(connection: Connection, options: AccountOptions, keyPem: string): Promise<string> {
  const { newAccount } = await connection.directory()
  const { externalAccount, contact } = options
  const payload = {
    termsOfServiceAgreed: options.termsOfServiceAgreed,
    ...(contact && contact.length > 0 ? { contact } : {}),
  }
  const answer = await connection.post({ keyPem, externalAccount }, newAccount, payload)
  const url = locationOf(answer, newAccount)
  if (url === undefined) {
    throw new AcmeTransportError('NOT_ACME', 'the CA made an account and did not say where (Location)', newAccount)
  }
  return url
}

function accountOf(keyPem: string, url: string): Account {
  return { url, keyPem, spkiSha256: spkiSha256(spkiOf(readPrivateKey(keyPem))) }
}
