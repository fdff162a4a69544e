// The server of an invitation is asked before anything is given up for it: a network that works is not left for one that is not there.
import { OtherKeyError, OtherZoneError } from '../issuers/nodetrust/errors.ts'
import { ApiError } from '../../proto/api/index.ts'
import { isBrokerWell } from './broker-health.ts'
import type { Invitation } from '../../proto/invitation.ts'
import type { Log } from '../../core/log.ts'

/** A server that is there answers within a second or two; a person waits for this. */
const ASK_TIMEOUT_MS = 5_000

/** Who asks. */
export interface AskInit {
  /** Asks an issue server which zone it speaks for; undefined where no node runs that could. */
  readonly askZone: ((issue: readonly string[], signal: AbortSignal) => Promise<string>) | undefined
  readonly log: Log
  /** @default ASK_TIMEOUT_MS */
  readonly timeoutMs?: number
}

/**
 * Asks.
 *
 * @returns what is to be told; undefined where it answers as it should, or where nobody is there to ask it
 */
export async function askInvited(invited: Invitation, init: AskInit): Promise<ApiError | undefined> {
  const { askZone, log, timeoutMs = ASK_TIMEOUT_MS } = init
  const signal = AbortSignal.timeout(timeoutMs)
  if (invited.issue.length === 0) {
    const well = await isBrokerWell(invited, { log, timeoutMs, signal })
    return well ? undefined : silent(`the broker ${invited.broker ?? ''} does not answer`)
  }
  if (!askZone) return undefined
  try {
    const told = await askZone(invited.issue, signal)
    if (told === invited.zone) return undefined
    return new ApiError('other-zone', { detail: new OtherZoneError(invited.zone, told).message })
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return error instanceof OtherKeyError ? new ApiError('server-other-key', { detail }) : silent(detail)
  }
}

const silent = (detail: string): ApiError => new ApiError('server-unreachable', { detail, retryable: true })

/**
 * Whether what was found out keeps one from joining: another zone always does, another key and silence as long as the person has not
 * said to do it anyway, and silence only where there is a network to lose.
 */
export function mayJoin(
  trouble: ApiError | undefined,
  { leaves, anyway }: { readonly leaves: boolean; readonly anyway: boolean },
): boolean {
  switch (trouble?.problem.code) {
    case undefined:
      return true
    case 'other-zone':
      return false
    case 'server-unreachable':
      return anyway || !leaves
    default:
      return anyway
  }
}
