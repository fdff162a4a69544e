// Whether a peer can be reached: a host that is made for one registration and thrown away dials the addresses, and the first
// one that ends in a secured connection as that very peer counts. Everything else takes equally long and says nothing, so
// that nobody can use us to look behind a firewall.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { quickStop } from '../../core/net/quick-stop.ts'
import { secureWebSockets } from '../../core/net/secure-websockets.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Candidate } from './addresses.ts'

/** Dials a peer back. */
export type DialBack = (peer: PeerId, candidates: readonly Candidate[], signal: AbortSignal) => Promise<DialBackOutcome>

/** What came of it. `busy` is told at once, `unreachable` after the same time always. */
export type DialBackOutcome =
  { readonly kind: 'reached'; readonly at: Candidate } | { readonly kind: 'unreachable' } | { readonly kind: 'busy' }

/** How dial-backs are made. */
export interface DialBackInit {
  /** How long one may take, and how long each failed one does, milliseconds. */
  readonly timeoutMs: number
  readonly atOnce: number
  readonly clock: Clock
  readonly log: Log
  /** Where an address is dialled instead; for networks that a test makes up. */
  readonly translate?: ((address: Multiaddr) => Multiaddr) | undefined
}

/** The rest of the time is for what comes after the last dial, so that all failures end together. */
const DIALLING_SHARE = 0.9

/** Makes the function; it holds nothing between two calls but how many are under way. */
export function createDialBack(init: DialBackInit): DialBack & { readonly underWay: () => number } {
  const { timeoutMs, atOnce, clock, log, translate = (address) => address } = init
  let underWay = 0

  const reach = async (
    peer: PeerId,
    candidates: readonly Candidate[],
    signal: AbortSignal,
  ): Promise<Candidate | undefined> => {
    const host = await throwAwayHost()
    try {
      const addresses = candidates.map(({ address }) => translate(address).encapsulate(`/p2p/${peer.toString()}`))
      const connection = await host.dial(addresses, { signal })
      if (!connection.remotePeer.equals(peer)) return undefined
      return candidates[addresses.findIndex((address) => address.equals(connection.remoteAddr))]
    } catch (error) {
      log.debug({ peer: peer.toString(), error: String(error) }, 'nobody was reached')
      return undefined
    } finally {
      // nobody waits for it: how long it takes would tell what was found
      void stopHost(host).catch((error: unknown) =>
        log.warn({ error: String(error) }, 'a dial-back did not end cleanly'),
      )
    }
  }

  const dial: DialBack = async (peer, candidates, signal) => {
    const began = clock.now()
    if (underWay >= atOnce) return { kind: 'busy' }
    // a place is kept to the end, so that whether others are busy says nothing of what was found either
    underWay++
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * DIALLING_SHARE)])
      const at = candidates.length > 0 ? await reach(peer, candidates, inTime) : undefined
      if (at) return { kind: 'reached', at }
      await clock.sleep(Math.max(0, began + timeoutMs - clock.now()), signal)
      return { kind: 'unreachable' }
    } finally {
      underWay--
    }
  }
  return Object.assign(dial, { underWay: () => underWay })
}

async function stopHost(host: Libp2p): Promise<void> {
  await host.stop()
}

/** No listeners, no services: it can do nothing but open connections. */
async function throwAwayHost(): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    nodeInfo: { name: 'nodetrust-broker', userAgent: 'nodetrust-broker' },
    addresses: { listen: [] },
    transports: [tcp(), secureWebSockets()],
    connectionEncrypters: [noise(), tls()],
    streamMuxers: [yamux()],
    connectionGater: {},
    connectionMonitor: { enabled: false },
    services: { quickStop },
  })
}
