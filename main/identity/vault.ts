// A place for one secret. What matters is that "nothing is in there", "it cannot be read now" and "there is no such place
// on this machine" are never mixed up: a node that takes the second for the first would lose its name.

/** The places there are; `file` is a file that only its owner may read. */
export type VaultKind = 'keychain' | 'passphrase-file' | 'file'

/** Why a place cannot be used. */
export interface VaultFailure {
  /**
   * `locked`: a person has to unlock it (also where a question waits for an answer). `absent`: this machine has none.
   * `no-collection`: a keychain without anything to store in. `unavailable`: everything else.
   */
  readonly kind: 'locked' | 'absent' | 'no-collection' | 'unavailable'
  /** For a log, in English; never holds the secret. */
  readonly message: string
}

/** What a look gave. */
export type VaultContent =
  | { readonly kind: 'found'; readonly secret: Uint8Array }
  /** It can be read and written, and holds nothing. */
  | { readonly kind: 'empty' }
  | VaultFailure

/** A place for one secret. */
export interface Vault {
  readonly kind: VaultKind
  /**
   * Looks into it.
   *
   * @throws WrongPassphraseError, and only that
   */
  read(): Promise<VaultContent>
  /**
   * Replaces what is in there.
   *
   * @throws VaultError
   */
  write(secret: Uint8Array): Promise<void>
  /**
   * Takes the secret out; it need not be there.
   *
   * @throws VaultError
   */
  remove(): Promise<void>
  /**
   * Copies what is in there under a second name that is never used again by itself. Nothing happens where it is empty.
   *
   * @param stamp  part of the second name
   * @throws VaultError
   */
  keepCopy(stamp: string): Promise<void>
}

/** A place could not be used for what was asked of it. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly vault: VaultKind
  readonly failure: VaultFailure

  constructor(vault: VaultKind, failure: VaultFailure, options?: ErrorOptions) {
    super(`${VAULT_NAMES[vault]} cannot be used: ${failure.message}`, options)
    this.vault = vault
    this.failure = failure
  }
}

/** Words for messages. */
export const VAULT_NAMES: Readonly<Record<VaultKind, string>> = {
  keychain: 'the keychain of this system',
  'passphrase-file': 'the passphrase file',
  file: 'the key file',
}
