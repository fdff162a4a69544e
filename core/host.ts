// libp2p as this house configures it: TCP and WebSockets, noise, yamux, identify and ping, the discovery topic where asked.
// Everything that differs between a home node, a server and a test comes in as an argument; nothing here dials by itself.
// Faults of libraries that this is a way around (docs/upstream.md): age.
import { noise } from '@libp2p/noise'
import { identify, identifyPush } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { KEEP_ALIVE } from '@libp2p/interface'
import { tcp, type TCPComponents } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { within } from './abort.ts'
import { discoveryPubsub, type DiscoveryPubsub } from './discovery.ts'
import { createDialGuard, guardDials } from './net/dial-guard.ts'
import { PENDING_MS } from './net/door.ts'
import { type GuardInit, guardTransport } from './net/guarded-listeners.ts'
import { limitedYamux } from './net/muxer.ts'
import { createPlaces } from './net/places.ts'
import { singleDials, type SingleDials } from './net/dial-many.ts'
import { IDENTIFY_RATES, limitedHandler, PING_RATES, type ProtocolRates, PUSH_RATES } from './net/protocol-rates.ts'
import { peerStoreBounds, type PeerStoreBounds } from './net/peer-store-bounds.ts'
import { quickStop } from './net/quick-stop.ts'
import { overlaid } from './overlaid.ts'
import { secureWebSockets, type SecureWebSocketsInit } from './net/secure-websockets.ts'
import type { Identify, IdentifyComponents, IdentifyPush } from '@libp2p/identify'
import type {
  Address,
  ConnectionGater,
  Libp2p,
  Libp2pEvents,
  MultiaddrConnection,
  PeerId,
  PrivateKey,
  Startable,
} from '@libp2p/interface'
import type { AddressManager, ConnectionManager, Registrar, TransportManager } from '@libp2p/interface-internal'
import type { TypedEventTarget } from 'main-event'
import type { AddressClass } from './net/address-class.ts'
import type { Ping } from '@libp2p/ping'
import type { WebSocketsComponents } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The services every host has; `pubsub` is there where it was asked for. */
export type HostServices = {
  readonly identify: Identify
  readonly identifyPush: IdentifyPush
  readonly ping: Ping
  readonly listener: LateListener
  readonly quickStop: Startable
  readonly peerStoreBounds: PeerStoreBounds
  readonly singleDials: SingleDials
  readonly parts: HostParts
  readonly pubsub?: DiscoveryPubsub
}

export type Host = Libp2p<HostServices>

/** Parts that the library gives to its services alone, for a service that is made when the host runs already. */
export interface HostParts {
  readonly addressManager: AddressManager
  readonly connectionManager: ConnectionManager
  readonly events: TypedEventTarget<Libp2pEvents>
  readonly registrar: Registrar
}

/** Listening on more addresses while the host runs. */
export interface LateListener {
  /**
   * Listens on all of the addresses or on none.
   *
   * @returns the addresses that are bound, with their real ports
   * @throws ListenError
   */
  listen(addresses: readonly Multiaddr[]): Promise<readonly Multiaddr[]>
  /**
   * Like `listen`, for a while.
   *
   * @throws ListenError
   */
  listenFor(addresses: readonly Multiaddr[]): Promise<PassingListener>
  /** All addresses that are bound, also those that the library tells nobody because nobody has confirmed them. */
  bound(): readonly Multiaddr[]
}

/** Listeners that are closed again. */
export interface PassingListener {
  /** The addresses that are bound, with their real ports. */
  readonly bound: readonly Multiaddr[]
  /** Closes them, and what came in by them; never rejects. */
  close(): Promise<void>
}

/** What a host is made of. */
export interface HostInit {
  /** The peer's key; it never leaves the process. */
  readonly privateKey: PrivateKey
  /** Multiaddrs to listen on; none for a host that only dials. */
  readonly listen?: readonly string[] | undefined
  /** Turns the addresses the host listens on into the ones it tells; all of them where left out. */
  readonly announce?: ((addresses: Multiaddr[]) => Multiaddr[]) | undefined
  /** Whether connected peers are told an address by identify. @default all that are announced */
  readonly mayIdentify?: ((address: Multiaddr) => boolean) | undefined
  /** Whether the host takes part in the discovery topic. @default false */
  readonly discovery?: boolean | undefined
  /** Trust and name resolution for dialling WSS, TLS options for serving it. */
  readonly webSockets?: SecureWebSocketsInit | undefined
  /**
   * Where addresses may lead that peers say of themselves; those of `dialMany` that a person chose may lead anywhere. A server dials
   * nobody by a name that a stranger gave. @default everywhere
   */
  readonly dialClasses?: readonly AddressClass[] | undefined
  /** Who may connect and be dialled. */
  readonly connectionGater?: ConnectionGater | undefined
  /** In which order the library tries the addresses of a peer that it dials by itself. @default its own */
  readonly addressSorter?: ((one: Address, other: Address) => -1 | 0 | 1) | undefined
  /** Most connections at once that others opened, pending ones included. @default 300 */
  readonly maxConnections?: number | undefined
  /** Most of them from one network; from loopback as well, so behind a reverse proxy it is all of them. @default an eighth */
  readonly maxPerNetwork?: number | undefined
  /**
   * Most new connections a second from one network, visitors of the page included, whose browsers open several at once. A home
   * router's address is one address for all behind it, and in a sandbox everybody is 127.0.0.1. @default 50
   */
  readonly maxInboundPerSecond?: number | undefined
  /** How long whoever connects may say nothing, milliseconds. @default FIRST_BYTE_MS */
  readonly firstByteMs?: number | undefined
  /** How long it may take to prove a key, milliseconds. @default PENDING_MS */
  readonly pendingMs?: number | undefined
  /** Peers whose connections nobody else can drive out, where they are not more than two each; besides those that are tagged keep-alive. */
  readonly keeps?: ((peer: PeerId) => boolean) | undefined
}

/** The port or address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** How long closing may take, whatever the library waits for; it is over in milliseconds as a rule (net/quick-stop.ts). */
const STOP_TIMEOUT_MS = 3_000

/** To say which protocol a new stream is for takes one round trip; until then it is of no use to anybody, milliseconds. */
const STREAM_NEGOTIATION_MS = 5_000

/** A peer changes networks, and comes anew before it has noticed; more of one peer are no use. */
const MAX_KEPT_OF_PEER = 2

/**
 * So many networks it takes to fill the house. A connection that has proved a key costs some 300 KiB of memory: with fewer, somebody with a
 * handful of networks would make a process twice as large as it is; with more, a carrier's address would be too tight for the homes behind it.
 */
const NETWORKS_TO_FILL = 8

/** The doors decide (net/door.ts): what the library would refuse is a newcomer, whoever it is that has filled the house. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/**
 * Makes and starts a host.
 *
 * @throws ListenError where an address cannot be listened on (a taken port, a missing interface)
 */
export async function createHost(init: HostInit): Promise<Host> {
  const listen = [...(init.listen ?? [])]
  const peers = new WeakMap<MultiaddrConnection, PeerId>()
  const places = init.maxConnections ?? 300
  const guard: GuardInit = {
    places: createPlaces({ places, perNetwork: init.maxPerNetwork ?? Math.ceil(places / NETWORKS_TO_FILL) }),
    perSecond: init.maxInboundPerSecond ?? 50,
    firstByteMs: init.firstByteMs,
    pendingMs: init.pendingMs,
    async keeps(connection) {
      const peer = peers.get(connection)
      if (!peer || !host || host.getConnections(peer).length > MAX_KEPT_OF_PEER) return false
      return init.keeps?.(peer) === true || (await isTagged(host, peer))
    },
  }
  const dials = createDialGuard(init.dialClasses)
  const plain = tcp()
  const transports = [
    (components: TransportComponents) => guardDials(plain(components), dials),
    secureWebSockets({ ...init.webSockets, guard: dials }),
  ]
  let host: Host | undefined
  try {
    host = await createLibp2p<HostServices>({
      privateKey: init.privateKey,
      nodeInfo: { name: 'nodetrust', userAgent: 'nodetrust' },
      addresses: { listen, ...(init.announce ? { announceFilter: init.announce } : {}) },
      transports: transports.map(
        (create) => (components: TransportComponents) => guardTransport(create(components), guard),
      ),
      connectionEncrypters: [noise()],
      streamMuxers: [limitedYamux()],
      // the library's own gater refuses nothing in Node; the browser's would refuse private addresses
      connectionGater: notingPeers(init.connectionGater ?? {}, peers),
      connectionManager: {
        maxConnections: NO_LIMIT,
        maxIncomingPendingConnections: NO_LIMIT,
        inboundConnectionThreshold: NO_LIMIT,
        inboundUpgradeTimeout: init.pendingMs ?? PENDING_MS,
        inboundStreamProtocolNegotiationTimeout: STREAM_NEGOTIATION_MS,
        ...(init.addressSorter ? { addressSorter: init.addressSorter } : {}),
      },
      connectionMonitor: { enabled: true },
      // ages are ours to keep: the library would forget an address that is announced again and again (see docs/decisions.md)
      peerStore: { maxAddressAge: Infinity, maxPeerAge: Infinity },
      services: {
        identify: limited(IDENTIFY_RATES, telling(init.mayIdentify, identify({ runOnLimitedConnection: false }))),
        identifyPush: limited(PUSH_RATES, telling(init.mayIdentify, identifyPush({ runOnLimitedConnection: false }))),
        ping: limited(PING_RATES, ping({ runOnLimitedConnection: false })),
        listener: lateListener,
        quickStop,
        peerStoreBounds,
        singleDials: singleDials(dials),
        parts: ({ addressManager, connectionManager, events, registrar }: HostParts): HostParts => ({
          ...{ addressManager, connectionManager, events, registrar },
        }),
        ...(init.discovery ? { pubsub: discoveryPubsub() } : {}),
      },
    })
    return host
  } catch (error) {
    throw explainListen(listen, error)
  }
}

type TransportComponents = TCPComponents & WebSocketsComponents

/** The one place where the library tells which peer a connection turned out to be of, before anybody else can use it. */
function notingPeers(gater: ConnectionGater, peers: WeakMap<MultiaddrConnection, PeerId>): ConnectionGater {
  return {
    ...gater,
    denyInboundUpgradedConnection(peer, connection) {
      peers.set(connection, peer)
      return gater.denyInboundUpgradedConnection?.(peer, connection) ?? false
    },
  }
}

async function isTagged(host: Host, peer: PeerId): Promise<boolean> {
  if (!(await host.peerStore.has(peer))) return false
  const { tags } = await host.peerStore.get(peer)
  return [...tags.keys()].some((tag) => tag.startsWith(KEEP_ALIVE))
}

/** A service that sees only the addresses that may be told: what identify tells is what the address manager gives it. */
function telling<Components extends IdentifyComponents, Service>(
  mayTell: ((address: Multiaddr) => boolean) | undefined,
  create: (components: Components) => Service,
): (components: Components) => Service {
  if (!mayTell) return create
  return (components) => {
    const { addressManager } = components
    const getAddresses = () => addressManager.getAddresses().filter((address) => mayTell(address))
    return create(overlaid(components, 'addressManager', overlaid(addressManager, 'getAddresses', getAddresses)))
  }
}

/** A service whose handlers are called so often and no more. */
function limited<Components extends { readonly registrar: Registrar }, Service>(
  rates: ProtocolRates,
  create: (components: Components) => Service,
): (components: Components) => Service {
  return (components) => {
    const { registrar } = components
    const handle: Registrar['handle'] = (protocol, handler, options) =>
      registrar.handle(protocol, limitedHandler(handler, rates), options)
    return create(overlaid(components, 'registrar', overlaid(registrar, 'handle', handle)))
  }
}

/** Stops a host; comes back after a few seconds at most, whatever its listeners wait for. */
export async function stopHost(host: Host): Promise<void> {
  await within(STOP_TIMEOUT_MS, Promise.resolve(host.stop()))
}

/** js-libp2p keeps the listeners that came up when others of the same call did not; here they are closed again. */
function lateListener({ transportManager }: { readonly transportManager: TransportManager }): LateListener {
  const listenFor = async (addresses: readonly Multiaddr[]): Promise<PassingListener> => {
    const before = new Set(transportManager.getListeners())
    const added = () => transportManager.getListeners().filter((listener) => !before.has(listener))
    try {
      await transportManager.listen([...addresses])
    } catch (error) {
      await Promise.allSettled(added().map((listener) => listener.close()))
      throw explainListen(
        addresses.map((address) => address.toString()),
        error,
      )
    }
    const listeners = added()
    return {
      bound: listeners.flatMap((listener) => listener.getAddrs()),
      close: async () => void (await Promise.allSettled(listeners.map((listener) => listener.close()))),
    }
  }
  return {
    listenFor,
    listen: async (addresses) => (await listenFor(addresses)).bound,
    bound: () => transportManager.getAddrs(),
  }
}

function explainListen(listen: readonly string[], error: unknown): Error {
  const text = describe(error)
  const where = listen.join(', ')
  if (/EADDRINUSE/.test(text)) {
    return new ListenError(
      `a port of ${where} is in use: stop the other program or choose another port with \`listen\``,
      { cause: error },
    )
  }
  if (/EACCES/.test(text)) {
    return new ListenError(`no permission to listen on ${where}: ports below 1024 need a privilege, choose another`, {
      cause: error,
    })
  }
  if (/EADDRNOTAVAIL|UnsupportedListenAddress/.test(text)) {
    return new ListenError(`cannot listen on ${where}: this machine has no such address`, { cause: error })
  }
  return error instanceof Error ? error : new Error(text)
}

/** The words of an error and of everything it was caused by or made of. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner = error instanceof AggregateError ? error.errors.map(describe).join(' ') : ''
  return `${error.name} ${error.message} ${(error as NodeJS.ErrnoException).code ?? ''} ${inner} ${error.cause ? describe(error.cause) : ''}`
}
