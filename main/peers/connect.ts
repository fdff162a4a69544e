// Dials peers that were discovered with certified WSS addresses, to show (and use) that a name, a certificate and an address
// fit together. There is no timer: a peer that failed is tried again when it is heard again and its back-off is over.
import { putNewest } from '../../core/bounded.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { DialError } from './dial/dial-error.ts'
import { type DialPolicy, narrowed } from './dial/policy.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Emit } from '../events.ts'
import type { Dialler } from './dial/dialler.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What connecting needs. */
export interface ConnectorInit {
  readonly host: Pick<Host, 'getConnections' | 'services'>
  readonly dialler: Pick<Dialler, 'dial' | 'plan'>
  /** The chosen one; of what it takes, only certified addresses for browsers are dialled here. */
  readonly policy: () => DialPolicy
  readonly clock: Clock
  readonly emit: Emit
  /** Whether the TLS certificate was verified when this address was dialled. */
  readonly wasVerified: (address: Multiaddr) => boolean
}

/** Dials what is heard. */
export interface Connector {
  /** A peer was heard: dials it where that makes sense now. Never waits. */
  heard(known: { readonly peer: PeerId }): void
  /** How many peers wait for their turn, and of how many it is remembered that they failed. */
  sizes(): { readonly waiting: number; readonly failures: number }
  /** Ends all dials. */
  stop(): Promise<void>
}

/** A home router's connection table is small, and nobody waits for these. */
const MAX_AT_ONCE = 4

/** Peers that wait for their turn; the rest is heard again in a few minutes. */
const MAX_WAITING = 100

/** Addresses of one peer that are dialled because others have told them: both families, at two ports. */
const MAX_ADDRESSES = 4

/** What browsers connect to, where the peer itself has signed it. */
const SECURE = { from: ['certified'], transports: ['wss'] } as const

const DIAL_TIMEOUT_MS = 15_000
const PING_TIMEOUT_MS = 10_000

/** A restart takes a minute, a moved machine an hour; a peer that is gone for good costs four dials a day. */
const BACK_OFF_MS = [60_000, 10 * 60_000, 60 * 60_000, 6 * 3_600_000] as const

/** Failed peers that are remembered. */
const MAX_FAILURES = 1_000

/** How long a peer is left alone after so many failures in a row. */
export function backOffMs(failures: number): number {
  return BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? 0
}

/** Makes a connector. */
export function createConnector(init: ConnectorInit): Connector {
  const { host, dialler, clock, emit } = init
  const stopping = new AbortController()
  const failures = new Map<string, { readonly count: number; readonly failedAt: number; readonly retryAt: number }>()
  const waiting = new Map<string, PeerId>()
  const running = new Map<string, Promise<void>>()

  const fill = () => {
    for (const [id, peer] of waiting) {
      if (running.size >= MAX_AT_ONCE || stopping.signal.aborted) return
      waiting.delete(id)
      const dialled = dial(peer).finally(() => {
        running.delete(id)
        fill()
      })
      running.set(id, dialled)
    }
  }

  /** Nothing that was before a clock was set back counts. */
  const isLeftAlone = (id: string): boolean => {
    const { failedAt, retryAt } = failures.get(id) ?? { failedAt: 0, retryAt: 0 }
    return clock.now() >= failedAt && clock.now() < retryAt
  }

  const policy = () => narrowed(init.policy(), SECURE)

  /** Never rejects. */
  const dial = async (peer: PeerId): Promise<void> => {
    const id = peer.toString()
    const limit = (ms: number) => AbortSignal.any([stopping.signal, AbortSignal.timeout(ms)])
    try {
      const { connection } = await dialler.dial(peer, {
        ...{ policy: policy(), signal: stopping.signal, most: MAX_ADDRESSES, withinMs: DIAL_TIMEOUT_MS, seek: false },
      })
      const { remoteAddr } = connection
      const pingMs = await host.services.ping.ping(peer, { signal: limit(PING_TIMEOUT_MS) })
      failures.delete(id)
      emit({
        ...{ event: 'connected', peer: id, address: remoteAddr.toString(), name: nameOf(remoteAddr) },
        ...{ verified: init.wasVerified(remoteAddr), pingMs },
      })
    } catch (error) {
      if (stopping.signal.aborted) return
      const tried = error instanceof DialError ? triedOf(error) : []
      // where others have named a network too often, its peers have failed in nothing
      if (error instanceof DialError && tried.length === 0) return
      const count = (failures.get(id)?.count ?? 0) + 1
      const failedAt = clock.now()
      const retryAt = failedAt + backOffMs(count)
      putNewest(failures, id, { count, failedAt, retryAt }, MAX_FAILURES)
      emit({
        ...{ event: 'dial-failed', peer: id, addresses: tried.map(({ address }) => address.toString()) },
        ...{ message: wordsOf(error), retryAt: new Date(retryAt).toISOString() },
      })
    }
  }

  return {
    heard({ peer }) {
      const id = peer.toString()
      const busy = running.has(id) || waiting.size >= MAX_WAITING || host.getConnections(peer).length > 0
      if (busy || isLeftAlone(id)) return
      if (dialler.plan(peer, policy()).placed.length === 0) return
      waiting.set(id, peer)
      fill()
    },
    sizes: () => ({ waiting: waiting.size, failures: failures.size }),
    async stop() {
      stopping.abort(new Error('the node stops'))
      waiting.clear()
      await Promise.all(running.values())
    },
  }
}

/** The addresses that were really dialled. */
function triedOf({ report }: DialError): DialError['report']['attempts'] {
  return report.attempts.filter(({ result }) => result.kind !== 'held-back')
}

/** What went wrong: the reason of each address that was dialled. */
function wordsOf(error: unknown): string {
  if (!(error instanceof DialError)) return reasonOf(error)
  return triedOf(error)
    .map(({ result }) => result.reason ?? result.kind)
    .join('; ')
}

/** The name that the certificate had to hold. */
function nameOf(address: Multiaddr): string {
  const parts = address.getComponents()
  return parts.find(({ name }) => name === 'sni')?.value ?? parts[0]?.value ?? ''
}
