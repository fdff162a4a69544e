// Peers that meet ask each other, in one round trip, what is newer than a summary of what they have; each asks for itself, so that
// nobody is sent what they did not ask for. The same questions, for certain peers, are what a dial asks the peers that are connected.
import { PEER_RECORDS_PROTOCOL } from '../../proto/protocols.ts'
import { putNewest } from '../bounded.ts'
import { countedLog } from '../counted-log.ts'
import { createNeighbours, type Neighbours } from '../discovery/neighbours.ts'
import { type Peeked, hex } from '../discovery/peek.ts'
import { createDialLimits } from '../net/dial-limits.ts'
import { publicIpOf } from '../net/multiaddr-ip.ts'
import { networkOf } from '../net/network.ts'
import { askRecords, type Told } from './ask.ts'
import { ASK_LIMITS, MAX_ASKED, MAX_SUMMARISED, PARTNER_LIMITS } from './limits.ts'
import { type RecordSource } from './source.ts'
import { summaryOf, type Summarised } from './summary.ts'
import type { Clock } from '../clock.ts'
import type { Bringer } from '../discovery/fair-map.ts'
import type { Host } from '../host.ts'
import type { Log } from '../log.ts'
import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'

/** What meeting needs. */
export interface MeetInit {
  readonly host: Host
  readonly source: RecordSource
  readonly clock: Clock
  readonly log: Log
  /** Takes what came; never rejects. */
  readonly take: (told: Told, bringer: Bringer) => Promise<void>
  /** The highest number that is known of a peer (its multihash, hexadecimal), so that what is not newer is not even opened. */
  readonly highestSeq: (peer: string) => bigint | undefined
  readonly signal: AbortSignal
  /** A number from 0 to 1. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** Asking. */
export interface Meetings {
  /** Asks a few connected peers for the records of these. Never rejects. @returns how many answered */
  find(peers: readonly PeerId[], signal: AbortSignal): Promise<number>
  /** What partners have cost, shared with whoever else takes records from strangers. */
  readonly partners: Neighbours
  sizes(): { readonly met: number; readonly waiting: number; readonly speakers: number }
}

/** Signatures are checked one after the other anyway. */
const MAX_AT_ONCE = 4

/** Of those, and of those that wait, from one network: some that say nothing must not hold up everybody. */
const MAX_AT_ONCE_OF_NETWORK = 2
const MAX_WAITING_OF_NETWORK = 8

/** Peers that wait to be asked; others are met again. */
const MAX_WAITING = 64

/** Whoever did not answer is not asked again for so long, milliseconds. */
const SILENT_FOR_MS = 3_600_000
const MAX_SILENT = 1_024

/** One who has more than fits into an answer is asked so often in a row. */
const MAX_ROUNDS = 4

/** A peer that comes again within this time has nothing new that is not on the topic, milliseconds. */
const MET_FOR_MS = 10 * 60_000
const MAX_MET = 1_024

/** Connected peers that speak the protocol. */
const MAX_SPEAKERS = 1_024

/** Peers that are asked for somebody: each knows nearly all of a small network. */
const ASKED_FOR_ONE = 3

/**
 * From here on nobody is asked. Two forged records are -4 at most; three are -9, and by the half-life of `PARTNER_LIMITS` -5.7 an hour
 * later.
 */
const WORST_SCORE = -5

const ASK_TIMEOUT_MS = 6_000

/** Begins to meet. */
export function startMeetings(init: MeetInit): Meetings {
  const { host, clock, signal, source, random = Math.random } = init
  const log = countedLog(init.log.child({ protocol: PEER_RECORDS_PROTOCOL }), clock)
  const speakers = new Set<string>()
  const metAt = new Map<string, number>()
  const silentAt = new Map<string, number>()
  const waiting = new Map<string, Connection>()
  const runningOf = new Map<string, number>()
  const mayAsk = createDialLimits(ASK_LIMITS)
  const partners = createNeighbours({
    limits: PARTNER_LIMITS,
    publicNetworkOf: (id) =>
      publicNetworkOf(host.getConnections().find(({ remotePeer }) => remotePeer.toString() === id)),
  })
  let running = 0

  const ask = async (connection: Connection, peers: readonly PeerId[], isMeeting: boolean, ends: AbortSignal) => {
    const partner = connection.remotePeer.toString()
    try {
      const told = await askRecords({
        ...{
          connection,
          peers,
          now: clock.now(),
          signal: AbortSignal.any([ends, AbortSignal.timeout(ASK_TIMEOUT_MS)]),
        },
        summary: isMeeting ? summaryOf(haveOf(source)) : undefined,
        isNews: ({ peer, seq }) => seq > (init.highestSeq(peer) ?? -1n),
        mayCheck: ({ peer }) => {
          const isKnown = init.highestSeq(peer) !== undefined || peers.some((one) => hexOf(one) === peer)
          return partners.check(partner, isKnown ? 'known' : 'new', clock.now())
        },
      })
      if (told.forged) {
        partners.fault(partner, clock.now())
        log.info({ peer: partner, fault: told.forged.fault, reason: told.forged.message }, 'refused a peer record')
      }
      await init.take(told, { network: partners.networkOf(partner) ?? '', neighbour: partner })
      return told.more && !told.forged ? 'more' : 'all'
    } catch (error) {
      // who is asked for somebody is not blamed for the end of whoever waits
      if (!signal.aborted && !ends.aborted) {
        if (isSilence(error)) putNewest(silentAt, partner, clock.now(), MAX_SILENT)
        log.debug({ peer: partner, error: String(error) }, 'a peer was asked for records in vain')
      }
      return 'nothing'
    }
  }

  /** What does not fit into one answer is asked for at once, since the summary says what has come. */
  const askAll = async (connection: Connection): Promise<void> => {
    for (let round = 0; round < MAX_ROUNDS && !signal.aborted; round++) {
      if ((await ask(connection, [], true, signal)) !== 'more') return
    }
  }

  const leave = (network: string): void => {
    const left = (runningOf.get(network) ?? 1) - 1
    if (left > 0) runningOf.set(network, left)
    else runningOf.delete(network)
  }

  const isSilent = (id: string): boolean => {
    const age = clock.now() - (silentAt.get(id) ?? -Infinity)
    return age >= 0 && age < SILENT_FOR_MS
  }

  /** Whether there is a place to wait: where it is full, the newest of the network that has most gives its own to a quiet one. */
  const mayWait = (network: string | undefined): boolean => {
    const of = (one: string) => [...waiting].filter(([, connection]) => publicNetworkOf(connection) === one)
    if (network !== undefined && of(network).length >= MAX_WAITING_OF_NETWORK) return false
    if (waiting.size < MAX_WAITING) return true
    const networks = [...new Set([...waiting.values()].flatMap((connection) => publicNetworkOf(connection) ?? []))]
    const [largest] = networks.map((one) => of(one)).sort((a, b) => b.length - a.length)
    const last =
      largest && largest.length > 1 && (network === undefined || of(network).length === 0) ? largest.at(-1) : undefined
    if (last) waiting.delete(last[0])
    return last !== undefined
  }

  const fill = (): void => {
    for (const [id, connection] of waiting) {
      if (running >= MAX_AT_ONCE || signal.aborted) return
      const network = publicNetworkOf(connection)
      const beside = network === undefined ? 0 : (runningOf.get(network) ?? 0)
      if (beside >= MAX_AT_ONCE_OF_NETWORK) continue
      waiting.delete(id)
      if (connection.status !== 'open') continue
      running++
      if (network !== undefined) runningOf.set(network, beside + 1)
      void askAll(connection).finally(() => {
        running--
        if (network !== undefined) leave(network)
        fill()
      })
    }
  }

  const meet = (connection: Connection): void => {
    const id = connection.remotePeer.toString()
    const age = clock.now() - (metAt.get(id) ?? -Infinity)
    const isRecent = age >= 0 && age < MET_FOR_MS
    if (isRecent || isSilent(id) || partners.score(id, clock.now()) <= WORST_SCORE) return
    const network = publicNetworkOf(connection)
    if (network !== undefined && !mayAsk(network, clock.now())) return
    if (!mayWait(network)) return
    putNewest(metAt, id, clock.now(), MAX_MET)
    waiting.set(id, connection)
    fill()
  }

  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>): void => {
    if (!detail.protocols.includes(PEER_RECORDS_PROTOCOL)) return
    if (speakers.size < MAX_SPEAKERS) speakers.add(detail.peerId.toString())
    meet(detail.connection)
  }
  const onDisconnect = ({ detail }: CustomEvent<PeerId>): void => void speakers.delete(detail.toString())
  host.addEventListener('peer:identify', onIdentify)
  host.addEventListener('peer:disconnect', onDisconnect)
  signal.addEventListener('abort', () => {
    host.removeEventListener('peer:identify', onIdentify)
    host.removeEventListener('peer:disconnect', onDisconnect)
  })

  return {
    partners,
    sizes: () => ({ met: metAt.size, waiting: waiting.size, speakers: speakers.size }),
    async find(peers, ends) {
      const open = host.getConnections().filter(({ remotePeer, status, limits }) => {
        const id = remotePeer.toString()
        const isGood = partners.score(id, clock.now()) > WORST_SCORE && !isSilent(id)
        return (
          status === 'open' && !limits && speakers.has(id) && isGood && !peers.some((peer) => peer.equals(remotePeer))
        )
      })
      const chosen = [...new Map(open.map((connection) => [connection.remotePeer.toString(), connection])).values()]
        .map((connection) => ({ connection, at: random() }))
        .sort((one, other) => one.at - other.at)
        .slice(0, ASKED_FOR_ONE)
      const both = AbortSignal.any([signal, ends])
      const asked = chosen.map(({ connection }) => ask(connection, peers.slice(0, MAX_ASKED), false, both))
      return (await Promise.all(asked)).filter((answered) => answered !== 'nothing').length
    },
  }
}

/** Whether nothing came in time; a refusal is an answer. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && ['StreamIdleError', 'TimeoutError'].includes(error.name)
}

/** What we have, our own first: a partner who holds a newer one of ours than we do tells us so. */
function haveOf(source: RecordSource): Summarised[] {
  const own = source.own()
  return [...(own ? [own] : []), ...source.recent(MAX_SUMMARISED)]
}

function publicNetworkOf(connection: Connection | undefined): string | undefined {
  const ip = connection && publicIpOf(connection.remoteAddr)
  return ip && networkOf(ip)
}

function hexOf(peer: PeerId): Peeked['peer'] {
  return hex(peer.toMultihash().bytes)
}
