// The peers of the book that are in memory: those that matter to us, and of the others so many, shared fairly among who brought them. Who
// is connected, was added by a person or has been spoken with is never pushed out by those who were merely heard of.
import { multiaddr } from '@multiformats/multiaddr'
import { type Bringer, createFairMap } from '../../../core/discovery/fair-map.ts'
import { targetOf } from '../dial-targets.ts'
import { isUsers, type Entry } from './entry.ts'
import { LONG_SILENCE_MS, MAX_AT_HAND, MAX_MET_PEERS, MAX_SEQS_AT_HAND } from './limits.ts'
import type { PeerId } from '@libp2p/interface'

/** A peer in memory. */
export interface AtHand {
  readonly peer: PeerId
  readonly entry: Entry
  /** As it stands on disk. */
  readonly written: Entry | undefined
}

/** Of whom nobody knows how they came. */
export const UNKNOWN_BRINGER: Bringer = { network: '', neighbour: '' }

/** What it needs. */
export interface HandInit {
  readonly isConnected: (peer: PeerId) => boolean
  readonly now: () => number
  /** Told of each that had to give way. */
  readonly onGone: (gone: AtHand, bringer: Bringer) => void
}

/** The peers in memory. */
export interface Hand {
  get(id: string): AtHand | undefined
  bringerOf(id: string): Bringer | undefined
  /**
   * Puts a peer in; `isHeard` at the end of the line.
   *
   * @returns whether there was a place for it; its number is not remembered where there was none
   */
  put(id: string, peer: AtHand, bringer: Bringer, isHeard: boolean): boolean
  /** Another value for one that is here. */
  replace(id: string, peer: AtHand): void
  /** Takes a peer out. */
  drop(id: string): void
  /** Whether it stays whatever comes. */
  isKept(id: string): boolean
  /** Whether it stays because we have spoken with it. */
  isMet(id: string): boolean
  size(): number
  /** By the time they were heard, the last one at the end. */
  all(): IterableIterator<[string, AtHand]>
  /** The highest number of a peer that is not here any more. */
  seqOf(id: string): bigint | undefined
  seqBringerOf(id: string): Bringer | undefined
  rememberSeq(id: string, seq: bigint, bringer: Bringer): void
}

/** Makes it. */
export function createHand({ isConnected, now, onGone }: HandInit): Hand {
  const peers = new Map<string, AtHand>()
  // by the network in which they were reached: a handful of machines can be any number of peers
  const met = createFairMap<true>({ limit: MAX_MET_PEERS })
  const isMet = (id: string): boolean => met.get(id) === true
  const seqs = createFairMap<bigint>({ limit: MAX_SEQS_AT_HAND })

  const isKept = (id: string): boolean => {
    const one = peers.get(id)
    return isMet(id) || (one !== undefined && (isUsers(one.entry) || isConnected(one.peer)))
  }
  const isOver = (id: string): boolean => now() - (peers.get(id)?.entry.record?.heardMs ?? 0) > LONG_SILENCE_MS
  const places = createFairMap<string>({ limit: MAX_AT_HAND, isOver, isKept })

  const rememberSeq: Hand['rememberSeq'] = (id, seq, bringer) => {
    if (seq >= 0n && seq > (seqs.get(id) ?? -1n)) seqs.put(id, seq, bringer)
  }

  const takeOut = (id: string): AtHand | undefined => {
    const gone = peers.get(id)
    peers.delete(id)
    places.delete(id)
    met.delete(id)
    return gone
  }

  return {
    get: (id) => peers.get(id),
    bringerOf: (id) => places.bringerOf(id),
    put(id, peer, bringer, isHeard) {
      if (isHeard) peers.delete(id)
      peers.set(id, peer)
      if (peer.entry.metMs !== undefined && !isMet(id)) met.put(id, true, { network: reachedIn(peer), neighbour: '' })
      const victim = places.put(id, id, bringer)
      if (victim?.key === id) {
        peers.delete(id)
        met.delete(id)
        return false
      }
      seqs.delete(id)
      const gone = victim && takeOut(victim.key)
      if (gone) onGone(gone, victim.bringer)
      return true
    },
    replace(id, peer) {
      if (peers.has(id)) peers.set(id, peer)
    },
    drop: (id) => void takeOut(id),
    isKept,
    isMet,
    size: () => peers.size,
    all: () => peers.entries(),
    seqOf: (id) => seqs.get(id),
    seqBringerOf: (id) => seqs.bringerOf(id),
    rememberSeq,
  }
}

/** The network, or the domain, of the address at which it was reached last. */
function reachedIn({ peer, entry }: AtHand): string {
  const [last] = entry.held
    .filter(({ experience }) => experience.lastSuccessMs !== undefined)
    .toSorted((one, other) => (other.experience.lastSuccessMs ?? 0) - (one.experience.lastSuccessMs ?? 0))
  return (last && targetOf(multiaddr(last.address), peer)) ?? ''
}
