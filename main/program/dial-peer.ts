// Dialling a peer because somebody asked for it: the words that were typed, read; and the report, as plain data.
import { peerIdFromString } from '@libp2p/peer-id'
import { ApiError, type DialReportData, MAX_DETAIL_CHARS } from '../../proto/api/index.ts'
import { DialError } from '../peers/dial/dial-error.ts'
import { UnknownPolicyError } from '../peers/dial/policy.ts'
import { toApiError } from './problems.ts'
import type { App } from '../app.ts'
import type { DialReport } from '../peers/dial/report.ts'
import type { PeerId } from '@libp2p/interface'

/** A dial ends by itself before this. */
const DIAL_TIMEOUT_MS = 25_000

/**
 * Dials a peer.
 *
 * @param policy  its name. @default the chosen one
 * @throws ApiError `not-running`, `bad-address` for what is no peer id, `bad-request` for an unknown policy; that nobody was reached is
 *   told by the report
 */
export async function dialPeer(
  app: Pick<App, 'dial'> | undefined,
  peerId: string,
  policy: string | undefined,
): Promise<DialReportData> {
  if (!app) throw new ApiError('not-running')
  try {
    const report = await app.dial(readPeer(peerId), { policy, signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
    return dataOf(report, '')
  } catch (error) {
    if (error instanceof DialError) return dataOf(error.report, error.message)
    if (error instanceof UnknownPolicyError) throw new ApiError('bad-request', { detail: error.message })
    throw toApiError(error)
  }
}

function readPeer(text: string): PeerId {
  try {
    return peerIdFromString(text.trim())
  } catch {
    throw new ApiError('bad-address', { detail: 'expected a peer id, such as 12D3KooW…' })
  }
}

function dataOf(report: DialReport, detail: string): DialReportData {
  return {
    ...{ peerId: report.peer.toString(), policy: report.policy, reused: report.reused, detail: short(detail) },
    address: report.connection?.remoteAddr.toString() ?? null,
    attempts: report.attempts.map(({ address, stage, why, startedMs, endedMs, result }) => ({
      ...{ address: address.toString(), stage: stage + 1, why, startedMs, endedMs, result: result.kind },
      ...{ detail: short(result.reason ?? ''), latencyMs: result.latencyMs ?? null },
    })),
    leftOut: report.leftOut.map(({ address, why }) => ({ address: address.toString(), why })),
  }
}

/** What strangers' machines say may be long. */
function short(text: string): string {
  return text.slice(0, MAX_DETAIL_CHARS)
}
