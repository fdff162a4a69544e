// Knows whether anybody from outside can reach this node: when that is checked, who shares a check, and how the router's ports are
// kept while the node runs. How it is checked stands in examination.ts, what is known of it in reachability-state.ts.
import { unlessAborted, within } from '../../core/abort.ts'
import { HOME_AUTONAT_LIMITS, serveAutonat } from '../../core/net/autonat.ts'
import { createAnsweringPeers, type AnsweringPeers } from './answering-peers.ts'
import { createDialBacks } from './dial-back.ts'
import { createExamination, type ExaminationInit, type ReachabilityStep } from './examination.ts'
import { outsideAddresses } from '../../core/net/outside-addresses.ts'
import { believed, isWorthAnother, next, NOTHING_KNOWN, type ReachabilityEvent } from './reachability-state.ts'
import { keepAfterMs, NO_ROUTER, type PortMapper, type RouterAnswer } from './router/port-mapper.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { Clock } from '../../core/clock.ts'
import { judge, type Verdict } from './verdict.ts'

export type { ReachabilityStep, SeenAs } from './examination.ts'
export { leadingHere } from './reachability-state.ts'

/** What it is made of. */
export interface ReachabilityInit extends Pick<
  ExaminationInit,
  'node' | 'servers' | 'networkAddresses' | 'seenAs' | 'log'
> {
  /** Asks the router for ports; left out where that is switched off. */
  readonly mapper?: PortMapper | undefined
  /** Classes of addresses at which others are dialled back when they ask (AutoNAT v2); nobody is where left out. */
  readonly answer?: readonly AddressClass[] | undefined
  readonly clock: Clock
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

/** A router that says nothing three times takes 3 seconds; it is asked while servers are connected to. */
const ROUTER_MS = 5_000
const RELEASE_MS = 2_000
const STOP_MS = 3_000

/** Makes it. */
export function createReachability(init: ReachabilityInit): Reachability {
  const { node, mapper, clock, log } = init
  const dialBacks = createDialBacks(node.host)
  const listeners = new Set<() => void>()
  const stopping = new AbortController()
  let state = NOTHING_KNOWN
  let peers: AnsweringPeers | undefined
  let running: Promise<Verdict> | undefined
  let rechecked = new AbortController()
  let hearing: Promise<void> | undefined
  let stopped: Promise<void> | undefined
  let keeping: Promise<void> | undefined
  let routerTurn: Promise<unknown> = Promise.resolve()

  const note = (happened: ReachabilityEvent): void => void (state = next(state, happened))
  const tell = (step: ReachabilityStep) => init.onStep?.(step)
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
    note({ event: 'port-passed-on', wssPort: answer?.mappings.find(({ internal }) => internal === wss)?.external })
    await node.useOutside(state.outside)
    return answer ?? NO_ROUTER
  }

  const examine = createExamination({
    ...{ node, servers: init.servers, networkAddresses: init.networkAddresses, seenAs: init.seenAs },
    ...{ askRouter, dialBacks, peers: () => peers, tell, log },
    localAddresses: init.localAddresses ?? outsideAddresses,
  })

  /** A check that nobody could answer is worth another one when somebody has come who can. */
  const onPeer = (): void => {
    if (running || !isWorthAnother(state, clock.now())) return
    note({ event: 'changed' })
    void shared().catch(() => undefined)
  }

  const hear = () => (hearing ??= dialBacks.start())

  const run = async (): Promise<Verdict> => {
    note({ event: 'check-begun' })
    await hear()
    const facts = await examine(stopping.signal)
    const verdict = judge(facts, clock.now())
    note({ event: 'checked', verdict })
    rechecked.abort()
    rechecked = new AbortController()
    await node.useOutside(state.outside)
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
      const waitMs = keepAfterMs(state.verdict?.facts.mappings ?? [], clock.now())
      await clock.sleep(waitMs, AbortSignal.any([signal, recheck])).catch(() => undefined)
      if (signal.aborted) return
      if (recheck.aborted) continue // the ports are as fresh as the check, and may be granted for another time
      if (!state.verdict || state.verdict.facts.router === 'not-asked') continue
      const answer = await askRouter(signal).catch(() => undefined)
      if (!answer) continue
      note({ event: 'router-asked', answer })
      await node.useOutside(state.outside)
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
      const known = options.fresh === true || running ? undefined : believed(state, clock.now())
      if (known) return known
      return await unlessAborted(shared(), signal)
    },
    current: () => state.verdict,
    isChecking: () => running !== undefined,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    trigger() {
      note({ event: 'changed' })
      if (keeping && !stopping.signal.aborted) void shared().catch(() => undefined)
    },
    async start() {
      await hear()
      peers = createAnsweringPeers(node.host, onPeer)
      if (init.answer) {
        // who cannot be reached at all may not be able to dial either, and would tell others that they cannot
        const mayAnswer = () => state.verdict?.status !== 'unreachable'
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
