// Who else stands outside: the proof servers that the issue server lists. They see us as strangers do, so they can say whether
// strangers get through.
import { multiaddr } from '@multiformats/multiaddr'
import { askInfo, connect, type ProofServer } from './wire.ts'
import type { Host } from '../../../core/host.ts'

/**
 * Asks the issue server which proof servers there are.
 *
 * @param issue  addresses of the issue server, with /p2p/; none gives none
 * @throws UnreachableError, BadAnswerError, ProblemError, or the signal's reason
 */
export async function listProofServers(
  host: Host,
  issue: readonly string[],
  signal: AbortSignal,
): Promise<readonly ProofServer[]> {
  if (issue.length === 0) return []
  const addresses = issue.map((text) => multiaddr(text))
  const info = await askInfo(await connect(host, addresses, signal), { signal })
  return info.proofServers
}
