// The libp2p host of the node, with its WSS listener. Plain addresses are there from the start; WSS begins with the first
// certificate, keeps its port for good, and every later certificate is swapped under it.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { TCP } from '@multiformats/multiaddr-matcher'
import { multiaddrToUri } from '@multiformats/multiaddr-to-uri'
import { type Clock, systemClock } from '../../core/clock.ts'
import { createHost, type Host, type HostInit, type PassingListener } from '../../core/host.ts'
import { putNewest } from '../../core/bounded.ts'
import { addressClass, type AddressClass } from '../../core/net/address-class.ts'
import { withoutPeer } from '../../core/net/own-address.ts'
import { parseIp } from '../../proto/ip.ts'
import { announcedAddresses, type ForgeAddressForm, type WssPorts } from './announce.ts'
import { lookAtServed, type ServedFault } from './self-look.ts'
import { createTlsCertificate, type NameContexts, type TlsPair } from './tls-certificate.ts'
import { visitorPage } from './visitor-page.ts'
import type { TrustJudge } from '../../core/x509/index.ts'
import type { Identity } from '../identity/identity.ts'
import type { PeerId } from '@libp2p/interface'
import type { LookupFunction } from 'node:net'

/** What the host is made of. */
export interface NodeHostInit {
  /** Which chains browsers trust by themselves; the page for visitors says so. @default all */
  readonly isTrusted?: TrustJudge | undefined
  readonly identity: Identity
  /** Plain multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** WSS multiaddrs to listen on once there is a certificate. */
  readonly wss: readonly string[]
  readonly discovery: boolean
  readonly trustAnchorPem?: string | undefined
  readonly lookup?: LookupFunction | undefined
  /** How addresses under a forge's name are announced, of which classes, and which are known besides those seen. */
  readonly forge?:
    | {
        readonly classes: readonly AddressClass[]
        readonly form: ForgeAddressForm
        readonly ips?: readonly string[] | undefined
      }
    | undefined
  /** Peers whose connections strangers cannot drive out. @default none */
  readonly keeps?: ((peer: PeerId) => boolean) | undefined
  /** Where addresses may lead that peers say of themselves, also by names. @default everywhere */
  readonly dialClasses?: readonly AddressClass[] | undefined
  /** What the library may dial by itself, and in which order. @default everything, in its own */
  readonly libraryDials?: Pick<HostInit, 'connectionGater' | 'addressSorter'> | undefined
  /** Whether an address may be told to anybody. @default all */
  readonly mayTell?: ((address: Multiaddr, owner: PeerId) => boolean) | undefined
  /** Whether a connected peer may be told an address; the window shows the others too. @default all */
  readonly mayIdentify?: ((address: Multiaddr) => boolean) | undefined
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
  /** The ports that are listened on, and the one that WSS will be listened on; undefined where there is none, or any. */
  ports(): { readonly tcp: number | undefined; readonly wss: number | undefined }
  /** Whether the WSS listener is up. */
  isServed(): boolean
  /**
   * Listens on the WSS port without TLS, so that somebody outside can try it before there is a certificate. Nothing of it
   * is announced. `serve` closes it.
   *
   * @returns undefined where WSS is served already, or its port is any
   * @throws ListenError where the port is taken
   */
  openWssProbe(): Promise<PassingListener | undefined>
  /**
   * Shows other certificates to who comes by a name of theirs, and listens for them where nothing is served yet.
   *
   * @param contextFor  undefined ends it; the listener stays
   * @throws ListenError
   */
  serveNames(contextFor: NameContexts | undefined): Promise<void>
  /** Where this machine is reached by HTTPS: IP addresses as text, its own and those of its router, and the ports outside and here. */
  way(): { readonly ips: readonly string[]; readonly port: number | undefined; readonly localPort: number | undefined }
  /** What is known of the way in from outside; replaces what was said before. */
  useOutside(outside: OutsideView): Promise<void>
  /** Whether a TLS connection that we dialled to this address had its certificate verified. */
  wasVerified(address: Multiaddr): boolean
}

/** How we are reached from outside. */
export interface OutsideView {
  /** The port that the router passes on to our WSS listener, for IPv4; undefined where it is our own. */
  readonly wssPort: number | undefined
  /** Plain addresses at which somebody outside has reached us; the library tells no public one by itself. */
  readonly addresses: readonly Multiaddr[]
  /** IP addresses that lead to this machine: its own, and those of its router. @default none */
  readonly ips?: readonly string[] | undefined
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
  let named: NameContexts | undefined
  let bound: readonly Multiaddr[] = []
  let outside: OutsideView = { wssPort: undefined, addresses: [] }
  let probe: Promise<PassingListener> | undefined
  const wss = init.wss.map((text) => multiaddr(text))
  const wssPort = Number(portOf(wss[0])) || undefined

  const announce = (listening: readonly Multiaddr[]) => {
    const plain = listening
      .map((address) => withoutPeer(address))
      .filter((address) => !probe || Number(portOf(address)) !== wssPort)
    const known = new Set(plain.map((address) => address.toString()))
    const all = announcedAddresses({
      listening: [...plain, ...outside.addresses.filter((address) => !known.has(address.toString()))],
      peer: peerId,
      certificate,
      wssPorts: bound.length === 0 ? {} : { ...portsOf(bound), ...(outside.wssPort ? { 4: outside.wssPort } : {}) },
      inUse: inUse(),
      forgeForm: init.forge?.form,
    })
    return all.filter((address) => init.mayTell?.(address, peerId) ?? true)
  }

  /** Where the WSS listener is bound, and where else that is; of the classes that may be told. */
  const inUse = (): string[] => {
    const classes = init.forge?.classes ?? ['public']
    const own = bound.map((address) => address.getComponents()[0]?.value ?? '')
    return [...(init.forge?.ips ?? []), ...(outside.ips ?? []), ...own].filter((text) => {
      const ip = parseIp(text)
      return ip !== undefined && classes.includes(addressClass(ip))
    })
  }

  const host = await createHost({
    privateKey: init.identity.key,
    listen: init.listen,
    announce: (listening) => announce(listening).map((address) => address.encapsulate(`/p2p/${peerId.toString()}`)),
    discovery: init.discovery,
    mayIdentify: init.mayIdentify,
    keeps: init.keeps,
    dialClasses: init.dialClasses,
    ...init.libraryDials,
    webSockets: {
      https: tls.https,
      onTlsServer: (server) => tls.attach(server),
      page: visitorPage({
        certificate: () => certificate,
        keyCertificate: (servername) => named?.(servername)?.certPem,
        clock: init.clock ?? systemClock,
        isTrusted: init.isTrusted,
      }),
      trustAnchorPem: init.trustAnchorPem,
      lookup: init.lookup,
      onVerified: (uri) => void putNewest(verified, uri, true, MAX_VERIFIED),
    },
  })

  const announced = () => host.getMultiaddrs().map((address) => withoutPeer(address))

  // tells connected peers by identify push; js-libp2p does it by itself only for new listeners
  const tell = () => host.peerStore.patch(peerId, { multiaddrs: announced() })

  const isPlainTcp = (address: Multiaddr) =>
    TCP.exactMatch(withoutPeer(address)) && (!probe || Number(portOf(address)) !== wssPort)

  const closeProbe = async (open: Promise<PassingListener>): Promise<void> => {
    const listener = await open.catch(() => undefined)
    await listener?.close()
    if (probe === open) probe = undefined
  }

  return {
    host,
    announced,
    async serve(next) {
      tls.use(next)
      if (probe) await closeProbe(probe)
      if (bound.length === 0) bound = await host.services.listener.listen(wss)
      certificate = next
      await tell()
      return bound
    },
    ports: () => ({
      tcp: Number(portOf(host.services.listener.bound().find((address) => isPlainTcp(address)))) || undefined,
      wss: Number(portOf(bound[0])) || wssPort,
    }),
    isServed: () => bound.length > 0,
    async openWssProbe() {
      if (bound.length > 0 || wssPort === undefined) return undefined
      probe ??= host.services.listener.listenFor(wss.map((address) => address.decapsulate('/tls')))
      const open = probe
      try {
        return { bound: (await open).bound, close: () => closeProbe(open) }
      } catch (error) {
        if (probe === open) probe = undefined
        throw error
      }
    },
    async serveNames(contextFor) {
      named = contextFor
      tls.useFor(contextFor)
      if (!contextFor || bound.length > 0) return
      if (probe) await closeProbe(probe)
      bound = await host.services.listener.listen(wss)
    },
    way() {
      const own = bound.map((address) => address.getComponents()[0]?.value ?? '')
      const localPort = Number(portOf(bound[0])) || undefined
      const known = [...new Set([...(init.forge?.ips ?? []), ...(outside.ips ?? []), ...own])]
      // who listens by IPv4 alone is not there by IPv6
      const hasV6 = own.some((ip) => ip.includes(':'))
      const ips = known.filter((ip) => hasV6 || !ip.includes(':'))
      return { ips, port: bound.length === 0 ? undefined : (outside.wssPort ?? localPort), localPort }
    },
    async useOutside(next) {
      const before = texts(announced())
      outside = next
      if (texts(announced()) !== before) await tell()
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

function texts(addresses: readonly Multiaddr[]): string {
  return addresses.map((address) => address.toString()).join(' ')
}

/** The name that others know this listener by. */
function serverNameFor(bound: Multiaddr, announced: readonly Multiaddr[]): string | undefined {
  const secure = announced.filter((address) => address.toString().includes('/tls/'))
  // behind a router the port that is told may be another one
  const known = secure.find((address) => portOf(address) === portOf(bound)) ?? secure[0]
  return known?.getComponents()[0]?.value
}

function portsOf(bound: readonly Multiaddr[]): WssPorts {
  const portOfFamily = (family: string) => {
    const port = portOf(bound.find((address) => address.getComponents()[0]?.name === family))
    return port === undefined ? undefined : Number(port)
  }
  return { 4: portOfFamily('ip4'), 6: portOfFamily('ip6') }
}

function portOf(address: Multiaddr | undefined): string | undefined {
  return address?.getComponents().find(({ name }) => name === 'tcp')?.value
}
