// The libp2p host of the node, with its WSS listener. Plain addresses are there from the start; WSS begins with the first
// certificate, keeps its port for good, and every later certificate is swapped under it.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { multiaddrToUri } from '@multiformats/multiaddr-to-uri'
import { type Clock, systemClock } from '../../core/clock.ts'
import { createHost, type Host } from '../../core/host.ts'
import { putNewest } from '../bounded.ts'
import { announcedAddresses, type WssPorts } from './announce.ts'
import { lookAtServed, type ServedFault } from './self-look.ts'
import { createTlsCertificate, type TlsPair } from './tls-certificate.ts'
import { VISITOR_LIMITS, visitorPage } from './visitor-page.ts'
import type { Identity } from '../identity/identity.ts'
import type { LookupFunction } from 'node:net'

/** What the host is made of. */
export interface NodeHostInit {
  readonly identity: Identity
  /** Plain multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** WSS multiaddrs to listen on once there is a certificate. */
  readonly wss: readonly string[]
  readonly discovery: boolean
  readonly trustAnchorPem?: string | undefined
  readonly lookup?: LookupFunction | undefined
  /** @default systemClock */
  readonly clock?: Clock | undefined
}

/** A certificate with the addresses it was obtained for. */
export interface ServableCertificate extends TlsPair {
  readonly names: readonly string[]
  /** IP addresses as text. */
  readonly addresses: readonly string[]
}

/** The host and its certificate. */
export interface NodeHost {
  readonly host: Host
  /**
   * Serves WSS with this certificate: begins to listen at the first one, swaps at every later one.
   *
   * @returns the addresses that are bound
   * @throws TlsPairError, then the one before stays in use; ListenError, then nothing is half started and a later call
   *   tries again
   */
  serve(certificate: ServableCertificate): Promise<readonly Multiaddr[]>
  /**
   * Looks from outside at what the listener serves: a TLS connection to every bound address, under our own name.
   *
   * @param now  milliseconds since 1970
   * @returns what is wrong with it; undefined where it is the installed certificate and in time, or none is served yet
   * @throws the signal's reason
   */
  look(now: number, signal: AbortSignal): Promise<ServedFault | undefined>
  /** The addresses told to others, without /p2p/. */
  announced(): readonly Multiaddr[]
  /** Whether a TLS connection that we dialled to this address had its certificate verified. */
  wasVerified(address: Multiaddr): boolean
}

/** Verified URIs that are remembered: far more than peers are dialled at a time. */
const MAX_VERIFIED = 1_000

/**
 * Makes and starts the host.
 *
 * @throws ListenError
 */
export async function createNodeHost(init: NodeHostInit): Promise<NodeHost> {
  const { peerId } = init.identity
  const tls = createTlsCertificate()
  const verified = new Map<string, true>()
  let certificate: ServableCertificate | undefined
  let bound: readonly Multiaddr[] = []

  const announce = (listening: readonly Multiaddr[]) =>
    announcedAddresses({
      listening: listening.map(withoutPeer),
      peer: peerId,
      certificate,
      wssPorts: portsOf(bound),
    })

  const host = await createHost({
    privateKey: init.identity.key,
    listen: init.listen,
    announce: (listening) => announce(listening).map((address) => address.encapsulate(`/p2p/${peerId.toString()}`)),
    discovery: init.discovery,
    webSockets: {
      https: { ...tls.https, ...VISITOR_LIMITS },
      page: visitorPage({ certificate: () => certificate, clock: init.clock ?? systemClock }),
      trustAnchorPem: init.trustAnchorPem,
      lookup: init.lookup,
      onVerified: (uri) => void putNewest(verified, uri, true, MAX_VERIFIED),
    },
  })

  const announced = () => host.getMultiaddrs().map(withoutPeer)

  return {
    host,
    announced,
    async serve(next) {
      tls.use(next)
      if (bound.length === 0) bound = await host.services.listener.listen(init.wss.map((text) => multiaddr(text)))
      certificate = next
      // tells connected peers by identify push; js-libp2p does it by itself only for new listeners
      await host.peerStore.patch(peerId, { multiaddrs: announced() })
      return bound
    },
    async look(now, signal) {
      if (!certificate) return undefined
      for (const address of bound) {
        const servername =
          serverNameFor(address, announced()) ?? certificate.names.find((name) => !name.startsWith('*.'))
        const fault = await lookAtServed({ address, servername, installed: certificate, now, signal })
        if (fault) return fault
      }
      return undefined
    },
    wasVerified: (address) => verified.has(multiaddrToUri(withoutPeer(address))),
  }
}

/** An address without its final /p2p/ part. */
export function withoutPeer(address: Multiaddr): Multiaddr {
  const last = address.getComponents().at(-1)
  return last?.name === 'p2p' ? address.decapsulateCode(P2P_CODE) : address
}

/** The multiaddr code of /p2p/. */
const P2P_CODE = 0x01a5

/** The name that others know this listener by. */
function serverNameFor(bound: Multiaddr, announced: readonly Multiaddr[]): string | undefined {
  const portOf = (address: Multiaddr) => address.getComponents().find(({ name }) => name === 'tcp')?.value
  const known = announced.find((address) => address.toString().includes('/tls/') && portOf(address) === portOf(bound))
  return known?.getComponents()[0]?.value
}

function portsOf(bound: readonly Multiaddr[]): WssPorts {
  const portOf = (family: string) => {
    const parts = bound.find((address) => address.getComponents()[0]?.name === family)?.getComponents()
    const port = parts?.find(({ name }) => name === 'tcp')?.value
    return port === undefined ? undefined : Number(port)
  }
  return { 4: portOf('ip4'), 6: portOf('ip6') }
}
