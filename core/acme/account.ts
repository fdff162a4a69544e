// Our account at a CA: a key and an address. The key is stored before it is used, so that a crash in between costs nothing;
// an account that the CA has lost is made again with the same key.
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../files.ts'
import { generateKeyPem, type KeyAlgorithm, readPrivateKey, spkiOf, spkiSha256 } from '../x509/keys.ts'
import { type Connection, locationOf } from './connection.ts'
import { AcmeAccountError, AcmeAccountGoneError, AcmeProblem, AcmeTransportError } from './errors.ts'
import { type AccountFate, isRecord } from './errors.ts'
import type { ExternalAccount } from './signing.ts'

const AccountStateSchema = v.object({
  /** The CA it belongs to. */
  directoryUrl: v.string(),
  /** PKCS#8 PEM. */
  keyPem: v.string(),
  /** Left out until the CA has answered. */
  url: v.optional(v.string()),
  /** When it took the place of one that the CA does not serve any more; milliseconds since 1970. */
  replacedAt: v.optional(v.number()),
})

/** What has to be kept of an account; it holds a private key. */
export type AccountState = Readonly<v.InferOutput<typeof AccountStateSchema>>

/** Where one account is kept. One store per CA. */
export interface AccountStore {
  /** Where it is, for a person. */
  readonly path?: string | undefined
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
    path,
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

export interface ReplacementOptions {
  /**
   * Makes a new account with a new key where the CA does not serve the old one any more; false where left out. Not for accounts that
   * somebody else relies on: CAA records name them (RFC 8657), contracts stand behind them.
   */
  readonly replaceGoneAccount?: boolean | undefined
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
 * @param now  milliseconds since 1970
 * @throws AcmeAccountError where the stored one belongs to another CA, AcmeProblem (`userActionRequired` where the terms
 *   were not agreed to, `externalAccountRequired`...), AcmeTransportError
 */
export async function openAccount(
  connection: Connection,
  options: AccountOptions & ReplacementOptions,
  now: number,
): Promise<Account> {
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
  try {
    const url = (stored && (await lookUpAccount(connection, keyPem))) ?? (await register(connection, options, keyPem))
    await options.store.save({ ...stored, directoryUrl: connection.directoryUrl, keyPem, url })
    return accountOf(keyPem, url)
  } catch (error) {
    if (!stored || !(error instanceof AcmeProblem) || error.type !== 'unauthorized') throw error
    const fate = (await accountFate(connection, keyPem)) ?? 'deactivated'
    const account = accountOf(keyPem, 'whose address was never told')
    return replaceAccount(connection, options, { account, fate, now, cause: error })
  }
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

/**
 * Asks the CA what has become of an account, after it has refused it.
 *
 * @returns undefined where there is nothing wrong with it, or where the CA does not say
 */
export async function accountFate(connection: Connection, keyPem: string): Promise<AccountFate | undefined> {
  try {
    const { newAccount } = await connection.directory()
    const { data } = await connection.post({ keyPem }, newAccount, { onlyReturnExisting: true })
    const status = isRecord(data) ? data['status'] : undefined
    return status === 'deactivated' || status === 'revoked' ? status : undefined
  } catch (error) {
    if (!(error instanceof AcmeProblem)) return undefined
    if (error.type === 'accountDoesNotExist') return 'unknown'
    if (error.type !== 'unauthorized') return undefined
    return /revoked/i.test(error.detail) ? 'revoked' : 'deactivated'
  }
}

/** A CA that closes account after account means us; who comes back with a new one each day is not wanted anywhere. */
const MIN_BETWEEN_ACCOUNTS_MS = 7 * 24 * 3_600_000

/**
 * Makes a new account in the place of one that is gone. One that the CA does not know gets its own key again.
 *
 * @param now  milliseconds since 1970
 * @throws AcmeAccountGoneError where that is for a person to do, AcmeProblem, AcmeTransportError
 */
export async function replaceAccount(
  connection: Connection,
  options: AccountOptions & ReplacementOptions,
  gone: { readonly account: Account; readonly fate: AccountFate; readonly now: number; readonly cause: unknown },
): Promise<Account> {
  const { account, fate, now, cause } = gone
  const { store } = options
  const refuse = (remedy: string) => new AcmeAccountGoneError(fate, account.url, remedy, { cause })
  const away =
    store.path === undefined
      ? 'begin with a new account'
      : `move ${store.path} away and start again: a new account is made then`
  if (options.replaceGoneAccount !== true) {
    throw refuse(
      `${away}. Where CAA records or a contract name the account (accounturi, external account), they need the new one`,
    )
  }
  if (fate === 'unknown') return registerAgain(connection, options, account.keyPem)
  const { replacedAt } = (await store.load()) ?? {}
  if (replacedAt !== undefined && Math.abs(now - replacedAt) < MIN_BETWEEN_ACCOUNTS_MS) {
    throw refuse(`it is the second within a week, so no other is made by itself. Ask the CA why; or ${away}`)
  }
  const { directoryUrl } = connection
  const keyPem = await generateKeyPem(options.keyAlgorithm ?? 'ecdsa-p256')
  await store.save({ directoryUrl, keyPem, replacedAt: now })
  const url = await register(connection, options, keyPem)
  await store.save({ directoryUrl, keyPem, url, replacedAt: now })
  return accountOf(keyPem, url)
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
