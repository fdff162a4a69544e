// The renewal protocol: a client asks when the CA would like to see its certificate renewed, and hears what the CA says now
// (RFC 9773). The ledger keeps each answer until the CA's own time to ask again, so clients cannot make us ask more often.
import { problemToWire } from '../../proto/problem.ts'
import { ISSUE_RENEWAL_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { problem, serveProtocol } from '../serve-protocol.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { CertificateRow, Ledger, StoredWindow } from '../store/store.ts'

/** What clients hear of renewals. */
export interface RenewalWindows {
  /**
   * When to renew a certificate of a peer.
   *
   * @param certId  RFC 9773 section 4.1
   * @throws ProblemError UNKNOWN_CERTIFICATE where it is not the peer's, or has ended
   */
  of(peer: string, certId: string): Promise<StoredWindow>
}

/** A CA's time to ask again lies between these two (RFC 9773 section 4.3 leaves the limits to us). */
const ASK_AGAIN_MIN_MS = 60_000
const ASK_AGAIN_MAX_MS = 24 * 3_600_000

/** Of an id that a stranger chose, so much is repeated to him. */
const MAX_ID_SHOWN = 100

/**
 * Makes the answers.
 *
 * @param init.ask  asks the CA, and gives the usual rule where that fails; it does not throw
 */
export function createRenewalWindows(init: {
  readonly ledger: Ledger
  readonly ask: (chainPem: string) => Promise<StoredWindow>
  readonly clock: Clock
}): RenewalWindows {
  const { ledger, clock } = init
  const asking = new Map<string, Promise<StoredWindow>>()

  const refresh = async (certId: string, row: CertificateRow): Promise<StoredWindow> => {
    const asked = await init.ask(row.chainPem)
    // a CA that wants to be asked again at once would let clients make us ask it as often as they like
    const window = { ...asked, askAgainAt: Math.max(asked.askAgainAt, clock.now() + ASK_AGAIN_MIN_MS) }
    await ledger.saveWindow(certId, window)
    return window
  }

  return {
    async of(peer, certId) {
      const now = clock.now()
      const row = await ledger.findByCertId(certId)
      const shown = certId.slice(0, MAX_ID_SHOWN)
      if (row?.peer !== peer)
        throw problem('UNKNOWN_CERTIFICATE', `no certificate "${shown}" was issued here to ${peer}`)
      if (row.notAfter <= now)
        throw problem('UNKNOWN_CERTIFICATE', `the certificate "${shown}" has ended: ask for a new one`)
      const wait = row.askAgainAt - now
      // a clock that was set back must not keep us from asking for years
      if (wait > 0 && wait <= ASK_AGAIN_MAX_MS) return row
      const under = asking.get(certId) ?? refresh(certId, row).finally(() => asking.delete(certId))
      asking.set(certId, under)
      return under
    },
  }
}

/** Answers the protocol until the signal is aborted. */
export async function serveRenewal(init: {
  readonly host: Host
  readonly windows: RenewalWindows
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly idleMs?: number | undefined
}): Promise<void> {
  await serveProtocol({
    ...init,
    protocol: ISSUE_RENEWAL_PROTOCOL,
    maxBytes: MAX_MESSAGE_BYTES.renewalRequest,
    async handle({ stream, connection }) {
      const { certificateId } = await stream.read(nodetrust.RenewalRequest)
      const window = await init.windows.of(connection.remotePeer.toString(), certificateId)
      const askAgainMs = Math.min(Math.max(window.askAgainAt - init.clock.now(), ASK_AGAIN_MIN_MS), ASK_AGAIN_MAX_MS)
      await stream.write(nodetrust.RenewalResponse, {
        ...{ renewFromMs: window.renewFrom, renewUntilMs: window.renewUntil, askAgainMs },
        explanationUrl: window.explanationUrl ?? '',
      })
    },
    refuse: (stream, error) => stream.write(nodetrust.RenewalResponse, { problem: problemToWire(error) }),
  })
}
