// Whether the broker of a forge is there and well: one request that says nothing of who asks.
import { createResolver } from '../../core/dns/index.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { createHttpClient } from '../issuers/autotls/http.ts'
import type { Invitation } from '../../proto/invitation.ts'
import type { Log } from '../../core/log.ts'

/** What every broker says that is well (p2p-forge's `/v1/health`, and ours). */
const WELL = 204

/** How it is asked. */
export interface HealthInit {
  readonly log: Log
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Asks the broker that an invitation names; never rejects. */
export async function isBrokerWell(
  { broker, resolver, rootPem }: Pick<Invitation, 'broker' | 'resolver' | 'rootPem'>,
  { log, timeoutMs, signal }: HealthInit,
): Promise<boolean> {
  const url = new URL('/v1/health', broker)
  const server = resolver === undefined ? undefined : parseHostPort(resolver)
  const http = createHttpClient({
    trustAnchorPem: rootPem,
    lookup: server && createResolver({ servers: [server] }).lookup,
  })
  try {
    // no version, no peer id, no cookie: who has said yes to nothing is one of many
    const headers = { 'user-agent': 'nodetrust' }
    const { status } = await http.send({ method: 'GET', url, headers, timeoutMs, signal })
    log.info({ host: url.host, status }, 'asked whether the broker of a network answers')
    return status === WELL
  } catch (error) {
    log.info({ host: url.host, error: String(error) }, 'the broker of a network does not answer')
    return false
  } finally {
    http.close()
  }
}
