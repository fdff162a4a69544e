// An address of a peer as the state tells it, of which a test cares for little.
import type { PeerAddress } from '../../proto/api/index.ts'

export function peerAddress(
  address: string,
  trust: PeerAddress['trust'],
  more: Partial<PeerAddress> = {},
): PeerAddress {
  return {
    ...{ address, trust, kind: 'public', sources: [], lastSuccessAt: null, lastFailureAt: null },
    ...{ failures: 0, latencyMs: null, sunken: false },
    ...more,
  }
}
