// The peers as a person looks at them: who is connected, who was heard of, and why an address may be trusted. A signed record
// certifies addresses, a person vouches for the ones that were typed in, and the rest is only what a connection came from.
import { multiaddr } from '@multiformats/multiaddr'
import { putNewest } from '../../core/bounded.ts'
import { peerOf } from '../settings/config.ts'
import type { Host } from '../../core/host.ts'
import type { NodeEvents } from '../events.ts'
import type { PeerFacts } from '../node-facts.ts'
import type { PeerBook } from './book/index.ts'

/** What the list is made from. */
export interface PeerListInit {
  readonly host: Host
  readonly book: PeerBook
  /** Addresses that a person typed in, with /p2p/. */
  readonly added: () => readonly string[]
  readonly events: NodeEvents
}

/** The list. */
export interface PeerList {
  /** Connected ones first, then the last heard. */
  list(): readonly PeerFacts[]
  stop(): void
}

/** What a window shows and what is worth a search. */
const MAX_LISTED = 200
const MAX_ADDRESSES = 20
const MAX_PINGS = 500

/** Makes the list; it changes by itself. */
export function createPeerList({ host, book, added, events }: PeerListInit): PeerList {
  const pings = new Map<string, number>()
  const ended = events.on((line) => {
    if (line.event === 'connected') putNewest(pings, line.peer, line.pingMs, MAX_PINGS)
  })
  return {
    stop: ended,
    list() {
      const found = new Map<string, PeerFacts>()
      const put = (peerId: string, addresses: PeerFacts['addresses'], lastSeenAt: number | undefined) => {
        const before = found.get(peerId)
        const known = new Set(before?.addresses.map(({ address }) => address))
        found.set(peerId, {
          peerId,
          connected: before?.connected ?? false,
          pingMs: pings.get(peerId),
          lastSeenAt: before?.lastSeenAt ?? lastSeenAt,
          addresses: [...(before?.addresses ?? []), ...addresses.filter(({ address }) => !known.has(address))].slice(
            0,
            MAX_ADDRESSES,
          ),
        })
      }
      for (const { peer, addresses, heardAt } of book.known()) {
        const texts = addresses.map((address) => ({ address: address.toString(), trust: 'certified' as const }))
        put(peer.toString(), texts, heardAt)
      }
      for (const text of added()) {
        const peerId = peerOf(multiaddr(text))
        if (peerId !== undefined) put(peerId, [{ address: text, trust: 'added' }], undefined)
      }
      for (const connection of host.getConnections()) {
        const peerId = connection.remotePeer.toString()
        const address = connection.remoteAddr.toString()
        if (!found.has(peerId)) put(peerId, [{ address, trust: 'unverified' }], connection.timeline.open)
        const peer = found.get(peerId)
        if (peer)
          found.set(peerId, { ...peer, connected: true, lastSeenAt: peer.lastSeenAt ?? connection.timeline.open })
      }
      const sorted = [...found.values()].sort(
        (one, other) =>
          Number(other.connected) - Number(one.connected) || (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0),
      )
      return sorted.slice(0, MAX_LISTED)
    },
  }
}
