// Who else stands outside: the proof servers that the issue server lists. They see us as strangers do, so they can say whether
// strangers get through.
import { multiaddr } from '@multiformats/multiaddr'
import { askInfo, connect, type IssueInfo, type ProofServer } from './wire.ts'
import type { AgreedZone } from './zone.ts'
import type { Host } from '../../../core/host.ts'

/**
 * Asks the issue server which proof servers there are.
 *
 * @param issue  addresses of the issue server, with /p2p/; none gives none
 * @param agreed  the zone that it has to speak for
 * @throws OtherZoneError, UnreachableError, BadAnswerError, ProblemError, or the signal's reason
 */
export async function listProofServers(
  host: Host,
  issue: readonly string[],
  agreed: AgreedZone,
  signal: AbortSignal,
): Promise<readonly ProofServer[]> {
  if (issue.length === 0) return []
  const info = await askServer(host, issue, signal)
  await agreed.check(info.zone)
  return info.proofServers
}

/**
 * Asks an issue server which zone it speaks for, before anything is agreed to.
 *
 * @param issue  its addresses, with /p2p/
 * @throws UnreachableError, BadAnswerError, ProblemError, or the signal's reason
 */
export async function askZone(host: Host, issue: readonly string[], signal: AbortSignal): Promise<string> {
  return (await askServer(host, issue, signal)).zone
}

async function askServer(host: Host, issue: readonly string[], signal: AbortSignal): Promise<IssueInfo> {
  const addresses = issue.map((text) => multiaddr(text))
  return await askInfo(await connect(host, addresses, signal), { signal })
}
