// What we know of other peers by their own signed word. The book is the only writer of broadcast records into js-libp2p's
// peer store: one at a time for each peer, never an older one after a newer, and it remembers the highest sequence number
// of a peer even when the peer itself is forgotten, so that an old record cannot come back.
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import * as v from 'valibot'
import { openPeerRecord, PeerRecordError, type OpenedPeerRecord } from '../../core/peer-record.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { putNewest } from '../bounded.ts'
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

/** What became of a record. */
export type Consumed =
  /** Stored; `changed` where the peer or its addresses were not known so. */
  | { readonly kind: 'stored'; readonly known: KnownPeer; readonly changed: boolean }
  /** The very number we hold: its owner still lives. */
  | { readonly kind: 'repeated'; readonly known: KnownPeer }
  | { readonly kind: 'stale' }
  | { readonly kind: 'own' }

/** What the book needs. */
export interface AddressBookInit {
  readonly dir: string
  readonly self: PeerId
  readonly peerStore: PeerStore
  /** A connected peer is never taken out of the peer store. */
  readonly isConnected: (peer: PeerId) => boolean
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
   * @throws an error of the peer store
   */
  consume(record: OpenedPeerRecord, via: DiscoveredVia): Promise<Consumed>
  /** Opens an envelope strictly and takes it. @throws PeerRecordError */
  consumeEnvelope(envelope: Uint8Array, via: DiscoveredVia): Promise<Consumed>
  /** Every peer whose record we hold, the last heard first. */
  known(): readonly KnownPeer[]
  /** The signed records of these peers, where we hold them. */
  signedRecords(peers: readonly PeerId[]): readonly Uint8Array[]
  /** Reads what an earlier run knew; what cannot be read is left out. */
  load(): Promise<void>
  /** Writes what changed and ends the writing in the background. */
  stop(): Promise<void>
}

/** About 300 bytes each on disk; a peer that nobody has heard of for long makes room. */
const MAX_KNOWN_PEERS = 1_000

/** Every node seals a new record twice a day; one that is silent for a month is gone. */
const MAX_SILENCE_MS = 30 * 24 * 3_600_000

/** A number is kept much longer than the peer: forgetting it is what lets an old record in again. */
const MAX_REMEMBERED_SEQS = 20_000

/** Records come in groups; the file is written once for a group. */
const SAVE_DELAY_MS = 5_000

const FileSchema = v.object({
  version: v.literal(1),
  peers: v.array(v.object({ envelope: v.string(), heardAt: v.number() })),
  seqs: v.array(v.tuple([v.string(), v.pipe(v.string(), v.regex(/^[0-9]{1,20}$/))])),
})

/** Makes the book of a data folder. */
export function createAddressBook(init: AddressBookInit): AddressBook {
  const { peerStore, clock, log } = init
  const path = join(init.dir, 'peers.json')
  const peers = new Map<string, KnownPeer>()
  const seqs = new Map<string, bigint>()
  const locks = new Map<string, Promise<unknown>>()
  const stopping = new AbortController()
  let saving: Promise<void> | undefined
  let dirty = false

  const locked = async <Result>(id: string, run: () => Promise<Result>): Promise<Result> => {
    const turn = (locks.get(id) ?? Promise.resolve()).then(run, run)
    locks.set(id, turn)
    try {
      return await turn
    } finally {
      if (locks.get(id) === turn) locks.delete(id)
    }
  }

  const remember = (known: KnownPeer) => {
    const id = known.peer.toString()
    for (const forgotten of putNewest(peers, id, known, MAX_KNOWN_PEERS)) forget(forgotten.peer)
    putNewest(seqs, id, known.seq, MAX_REMEMBERED_SEQS)
    changed()
  }

  /** Takes a peer out of js-libp2p's store, which keeps it for ever; its highest number stays with us. */
  const forget = (peer: PeerId) => {
    const id = peer.toString()
    const drop = async () => {
      if (!peers.has(id) && !init.isConnected(peer)) await peerStore.delete(peer)
    }
    locked(id, drop).catch((error: unknown) => log.warn({ peer: id, error: String(error) }, 'a peer was not forgotten'))
  }

  const forgetSilent = () => {
    for (const [id, { peer, heardAt }] of peers) {
      if (clock.now() - heardAt <= MAX_SILENCE_MS) continue
      peers.delete(id)
      forget(peer)
    }
  }

  /** The highest number of a peer; the peer store's own counts too, because identify writes there without asking us. */
  const highest = async (peer: PeerId): Promise<bigint> => {
    const ours = seqs.get(peer.toString()) ?? -1n
    const theirs = await storedSeq(peerStore, peer, clock.now())
    return theirs > ours ? theirs : ours
  }

  const take = async (record: OpenedPeerRecord, via: DiscoveredVia): Promise<Consumed> => {
    const id = record.peer.toString()
    const before = peers.get(id)
    const top = via === 'identify' ? (seqs.get(id) ?? -1n) : await highest(record.peer)
    if (record.seq < top) {
      // an owner whose newer record came by identify repeats the older one on the topic: it still lives
      if (before && via === 'broadcast') init.onHeard?.(before, via, false)
      return { kind: 'stale' }
    }
    if (record.seq === top) {
      if (before?.seq !== record.seq) return { kind: 'stale' }
      const known = { ...before, heardAt: clock.now() }
      remember(known)
      init.onHeard?.(known, via, false)
      return { kind: 'repeated', known }
    }
    // consumePeerRecord of the store would keep addresses of other peers and take any payload type; the record was checked
    // already, so what it says is written as it was opened, in one write that replaces everything
    await peerStore.patch(record.peer, {
      addresses: record.addresses.map((multiaddr) => ({ multiaddr, isCertified: true })),
      peerRecordEnvelope: record.envelope,
    })
    const known: KnownPeer = { ...record, heardAt: clock.now() }
    const isNew = textOf(before?.addresses) !== textOf(record.addresses)
    remember(known)
    init.onHeard?.(known, via, isNew)
    return { kind: 'stored', known, changed: isNew }
  }

  const consume: AddressBook['consume'] = async (record, via) => {
    if (record.peer.equals(init.self)) return { kind: 'own' }
    return await locked(record.peer.toString(), () => take(record, via))
  }

  const save = async () => {
    if (!dirty) return
    dirty = false
    forgetSilent()
    const content = {
      version: 1,
      peers: [...peers.values()].map(({ envelope, heardAt }) => ({
        envelope: Buffer.from(envelope).toString('base64'),
        heardAt,
      })),
      seqs: [...seqs].map(([id, seq]) => [id, seq.toString()]),
    }
    await writeFileAtomic(path, `${JSON.stringify(content)}\n`).catch((error: unknown) => {
      dirty = true
      log.warn({ error: String(error) }, 'known peers could not be written; it is tried again')
    })
  }

  const changed = () => {
    dirty = true
    saving ??= clock
      .sleep(SAVE_DELAY_MS, stopping.signal)
      .catch(() => undefined)
      .then(async () => {
        saving = undefined
        await save()
      })
  }

  return {
    consume,
    async consumeEnvelope(envelope, via) {
      return await consume(await openPeerRecord(envelope, clock.now()), via)
    },
    known: () => [...peers.values()].reverse(),
    signedRecords: (ids) => ids.flatMap((id) => peers.get(id.toString())?.envelope ?? []),
    async load() {
      const text = await readFileIfThere(path)
      if (!text) return
      const content = parseFile(text.toString('utf8'))
      if (!content) {
        log.warn({ path }, 'the file of known peers cannot be read; starting without')
        return
      }
      for (const [id, seq] of content.seqs.slice(-MAX_REMEMBERED_SEQS)) {
        if (isPeerId(id)) seqs.set(id, BigInt(seq))
      }
      for (const { envelope, heardAt } of content.peers.slice(-MAX_KNOWN_PEERS)) {
        if (clock.now() - heardAt > MAX_SILENCE_MS) continue
        await restore(Buffer.from(envelope, 'base64'), heardAt).catch((error: unknown) =>
          log.warn({ error: String(error) }, 'a known peer could not be read'),
        )
      }
    },
    async stop() {
      stopping.abort()
      await saving
      await save()
    },
  }

  async function restore(envelope: Uint8Array, heardAt: number): Promise<void> {
    const record = await openPeerRecord(Uint8Array.from(envelope), clock.now())
    const id = record.peer.toString()
    if (record.peer.equals(init.self) || record.seq < (seqs.get(id) ?? 0n)) return
    seqs.delete(id) // the number we hold is this record's own; without it the record counts as new
    await consume(record, 'stored')
    const known = peers.get(id)
    if (known) peers.set(id, { ...known, heardAt })
  }
}

async function storedSeq(peerStore: PeerStore, peer: PeerId, nowMs: number): Promise<bigint> {
  try {
    const { peerRecordEnvelope } = await peerStore.get(peer)
    return peerRecordEnvelope ? (await openPeerRecord(peerRecordEnvelope, nowMs)).seq : -1n
  } catch (error) {
    // a stored record that is not a good one (identify checks less) must not shut out a good one
    if (error instanceof PeerRecordError || (error instanceof Error && error.name === 'NotFoundError')) return -1n
    throw error
  }
}

function parseFile(text: string): v.InferOutput<typeof FileSchema> | undefined {
  try {
    return v.parse(FileSchema, JSON.parse(text))
  } catch {
    return undefined
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
