// Looks for a peer of whom too little is known: asks a few connected peers for its record, and the DHT where that is on. What is found is
// in the book, and a dial that runs hears of it from there.
import type { Meetings } from '../../core/exchange/meet.ts'
import type { Dht } from './dht/dht.ts'
import type { PeerId } from '@libp2p/interface'

/** Looks for a peer until all have answered or the signal ends. Never rejects. */
export type Seek = (peer: PeerId, signal: AbortSignal) => Promise<void>

/** Makes it. */
export function createSeek(ways: {
  readonly exchange?: Pick<Meetings, 'find'> | undefined
  readonly dht?: Pick<Dht, 'find'> | undefined
}): Seek {
  return async (peer, signal) => {
    await Promise.allSettled([ways.exchange?.find([peer], signal), ways.dht?.find(peer, signal)])
  }
}
