// The peers that are known: those that are connected first, then those that were seen last.
import type { State } from '../../../proto/api/index.ts'
import type { NodeFacts } from '../../program/program.ts'

const MAX_PEERS = 200
const MAX_ADDRESSES = 20
const MAX_TEXT = 2_000

/** Makes the slice. */
export function peersSlice(node: NodeFacts | undefined): State['peers'] {
  const peers = node?.peers ?? []
  const sorted = [...peers].sort(
    (one, other) =>
      Number(other.connected) - Number(one.connected) ||
      (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0) ||
      (one.peerId < other.peerId ? -1 : 1),
  )
  return {
    known: peers.length,
    connected: peers.filter(({ connected }) => connected).length,
    list: sorted.slice(0, MAX_PEERS).map(({ peerId, connected, pingMs, lastSeenAt, addresses }) => ({
      ...{ peerId, connected, pingMs: pingMs ?? null, lastSeenAt: lastSeenAt ?? null },
      addresses: addresses
        .filter(({ address }) => address.length <= MAX_TEXT)
        .slice(0, MAX_ADDRESSES)
        .map(({ address, trust }) => ({ address, trust })),
    })),
  }
}
