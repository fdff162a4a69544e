// Puts the rooms of a node together and owns their beginning and end: identity, host, stored or new certificate, WSS,
// discovery. A node without a certificate is a node all the same; only what keeps it from listening at all stops it.
import { within } from '../core/abort.ts'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { clockFault, systemClock, type Clock } from '../core/clock.ts'
import { ConfigError } from '../core/config.ts'
import { createResolver } from '../core/dns/index.ts'
import { FileError } from '../core/files.ts'
import { type FolderLock, lockFolder } from '../core/lock.ts'
import { type Log, silentLog } from '../core/log.ts'
import { VERSION } from '../core/version.ts'
import { readChain, trustJudge, type TrustJudge } from '../core/x509/index.ts'
import { stopHost } from '../core/host.ts'
import { explainFailure } from './certificates/failures.ts'
import { createHandover, type Handover, type HandoverSection } from './certificates/handover/handover.ts'
import { createHistory, type History } from './certificates/history.ts'
import { createCertificateKeeper, type CertificateKeeper } from './certificates/keeper.ts'
import { createPendingKey } from './certificates/pending.ts'
import { loadRetryDate } from './certificates/retry.ts'
import { createCertificateStore } from './certificates/store.ts'
import { createNodeEvents, type NodeEvents } from './events.ts'
import { openFileIdentity } from './identity/keeper.ts'
import type { Identity } from './identity/identity.ts'
import { openForges, forgeOf, type Forge } from './issuers/autotls/forge.ts'
import { createNodeAutoTls, forgePlaces, seenByForges } from './issuers/autotls/node.ts'
import { openSilences, type Silences } from './issuers/autotls/silence.ts'
import { issuersInOrder, type NamedIssuer } from './issuers/in-order.ts'
import { createNodetrustIssuer } from './issuers/nodetrust/flow.ts'
import { askZone, listProofServers } from './issuers/nodetrust/servers.ts'
import { agreedZone } from './issuers/nodetrust/zone.ts'
import { announceFilter, classOfAddress } from '../core/net/announce-filter.ts'
import { createGate } from './reachability/gate.ts'
import { createReachability, type Reachability } from './reachability/reachability.ts'
import { createPortMapper } from './reachability/router/port-mapper.ts'
import { createNodeHost, type NodeHost } from './node/node-host.ts'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createPeerList, type PeerList } from './peers/peer-list.ts'
import { type Discovery, startDiscovery } from './peers/discovery.ts'
import { parseHostPort } from '../core/net/host-port.ts'
import { type NodeConfig, peerOf } from './settings/config.ts'
import type { RenewalDecision } from '../core/acme/renewal.ts'
import type { CertificateBundle } from '../core/x509/index.ts'
import type { Trigger } from './certificates/schedule.ts'
import type { NodeFacts } from './program/program.ts'
import type { LookupFunction } from 'node:net'

/** What can be exchanged in a test. */
export interface AppInit {
  readonly clock?: Clock
  /** Milliseconds that only count, to see jumps of the clock. @default performance.now */
  readonly monotonic?: () => number
  readonly log?: Log
  /** Who the node is, where its key was opened already. @default the identity of the data folder */
  readonly identity?: Identity
  /** Whether a first certificate is asked for without a person's doing. @default always */
  readonly wanted?: () => boolean
  /** Addresses of peers that a person typed in, with /p2p/; asked again whenever they matter. */
  readonly addedPeers?: () => readonly string[]
  /** Which chains browsers trust by themselves. @default those that lead to a root of this platform */
  readonly isTrusted?: TrustJudge
  /** Called when something that no event tells has changed. */
  readonly onChange?: () => void
}

/** What a node looks like right now. */
export interface AppState {
  readonly phase: 'stopped' | 'starting' | 'running' | 'stopping'
  readonly peerId: string | undefined
  /** Told to others, with /p2p/. */
  readonly addresses: readonly string[]
  readonly certificate: CertificateBundle | undefined
  /** When the certificate will be renewed and why; undefined without one. */
  readonly renewal: RenewalDecision | undefined
  /** Wall clock, milliseconds: when a certificate is asked for again; undefined where none is due. */
  readonly nextAttemptAt: number | undefined
  readonly knownPeers: number
}

/** A node. */
export interface App {
  readonly events: NodeEvents
  /** Text; undefined before the start. */
  peerId(): string | undefined
  /**
   * Starts it. Getting a certificate goes on after this has returned.
   *
   * @throws ConfigError, ListenError, PeerKeyError, FileError, FolderInUseError where another node runs on the same data
   *   folder; nothing is left running then
   */
  start(): Promise<void>
  /** Stops it; comes back within 5 seconds. */
  stop(): Promise<void>
  /**
   * Asks for a certificate now, or joins the attempt that is under way; the outcome is told by events too.
   *
   * @throws what the attempt failed with, NotRunningError, NotConfiguredError without an issue server, TooSoonError within
   *   a minute of the last time, or the signal's reason (the attempt goes on then)
   */
  getCertificate(signal?: AbortSignal): Promise<CertificateBundle>
  /** The machine woke up, or its network came back: everything is looked at within a minute. */
  trigger(reason: Trigger): void
  /**
   * Asks for a certificate without waiting for it, or joins the attempt under way.
   *
   * @param options.anyway  also where nobody can reach the node
   * @returns the attempt's id
   * @throws NotRunningError, NotConfiguredError, TooSoonError
   */
  begin(options?: { readonly anyway?: boolean }): string
  /** Ends the attempt under way. */
  cancel(): void
  /** Looks whether others can reach the node; the outcome is told by `facts`. */
  checkReachability(): void
  /**
   * Connects to a peer and tries a ping.
   *
   * @param address  with /p2p/
   * @throws NotRunningError, or what libp2p says where it cannot be reached
   */
  connectTo(address: string, signal?: AbortSignal): Promise<void>
  /**
   * Asks an issue server which zone it speaks for.
   *
   * @param issue  its addresses, with /p2p/
   * @throws NotRunningError, or what askZone throws
   */
  askZone(issue: readonly string[], signal: AbortSignal): Promise<string>
  /** Ends the connections to a peer; nothing where there are none. */
  disconnect(peerId: string): Promise<void>
  state(): AppState
  /** Hands the certificate over to other programs by these settings from now on. */
  handOverBy(section: HandoverSection): void
  /** The forge that the certificate comes from, where it has not answered for so long that another network is worth a look. */
  silentForge(): { readonly forge: string; readonly since: number } | undefined
  /** Everything that is shown of it; undefined where it does not run. */
  facts(): NodeFacts | undefined
}

/** The node does not run, so it cannot be asked for anything. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError'
}

/** What stopping may take at most; the host's own part is bounded by 3 seconds. */
const STOP_TIMEOUT_MS = 4_500

/** A check ends by itself within 15 seconds. */
const CHECK_TIMEOUT_MS = 30_000

/** What runs between start and stop. */
interface Running {
  readonly reachability: Reachability
  readonly history: History
  readonly peers: PeerList
  readonly lock: FolderLock | undefined
  readonly identity: Identity
  readonly node: NodeHost
  readonly keeper: CertificateKeeper
  readonly discovery: Discovery | undefined
  readonly handover: Handover
  readonly silences: Silences
  /** Ends what goes on beside all that. */
  readonly ending: AbortController
}

/** Makes a node; nothing happens before `start`. */
export function createApp(config: NodeConfig, init: AppInit = {}): App {
  const clock = init.clock ?? systemClock
  const log = init.log ?? silentLog
  const events = createNodeEvents(clock, log)
  const { emit } = events
  const addedPeers = init.addedPeers ?? (() => [])
  const isTrusted = init.isTrusted ?? trustJudge()
  const agreed = agreedZone({ dir: config.dir, server: serverOf(config), zone: config.network.zone })
  const meetingPoints = () => [...config.network.issue, ...addedPeers()]
  let phase: AppState['phase'] = 'stopped'
  let running: Running | undefined
  let handoverBy = config.certificate

  const begin = async (): Promise<Running> => {
    const trustAnchorPem = await readTrustAnchor(config.network.trustAnchor)
    const forges = await openForges(config.network.autotls?.forges ?? [], trustAnchorPem)
    const lock = await lockOrTell(config.dir, emit)
    const fault = clockFault(clock.now())
    if (fault !== undefined) emit({ event: 'note', message: fault })
    try {
      return { lock, ...(await beginLocked(trustAnchorPem, forges)) }
    } catch (error) {
      await lock?.release()
      throw error
    }
  }

  const beginLocked = async (
    trustAnchorPem: string | undefined,
    forges: readonly Forge[],
  ): Promise<Omit<Running, 'lock'>> => {
    const { autotls } = config.network
    const identity = init.identity ?? (await openFileIdentity({ dir: config.dir, clock, log }))
    const history = createHistory({ dir: config.dir, clock, log })
    const node = await createNodeHost({
      ...{ identity, trustAnchorPem, listen: config.listen.addresses, wss: config.listen.wss },
      ...{ isTrusted, discovery: config.discovery.enabled, lookup: lookupOf(config.network.resolver) },
      mayTell: announceFilter(config.announce.exclude),
      dialClasses: config.discovery.addressClasses,
      // a private address is of no use to others and says where one lives; a network on this computer has no others
      mayIdentify: (address) => config.discovery.addressClasses.includes(classOfAddress(address, identity.peerId)),
      forge: autotls && { classes: autotls.addressClasses, form: autotls.announce, ips: autotls.ips },
      keeps: (peer) => meetingPoints().some((text) => text.endsWith(`/p2p/${peer.toString()}`)),
    })
    const peerId = identity.peerId.toString()
    let discovery: Discovery | undefined
    let reachability: Reachability | undefined
    try {
      emit({ event: 'started', peerId, addresses: texts(node.host.getMultiaddrs()) })
      discovery = config.discovery.enabled ? await beginDiscovery(identity, node) : undefined
      const silences = await openSilences({
        ...{ dir: config.dir, forges: forges.map(({ domain }) => domain), clock, log },
        onChange: () => init.onChange?.(),
      })
      const ask = seenByForges({ forges, resolver: config.network.resolver, key: identity.key, silences, clock })
      const ending = new AbortController()
      reachability = await beginReachability(node, forges, ask)
      const handover = createHandover({ section: handoverBy, dir: config.dir, clock, log, emit, history })
      const keeper = await beginKeeper({
        identity,
        node,
        trustAnchorPem,
        history,
        reachability,
        forges,
        handover,
        silences,
      })
      keeper.start()
      void silences.keepAsking(ask, ending.signal)
      const peers = createPeerList({
        host: node.host,
        book: discovery?.book,
        added: addedPeers,
        events,
      })
      return { identity, node, keeper, discovery, history, peers, reachability, handover, silences, ending }
    } catch (error) {
      await Promise.allSettled([discovery?.stop(), reachability?.stop()])
      await stopHost(node.host)
      throw error
    }
  }

  const beginDiscovery = (identity: Identity, node: NodeHost) =>
    startDiscovery({
      ...{ dir: config.dir, identity, node, config: config.discovery, clock, log, emit },
      meetingPoints: meetingPoints(),
      addedPeers,
    })

  const beginReachability = async (
    node: NodeHost,
    forges: readonly Forge[],
    seenAs: ReturnType<typeof seenByForges>,
  ): Promise<Reachability> => {
    const { issue } = config.network
    const reachability = createReachability({
      ...{ node, clock, log },
      servers: (signal) => listProofServers(node.host, issue, agreed, signal),
      networkAddresses: [...issue, ...forgePlaces(forges)].map((text) => multiaddr(text)),
      seenAs,
      mapper: config.reachability.mapPorts ? createPortMapper({ clock, log }) : undefined,
      answer: config.discovery.addressClasses,
    })
    reachability.onChange(() => init.onChange?.())
    await reachability.start()
    return reachability
  }

  const beginKeeper = async (parts: {
    readonly identity: Identity
    readonly node: NodeHost
    readonly trustAnchorPem: string | undefined
    readonly history: History
    readonly reachability: Reachability
    readonly forges: readonly Forge[]
    readonly handover: Handover
    readonly silences: Silences
  }): Promise<CertificateKeeper> => {
    const { identity, node, trustAnchorPem, history, reachability, forges, handover, silences } = parts
    const { network, dir } = config
    const pending = createPendingKey({ dir, clock })
    const ways: NamedIssuer[] = []
    if (network.issue.length > 0) {
      const issuer = createNodetrustIssuer({
        ...{ ...network, agreed, host: node.host, trustAnchorPem, pending, clock, emit },
      })
      ways.push({ title: 'issue server', source: 'nodetrust', issuer })
    }
    const issuer = createNodeAutoTls({
      ...{ section: network.autotls, forges, resolver: network.resolver, dir, identity, node, reachability },
      ...{
        pending,
        clock,
        emit,
        silences,
        current: () => (keeper.otherZone() === undefined ? keeper.current() : undefined),
      },
      mayTell: (address) => announceFilter(config.announce.exclude)(address, identity.peerId),
    })
    const [firstForge, ...otherForges] = forges
    if (issuer) ways.push({ title: 'AutoTLS', source: 'autotls', forge: firstForge?.domain, issuer })
    const onlyForge = ways.length === 1 && issuer && otherForges.length === 0 ? firstForge?.domain : undefined
    const onNext = (error: Error, { forge }: NamedIssuer) => {
      const { code, message } = explainFailure(error)
      if (forge !== undefined) emit({ event: 'next-forge', from: null, to: forge, code, message })
    }
    const keeper = createCertificateKeeper({
      ...{ issuer: issuersInOrder(ways, onNext), pending, clock, log, emit, random: Math.random },
      explain: (error) => explainFailure(error, onlyForge),
      monotonic: init.monotonic ?? (() => performance.now()),
      store: createCertificateStore({
        ...{ dir, peer: identity.peerId, clock, trustAnchorPem, zones: zonesOf(network) },
        anchorOf: (names) => forgeOf(forges, names, identity.peerId),
      }),
      retry: await loadRetryDate({ dir, clock, log, situation: situationOf(config) }),
      history,
      reach: createGate({ reachability, required: config.reachability.required, emit }),
      ...(init.wanted ? { wanted: init.wanted } : {}),
      ...(init.onChange ? { onChange: init.onChange } : {}),
      look: (signal) => node.look(clock.now(), signal),
      async demandPort() {
        const probe = await node.openWssProbe()
        await probe?.close()
      },
      async serve(bundle) {
        const listening = texts(await node.serve(bundle))
        const addresses = texts(node.announced()).filter((text) => text.includes('/tls/'))
        emit({ event: 'wss', addresses, listening })
        handover.give(bundle)
      },
    })
    return keeper
  }

  const end = async ({
    keeper,
    discovery,
    node,
    lock,
    peers,
    reachability,
    handover,
    silences,
    ending,
  }: Running): Promise<void> => {
    ending.abort(new Error('the node stops'))
    peers.stop()
    await Promise.allSettled([keeper.stop(), discovery?.stop(), reachability.stop(), handover.stop()])
    await silences.ended()
    await stopHost(node.host)
    await lock?.release()
  }

  const demand = (): Running => {
    if (!running) throw new NotRunningError('the node does not run: start it first')
    return running
  }

  return {
    events,
    peerId: () => running?.identity.peerId.toString(),
    async start() {
      if (phase !== 'stopped') throw new TypeError(`the node is ${phase}, it can be started once it is stopped`)
      phase = 'starting'
      try {
        running = await begin()
        phase = 'running'
      } catch (error) {
        phase = 'stopped'
        throw error
      }
    },
    async stop() {
      if (!running) return
      const ending = running
      running = undefined
      phase = 'stopping'
      await within(STOP_TIMEOUT_MS, end(ending))
      phase = 'stopped'
      emit({ event: 'stopped' })
    },
    async getCertificate(signal) {
      return await demand().keeper.renewNow(signal)
    },
    begin: (options) => demand().keeper.begin(options),
    cancel: () => running?.keeper.cancel(),
    checkReachability() {
      const { reachability } = demand()
      void reachability.check(AbortSignal.timeout(CHECK_TIMEOUT_MS), { fresh: true }).catch(() => undefined)
      init.onChange?.()
    },
    async connectTo(address, signal) {
      const { host } = demand().node
      const chosen = multiaddr(address)
      host.services.singleDials.trust([chosen])
      const connection = await host.dial(chosen, signal ? { signal } : {})
      await host.services.ping.ping(connection.remotePeer, signal ? { signal } : {})
    },
    askZone: async (issue, signal) => await askZone(demand().node.host, issue, signal),
    async disconnect(peerId) {
      const peer = running?.node.host.getPeers().find((connected) => connected.toString() === peerId)
      if (peer) await running?.node.host.hangUp(peer)
    },
    handOverBy(section) {
      handoverBy = section
      running?.handover.change(section)
    },
    silentForge() {
      // an issue server is asked before any forge
      if (!running || config.network.issue.length > 0) return undefined
      const { keeper, silences } = running
      const current = keeper.otherZone() === undefined ? keeper.current() : undefined
      return silences.long(current && current.notAfter - current.notBefore)
    },
    facts() {
      if (!running) return undefined
      const { identity, keeper, node, peers, history, reachability } = running
      return {
        peerId: identity.peerId.toString(),
        addresses: texts(node.host.getMultiaddrs()),
        certificate: keeper.current(),
        otherZone: keeper.otherZone(),
        trusted: isTrusted(keeper.current()?.chainPem ?? ''),
        renewal: keeper.renewal(),
        nextAttemptAt: keeper.nextAttemptAt(),
        failed: keeper.failed(),
        attempt: keeper.attempt(),
        hasIssuer: config.network.issue.length > 0 || config.network.autotls !== undefined,
        verdict: reachability.current(),
        checking: reachability.isChecking(),
        ports: node.ports(),
        peers: peers.list(),
        history: history.recent(),
      }
    },
    trigger(reason) {
      if (reason === 'online' || reason === 'resume') running?.reachability.trigger()
      running?.keeper.trigger(reason)
    },
    state: () => ({
      phase,
      peerId: running?.identity.peerId.toString(),
      addresses: running ? texts(running.node.host.getMultiaddrs()) : [],
      certificate: running?.keeper.current(),
      renewal: running?.keeper.renewal(),
      nextAttemptAt: running?.keeper.nextAttemptAt(),
      knownPeers: running?.discovery?.book.known().length ?? 0,
    }),
  }
}

/**
 * Locks the data folder. A disk that is full or read-only keeps nobody from serving the certificate that is there.
 *
 * @throws FolderInUseError
 */
async function lockOrTell(dir: string, emit: NodeEvents['emit']): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(dir)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    emit({ event: 'note', message: `the data folder is not locked against a second node: ${error.message}` })
    return undefined
  }
}

/** What a failed attempt depended on, as text: with other settings or another version it may end otherwise. */
function situationOf({ network, listen }: NodeConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([network, listen.wss, VERSION]))
    .digest('hex')
}

/** Below which domains the names of this network are; none where no network is chosen, undefined where they are not known. */
function zonesOf({ issue, zone, autotls }: NodeConfig['network']): readonly string[] | undefined {
  if (issue.length > 0 && zone === undefined) return undefined
  return [
    ...(issue.length > 0 && zone !== undefined ? [zone] : []),
    ...(autotls?.forges ?? []).map(({ domain }) => domain),
  ]
}

/** @throws ConfigError where the file is absent or holds no certificate */
async function readTrustAnchor(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    const pem = await readFile(path, 'utf8')
    readChain(pem)
    return pem
  } catch (error) {
    throw new ConfigError(
      `\`network.trustAnchor\`: ${path} is no readable PEM file with certificates: ${explainFailure(error).message}`,
      { cause: error },
    )
  }
}

function lookupOf(server: string | undefined): LookupFunction | undefined {
  const address = server === undefined ? undefined : parseHostPort(server)
  return address && createResolver({ servers: [address] }).lookup
}

function texts(addresses: readonly Multiaddr[]): string[] {
  return addresses.map((address) => address.toString())
}

/** The peer id of the one issue server; empty without one. */
function serverOf({ network }: NodeConfig): string {
  const [address] = network.issue
  return (address === undefined ? undefined : peerOf(multiaddr(address))) ?? ''
}
