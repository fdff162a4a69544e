// The rooms of a node, opened in their order and closed again: lock, identity, host, discovery, reachability, certificate. A room
// that cannot be opened closes the ones before it.
import { clockFault, type Clock } from '../core/clock.ts'
import { FileError } from '../core/files.ts'
import { stopHost } from '../core/host.ts'
import { type FolderLock, lockFolder } from '../core/lock.ts'
import { announceFilter, classOfAddress } from '../core/net/announce-filter.ts'
import { createHandover, type Handover, type HandoverSection } from './certificates/handover/handover.ts'
import { createHistory, type History } from './certificates/history.ts'
import { createNodeKeeper } from './certificates/node-keeper.ts'
import { openFileIdentity } from './identity/keeper.ts'
import { openForges, type Forge } from './issuers/autotls/forge.ts'
import { forgePlaces, seenByForges } from './issuers/autotls/node.ts'
import { openSilences, type Silences } from './issuers/autotls/silence.ts'
import { listProofServers } from './issuers/nodetrust/servers.ts'
import { agreedZone, type AgreedZone } from './issuers/nodetrust/zone.ts'
import { openNaming, type Naming } from './naming/naming.ts'
import { createNodeHost, type NodeHost } from './node/node-host.ts'
import { createLibraryDials, type LibraryDials } from './peers/dial/library-dials.ts'
import { policyNamed } from './peers/dial/policy.ts'
import { openPeers, type Peers } from './peers/open-peers.ts'
import { createReachability, type Reachability } from './reachability/reachability.ts'
import { createPortMapper } from './reachability/router/port-mapper.ts'
import { lookupOf, readTrustAnchor, serverOf } from './settings/network.ts'
import { multiaddr } from '@multiformats/multiaddr'
import type { Log } from '../core/log.ts'
import type { TrustJudge } from '../core/x509/index.ts'
import type { CertificateKeeper } from './certificates/keeper.ts'
import type { NodeEvents } from './events.ts'
import type { Identity } from './identity/identity.ts'
import type { NodeConfig } from './settings/config.ts'

/** What is given to a node from outside. */
export interface Surroundings {
  readonly clock: Clock
  /** Milliseconds that only count, to see jumps of the clock. */
  readonly monotonic: () => number
  readonly log: Log
  /** Who the node is, where its key was opened already; undefined for the identity of the data folder. */
  readonly identity: Identity | undefined
  /** Whether a first certificate is asked for without a person's doing. */
  readonly wanted: () => boolean
  /** Addresses of peers that a person typed in, with /p2p/; asked again whenever they matter. */
  readonly addedPeers: () => readonly string[]
  /** The dial policy that a person chose; asked whenever it matters. Undefined for the configuration's. */
  readonly dialPolicy: () => string | undefined
  /** Which chains browsers trust by themselves. */
  readonly isTrusted: TrustJudge
  /** Called when something that no event tells has changed. */
  readonly onChange: () => void
}

/** What the rooms need. */
export interface RoomsInit extends Surroundings {
  readonly config: NodeConfig
  readonly events: NodeEvents
  /** Hands the certificate over to other programs by these. */
  readonly handoverBy: HandoverSection
}

/** What runs between start and stop. */
export interface Rooms {
  readonly reachability: Reachability
  readonly history: History
  readonly peers: Peers
  readonly lock: FolderLock | undefined
  readonly identity: Identity
  readonly node: NodeHost
  readonly keeper: CertificateKeeper
  readonly handover: Handover
  readonly silences: Silences
  readonly naming: Naming
  /** Ends what goes on beside all that. */
  readonly ending: AbortController
}

/** What is read before anything is opened. */
interface Ground {
  readonly trustAnchorPem: string | undefined
  readonly forges: readonly Forge[]
  readonly agreed: AgreedZone
}

/**
 * Opens them; getting a certificate goes on after this has returned.
 *
 * @throws ConfigError, ListenError, PeerKeyError, FileError, FolderInUseError where another node runs on the same data
 *   folder; nothing is left open then
 */
export async function openRooms(init: RoomsInit): Promise<Rooms> {
  const { config, clock, events } = init
  const { dir, network } = config
  const trustAnchorPem = await readTrustAnchor(network.trustAnchor)
  const forges = await openForges(network.autotls?.forges ?? [], trustAnchorPem)
  const agreed = agreedZone({ dir, server: serverOf(config), zone: network.zone })
  const lock = await lockOrTell(dir, events.emit)
  const fault = clockFault(clock.now())
  if (fault !== undefined) events.emit({ event: 'note', message: fault })
  try {
    return { lock, ...(await openLocked(init, { trustAnchorPem, forges, agreed })) }
  } catch (error) {
    await lock?.release()
    throw error
  }
}

/** Closes them, those first that use others. */
export async function closeRooms(rooms: Rooms): Promise<void> {
  const { keeper, node, lock, peers, reachability, handover, silences, naming, ending } = rooms
  ending.abort(new Error('the node stops'))
  await Promise.allSettled([keeper.stop(), peers.stop(), reachability.stop(), handover.stop(), naming.stop()])
  await silences.ended()
  await stopHost(node.host)
  await lock?.release()
}

async function openLocked(init: RoomsInit, ground: Ground): Promise<Omit<Rooms, 'lock'>> {
  const { config, clock, log, events } = init
  const { emit } = events
  const { dir } = config
  const { trustAnchorPem, forges } = ground
  const identity = init.identity ?? (await openFileIdentity({ dir, clock, log }))
  const history = createHistory({
    ...{ dir, clock, log },
    onLost: (reason) =>
      emit({
        event: 'note',
        about: 'history-lost',
        message: `the history could not be read (${reason}) and begins anew`,
      }),
  })
  const libraryDials = createLibraryDials()
  const node = await openHost(init, identity, trustAnchorPem, libraryDials)
  let peers: Peers | undefined
  let reachability: Reachability | undefined
  try {
    const addresses = node.host.getMultiaddrs().map((address) => address.toString())
    emit({ event: 'started', peerId: identity.peerId.toString(), addresses })
    peers = await openPeersRoom(init, identity, node, libraryDials)
    const silences = await openSilences({
      ...{ dir, forges: forges.map(({ domain }) => domain), clock, log, onChange: init.onChange },
    })
    const ask = seenByForges({ forges, resolver: config.network.resolver, key: identity.key, silences, clock })
    const ending = new AbortController()
    reachability = await openReachability(init, node, ground, ask)
    const handover = createHandover({ section: init.handoverBy, dir, clock, log, emit, history })
    const keeper = await createNodeKeeper({
      ...{ config, identity, node, reachability, handover, silences, history, ...ground },
      ...{ clock, log, emit, monotonic: init.monotonic, wanted: init.wanted, onChange: init.onChange },
    })
    keeper.start()
    void silences.keepAsking(ask, ending.signal)
    const naming = await openNamingRoom(init, { identity, node, reachability }, trustAnchorPem)
    return { identity, node, keeper, history, peers, reachability, handover, silences, naming, ending }
  } catch (error) {
    await Promise.allSettled([peers?.stop(), reachability?.stop()])
    await stopHost(node.host)
    throw error
  }
}

function openHost(
  init: RoomsInit,
  identity: Identity,
  trustAnchorPem: string | undefined,
  { gater, addressSorter }: LibraryDials,
): Promise<NodeHost> {
  const { config, isTrusted } = init
  const { autotls, resolver } = config.network
  return createNodeHost({
    ...{ identity, trustAnchorPem, listen: config.listen.addresses, wss: config.listen.wss },
    ...{ isTrusted, discovery: config.discovery.enabled, lookup: lookupOf(resolver) },
    mayTell: announceFilter(config.announce.exclude),
    libraryDials: { connectionGater: gater, addressSorter },
    dialClasses: config.discovery.addressClasses,
    // a private address is of no use to others and says where one lives; a network on this computer has no others
    mayIdentify: (address) => config.discovery.addressClasses.includes(classOfAddress(address, identity.peerId)),
    forge: autotls && { classes: autotls.addressClasses, form: autotls.announce, ips: autotls.ips },
    keeps: (peer) => meetingPoints(init).some((text) => text.endsWith(`/p2p/${peer.toString()}`)),
  })
}

function openPeersRoom(
  init: RoomsInit,
  identity: Identity,
  node: NodeHost,
  libraryDials: LibraryDials,
): Promise<Peers> {
  const { config, clock, monotonic, log, events, addedPeers } = init
  const { policy: configured, policies } = config.dial
  return openPeers({
    ...{ dir: config.dir, identity, node, config: config.discovery, clock, log, events },
    ...{ meetingPoints: config.network.issue, addedPeers, libraryDials, monotonic },
    policy: (name) => policyNamed(name ?? init.dialPolicy() ?? configured, policies),
  })
}

/** The name follows what the network sees of us: an address that nobody can be reached at is not published. */
async function openNamingRoom(
  init: RoomsInit,
  {
    identity,
    node,
    reachability,
  }: { readonly identity: Identity; readonly node: NodeHost; readonly reachability: Reachability },
  trustAnchorPem: string | undefined,
): Promise<Naming> {
  const { config, clock, monotonic, log } = init
  const naming = await openNaming({
    ...{ dir: config.dir, config: config.naming, identity, trustAnchorPem, lookup: lookupOf(config.network.resolver) },
    way: () =>
      reachability.current()?.status === 'unreachable'
        ? { ips: [], port: undefined, localPort: node.way().localPort }
        : node.way(),
    serveNames: (contextFor) => node.serveNames(contextFor),
    ...{ clock, monotonic, log, onChange: init.onChange, emit: init.events.emit },
  })
  reachability.onChange(() => naming.changed())
  return naming
}

async function openReachability(
  init: RoomsInit,
  node: NodeHost,
  { forges, agreed }: Ground,
  seenAs: ReturnType<typeof seenByForges>,
): Promise<Reachability> {
  const { config, clock, log } = init
  const { issue } = config.network
  const reachability = createReachability({
    ...{ node, clock, log, seenAs },
    servers: (signal) => listProofServers(node.host, issue, agreed, signal),
    networkAddresses: [...issue, ...forgePlaces(forges)].map((text) => multiaddr(text)),
    mapper: config.reachability.mapPorts ? createPortMapper({ clock, log }) : undefined,
    answer: config.discovery.addressClasses,
  })
  reachability.onChange(init.onChange)
  await reachability.start()
  return reachability
}

/** Where other peers of the network can be met. */
function meetingPoints({ config, addedPeers }: RoomsInit): readonly string[] {
  return [...config.network.issue, ...addedPeers()]
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
