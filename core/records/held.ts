// The records that a server holds without having a book: of peers that told theirs by identify, and of those that were broadcast past
// it. So whoever comes to the network's one known place learns in one question of the 128 that were heard last, and of the others by the topic. Nothing of it is
// stored.
import { createFairMap, type Bringer } from '../discovery/fair-map.ts'
import { hex } from '../discovery/peek.ts'
import { type OpenedPeerRecord, openPeerRecord } from './peer-record.ts'
import type { Clock } from '../clock.ts'
import type { HeldRecord, RecordSource } from '../exchange/source.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What holding needs. */
export interface HeldRecordsInit {
  readonly self: PeerId
  readonly clock: Clock
  /** Whether an address may be told; a record with one that may not be is held for nobody. */
  readonly mayTell: (address: Multiaddr, owner: PeerId) => boolean
}

/** Records of peers. */
export interface HeldRecords extends RecordSource {
  /** Takes a record that was opened strictly. */
  take(record: OpenedPeerRecord, bringer: Bringer): void
  /** Opens an envelope strictly and takes it. @throws PeerRecordError */
  takeEnvelope(envelope: Uint8Array, bringer: Bringer): Promise<void>
  readonly size: number
}

/** At half a kilobyte as a rule and four at most: 1 to 8 MB. */
const MAX_HELD = 2_048

/** Nodes repeat theirs every few minutes; one that was silent for so long is gone or knows better. */
const MAX_AGE_MS = 26 * 3_600_000

interface Held extends HeldRecord {
  readonly heardAtMs: number
}

/** Makes an empty holder. */
export function createHeldRecords({ self, clock, mayTell }: HeldRecordsInit): HeldRecords {
  const isOver = ({ heardAtMs }: Held) => clock.now() - heardAtMs > MAX_AGE_MS
  const held = createFairMap<Held>({ limit: MAX_HELD, isOver })
  const take: HeldRecords['take'] = ({ peer, seq, envelope, addresses }, bringer) => {
    const id = hex(peer.toMultihash().bytes)
    const before = held.get(id)
    if (peer.equals(self) || seq < (before?.seq ?? 0n)) return
    if (addresses.every((address) => mayTell(address, peer)))
      held.put(id, { peer, seq, envelope, addresses, heardAtMs: clock.now() }, bringer)
    else held.delete(id)
  }
  return {
    take,
    async takeEnvelope(envelope, bringer) {
      take(await openPeerRecord(envelope, clock.now()), bringer)
    },
    recordsOf: (peers) =>
      peers.flatMap((peer) => {
        const record = held.get(hex(peer.toMultihash().bytes))
        return record && !isOver(record) ? [record] : []
      }),
    recent: (most) =>
      [...held.entries()]
        .map(([, record]) => record)
        .filter((record) => !isOver(record))
        .sort((one, other) => other.heardAtMs - one.heardAtMs)
        .slice(0, most),
    own: () => undefined,
    get size() {
      return held.size
    },
  }
}
