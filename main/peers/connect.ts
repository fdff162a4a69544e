// Dials peers that were discovered with certified WSS addresses, to show (and use) that a name, a certificate and an address
// fit together. There is no timer: a peer that failed is tried again when it is heard again and its back-off is over.
import { WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import { dialMany } from '../../core/net/dial-many.ts'
import { putNewest } from '../../core/bounded.ts'
import { reasonOf as wordsOf } from '../../core/net/reason.ts'
import { createDialTargets } from './dial-targets.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { KnownPeer } from './book/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { Emit } from '../events.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What connecting needs. */
export interface ConnectorInit {
  readonly host: Host
  readonly clock: Clock
  readonly emit: Emit
  readonly addressClasses: readonly AddressClass[]
  /** Whether the TLS certificate was verified when this address was dialled. */
  readonly wasVerified: (address: Multiaddr) => boolean
}

/** Dials what is heard. */
export interface Connector {
  /** A peer was heard: dials it where that makes sense now. Never waits. */
  heard(known: KnownPeer): void
  /** How many peers wait for their turn, and of how many it is remembered that they failed. */
  sizes(): { readonly waiting: number; readonly failures: number }
  /** Ends all dials. */
  stop(): Promise<void>
}

/** A home router's connection table is small, and nobody waits for these. */
const MAX_AT_ONCE = 4

/** Peers that wait for their turn; the rest is heard again in a few minutes. */
const MAX_WAITING = 100

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
  const { host, clock, emit } = init
  const stopping = new AbortController()
  const targetsOf = createDialTargets()
  const failures = new Map<string, { readonly count: number; readonly retryAt: number }>()
  const waiting = new Map<string, { readonly peer: PeerId; readonly addresses: readonly Multiaddr[] }>()
  const running = new Map<string, Promise<void>>()

  const fill = () => {
    for (const [id, { peer, addresses }] of waiting) {
      if (running.size >= MAX_AT_ONCE || stopping.signal.aborted) return
      waiting.delete(id)
      const dialled = dial(peer, addresses).finally(() => {
        running.delete(id)
        fill()
      })
      running.set(id, dialled)
    }
  }

  /** Never rejects. */
  const dial = async (peer: PeerId, addresses: readonly Multiaddr[]): Promise<void> => {
    const id = peer.toString()
    const limit = (ms: number) => AbortSignal.any([stopping.signal, AbortSignal.timeout(ms)])
    try {
      // with the peer id, so that whoever answers there must be that peer
      const targets = addresses.map((address) => address.encapsulate(`/p2p/${id}`))
      const { remoteAddr } = await dialMany(host, targets, {
        ...{ signal: stopping.signal, withinMs: DIAL_TIMEOUT_MS, namedBy: 'stranger' },
      })
      const pingMs = await host.services.ping.ping(peer, { signal: limit(PING_TIMEOUT_MS) })
      failures.delete(id)
      emit({
        ...{ event: 'connected', peer: id, address: remoteAddr.toString(), name: nameOf(remoteAddr) },
        ...{ verified: init.wasVerified(remoteAddr), pingMs },
      })
    } catch (error) {
      if (stopping.signal.aborted) return
      const count = (failures.get(id)?.count ?? 0) + 1
      const retryAt = clock.now() + backOffMs(count)
      putNewest(failures, id, { count, retryAt }, MAX_FAILURES)
      emit({
        ...{ event: 'dial-failed', peer: id, addresses: addresses.map((address) => address.toString()) },
        ...{ message: reasonOf(error), retryAt: new Date(retryAt).toISOString() },
      })
    }
  }

  return {
    heard({ peer, addresses }) {
      const id = peer.toString()
      const secure = allowedAddresses(addresses, peer, init.addressClasses).filter((address) =>
        WebSocketsSecure.exactMatch(address),
      )
      const busy = running.has(id) || waiting.size >= MAX_WAITING || host.getConnections(peer).length > 0
      if (secure.length === 0 || busy || clock.now() < (failures.get(id)?.retryAt ?? 0)) return
      const targets = targetsOf(secure, peer, clock.now())
      if (targets.length === 0) return
      waiting.set(id, { peer, addresses: targets })
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

/** The name that the certificate had to hold. */
function nameOf(address: Multiaddr): string {
  const parts = address.getComponents()
  return parts.find(({ name }) => name === 'sni')?.value ?? parts[0]?.value ?? ''
}

/** What went wrong, in words; js-libp2p puts the reasons of single addresses into an aggregate. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ')
  return wordsOf(error)
}
