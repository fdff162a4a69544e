// Dials peers by what the book knows of them: the policy says which addresses and in which order, the race tries them, the report says
// what came of it, and the book learns from it. Every connection proves the peer: the address that is dialled ends with its id.
import { UnexpectedPeerError } from '@libp2p/interface'
import { classOfAddress } from '../../../core/net/announce-filter.ts'
import { dialMany, isAddressList } from '../../../core/net/dial-many.ts'
import { outsideAddresses } from '../../../core/net/outside-addresses.ts'
import { isPlainAddress } from '../../../core/net/plain-address.ts'
import { reasonOf } from '../../../core/net/reason.ts'
import { withoutPeer } from '../../../core/net/own-address.ts'
import { createDialTargets, type DialCause, hasNodePort } from '../dial-targets.ts'
import { kindOf, type KnownAddress, type PeerBook } from '../book/index.ts'
import { GivenUpError, HeldBackError, OurselvesError } from './attempt-errors.ts'
import { DialError } from './dial-error.ts'
import { type LeftOut, type Order, orderOf, type Placed } from './order.ts'
import { type DialPolicy, keyOf, stageOf } from './policy.ts'
import { FasterError, NoAnswerError, startRace, type Way } from './race.ts'
import { createNotes, type DialReport, failureOf, isRefused, type Outcome } from './report.ts'
import { createShared, type Taken } from './shared.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Host } from '../../../core/host.ts'
import type { AddressClass } from '../../../core/net/address-class.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What a dialler needs. */
export interface DiallerInit {
  readonly host: Pick<Host, 'peerId' | 'dial' | 'getConnections' | 'getMultiaddrs' | 'services'>
  readonly book: Pick<PeerBook, 'addresses' | 'observe' | 'watch'>
  /** A policy by its name; the chosen one where none is named. @throws UnknownPolicyError */
  readonly policy: (name?: string) => DialPolicy
  /** Where others may send us. */
  readonly addressClasses: readonly AddressClass[]
  readonly clock: Clock
  /** Milliseconds that only count. @default the clock's */
  readonly monotonic?: (() => number) | undefined
  /** Whether this computer has a network: without one, nothing is held against an address. @default by its interfaces */
  readonly hasNetwork?: (() => boolean) | undefined
  /**
   * Asks others where a peer is, when nothing that is known leads there; what they say comes by the book. Never rejects. @default nobody
   */
  readonly seek?: ((peer: PeerId, signal: AbortSignal) => Promise<void>) | undefined
}

/** How a peer is dialled. */
export interface DialOptions {
  /** @default the chosen one */
  readonly policy?: DialPolicy | string | undefined
  readonly signal?: AbortSignal | undefined
  /** Addresses that the configuration names, for this dial alone: they count as typed in. @default none */
  readonly named?: readonly Multiaddr[] | undefined
  /** Whether others may be asked where the peer is. @default true */
  readonly seek?: boolean | undefined
  /** Most addresses that are tried. @default MOST_ADDRESSES */
  readonly most?: number | undefined
  /** What it is for: a cause that is used up takes nothing from another. @default heard */
  readonly cause?: Exclude<DialCause, 'worked'> | undefined
  /** For how long all of it may last, milliseconds. @default DIAL_MS */
  readonly withinMs?: number | undefined
}

/** A dial that led to the peer. */
export type Reached = DialReport & { readonly connection: Connection }

/** Dials. */
export interface Dialler {
  /**
   * Connects to a peer, or gives the connection that there is over an address that the policy takes.
   *
   * @throws DialError with its report; the signal's reason; UnknownPolicyError
   */
  dial(peer: PeerId, options?: DialOptions): Promise<Reached>
  /** What a dial would try now, and in which order. @throws UnknownPolicyError */
  plan(peer: PeerId, policy?: DialPolicy | string): Order
  /** Ends all dials. */
  stop(): void
}

/** As many as js-libp2p tries. */
export const MOST_ADDRESSES = 25

/** A person waits so long; all stages have had their turn by then. */
export const DIAL_MS = 20_000

/** Dials at a time: ten times what a busy node has. */
const MOST_DIALS = 200

/** The book keeps fewer of a peer. */
const MOST_CONSIDERED = 1_000

/** A person reads no more. */
const MOST_LEFT_OUT = 50

interface AddressWay extends Way {
  readonly placed: Placed
}

interface Made {
  readonly connection: Connection
  readonly latencyMs: number
}

/** Makes a dialler. */
export function createDialler(init: DiallerInit): Dialler {
  const { host, book, clock } = init
  const { monotonic = () => clock.now(), hasNetwork = () => outsideAddresses().length > 0 } = init
  const whyNotNow = createDialTargets()
  const stopping = new AbortController()
  const dials = createShared<Reached>(() => undefined)
  const attempts = createShared<Made>(({ connection }, reason) => connection.abort(reason))

  const policyOf = (asked: DialPolicy | string | undefined): DialPolicy =>
    typeof asked === 'object' ? asked : init.policy(asked)

  const knownOf = (peer: PeerId, named: readonly Multiaddr[]): readonly KnownAddress[] => {
    const held = book.addresses(peer).slice(0, MOST_CONSIDERED)
    return named.length === 0 ? held : withNamed(held, named, peer, clock.now())
  }

  const planOf = (peer: PeerId, policy: DialPolicy, named: readonly Multiaddr[] = []): Order => {
    const { placed, leftOut } = orderOf(policy, knownOf(peer, named), clock.now())
    const refused: LeftOut[] = []
    const kept = placed.filter((one) => {
      const why = whyNot(peer, one.known)
      if (why !== undefined) refused.push({ known: one.known, why })
      return why === undefined
    })
    return { placed: kept, leftOut: [...refused, ...leftOut] }
  }

  /** What is not even begun. */
  const whyNot = (peer: PeerId, known: KnownAddress): string | undefined => {
    const { address } = known
    if (!isPlainAddress(address)) return 'its name is none that a host can have'
    const isOurs = isChosen(known)
    if (isAddressList(address))
      return isOurs ? undefined : 'it stands for a list of addresses, which others may not name'
    if (!host.services.singleDials.canDial(withPeer(known, peer))) return 'this program has no way to dial it'
    if (isOurs) return undefined
    const kind = classOfAddress(address, peer)
    if (!init.addressClasses.includes(kind)) return `others may not send us to a ${kind} address`
    return hasNodePort(address) ? undefined : 'its port is one of other programs'
  }

  const openConnection = (peer: PeerId, policy: DialPolicy): Connection | undefined => {
    const known = new Map(book.addresses(peer).map((one) => [one.address.toString(), one]))
    return host.getConnections(peer).find((connection) => {
      const address = withoutPeer(connection.remoteAddr)
      const one = known.get(address.toString())
      const judged = { address, sources: one?.sources ?? [], kind: one?.kind ?? kindOf(address, peer) }
      const works = { failures: 0, lastSuccessMs: clock.now() }
      return connection.status === 'open' && stageOf(policy, { ...judged, experience: works }) !== undefined
    })
  }

  const isOwn = ({ address }: KnownAddress): boolean =>
    host.getMultiaddrs().some((own) => withoutPeer(own).equals(address))

  /** One connection, whoever shares it. */
  const connect = async (peer: PeerId, known: KnownAddress, cause: DialCause, signal: AbortSignal): Promise<Made> => {
    const { address } = known
    const { singleDials } = host.services
    if (isOwn(known)) throw new OurselvesError('it is an address of this very node')
    if (isChosen(known)) singleDials.trust([address])
    else {
      const why = whyNotNow(address, peer, clock.now(), causeOf(known, cause))
      if (why !== undefined) throw new HeldBackError(why)
    }
    const began = monotonic()
    try {
      const dialled = withPeer(known, peer)
      const connection = isAddressList(address)
        ? await dialMany(host, [dialled], { signal, withinMs: DIAL_MS, namedBy: 'chosen', force: true })
        : await singleDials.dial(dialled, { signal })
      if (!connection.remotePeer.equals(peer)) {
        const wrong = new UnexpectedPeerError(`${connection.remotePeer.toString()} answers there`)
        connection.abort(wrong)
        throw wrong
      }
      const latencyMs = Math.max(0, Math.round(monotonic() - began))
      book.observe(peer, address, { kind: 'reached', latencyMs })
      return { connection, latencyMs }
    } catch (error) {
      const given: unknown = signal.aborted ? signal.reason : error
      const isItsFault = (!signal.aborted || given instanceof NoAnswerError) && !isRefused(error)
      if (isItsFault && (known.kind === 'loopback' || hasNetwork())) {
        book.observe(peer, address, { kind: 'failed', reason: reasonOf(given) })
      }
      throw given
    }
  }

  const run = async (peer: PeerId, policy: DialPolicy, options: DialOptions, signal: AbortSignal): Promise<Reached> => {
    const began = monotonic()
    const notes = createNotes(() => Math.max(0, Math.round(monotonic() - began)))
    const errors: unknown[] = []
    const { named = [], seek = true, cause = 'heard' } = options
    const ask = seek ? init.seek : undefined
    const race = startRace<AddressWay, Taken<Made>>({
      ...{ clock, signal, withinMs: options.withinMs ?? DIAL_MS, most: options.most ?? MOST_ADDRESSES },
      joinsAfterMs: policy.stages.map(({ joinsAfterMs }) => joinsAfterMs),
      ways: () => planOf(peer, policy, named).placed.map((placed) => wayOf(placed)),
      async attempt({ id, placed: { known, stage, why } }, isOver) {
        const end = notes.begun({ address: known.address, stage, why })
        try {
          const taken = await attempts.join(`${peer.toString()} ${id}`, isOver, (ends) =>
            connect(peer, known, cause, ends),
          )
          end({ kind: 'reached', latencyMs: taken.result.latencyMs })
          return taken
        } catch (error) {
          end(failureOf(error))
          errors.push(error)
          throw error
        }
      },
      discard: (taken) => taken.letGo(new FasterError()),
      seek: ask && ((ends) => ask(peer, ends)),
    })
    const ended = book.watch((changed) => {
      if (changed.equals(peer)) race.changed()
    })
    const report = (open: Outcome): DialReport => ({
      ...{ peer, policy: policy.name, reused: false, attempts: notes.ended(open) },
      leftOut: planOf(peer, policy, named)
        .leftOut.slice(0, MOST_LEFT_OUT)
        .map(({ known, why }) => ({ address: known.address, why })),
    })
    try {
      const { connection } = (await race.result).result
      return { ...report(failureOf(new FasterError())), connection }
    } catch (error) {
      if (signal.aborted) throw error
      const told = report(failureOf(new NoAnswerError('the time was over')))
      throw new DialError(messageOf(told, knownOf(peer, named).length), told, errors)
    } finally {
      ended()
    }
  }

  return {
    async dial(peer, options = {}) {
      const policy = policyOf(options.policy)
      const signal = AbortSignal.any([stopping.signal, ...(options.signal ? [options.signal] : [])])
      const nothing: DialReport = { peer, policy: policy.name, reused: false, attempts: [], leftOut: [] }
      signal.throwIfAborted()
      if (peer.equals(host.peerId)) throw new DialError('this peer is the node itself', nothing, [])
      const open = openConnection(peer, policy)
      if (open) return { ...nothing, connection: open, reused: true }
      if (dials.size >= MOST_DIALS)
        throw new DialError('too many peers are being dialled: try again later', nothing, [])
      const { most, withinMs, seek, named, cause } = options
      const key = JSON.stringify([
        peer.toString(),
        keyOf(policy),
        most,
        withinMs,
        seek,
        cause,
        named?.map((one) => one.toString()),
      ])
      return (await dials.join(key, signal, (ends) => run(peer, policy, options, ends))).result
    },
    plan: (peer, policy) => planOf(peer, policyOf(policy)),
    stop: () => stopping.abort(new GivenUpError('the node stops')),
  }
}

/** What is known, with addresses that the configuration names among it. */
function withNamed(
  held: readonly KnownAddress[],
  named: readonly Multiaddr[],
  peer: PeerId,
  nowMs: number,
): readonly KnownAddress[] {
  const known = new Map(held.map((one) => [one.address.toString(), one]))
  for (const address of named.map((one) => withoutPeer(one))) {
    const text = address.toString()
    const before = known.get(text) ?? { address, sources: [], kind: kindOf(address, peer), experience: { failures: 0 } }
    const source = { provenance: 'user', sinceMs: nowMs, untilMs: undefined } as const
    known.set(text, { ...before, sources: [source, ...before.sources] })
  }
  return [...known.values()]
}

function wayOf(placed: Placed): AddressWay {
  return { id: placed.known.address.toString(), stage: placed.stage, placed }
}

function withPeer({ address }: KnownAddress, peer: PeerId) {
  return address.encapsulate(`/p2p/${peer.toString()}`)
}

function isChosen({ sources }: KnownAddress): boolean {
  return sources.some(({ provenance }) => provenance === 'user')
}

/** A person's dial counts as that; of the others, those of addresses that have led there count by themselves. */
function causeOf({ experience }: KnownAddress, cause: DialCause): DialCause {
  return cause !== 'asked' && experience.lastSuccessMs !== undefined ? 'worked' : cause
}

/** What went wrong, and with how much, in one sentence. */
function messageOf({ peer, policy, attempts }: DialReport, known: number): string {
  const id = peer.toString()
  if (known === 0) return `no address of ${id} is known`
  if (attempts.length === 0) return `the policy ${policy} takes no known address of ${id}`
  const reasons = [...new Set(attempts.map(({ result }) => result.reason ?? result.kind))]
  return `${id} was not reached: ${reasons.join('; ')}`
}
