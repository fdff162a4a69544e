// From a checked CSR to a certificate: asks the ledger for one that is still fresh, else opens an order, runs it and closes
// it, whatever happens. What is noted before it is done can be cleaned up after a crash.
import { problem } from '../serve-protocol.ts'
import { explainFailure } from './failures.ts'
import type { DnsClient } from './dns-client.ts'
import type { ChallengeValue, Ledger } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** A certificate as it goes to the client. */
export interface Issued {
  readonly chainPem: string
  readonly notAfter: number
  readonly renewFrom: number
  readonly renewUntil: number
}

/** What runs one ACME order; TXT values come and go through `dns01`. */
export type RunOrder = (order: {
  readonly names: readonly string[]
  readonly csr: Uint8Array
  readonly profile: string | undefined
  readonly dns01: {
    set(name: string, value: string, signal: AbortSignal): Promise<void>
    remove(name: string, value: string, signal: AbortSignal): Promise<void>
  }
  readonly onOrderUrl: (url: string) => Promise<void>
  readonly onStep: (step: string, detail?: string) => void
  readonly signal: AbortSignal
}) => Promise<Issued>

/** What a peer asks for, after all checks. */
export interface OrderRequest {
  readonly peer: string
  readonly names: readonly string[]
  readonly csr: Uint8Array
  /** SHA-256 of the CSR's public key (SPKI), hex. */
  readonly spki: string
  readonly profile: string | undefined
  readonly onStep: (step: string, detail?: string) => void
  readonly signal: AbortSignal
}

/** Runs orders, one at a time for each peer. */
export interface Orders {
  /**
   * Gets a certificate.
   *
   * @throws ProblemError ORDER_IN_PROGRESS, or what explainFailure makes of a failure
   */
  obtain(request: OrderRequest): Promise<Issued & { readonly reused: boolean }>
  /** Ends what a crash left behind: removes its TXT values, closes its orders as interrupted. */
  recover(signal: AbortSignal): Promise<void>
}

/** What orders need. */
export interface OrdersInit {
  readonly ledger: Ledger
  readonly dns: DnsClient
  readonly run: RunOrder
  readonly clock: Clock
  readonly log: Log
}

/** A peer that is told to wait looks again after this time: most orders take less. */
const IN_PROGRESS_RETRY_MS = 30_000

/** Clean-up after an abort has a time of its own: the aborted signal cannot be used for it. */
const CLEANUP_TIMEOUT_MS = 15_000

/** Makes the orders of one issue server. */
export function createOrders(init: OrdersInit): Orders {
  const { ledger, dns, clock, log } = init
  const busy = new Set<string>()
  const running = new Set<number>()

  /** Removes values whose order has ended: their removal failed then, or a crash came before it. */
  const removeLeftovers = async (signal: AbortSignal): Promise<void> => {
    for (const { orderId, name, value } of await ledger.challenges()) {
      if (running.has(orderId)) continue
      await removeValue(orderId, { name, value }, signal).catch((error: unknown) =>
        log.warn(
          { name, error: String(error) },
          'a TXT value was left behind and could not be removed; it ends within the hour',
        ),
      )
    }
  }

  const removeValue = async (orderId: number, challenge: ChallengeValue, signal: AbortSignal): Promise<void> => {
    await dns.remove(challenge, signal)
    await ledger.removeChallenge(orderId, challenge)
  }

  const runOrder = async (request: OrderRequest): Promise<Issued> => {
    const { peer, names } = request
    const orderId = await ledger.openOrder({ peer, names, at: clock.now() })
    running.add(orderId)
    try {
      const issued = await init.run({
        ...request,
        dns01: {
          async set(name, value, signal) {
            await ledger.addChallenge(orderId, { name, value })
            await dns.set({ name, value }, signal)
          },
          remove: (name, value) => removeValue(orderId, { name, value }, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)),
        },
        onOrderUrl: (url) => ledger.setOrderUrl(orderId, url),
      })
      await ledger.saveCertificate({ ...issued, orderId, peer, names, spki: request.spki })
      await ledger.closeOrder(orderId, 'issued', clock.now())
      log.info({ peer, names, notAfter: new Date(issued.notAfter).toISOString() }, 'issued a certificate')
      return issued
    } catch (error) {
      const explained = explainFailure(error)
      await ledger.closeOrder(orderId, 'failed', clock.now(), explained.message)
      log.warn({ peer, names, failure: explained.message }, 'an order failed')
      throw explained
    } finally {
      running.delete(orderId)
    }
  }

  return {
    async obtain(request) {
      if (busy.has(request.peer)) {
        throw problem(
          'ORDER_IN_PROGRESS',
          'an order for this peer is under way: wait for it to end',
          IN_PROGRESS_RETRY_MS,
        )
      }
      busy.add(request.peer)
      try {
        const known = await ledger.findCertificate(request)
        if (known && clock.now() < known.renewFrom) return { ...known, reused: true }
        const issued = await runOrder(request)
        // the DNS has just worked, so this is the moment for what an earlier order could not remove
        void removeLeftovers(AbortSignal.timeout(CLEANUP_TIMEOUT_MS)).catch(() => undefined)
        return { ...issued, reused: false }
      } finally {
        busy.delete(request.peer)
      }
    },
    async recover(signal) {
      await removeLeftovers(signal)
      for (const order of await ledger.orders({ state: 'open' })) {
        await ledger.closeOrder(order.id, 'interrupted', clock.now(), 'the issue server was stopped in the middle')
        log.info({ peer: order.peer, order: order.id }, 'closed an order that a stop had interrupted')
      }
    },
  }
}
