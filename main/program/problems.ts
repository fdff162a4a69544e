// Typed errors of the house as codes of the contract. What no rule knows is `internal`: its words go to the log, not to the page.
import { ConfigError } from '../../core/config.ts'
import { FileError } from '../../core/files.ts'
import { ListenError } from '../../core/host.ts'
import { FolderInUseError } from '../../core/lock.ts'
import { PeerKeyError } from '../../core/peer-key.ts'
import { ApiError, type ApiErrorCode, type Problem } from '../../proto/api/index.ts'
import { InvitationError, type InvitationFault } from '../../proto/invitation.ts'
import { NotRunningError } from '../app.ts'
import { NotConfiguredError } from '../certificates/not-configured-error.ts'
import { TooSoonError } from '../certificates/too-soon-error.ts'

type Rule = readonly [new (...args: never[]) => Error, ApiErrorCode]

const RULES: readonly Rule[] = [
  [ConfigError, 'bad-configuration'],
  [FolderInUseError, 'folder-in-use'],
  [ListenError, 'port-taken'],
  [PeerKeyError, 'key-missing'],
  [FileError, 'disk'],
  [NotRunningError, 'not-running'],
  [NotConfiguredError, 'no-network'],
]

const LINK_CODES: Readonly<Record<InvitationFault, ApiErrorCode>> = {
  cut: 'cut-invitation',
  newer: 'newer-invitation',
  other: 'invalid-invitation',
}

/**
 * The error that the contract has for another one.
 *
 * @param options.now  wall clock, milliseconds; only what is too soon asks for it
 */
export function toApiError(error: unknown, { now = 0 }: { readonly now?: number } = {}): ApiError {
  if (error instanceof ApiError) return error
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof TooSoonError) {
    const seconds = Math.max(1, Math.ceil((error.until - now) / 1_000))
    return new ApiError('too-soon', { params: { seconds }, retryable: true, detail }, { cause: error })
  }
  if (error instanceof InvitationError) return new ApiError(LINK_CODES[error.fault], { detail }, { cause: error })
  const code = RULES.find(([kind]) => error instanceof kind)?.[1]
  return new ApiError(code ?? 'internal', { detail: code ? detail : '' }, { cause: error })
}

/** The same as plain data. */
export function problemOf(error: unknown): Problem {
  return toApiError(error).problem
}
