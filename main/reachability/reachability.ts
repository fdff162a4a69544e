// Finds out whether anybody from outside can reach this node: asks the router for our ports, asks the network's servers
// under which address they see us and to dial that, and judges. Keeps the ports while the node runs.
import { networkInterfaces } from 'node:os'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { unlessAborted, within } from '../../core/abort.ts'
import { ListenError, type PassingListener } from '../../core/host.ts'
import { addressClass, type AddressClass } from '../../core/net/address-class.ts'
import { HOME_AUTONAT_LIMITS, serveAutonat } from '../../core/net/autonat.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { parseIp } from '../../proto/ip.ts'
import { createAnsweringPeers, type AnsweringPeers } from './answering-peers.ts'
import { createDialBacks } from './dial-back.ts'
import { keepAfterMs, NO_ROUTER, type PortMapper, type RouterAnswer } from './router/port-mapper.ts'
import { createLinks, type Link, type LinkStep, type OutsideServer } from './links.ts'
import { isPublic, judge, type ReachabilityFacts, type Verdict } from './verdict.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { NodeHost, OutsideView } from '../node/node-host.ts'

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

/** What it is made of. */
export interface ReachabilityInit {
  readonly node: Pick<NodeHost, 'host' | 'ports' | 'isServed' | 'openWssProbe' | 'useOutside'>
  /** The network's servers; none where no network is chosen. What it throws counts as none that answers. */
  readonly servers: (signal: AbortSignal) => Promise<readonly OutsideServer[]>
  /** Addresses that show where the network is even while no server answers: those of the issue server. */
  readonly networkAddresses: readonly Multiaddr[]
  /** Asks others than libp2p servers under which address they see us; nobody where left out. */
  readonly seenAs?: ((signal: AbortSignal) => Promise<readonly SeenAs[]>) | undefined
  /** Asks the router for ports; left out where that is switched off. */
  readonly mapper?: PortMapper | undefined
  /** Classes of addresses at which others are dialled back when they ask (AutoNAT v2); nobody is where left out. */
  readonly answer?: readonly AddressClass[] | undefined
  readonly clock: Clock
  readonly log: Log
  readonly onStep?: ((step: ReachabilityStep) => void) | undefined
  /** The machine's addresses that lead outside. @default those of its interfaces */
  readonly localAddresses?: (() => readonly string[]) | undefined
}

/** Knows whether we can be reached. */
export interface Reachability {
  /**
   * The verdict: the last one where it is younger than ten minutes and nothing has changed since, else a new one, which
   * takes 15 seconds at most. Callers at the same time share one check.
   *
   * @param options.fresh  checks again whatever is known
   * @throws the signal's reason; the check goes on for others then
   */
  check(signal: AbortSignal, options?: { readonly fresh?: boolean }): Promise<Verdict>
  current(): Verdict | undefined
  /** Whether a check is under way. */
  isChecking(): boolean
  /** Called after the verdict or the router's ports have changed. @returns ends it */
  onChange(listener: () => void): () => void
  /** Something has changed (the network is back, the machine woke, a port was set): what is known is checked again. */
  trigger(): void
  /** Hears dial-backs, checks, and keeps the router's ports from now on. */
  start(): Promise<void>
  /** Gives the ports back; comes back within 3 seconds. */
  stop(): Promise<void>
}

/** A verdict is believed for so long: as often as a person would look. */
const VERDICT_MS = 10 * 60_000

/** Limits of the three parts of a check, which follow each other: 15 seconds in all. */
const SERVERS_MS = 3_000
const CONNECT_MS = 5_000
const DIAL_BACK_MS = 7_000

/** A router that says nothing three times takes 3 seconds; it is asked while servers are connected to. */
const ROUTER_MS = 5_000
const RELEASE_MS = 2_000
const STOP_MS = 3_000

/** Peers come and go; a check takes 15 seconds and opens a few connections. */
const RECHECK_MS = 60_000

/** More opinions make nothing more certain. */
const MAX_SERVERS = 4

/** Makes it. */
export function createReachability(init: ReachabilityInit): Reachability {
  const { node, mapper, clock, log } = init
  const localAddresses = init.localAddresses ?? outsideAddresses
  const dialBacks = createDialBacks(node.host)
  let peers: AnsweringPeers | undefined
  const listeners = new Set<() => void>()
  const stopping = new AbortController()
  let verdict: Verdict | undefined
  let running: Promise<Verdict> | undefined
  let stale = false
  let rechecked = new AbortController()
  let hearing: Promise<void> | undefined
  let stopped: Promise<void> | undefined
  let keeping: Promise<void> | undefined
  let outside: OutsideView = { wssPort: undefined, addresses: [] }
  let routerTurn: Promise<unknown> = Promise.resolve()

  const tell = (step: ReachabilityStep) => init.onStep?.(step)
  const outsideLinks = createLinks({ node, dialBacks, log, tell, withinMs: CONNECT_MS })
  const changed = () => listeners.forEach((listener) => listener())

  /** One question to the router at a time: a check and the keeping may come together. */
  const askRouter = async (signal: AbortSignal): Promise<RouterAnswer | undefined> => {
    const { tcp, wss } = node.ports()
    const ports = [...new Set([wss, tcp])].filter((port) => port !== undefined)
    if (!mapper || ports.length === 0) return undefined
    const turn = routerTurn.then(() => mapper.ensure(ports, AbortSignal.any([signal, AbortSignal.timeout(ROUTER_MS)])))
    routerTurn = turn.catch(() => undefined)
    const answer = await turn.catch(() => undefined)
    signal.throwIfAborted()
    tell({ step: 'router', outcome: answer?.outcome ?? 'none', externalIp: answer?.externalIp })
    outside = { ...outside, wssPort: answer?.mappings.find(({ internal }) => internal === wss)?.external }
    await node.useOutside(outside)
    return answer ?? NO_ROUTER
  }

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

  const examine = async (signal: AbortSignal): Promise<ReachabilityFacts> => {
    const local = localAddresses()
    tell({ step: 'addresses', local })
    const facts: ReachabilityFacts = {
      ...{ network: 'public', serversReached: 0, localAddresses: local, publicAddresses: [] },
      ...{
        gateway: undefined,
        routerExternalIp: undefined,
        routerWithoutOutside: false,
        router: 'not-asked',
        mappings: [],
      },
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
        needsRouter ? askRouter(signal) : undefined,
        Promise.all(servers.map((server) => outsideLinks.open(server, connecting))),
        askOthers(signal),
      ])
      links.push(...linked.flat())
      const asking = AbortSignal.any([signal, AbortSignal.timeout(DIAL_BACK_MS)])
      const seen = [...links.flatMap(({ seenAs }) => seenAs?.text ?? []), ...others.map(({ address }) => address)]
      const strangers = askPeers([...seen, ...local, router?.externalIp ?? ''], links)
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
  const askPeers = (known: readonly string[], links: readonly Link[]): readonly Link[] => {
    const asked = new Set(links.map(({ connection }) => connection.remotePeer.toString()))
    const found = peers?.list(known.filter((text) => isPublic(text))) ?? []
    return found
      .filter(({ connection }) => !asked.has(connection.remotePeer.toString()))
      .map(({ connection, seenAs }) => ({ by: connection.remotePeer.toString().slice(-8), connection, seenAs }))
  }

  /** A check that nobody could answer is worth another one when somebody has come who can. */
  const onPeer = (): void => {
    if (verdict?.status !== 'unknown' || running || clock.now() - verdict.checkedAt < RECHECK_MS) return
    stale = true
    void shared().catch(() => undefined)
  }

  const hear = () => (hearing ??= dialBacks.start())

  const run = async (): Promise<Verdict> => {
    stale = false
    await hear()
    const facts = await examine(stopping.signal)
    verdict = judge(facts, clock.now())
    rechecked.abort()
    rechecked = new AbortController()
    const reached = facts.dialBacks.filter(({ port, outcome }) => port === 'tcp' && outcome === 'reached')
    const wssPort = facts.mappings.find(({ internal }) => internal === facts.ports.wss)?.external
    const addresses = [...new Set(reached.map(({ address }) => address))].map((text) => multiaddr(text))
    outside = { wssPort, addresses, ips: leadingHere(facts) }
    await node.useOutside(outside)
    log.info({ status: verdict.status, reason: verdict.reason }, 'reachability')
    tell({ step: 'verdict', verdict })
    changed()
    return verdict
  }

  const shared = (): Promise<Verdict> => {
    if (!running) {
      const current = run().finally(() => {
        if (running === current) running = undefined
      })
      current.catch(() => undefined)
      running = current
    }
    return running
  }

  const keep = async (): Promise<void> => {
    const { signal } = stopping
    while (!signal.aborted) {
      const recheck = rechecked.signal
      const waitMs = keepAfterMs(verdict?.facts.mappings ?? [], clock.now())
      await clock.sleep(waitMs, AbortSignal.any([signal, recheck])).catch(() => undefined)
      if (signal.aborted) return
      if (recheck.aborted) continue // the ports are as fresh as the check, and may be granted for another time
      if (!verdict || verdict.facts.router === 'not-asked') continue
      const answer = await askRouter(signal).catch(() => undefined)
      if (!answer || !verdict) continue
      const { outcome: router, mappings, gateway, externalIp: routerExternalIp, withoutOutside } = answer
      const before = portsOf(verdict.facts)
      const facts = {
        ...verdict.facts,
        router,
        mappings,
        gateway,
        routerExternalIp,
        routerWithoutOutside: withoutOutside,
      }
      // what was found by dialling holds while the router does the same as before
      verdict = { ...verdict, facts }
      if (portsOf(facts) !== before) stale = true
      outside = { ...outside, ips: leadingHere(facts) }
      await node.useOutside(outside)
      changed()
    }
  }

  const stop = async (): Promise<void> => {
    stopping.abort(new Error('reachability was stopped'))
    peers?.stop()
    const end = async () => {
      await Promise.allSettled([running, keeping, routerTurn])
      await mapper?.release(AbortSignal.timeout(RELEASE_MS))
      if (hearing) await dialBacks.stop().catch(() => undefined)
    }
    await within(STOP_MS, end())
  }

  return {
    async check(signal, options = {}) {
      signal.throwIfAborted()
      const age = verdict ? clock.now() - verdict.checkedAt : Infinity
      const usable = !options.fresh && !stale && age >= 0 && age < VERDICT_MS
      if (verdict && usable && !running) return verdict
      return await unlessAborted(shared(), signal)
    },
    current: () => verdict,
    isChecking: () => running !== undefined,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    trigger() {
      stale = true
      if (keeping && !stopping.signal.aborted) void shared().catch(() => undefined)
    },
    async start() {
      await hear()
      peers = createAnsweringPeers(node.host, onPeer)
      if (init.answer) {
        // who cannot be reached at all may not be able to dial either, and would tell others that they cannot
        const mayAnswer = () => verdict?.status !== 'unreachable'
        const { signal } = stopping
        const limits = HOME_AUTONAT_LIMITS
        await serveAutonat({ host: node.host, addressClasses: init.answer, mayAnswer, limits, clock, log, signal })
      }
      keeping = keep()
      void shared().catch(() => undefined)
    },
    stop: () => (stopped ??= stop()),
  }
}

/** IP addresses at which this machine is meant: its own, those that servers see, and the router's where that passes WSS on. */
export function leadingHere(facts: ReachabilityFacts): string[] {
  const { localAddresses, publicAddresses, routerExternalIp, mappings, ports } = facts
  const passedOn = mappings.some(({ internal }) => internal === ports.wss)
  return [
    ...new Set([...publicAddresses, ...(passedOn && routerExternalIp ? [routerExternalIp] : []), ...localAddresses]),
  ]
}

/** What a verdict depends on of what the router does. */
function portsOf({ router, mappings, routerExternalIp }: ReachabilityFacts): string {
  return JSON.stringify([router, routerExternalIp, mappings.map(({ internal, external }) => [internal, external])])
}

/** Whether a network is one that nobody outside can take part in: every address of it is an IP address that is not public. */
function isLocal(addresses: readonly Multiaddr[]): boolean {
  const ips = addresses.map((address) => ipOf(address))
  return ips.length > 0 && ips.every((ip) => ip !== undefined && addressClass(ip) !== 'public')
}

function isPublicV4(text: string): boolean {
  return !text.includes(':') && isPublic(text)
}

/** Loopback and link-local addresses are there without any network. */
function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
}
