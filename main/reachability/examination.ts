// One check: asks the router for our ports, asks the network's servers under which address they see us and to dial that. What comes
// of it are facts; what they mean is judged elsewhere.
import { unlessAborted } from '../../core/abort.ts'
import { ListenError, type PassingListener } from '../../core/host.ts'
import { addressClass } from '../../core/net/address-class.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { parseIp } from '../../proto/ip.ts'
import { createLinks, type Link, type LinkStep, type OutsideServer } from './links.ts'
import { isPublic, type ReachabilityFacts, type Verdict } from './verdict.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Log } from '../../core/log.ts'
import type { NodeHost } from '../node/node-host.ts'
import type { AnsweringPeers } from './answering-peers.ts'
import type { DialBacks } from './dial-back.ts'
import type { RouterAnswer } from './router/port-mapper.ts'

/** How somebody sees us from outside. */
export interface SeenAs {
  /** Who, as a person would call it. */
  readonly by: string
  /** IP address, as text. */
  readonly address: string
}

/** What has been found out so far, for a person who watches. */
export type ReachabilityStep =
  | { readonly step: 'addresses'; readonly local: readonly string[] }
  | { readonly step: 'router'; readonly outcome: RouterAnswer['outcome']; readonly externalIp: string | undefined }
  | LinkStep
  | { readonly step: 'verdict'; readonly verdict: Verdict }

/** What it asks. */
export interface ExaminationInit {
  readonly node: Pick<NodeHost, 'host' | 'ports' | 'isServed' | 'openWssProbe' | 'useOutside'>
  /** The network's servers; none where no network is chosen. What it throws counts as none that answers. */
  readonly servers: (signal: AbortSignal) => Promise<readonly OutsideServer[]>
  /** Addresses that show where the network is even while no server answers: those of the issue server. */
  readonly networkAddresses: readonly Multiaddr[]
  /** Asks others than libp2p servers under which address they see us; nobody where left out. */
  readonly seenAs?: ((signal: AbortSignal) => Promise<readonly SeenAs[]>) | undefined
  /** Asks the router for our ports; undefined where it is not asked. */
  readonly askRouter: (signal: AbortSignal) => Promise<RouterAnswer | undefined>
  readonly dialBacks: DialBacks
  /** Connected peers that would dial us. */
  readonly peers: () => AnsweringPeers | undefined
  /** The machine's addresses that lead outside. */
  readonly localAddresses: () => readonly string[]
  readonly tell: (step: ReachabilityStep) => void
  readonly log: Log
}

/** Looks; takes 15 seconds at most. @throws the signal's reason */
export type Examine = (signal: AbortSignal) => Promise<ReachabilityFacts>

/** Limits of the three parts of a check, which follow each other: 15 seconds in all. */
const SERVERS_MS = 3_000
const CONNECT_MS = 5_000
const DIAL_BACK_MS = 7_000

/** More opinions make nothing more certain. */
const MAX_SERVERS = 4

/** Makes it. */
export function createExamination(init: ExaminationInit): Examine {
  const { node, dialBacks, log, tell, localAddresses } = init
  const outsideLinks = createLinks({ node, dialBacks, log, tell, withinMs: CONNECT_MS })

  /** undefined where nobody would say. */
  const findServers = async (signal: AbortSignal): Promise<readonly OutsideServer[] | undefined> => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(SERVERS_MS)])
    try {
      return (await unlessAborted(init.servers(bounded), bounded)).slice(0, MAX_SERVERS)
    } catch (error) {
      signal.throwIfAborted()
      log.debug({ reason: String(error) }, 'the servers of the network are not known')
      return undefined
    }
  }

  /** Never rejects but with the signal's reason: it is one opinion more. */
  const askOthers = async (signal: AbortSignal): Promise<readonly SeenAs[]> => {
    try {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
      const seen = init.seenAs ? await unlessAborted(init.seenAs(bounded), bounded) : []
      for (const one of seen) tell({ step: 'observed', ...one })
      return seen
    } catch (error) {
      signal.throwIfAborted()
      log.debug({ reason: String(error) }, 'nobody else said how we are seen')
      return []
    }
  }

  const openProbe = async (): Promise<{ readonly taken: boolean; readonly listener?: PassingListener | undefined }> => {
    try {
      return { taken: false, listener: await node.openWssProbe() }
    } catch (error) {
      if (error instanceof ListenError) return { taken: true }
      throw error
    }
  }

  const examine: Examine = async (signal) => {
    const local = localAddresses()
    tell({ step: 'addresses', local })
    const facts: ReachabilityFacts = {
      ...{ network: 'public', serversReached: 0, localAddresses: local, publicAddresses: [] },
      ...{ gateway: undefined, routerExternalIp: undefined, routerWithoutOutside: false },
      ...{ router: 'not-asked', mappings: [] },
      ...{ ports: node.ports(), portTaken: false, wssServed: node.isServed(), dialBacks: [] },
    }
    const found = isLocal(init.networkAddresses) ? [] : await findServers(signal)
    const servers = found ?? []
    const places = [...init.networkAddresses, ...servers.flatMap(({ addresses }) => addresses)]
    if (places.length === 0) return { ...facts, network: 'none' }
    if (isLocal(places)) return { ...facts, network: 'local' }
    if (local.length === 0) return facts

    const probe = await openProbe()
    if (probe.taken) return { ...facts, portTaken: true }
    const connecting = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)])
    const links: Link[] = []
    try {
      const needsRouter = local.some((text) => parseIp(text)?.family === 4) && !local.some((text) => isPublicV4(text))
      const [router, linked, others] = await Promise.all([
        needsRouter ? init.askRouter(signal) : undefined,
        Promise.all(servers.map((server) => outsideLinks.open(server, connecting))),
        askOthers(signal),
      ])
      links.push(...linked.flat())
      const asking = AbortSignal.any([signal, AbortSignal.timeout(DIAL_BACK_MS)])
      const seen = [...links.flatMap(({ seenAs }) => seenAs?.text ?? []), ...others.map(({ address }) => address)]
      const strangers = strangersBeside([...seen, ...local, router?.externalIp ?? ''], links)
      const [ofServers, ofPeers] = await Promise.all([
        outsideLinks.ask(links, router?.mappings ?? [], asking),
        outsideLinks.ask(strangers, router?.mappings ?? [], asking),
      ])
      signal.throwIfAborted()
      // what a stranger says counts where our own number came back; that nobody could reach us, anybody can say
      const results = [...ofServers, ...ofPeers.filter(({ outcome }) => outcome === 'reached')]
      const proved = ofPeers
        .filter(({ outcome }) => outcome === 'reached')
        .map(({ address }) => address.split('/')[2] ?? '')
      return {
        ...facts,
        nobodyToAsk: found?.length === 0,
        serversReached: new Set(links.map(({ connection }) => connection.remotePeer.toString())).size,
        publicAddresses: [...new Set([...seen, ...proved].filter((text) => isPublic(text)))],
        gateway: router?.gateway,
        routerExternalIp: router?.externalIp,
        routerWithoutOutside: router?.withoutOutside ?? false,
        router: router?.outcome ?? 'not-asked',
        mappings: router?.mappings ?? [],
        dialBacks: results,
      }
    } finally {
      for (const one of links) await outsideLinks.close(one)
      await probe.listener?.close()
    }
  }

  /** Connected peers as links, those aside that are servers of the network. */
  const strangersBeside = (known: readonly string[], links: readonly Link[]): readonly Link[] => {
    const asked = new Set(links.map(({ connection }) => connection.remotePeer.toString()))
    const found = init.peers()?.list(known.filter((text) => isPublic(text))) ?? []
    return found
      .filter(({ connection }) => !asked.has(connection.remotePeer.toString()))
      .map(({ connection, seenAs }) => ({ by: connection.remotePeer.toString().slice(-8), connection, seenAs }))
  }

  return examine
}

/** Whether a network is one that nobody outside can take part in: every address of it is an IP address that is not public. */
function isLocal(addresses: readonly Multiaddr[]): boolean {
  const ips = addresses.map((address) => ipOf(address))
  return ips.length > 0 && ips.every((ip) => ip !== undefined && addressClass(ip) !== 'public')
}

function isPublicV4(text: string): boolean {
  return !text.includes(':') && isPublic(text)
}
