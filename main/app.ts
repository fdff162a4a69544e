// A node from its start to its stop, and everything that can be asked of it. What it consists of stands in rooms.ts. A node
// without a certificate is a node all the same; only what keeps it from listening at all stops it.
import { within } from '../core/abort.ts'
import { systemClock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import { dialMany } from '../core/net/dial-many.ts'
import { trustJudge } from '../core/x509/index.ts'
import { type AppEvent, type AppPhase, next, roomsOf } from './app-phase.ts'
import { createNodeEvents, type NodeEvents } from './events.ts'
import { askZone } from './issuers/nodetrust/servers.ts'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { closeRooms, openRooms, type Rooms, type Surroundings } from './rooms.ts'
import type { RenewalDecision } from '../core/acme/renewal.ts'
import type { CertificateBundle } from '../core/x509/index.ts'
import type { HandoverSection } from './certificates/handover/handover.ts'
import type { PeerBook } from './peers/book/index.ts'
import type { Trigger } from './certificates/schedule.ts'
import type { NodeFacts, PeerFacts } from './node-facts.ts'
import type { DialOptions, Reached } from './peers/dial/dialler.ts'
import type { Naming } from './naming/naming.ts'
import type { NodeConfig } from './settings/config.ts'
import type { PeerId } from '@libp2p/interface'

/** What can be exchanged: by who embeds a node, and in a test. What is left out is the machine's own. */
export type AppInit = Partial<Surroundings>

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
   * Connects to a peer by what the book knows of it.
   *
   * @throws NotRunningError, DialError with its report, UnknownPolicyError, the signal's reason
   */
  dial(peer: PeerId, options?: DialOptions): Promise<Reached>
  /**
   * Asks an issue server which zone it speaks for.
   *
   * @param issue  its addresses, with /p2p/
   * @throws NotRunningError, or what askZone throws
   */
  askZone(issue: readonly string[], signal: AbortSignal): Promise<string>
  /** What is known of a peer, also where it is on disk alone; undefined where nothing is. */
  peer(peerId: string): PeerFacts | undefined
  /** The signed record of a peer, or our own, as it is handed on; undefined where there is none. */
  signedRecord(peerId: string): Uint8Array | undefined
  /** What is known of other peers; undefined where it does not run. */
  book(): PeerBook | undefined
  /** Ends the connections to a peer; nothing where there are none. */
  disconnect(peerId: string): Promise<void>
  state(): AppState
  /** Hands the certificate over to other programs by these settings from now on. */
  handOverBy(section: HandoverSection): void
  /** The forge that the certificate comes from, where it has not answered for so long that another network is worth a look. */
  silentForge(): { readonly forge: string; readonly since: number } | undefined
  /** Names by key; undefined where it does not run. */
  naming(): Naming | undefined
  /** Everything that is shown of it; undefined where it does not run. */
  facts(): NodeFacts | undefined
}

/** The node does not run, so it cannot be asked for anything. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError'
}

/** What stopping may take at most; the host's own part is bounded by 3 seconds. */
const STOP_TIMEOUT_MS = 4_500

/** Nobody waits longer for one address. */
const CONNECT_TIMEOUT_MS = 15_000

/** A check ends by itself within 15 seconds. */
const CHECK_TIMEOUT_MS = 30_000

/** Makes a node; nothing happens before `start`. */
export function createApp(config: NodeConfig, init: AppInit = {}): App {
  const surroundings: Surroundings = {
    clock: init.clock ?? systemClock,
    monotonic: init.monotonic ?? (() => performance.now()),
    log: init.log ?? silentLog,
    identity: init.identity,
    wanted: init.wanted ?? (() => true),
    addedPeers: init.addedPeers ?? (() => []),
    dialPolicy: init.dialPolicy ?? (() => undefined),
    isTrusted: init.isTrusted ?? trustJudge(),
    onChange: () => init.onChange?.(),
  }
  const events = createNodeEvents(surroundings.clock, surroundings.log)
  let now: AppPhase<Rooms> = { phase: 'stopped' }
  let handoverBy = config.certificate

  const note = (happened: AppEvent<Rooms>): void => void (now = next(now, happened))

  const demand = (): Rooms => {
    const rooms = roomsOf(now)
    if (!rooms) throw new NotRunningError('the node does not run: start it first')
    return rooms
  }

  return {
    events,
    peerId: () => roomsOf(now)?.identity.peerId.toString(),
    async start() {
      note({ event: 'start' })
      try {
        note({ event: 'started', rooms: await openRooms({ config, events, handoverBy, ...surroundings }) })
      } catch (error) {
        note({ event: 'not-started' })
        throw error
      }
    },
    async stop() {
      const rooms = roomsOf(now)
      if (!rooms) return
      note({ event: 'stop' })
      await within(STOP_TIMEOUT_MS, closeRooms(rooms))
      note({ event: 'ended' })
      events.emit({ event: 'stopped' })
    },
    async getCertificate(signal) {
      return await demand().keeper.renewNow(signal)
    },
    begin: (options) => demand().keeper.begin(options),
    cancel: () => roomsOf(now)?.keeper.cancel(),
    checkReachability() {
      const { reachability } = demand()
      void reachability.check(AbortSignal.timeout(CHECK_TIMEOUT_MS), { fresh: true }).catch(() => undefined)
      surroundings.onChange()
    },
    async connectTo(address, signal) {
      const { host } = demand().node
      const ends = signal ?? AbortSignal.timeout(CONNECT_TIMEOUT_MS)
      const options = { signal: ends, withinMs: CONNECT_TIMEOUT_MS, namedBy: 'chosen' } as const
      const connection = await dialMany(host, [multiaddr(address)], options)
      await host.services.ping.ping(connection.remotePeer, signal ? { signal } : {})
    },
    dial: async (peer, options) => await demand().peers.dialler.dial(peer, { ...options, cause: 'asked' }),
    askZone: async (issue, signal) => await askZone(demand().node.host, issue, signal),
    peer: (peerId) => roomsOf(now)?.peers.list.one(peerId),
    signedRecord(peerId) {
      const rooms = roomsOf(now)
      if (rooms?.identity.peerId.toString() === peerId) return rooms.peers.own.last()?.envelope
      const [told] = rooms?.peers.book.signedRecords([peerIdFromString(peerId)]) ?? []
      return told && 'envelope' in told ? told.envelope : undefined
    },
    book: () => roomsOf(now)?.peers.book,
    async disconnect(peerId) {
      const host = roomsOf(now)?.node.host
      const peer = host?.getPeers().find((connected) => connected.toString() === peerId)
      if (peer) await host?.hangUp(peer)
    },
    handOverBy(section) {
      handoverBy = section
      roomsOf(now)?.handover.change(section)
    },
    silentForge() {
      // an issue server is asked before any forge
      const rooms = roomsOf(now)
      if (!rooms || config.network.issue.length > 0) return undefined
      const { keeper, silences } = rooms
      const current = keeper.otherZone() === undefined ? keeper.current() : undefined
      return silences.long(current && current.notAfter - current.notBefore)
    },
    naming: () => roomsOf(now)?.naming,
    facts() {
      const rooms = roomsOf(now)
      if (!rooms) return undefined
      const { identity, keeper, node, peers, history, reachability } = rooms
      return {
        peerId: identity.peerId.toString(),
        addresses: texts(node.host.getMultiaddrs()),
        certificate: keeper.current(),
        otherZone: keeper.otherZone(),
        trusted: surroundings.isTrusted(keeper.current()?.chainPem ?? ''),
        renewal: keeper.renewal(),
        nextAttemptAt: keeper.nextAttemptAt(),
        failed: keeper.failed(),
        attempt: keeper.attempt(),
        hasIssuer: config.network.issue.length > 0 || config.network.autotls !== undefined,
        verdict: reachability.current(),
        checking: reachability.isChecking(),
        ports: node.ports(),
        peers: peers.list.list(),
        knownPeers: peers.book.size(),
        dht: config.discovery.enabled && config.discovery.dht,
        history: history.recent(),
      }
    },
    trigger(reason) {
      const rooms = roomsOf(now)
      if (reason === 'online' || reason === 'resume') rooms?.reachability.trigger()
      rooms?.keeper.trigger(reason)
    },
    state() {
      const rooms = roomsOf(now)
      return {
        phase: now.phase,
        peerId: rooms?.identity.peerId.toString(),
        addresses: texts(rooms?.node.host.getMultiaddrs() ?? []),
        certificate: rooms?.keeper.current(),
        renewal: rooms?.keeper.renewal(),
        nextAttemptAt: rooms?.keeper.nextAttemptAt(),
        knownPeers: rooms?.peers.book.size() ?? 0,
      }
    },
  }
}

function texts(addresses: readonly Multiaddr[]): string[] {
  return addresses.map((address) => address.toString())
}
