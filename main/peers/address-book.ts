// What we know of other peers by their own signed word. The book is the only writer of broadcast records into js-libp2p's
// peer store: one at a time for each peer, never an older one after a newer, and it remembers the highest sequence number
// of a peer even when the peer itself is forgotten, so that an old record cannot come back. Who is connected, was added by a person
// or has been spoken with is never pushed out by those who were merely heard of.
import { peerIdFromString } from '@libp2p/peer-id'
import { createLanes } from '../../core/lanes.ts'
import { putNewest } from '../../core/bounded.ts'
import { type Bringer, createFairMap } from '../../core/discovery/fair-map.ts'
import { openPeerRecord, PeerRecordError, type OpenedPeerRecord } from '../../core/records/peer-record.ts'
import { type BookLine, createBookFile } from './book-file.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { DiscoveredVia } from '../../proto/node-events.ts'
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A peer whose record we hold. */
export interface KnownPeer {
  readonly peer: PeerId
  readonly seq: bigint
  readonly addresses: readonly Multiaddr[]
  /** What may be passed on. */
  readonly envelope: Uint8Array
  /** Wall clock, milliseconds: when its owner was last heard with it. */
  readonly heardAt: number
}

/** What else is kept of one. */
interface Entry extends KnownPeer {
  /** `heardAt` as it was written last. */
  readonly writtenAt: number
}

/** What became of a record. */
export type Consumed =
  /** Stored; `changed` where the peer or its addresses were not known so. */
  | { readonly kind: 'stored'; readonly known: KnownPeer; readonly changed: boolean }
  /** The very number we hold: its owner still lives. */
  | { readonly kind: 'repeated'; readonly known: KnownPeer }
  | { readonly kind: 'stale' }
  /** Everybody here counts more. */
  | { readonly kind: 'full' }
  | { readonly kind: 'own' }

/** What the book needs. */
export interface AddressBookInit {
  readonly dir: string
  readonly self: PeerId
  readonly peerStore: PeerStore
  /** A connected peer is never pushed out, nor taken out of the peer store. */
  readonly isConnected: (peer: PeerId) => boolean
  /** Whether a person has added a peer, by its id as text. @default nobody */
  readonly isAdded?: ((peer: string) => boolean) | undefined
  readonly clock: Clock
  readonly log: Log
  /** Told of each record of another peer that was stored or repeated. */
  readonly onHeard?: (known: KnownPeer, via: DiscoveredVia, changed: boolean) => void
}

/** Peers known by their signed records. */
export interface AddressBook {
  /**
   * Takes a record that was opened strictly.
   *
   * @param bringer  who gives up a place for it when there is none. @default one for all of whom it is not known
   * @throws an error of the peer store
   */
  consume(record: OpenedPeerRecord, via: DiscoveredVia, bringer?: Bringer): Promise<Consumed>
  /** Opens an envelope strictly and takes it. @throws PeerRecordError */
  consumeEnvelope(envelope: Uint8Array, via: DiscoveredVia, bringer?: Bringer): Promise<Consumed>
  /** We have dialled this peer, and it was there: it is worth more than one that was heard of. */
  met(peer: PeerId): void
  /** Whether the book holds a peer. */
  holds(peer: PeerId): boolean
  /** Every peer whose record we hold, the last heard first. */
  known(): readonly KnownPeer[]
  /** The signed records of these peers, where we hold them. */
  signedRecords(peers: readonly PeerId[]): readonly Uint8Array[]
  /** Reads what an earlier run knew; what cannot be read is left out. */
  load(): Promise<void>
  /** Writes what changed and ends the writing in the background. */
  stop(): Promise<void>
}

/** More than a window shows or a home dials. */
const MAX_KNOWN_PEERS = 1_000

/** Peers that we have spoken with and that stay for it: more than are dialled in a month, and few enough to leave room for others. */
const MAX_MET_PEERS = 200

/** Every node seals a new record twice a day; one that is silent for a month is gone. */
const MAX_SILENCE_MS = 30 * 24 * 3_600_000

/** Who was not heard for so long goes before others: two missed seals. */
const LONG_SILENCE_MS = 26 * 3_600_000

/** A number is kept much longer than the peer: forgetting it is what lets an old record in again. */
const MAX_REMEMBERED_SEQS = 5_000

/** That a peer was heard again is worth a line once a day. */
const HEARD_AGAIN_MS = 24 * 3_600_000

/** Of whom nobody knows how they came. */
const UNKNOWN_BRINGER: Bringer = { network: '', neighbour: '' }

/** Makes the book of a data folder. */
export function createAddressBook(init: AddressBookInit): AddressBook {
  const { peerStore, clock, log } = init
  /** By the time they were heard last; `places` says who may be here. */
  const peers = new Map<string, Entry>()
  const metAt = new Map<string, number>()
  const isKept = (id: string) => {
    const peer = peers.get(id)?.peer
    return metAt.has(id) || (init.isAdded?.(id) ?? false) || (peer !== undefined && init.isConnected(peer))
  }
  const isOver = (id: string) => clock.now() - (peers.get(id)?.heardAt ?? 0) > LONG_SILENCE_MS
  const places = createFairMap<string>({ limit: MAX_KNOWN_PEERS, isOver, isKept })
  /** Numbers of those who are not here any more. */
  const seqs = createFairMap<bigint>({ limit: MAX_REMEMBERED_SEQS })
  const locked = createLanes()

  const lineOf = (id: string): BookLine | undefined => {
    const known = peers.get(id)
    const { network, neighbour } = places.bringerOf(id) ?? UNKNOWN_BRINGER
    const met = metAt.get(id)
    return known
      ? {
          ...{ peer: id, envelope: Buffer.from(known.envelope).toString('base64'), heardAt: known.heardAt },
          ...{ by: [network, neighbour], ...(met === undefined ? {} : { metAt: met }) },
        }
      : seqLine(id)
  }

  const seqLine = (id: string): BookLine | undefined => {
    const seq = seqs.get(id)
    const { network, neighbour } = seqs.bringerOf(id) ?? UNKNOWN_BRINGER
    return seq === undefined ? undefined : { peer: id, seq: seq.toString(), heardAt: 0, by: [network, neighbour] }
  }

  const file = createBookFile({
    ...{ dir: init.dir, clock, log, lineOf, isFirst: isKept },
    *all() {
      for (const [id] of seqs.entries()) yield seqLine(id) ?? { peer: id, heardAt: 0, by: ['', ''] }
      for (const id of peers.keys()) yield lineOf(id) ?? { peer: id, heardAt: 0, by: ['', ''] }
    },
  })

  /** @returns whether there was a place for it */
  const remember = (known: KnownPeer, bringer: Bringer): boolean => {
    const id = known.peer.toString()
    const before = peers.get(id)
    const isWritten = before?.seq === known.seq && known.heardAt - before.writtenAt < HEARD_AGAIN_MS
    peers.delete(id)
    peers.set(id, { ...known, writtenAt: isWritten ? before.writtenAt : known.heardAt })
    const gone = places.put(id, id, bringer)
    if (gone) {
      drop(gone.key, gone.bringer)
      file.forget(gone.key)
    }
    if (gone?.key === id) return false
    seqs.delete(id)
    if (!isWritten) file.changed(id)
    return true
  }

  /** Takes a peer out of the book; its highest number stays. */
  const drop = (id: string, bringer: Bringer): void => {
    const known = peers.get(id)
    peers.delete(id)
    if (!known) return
    seqs.put(id, known.seq, bringer)
    places.delete(id)
    forget(known.peer)
  }

  /** Takes a peer out of js-libp2p's store, which keeps it for ever. */
  const forget = (peer: PeerId) => {
    const id = peer.toString()
    const remove = async () => {
      if (!peers.has(id) && !init.isConnected(peer)) await peerStore.delete(peer)
    }
    locked(id, remove).catch((error: unknown) =>
      log.warn({ peer: id, error: String(error) }, 'a peer was not forgotten'),
    )
  }

  /** The map is in the order in which they were heard, so those are at its beginning. */
  const forgetSilent = () => {
    for (const [id, { heardAt }] of peers) {
      if (clock.now() - heardAt <= MAX_SILENCE_MS) return
      if (init.isAdded?.(id)) continue
      drop(id, places.bringerOf(id) ?? UNKNOWN_BRINGER)
      metAt.delete(id)
      file.changed(id)
    }
  }

  const highestOfOurs = (id: string): bigint => peers.get(id)?.seq ?? seqs.get(id) ?? -1n

  /** The highest number of a peer; the peer store's own counts too, because identify writes there without asking us. */
  const highest = async (peer: PeerId): Promise<bigint> => {
    const ours = highestOfOurs(peer.toString())
    const theirs = await storedSeq(peerStore, peer, peers.get(peer.toString()), clock.now())
    return theirs > ours ? theirs : ours
  }

  const take = async (record: OpenedPeerRecord, via: DiscoveredVia, bringer: Bringer): Promise<Consumed> => {
    forgetSilent()
    const id = record.peer.toString()
    const before = peers.get(id)
    const top = via === 'identify' ? highestOfOurs(id) : await highest(record.peer)
    if (record.seq < top) {
      // an owner whose newer record came by identify repeats the older one on the topic: it still lives
      if (before && via === 'broadcast') init.onHeard?.(before, via, false)
      return { kind: 'stale' }
    }
    if (record.seq === top) {
      if (before?.seq !== record.seq) return { kind: 'stale' }
      const known = { ...before, heardAt: clock.now() }
      remember(known, bringer)
      init.onHeard?.(known, via, false)
      return { kind: 'repeated', known }
    }
    const known: KnownPeer = { ...record, heardAt: clock.now() }
    const isNew = textOf(before?.addresses) !== textOf(record.addresses)
    if (!remember(known, bringer)) return { kind: 'full' }
    // consumePeerRecord of the store would keep addresses of other peers and take any payload type; the record was checked
    // already, so what it says is written as it was opened, in one write that replaces everything
    await peerStore.patch(record.peer, {
      addresses: record.addresses.map((multiaddr) => ({ multiaddr, isCertified: true })),
      peerRecordEnvelope: record.envelope,
    })
    init.onHeard?.(known, via, isNew)
    return { kind: 'stored', known, changed: isNew }
  }

  const consume: AddressBook['consume'] = async (record, via, bringer = UNKNOWN_BRINGER) => {
    if (record.peer.equals(init.self)) return { kind: 'own' }
    return await locked(record.peer.toString(), () => take(record, via, bringer))
  }

  const met = (id: string, at: number): void => void putNewest(metAt, id, at, MAX_MET_PEERS)

  return {
    consume,
    async consumeEnvelope(envelope, via, bringer) {
      return await consume(await openPeerRecord(envelope, clock.now()), via, bringer)
    },
    met(peer) {
      const id = peer.toString()
      const before = metAt.get(id) ?? 0
      met(id, clock.now())
      if (clock.now() - before > HEARD_AGAIN_MS) file.changed(id)
    },
    holds: (peer) => peers.has(peer.toString()),
    known: () => [...peers.values()].reverse(),
    signedRecords: (ids) => ids.flatMap((id) => peers.get(id.toString())?.envelope ?? []),
    async load() {
      const lines = await file.load()
      for (const { peer, seq, by } of lines) {
        if (seq !== undefined && isPeerId(peer)) seqs.put(peer, BigInt(seq), { network: by[0], neighbour: by[1] })
      }
      const known = lines.filter(({ envelope }) => envelope !== undefined).sort((one, two) => one.heardAt - two.heardAt)
      for (const line of known) {
        if (clock.now() - line.heardAt > MAX_SILENCE_MS) continue
        await restore(line).catch((error: unknown) =>
          log.warn({ error: String(error) }, 'a known peer could not be read'),
        )
      }
    },
    stop: () => file.stop(),
  }

  async function restore({ envelope = '', heardAt, metAt: at, by }: BookLine): Promise<void> {
    const record = await openPeerRecord(Uint8Array.from(Buffer.from(envelope, 'base64')), clock.now())
    const id = record.peer.toString()
    if (record.peer.equals(init.self) || record.seq < (seqs.get(id) ?? 0n)) return
    seqs.delete(id) // the number we hold is this record's own; without it the record counts as new
    if (at !== undefined) met(id, at)
    await consume(record, 'stored', { network: by[0], neighbour: by[1] })
    const known = peers.get(id)
    if (known) peers.set(id, { ...known, heardAt, writtenAt: heardAt })
  }
}

async function storedSeq(
  peerStore: PeerStore,
  peer: PeerId,
  known: KnownPeer | undefined,
  nowMs: number,
): Promise<bigint> {
  try {
    const { peerRecordEnvelope } = await peerStore.get(peer)
    if (!peerRecordEnvelope) return -1n
    // what we put there ourselves was checked then
    if (known && Buffer.compare(known.envelope, peerRecordEnvelope) === 0) return known.seq
    return (await openPeerRecord(peerRecordEnvelope, nowMs)).seq
  } catch (error) {
    // a stored record that is not a good one (identify checks less) must not shut out a good one
    if (error instanceof PeerRecordError || (error instanceof Error && error.name === 'NotFoundError')) return -1n
    throw error
  }
}

function isPeerId(text: string): boolean {
  try {
    peerIdFromString(text)
    return true
  } catch {
    return false
  }
}

function textOf(addresses: readonly Multiaddr[] | undefined): string | undefined {
  return addresses
    ?.map((address) => address.toString())
    .sort()
    .join(' ')
}
