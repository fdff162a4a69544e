// The peers that are known: those that are connected first, then those that were seen last.
import type { PeerView, State } from '../../../proto/api/index.ts'
import type { NodeFacts, PeerFacts } from '../../node-facts.ts'
import type { PeerNames } from '../../settings/peer-names.ts'

const MAX_PEERS = 200
const MAX_ADDRESSES = 20
const MAX_TEXT = 2_000

/** A peer of which nothing is known but its name. */
const UNMET = { connected: false, pingMs: undefined, lastSeenAt: undefined, addresses: [] } as const

/** Makes the slice. A peer that has a name is listed, also where nothing else is known of it any more. */
export function peersSlice(node: NodeFacts | undefined, names: PeerNames = {}): State['peers'] {
  const met = node?.peers ?? []
  const known = new Set(met.map(({ peerId }) => peerId))
  const named = Object.keys(names).filter((peerId) => !known.has(peerId))
  const peers = [...met, ...named.map((peerId) => ({ ...UNMET, peerId }))]
  const sorted = [...peers].sort(
    (one, other) =>
      Number(other.connected) - Number(one.connected) ||
      (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0) ||
      (one.peerId < other.peerId ? -1 : 1),
  )
  return {
    known: Math.max(node?.knownPeers ?? 0, peers.length),
    connected: peers.filter(({ connected }) => connected).length,
    dht: node?.dht === true,
    list: sorted.slice(0, MAX_PEERS).map((peer) => peerView(peer, names[peer.peerId])),
  }
}

/** One peer as it is told. */
export function peerView(peer: PeerFacts, name: string | undefined): PeerView {
  const { peerId, connected, pingMs, lastSeenAt, addresses } = peer
  return {
    ...(name === undefined ? {} : { name }),
    ...{ peerId, connected, pingMs: pingMs ?? null, lastSeenAt: lastSeenAt ?? null },
    addresses: addresses
      .filter(({ address }) => address.length <= MAX_TEXT)
      .slice(0, MAX_ADDRESSES)
      .map((address) => ({ ...address, sources: [...address.sources] })),
  }
}
