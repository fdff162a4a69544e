// The peers as a person looks at them: who is connected, who was heard of, and of each address why it is known and what dialling it has
// shown. Of who came to us and told nothing, only what the connection came from is known.
import { peerIdFromString } from '@libp2p/peer-id'
import { putNewest } from '../../core/bounded.ts'
import { isSunk } from './dial/order.ts'
import { kindOf } from './book/places.ts'
import type { PeerBook, Source } from './book/index.ts'
import type { Connection } from '@libp2p/interface'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { PeerAddress } from '../../proto/api/index.ts'
import type { NodeEvents } from '../events.ts'
import type { PeerFacts } from '../node-facts.ts'

/** What the list is made from. */
export interface PeerListInit {
  readonly host: Pick<Host, 'getConnections'>
  readonly book: Pick<PeerBook, 'atHand' | 'describe'>
  readonly events: Pick<NodeEvents, 'on'>
  readonly clock: Pick<Clock, 'now'>
}

/** The list. */
export interface PeerList {
  /** Connected ones first, then the last heard. */
  list(): readonly PeerFacts[]
  /** One peer, also where it is on disk alone; undefined where nothing is known of it. */
  one(peerId: string): PeerFacts | undefined
  stop(): void
}

/** What a window shows and what is worth a search. */
const MAX_LISTED = 200
const MAX_ADDRESSES = 20
const MAX_PINGS = 500

/** Makes the list; it changes by itself. */
export function createPeerList({ host, book, events, clock }: PeerListInit): PeerList {
  const pings = new Map<string, number>()
  const ended = events.on((line) => {
    if (line.event === 'connected') putNewest(pings, line.peer, line.pingMs, MAX_PINGS)
  })
  const factsOf = (peer: Connection['remotePeer'], heardMs: number | undefined, connection?: Connection): PeerFacts => {
    const peerId = peer.toString()
    const now = clock.now()
    const addresses = book.describe(peer).map(({ address, kind, sources, experience }) => ({
      ...{ address, kind, trust: trustOf(sources) },
      sources: sources.map(({ provenance, sinceMs, untilMs }) => ({
        provenance,
        since: sinceMs,
        until: untilMs ?? null,
      })),
      ...{ lastSuccessAt: experience.lastSuccessMs ?? null, lastFailureAt: experience.lastFailureMs ?? null },
      ...{
        failures: experience.failures,
        latencyMs: experience.latencyMs ?? null,
        sunken: isSunk({ sources, experience }, now),
      },
    }))
    const shown = addresses.length === 0 && connection ? [cameFrom(connection)] : addresses.slice(0, MAX_ADDRESSES)
    const worked = addresses.map(({ lastSuccessAt }) => lastSuccessAt ?? 0)
    const lastSeenAt = Math.max(heardMs ?? 0, connection?.timeline.open ?? 0, ...worked)
    return {
      ...{ peerId, connected: connection !== undefined, pingMs: pings.get(peerId), addresses: shown },
      lastSeenAt: lastSeenAt === 0 ? undefined : lastSeenAt,
    }
  }
  return {
    stop: ended,
    one(peerId) {
      const peer = peerIdFromString(peerId)
      const connection = host.getConnections().find(({ remotePeer }) => remotePeer.equals(peer))
      const heardMs = book.atHand().find((one) => one.peer.equals(peer))?.heardMs
      const facts = factsOf(peer, heardMs, connection)
      return facts.connected || facts.addresses.length > 0 ? facts : undefined
    },
    list() {
      const connections = new Map(host.getConnections().map((one) => [one.remotePeer.toString(), one]))
      const heard = book.atHand().map((one) => ({ ...one, id: one.peer.toString() }))
      const heardOf = new Map(heard.map(({ id, heardMs }) => [id, heardMs]))
      const others = heard
        .filter(({ id }) => !connections.has(id))
        .toSorted((one, other) => (other.heardMs ?? 0) - (one.heardMs ?? 0))
      return [
        ...[...connections].map(([id, connection]) => factsOf(connection.remotePeer, heardOf.get(id), connection)),
        ...others
          .slice(0, Math.max(0, MAX_LISTED - connections.size))
          .map(({ peer, heardMs }) => factsOf(peer, heardMs)),
      ].slice(0, MAX_LISTED)
    },
  }
}

function trustOf(sources: readonly Source[]): PeerAddress['trust'] {
  const reasons = new Set(sources.map(({ provenance }) => provenance))
  return reasons.has('certified') ? 'certified' : reasons.has('user') ? 'added' : 'unverified'
}

/** What somebody came from, which is a port that nobody listens at. */
function cameFrom({ remoteAddr, remotePeer }: Connection): PeerAddress {
  return {
    ...{ address: remoteAddr.toString(), trust: 'unverified', kind: kindOf(remoteAddr, remotePeer), sources: [] },
    ...{ lastSuccessAt: null, lastFailureAt: null, failures: 0, latencyMs: null, sunken: false },
  }
}
