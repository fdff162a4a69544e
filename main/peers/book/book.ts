// The book of addresses. A peer is a value (entry.ts) that is looked up, changed and put back without waiting in between, so that nobody's
// change is torn apart by another's: twenty records that come at once leave the highest, in whatever order. Peers in memory are few
// (at-hand.ts), the others are on disk; what js-libp2p's peer store holds is written from here and nowhere else.
// Faults of libraries that this is a way around (docs/upstream.md): race, own-record, forgotten.
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { openPeerRecord } from '../../../core/records/peer-record.ts'
import { followAdded } from './added.ts'
import { createHand, UNKNOWN_BRINGER } from './at-hand.ts'
import { createFinder } from './find.ts'
import * as entries from './entry.ts'
import { BELIEVED_FOR_MS, HEARD_AGAIN_MS, LAST_HOUR_MS, MAX_ASIDE, MAX_OF_SOURCE } from './limits.ts'
import { createNetworks } from './networks.ts'
import { openStore } from './open-store.ts'
import { createPeerStoreWriter } from './peer-store-writer.ts'
import { placeOf } from './places.ts'
import { isPeerId, restore } from './restore.ts'
import { createRows } from './rows.ts'
import { forgiving, memoryStore, type BookStore } from './store.ts'
import { keysOf, knownAddress, knownOf } from './views.ts'
import { createWatchers } from './watchers.ts'
import { startWriteBehind, type WriteBehind } from './write-behind.ts'
import type { PeerId } from '@libp2p/interface'
import { type Bringer, createFairMap } from '../../../core/discovery/fair-map.ts'
import type { Entry, Held } from './entry.ts'
import type { PeerBookInit } from './init.ts'
import type { KnownAddress, PeerBook, Told } from './types.ts'

/** Makes the book of a data folder; it is empty until it is loaded. */
export function createPeerBook(init: PeerBookInit): PeerBook {
  const { self, clock, log, isConnected } = init
  const networks = init.networks ?? createNetworks(clock)
  const watchers = createWatchers(log)
  let store: BookStore | undefined
  let writing: WriteBehind | undefined
  let subnets = networks.subnets().join()

  /** Opened by whoever asks first: identify speaks before the book is loaded, and an old record must not pass for new then. */
  const disk = (): BookStore => {
    const { dir } = init
    const open = () => openStore({ dir, log, tell: init.tell ?? ((message) => log.warn({}, message)) })
    return (store ??= forgiving(init.store ?? open(), log))
  }

  const hand = createHand({
    ...{ isConnected, now: () => clock.now() },
    onGone({ peer, entry }, bringer) {
      const id = peer.toString()
      const row = disk().get(id)
      // what is on disk stays there, unless it is older than what was known: then it is written anew
      if (row && row.entry.seq < entry.seq) {
        if (!putAside(id, entry, bringer)) {
          hand.rememberSeq(id, entry.seq, bringer)
          writing?.changed(id)
        }
      } else {
        if (row) writing?.forget(id)
        hand.rememberSeq(id, entry.seq, bringer)
      }
      told(peer)
    },
  })

  /** Peers on disk of whom something newer is to be written, and who have no place at hand. */
  const aside = createFairMap<Entry>({ limit: MAX_ASIDE })
  const putAside = (id: string, entry: Entry, bringer: Bringer): boolean => {
    if (!writing) return false
    const gone = aside.put(id, entry, bringer)
    // what is on disk of that one stays in force
    if (gone) writing.forget(gone.key)
    if (gone?.key === id) return false
    writing.changed(id)
    return true
  }
  const find = createFinder({ hand, aside, disk, clock })

  const writer = createPeerStoreWriter({
    ...{ self, peerStore: init.peerStore, isConnected },
    addressesOf(peer) {
      const at = hand.get(peer.toString())
      const held = at && usable(at.entry)
      return held?.map((one) => ({
        multiaddr: multiaddr(one.address),
        isCertified: entries.sourceOf(one, 'certified') !== undefined,
      }))
    },
    async onEnvelope(peer, envelope) {
      try {
        const record = await openPeerRecord(envelope, clock.now())
        if (record.peer.equals(peer)) await consume(record, { provenance: 'identify', bringer: init.bringerOf?.(peer) })
      } catch (error) {
        log.debug({ peer: peer.toString(), error: String(error) }, 'record not taken')
      }
    },
  })

  /** The others have been told of a change, and js-libp2p's store hears of it soon. */
  const told = (peer: PeerId): void => {
    writer
      .write(peer)
      .catch((error: unknown) => log.warn({ peer: peer.toString(), error: String(error) }, 'a peer was not written'))
    watchers.tell(peer)
  }

  const usable = (entry: Entry): readonly Held[] => {
    const here = ({ network }: Held) => network === undefined || networks.isHere(network)
    const now = clock.now()
    return entries.inOrder(entries.livingAt(entry, now).held.filter(here), now)
  }

  /**
   * Puts a peer back.
   *
   * @param isNews  whether it is worth a row on disk
   * @returns whether there was a place for it
   */
  const commit = (peer: PeerId, entry: Entry, bringer: Bringer, isNews: boolean, isHeard = false): boolean => {
    const id = peer.toString()
    const before = hand.get(id)
    if (entries.isEmpty(entry)) {
      if (before) hand.drop(id)
      aside.delete(id)
      hand.rememberSeq(id, entry.seq, bringer)
      if (before || isNews) {
        writing?.changed(id)
        // until its row is taken out, that must not be found again
        if (disk().get(id)) putAside(id, entry, bringer)
      }
    } else {
      const isWorthWriting = (written: Entry | undefined): boolean =>
        isNews || (entry.record?.heardMs ?? 0) - (written?.record?.heardMs ?? 0) > HEARD_AGAIN_MS
      const written = before?.written
      if (hand.put(id, { peer, entry, written }, bringer, isHeard)) {
        aside.delete(id)
        if (isWorthWriting(written)) writing?.changed(id)
      } else {
        // a number is remembered with what it certifies, or else what is on disk would count no more
        const row = disk().get(id)
        if (!row) hand.rememberSeq(id, entry.seq, bringer)
        if (!row || (isWorthWriting(row.entry) && !putAside(id, entry, bringer))) return false
      }
    }
    told(peer)
    return true
  }

  const consume: PeerBook['consume'] = async (record, { provenance, bringer }) => {
    const { peer, seq } = record
    if (peer.equals(self)) {
      init.onOwn?.(record)
      return { kind: 'own' }
    }
    const found = find(peer.toString())
    const places = record.addresses.flatMap((address) => placeOf(address, peer, networks) ?? [])
    const envelope = Uint8Array.from(record.envelope) // it may be a part of something large
    const { kind, entry, changed } = entries.certify(found.entry, { seq, envelope, places }, clock.now())
    const by = hand.bringerOf(peer.toString()) ?? bringer ?? found.bringer
    if (kind === 'stale') {
      // an owner whose newer record came by identify repeats the older one on the topic: it still lives
      const before = knownOf(peer, found.entry)
      if (before && provenance === 'broadcast') init.onHeard?.(before, provenance, false)
      return { kind }
    }
    if (!commit(peer, entry, by, kind === 'stored', true)) return { kind: 'full' }
    await writer.write(peer)
    const known = knownOf(peer, entry)
    if (!known) return { kind: 'stale' }
    init.onHeard?.(known, provenance, changed)
    return kind === 'stored' ? { kind, known, changed } : { kind, known }
  }

  const add: PeerBook['add'] = async (peer, addresses, { provenance, forMs, bringer }) => {
    if (peer.equals(self)) return 0
    const { entry: before, bringer: foundBy } = find(peer.toString())
    const most = 2 * MAX_OF_SOURCE[provenance] // what cannot be read among them must not cost the others their places
    const isTyped = provenance === 'user'
    const places = addresses.slice(0, most).flatMap((address) => placeOf(address, peer, networks, isTyped) ?? [])
    const now = clock.now()
    const believedMs = forMs ?? BELIEVED_FOR_MS[provenance]
    const lasts = believedMs === undefined || (provenance === 'identify' && isConnected(peer))
    const entry = entries.tell(before, places, {
      provenance,
      nowMs: now,
      untilMs: lasts ? undefined : now + believedMs,
    })
    if (entries.isEmpty(entry) && entries.isEmpty(before)) return 0
    const isNews = keysOf(entry, provenance) !== keysOf(before, provenance)
    const by = bringer ?? foundBy
    if (!commit(peer, entry, by, isNews)) return 0
    if (isTyped) writing?.now([peer.toString()])
    await writer.write(peer)
    const named = new Set(places.map((place) => entries.keyOf(place)))
    return entry.held.filter((one) => named.has(entries.keyOf(one)) && entries.sourceOf(one, provenance)).length
  }

  const remove: PeerBook['remove'] = async (peer, address) => {
    const { entry, bringer } = find(peer.toString())
    const text = address && placeOf(address, peer, networks, true)?.address
    if (address && text === undefined) return
    const after = entries.takeBack(entry, text)
    if (after === entry) return
    commit(peer, after, bringer, true)
    writing?.now([peer.toString()])
    await writer.write(peer)
  }

  return {
    consume,
    async consumeEnvelope(envelope, from) {
      return await consume(await openPeerRecord(envelope, clock.now()), from)
    },
    add,
    remove,
    addresses: (peer) => usable(find(peer.toString()).entry).map((one) => knownAddress(one)),
    signedRecords: (peers) => peers.flatMap((peer) => tellOf(peer)),
    observe(peer, address, outcome) {
      const place = placeOf(address, peer, networks, true)
      if (!place || peer.equals(self)) return
      const now = clock.now()
      const found = find(peer.toString())
      const isMeant = (one: Held) =>
        one.address === place.address && (one.network === undefined || networks.isHere(one.network))
      let { entry } = found
      if (!entry.held.some(isMeant)) {
        if (outcome.kind === 'failed') return
        const learnt = placeOf(address, peer, networks)
        const untilMs = now + (BELIEVED_FOR_MS.observed ?? 0)
        entry = entries.tell(entry, learnt ? [learnt] : [], { provenance: 'observed', nowMs: now, untilMs })
      }
      for (const one of entry.held.filter(isMeant)) entry = entries.dialled(entry, entries.keyOf(one), outcome, now)
      commit(peer, entry, found.bringer, true)
    },
    watch: (listener) => watchers.add(listener),
    *peers() {
      const seen = new Set<string>()
      for (const [id, { peer }] of hand.all()) {
        seen.add(id)
        yield peer
      }
      for (const id of disk().ids()) if (!seen.has(id) && isPeerId(id)) yield peerIdFromString(id)
    },
    highestSeq(peer) {
      const { seq } = find(peer.toString()).entry
      return seq < 0n ? undefined : seq
    },
    known: () =>
      [...hand.all()]
        .reverse()
        .flatMap(([, { peer, entry }]) => knownOf(peer, entries.livingAt(entry, clock.now())) ?? []),
    size: () => hand.size(),
    atHand: () => [...hand.all()].reverse().map(([, { peer, entry }]) => ({ peer, heardMs: entry.record?.heardMs })),
    describe: (peer) => usable(find(peer.toString()).entry),
    holds(peer) {
      const at = hand.get(peer.toString())
      return at !== undefined && !entries.isEmpty(entries.livingAt(at.entry, clock.now()))
    },
    connected(peer, isThere) {
      const at = hand.get(peer.toString())
      if (!at) return
      const untilMs = isThere ? undefined : clock.now() + (BELIEVED_FOR_MS.identify ?? 0)
      const entry = entries.identifyUntil(entries.livingAt(at.entry, clock.now()), untilMs)
      if (entry !== at.entry) commit(peer, entry, hand.bringerOf(peer.toString()) ?? UNKNOWN_BRINGER, false)
    },
    async load() {
      const { dir } = init
      const kept = disk()
      writing = startWriteBehind({ ...createRows({ hand, aside, store: kept, clock }), log, onTurn })
      unwritten()
      const write = () => writing?.all() === true && kept.isKept
      await restore({
        ...{ dir, self, store: kept, clock, log, take: restored, write },
        takeSeq(id, seq, bringer) {
          hand.rememberSeq(id, seq, bringer)
          writing?.changed(id)
        },
      })
      if (init.added) await followAdded({ added: init.added(), all: [...hand.all()], networks, add, remove })
    },
    async stop() {
      unwritten()
      await writing?.stop()
      writing = undefined
      store?.close()
      store = memoryStore()
      writer.stop()
    },
  }

  /** What was not worth a row so far: signs of life, and that we are still connected. */
  function unwritten(): void {
    for (const [id, { entry, written }] of hand.all()) {
      const isOpen = entries.identifyUntil(entry, 0) !== entry
      if (entry !== written || isOpen) writing?.changed(id)
    }
  }

  /** A peer of an earlier run. */
  async function restored(peer: PeerId, entry: Entry, bringer: Bringer, isWritten: boolean): Promise<void> {
    const id = peer.toString()
    // whoever was heard of while we were reading is known better
    if (hand.get(id) || entry.seq < (hand.seqOf(id) ?? -1n)) return
    if (!commit(peer, entry, bringer, !isWritten, true)) return
    const at = hand.get(id)
    if (at && isWritten) hand.replace(id, { ...at, written: entry })
    await writer.write(peer)
    const known = knownOf(peer, entry)
    if (known) init.onHeard?.(known, 'stored', true)
  }

  /** Every few minutes: what is over goes, and what belongs to another network is taken from the library. */
  function onTurn(): void {
    const now = clock.now()
    const moved = networks.subnets().join() !== subnets
    subnets = networks.subnets().join()
    for (const [id, { peer, entry, written }] of [...hand.all()]) {
      const living = entries.livingAt(entry, now)
      const isNew = living !== entry
      // told again is no news, but its row must not end before it does
      const endMs = written && entries.lastEnd(written)
      if (endMs !== undefined && endMs - now < LAST_HOUR_MS && (entries.lastEnd(entry) ?? 0) > endMs)
        writing?.changed(id)
      if (isNew) commit(peer, living, hand.bringerOf(id) ?? UNKNOWN_BRINGER, true)
      else if (moved && entry.held.some(({ network }) => network !== undefined)) told(peer)
    }
    disk().expire(now)
  }

  function tellOf(peer: PeerId): readonly Told[] {
    if (peer.equals(self)) {
      const own = init.ownRecord?.()
      return own ? [{ peer, envelope: own }] : []
    }
    const { entry } = find(peer.toString())
    if (entry.record) return [{ peer, envelope: entry.record.envelope }]
    const mayTell = init.mayTell ?? (({ kind }: KnownAddress) => kind === 'public' || kind === 'relay')
    const addresses = usable(entry)
      // what a person typed in is their own affair
      .filter(({ sources }) => sources.some(({ provenance }) => provenance !== 'user'))
      .map((one) => knownAddress(one))
      .filter((address) => mayTell(address, peer))
    return addresses.length === 0 ? [] : [{ peer, addresses: addresses.map(({ address }) => address) }]
  }
}
