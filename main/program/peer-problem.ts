// Why a peer that somebody typed in could not be connected to, as the contract calls it. That nobody answers says nothing of the
// internet: only a machine without any network is offline.
import { answeredByOther } from '../../core/net/other-key.ts'
import { outsideAddresses } from '../../core/net/outside-addresses.ts'
import { ApiError } from '../../proto/api/index.ts'

/**
 * The problem to tell.
 *
 * @param error  what the dial failed with
 * @param address  that was dialled; this computer itself is there without a network
 */
export function peerProblem(
  error: unknown,
  address: string,
  hasNetwork: () => boolean = () => outsideAddresses().length > 0,
): ApiError {
  const detail = error instanceof Error ? error.message : String(error)
  const told = { detail, retryable: true }
  if (answeredByOther(error)) return new ApiError('peer-other-key', { detail }, { cause: error })
  const here = /^\/(?:ip4\/127\.|ip6\/::1\/)/.test(address)
  return new ApiError(here || hasNetwork() ? 'peer-silent' : 'offline', told, { cause: error })
}
