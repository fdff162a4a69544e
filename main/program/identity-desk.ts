// The identity as the program speaks of it: facts for the page, problems with codes instead of typed errors. All the work is
// the identity keeper's.
import { openExport } from '../identity/exported.ts'
import { IdentityNotReadyError, OtherIdentityError } from '../identity/errors.ts'
import { createIdentityKeeper } from '../identity/keeper.ts'
import { SealedTextError, WeakPassphraseError, WrongPassphraseError } from '../identity/sealed.ts'
import { VaultError } from '../identity/vault.ts'
import { ApiError, type ApiErrorCode, type Problem, type State } from '../../proto/api/index.ts'
import { toApiError } from './problems.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Identity } from '../identity/identity.ts'
import type { NotReady, Opened } from '../identity/opened.ts'

/** What the desk needs. */
export interface IdentityDeskInit {
  readonly dir: string
  readonly policy: 'keychain' | 'file'
  readonly clock: Clock
  readonly log: Log
  readonly backupAt: () => number | null
  readonly changed: () => void
  /** The key came after `open` had given up waiting. */
  readonly openedLate: () => void
  /** systemd's `$CREDENTIALS_DIRECTORY`. */
  readonly credentialsDir: string | undefined
}

/** The desk. All that throws throws ApiError. */
export interface IdentityDesk {
  /** @returns undefined where the key is not here; `facts` and `problem` say why */
  open(passphrase: string | undefined): Promise<Identity | undefined>
  facts(): State['identity']
  /** Why the key is not here. */
  problem(): Problem
  protect(passphrase: string): Promise<void>
  export(passphrase: string): Promise<Uint8Array>
  /** Opens a backup without taking it. */
  check(backup: Uint8Array, passphrase: string): Promise<void>
  import(backup: Uint8Array, passphrase: string): Promise<void>
  forget(): Promise<void>
}

/** A keychain that is open answers in milliseconds; one that asks the person something takes as long as the person. */
const ANSWER_MS = 5_000

const NOT_READY: Record<NotReady['state'], ApiErrorCode> = {
  locked: 'key-locked',
  'passphrase-needed': 'key-locked',
  missing: 'key-missing',
  unavailable: 'keychain-absent',
}

/** Makes the desk; nothing is read before the first call. */
export function createIdentityDesk(init: IdentityDeskInit): IdentityDesk {
  const { changed, log } = init
  const keeper = createIdentityKeeper(init)
  let opened: Opened | undefined
  let waiting: Promise<void> | undefined

  /** The keychain asks the person something; the window says so meanwhile, and all goes on with the answer. */
  const waitForAnswer = async (passphrase: string | undefined): Promise<void> => {
    try {
      opened = await keeper.open(undefined, passphrase)
      if (opened.state === 'ready') init.openedLate()
    } catch (error) {
      log.warn({ error: String(error) }, 'the key could not be opened')
    } finally {
      waiting = undefined
      changed()
    }
  }

  const openSoon = async (passphrase: string | undefined): Promise<Opened> => {
    const soon = AbortSignal.timeout(ANSWER_MS)
    try {
      return await keeper.open(soon, passphrase)
    } catch (error) {
      if (!soon.aborted) throw error
      waiting ??= waitForAnswer(passphrase)
      const message = 'the keychain waits for an answer'
      return { state: 'locked', store: 'keychain', peerId: undefined, message }
    }
  }

  const coded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw identityError(error)
    } finally {
      changed()
    }
  }

  return {
    facts: () => ({
      state: opened?.state ?? 'unknown',
      store: opened?.store ?? null,
      peerId: (opened?.state === 'ready' ? opened.identity.peerId.toString() : opened?.peerId) ?? null,
      fellBack: opened?.state === 'ready' && opened.fellBack,
      backupAt: init.backupAt(),
    }),
    problem: () =>
      opened && opened.state !== 'ready'
        ? notReady(opened).problem
        : new ApiError('key-missing', { detail: 'the key was not opened yet' }).problem,
    open: (passphrase) =>
      coded(async () => {
        opened = await openSoon(passphrase)
        if (opened.state !== 'ready' && opened.unreadable === true) {
          const detail = opened.message
          opened = undefined
          throw new ApiError('disk', { detail })
        }
        if (opened.state === 'ready') return opened.identity
        log.warn({ state: opened.state, store: opened.store, reason: opened.message }, 'the key is not here')
        return undefined
      }),
    protect: (passphrase) => coded(async () => void (opened = await keeper.moveTo('passphrase-file', passphrase))),
    export: (passphrase) => coded(() => keeper.exportIdentity(passphrase)),
    check: (backup, passphrase) => coded(async () => void (await openExport(backup, passphrase))),
    import: (backup, passphrase) =>
      coded(async () => void (opened = await keeper.importIdentity(backup, passphrase, { replace: true }))),
    forget: () =>
      coded(async () => {
        await keeper.forget()
        opened = undefined
      }),
  }
}

function notReady(opened: NotReady): ApiError {
  // a file that cannot be read is no missing keychain
  const damaged = opened.state === 'unavailable' && opened.store !== 'keychain'
  return new ApiError(damaged ? 'key-missing' : NOT_READY[opened.state], {
    detail: opened.message,
    retryable: opened.state === 'locked',
  })
}

/** The identity's typed errors as codes. */
function identityError(error: unknown): ApiError {
  const coded = (code: ApiErrorCode) =>
    new ApiError(code, { detail: error instanceof Error ? error.message : '' }, { cause: error })
  if (error instanceof WrongPassphraseError) return coded('wrong-passphrase')
  if (error instanceof WeakPassphraseError) return coded('weak-passphrase')
  if (error instanceof SealedTextError) return coded('bad-backup')
  if (error instanceof OtherIdentityError) return coded('other-identity')
  if (error instanceof IdentityNotReadyError) return notReady(error.opened)
  if (error instanceof VaultError) return coded(error.failure.kind === 'locked' ? 'key-locked' : 'keychain-absent')
  return toApiError(error)
}
