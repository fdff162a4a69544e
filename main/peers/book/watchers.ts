// Who is told of changes of the book; one that fails keeps no other from hearing of them.
import type { PeerId } from '@libp2p/interface'
import type { Log } from '../../../core/log.ts'

/** Those that watch. */
export interface Watchers {
  /** @returns a function that ends it */
  add(listener: (peer: PeerId) => void): () => void
  tell(peer: PeerId): void
}

/** Makes it. */
export function createWatchers(log: Log): Watchers {
  const listeners = new Set<(peer: PeerId) => void>()
  return {
    add(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(peer) {
      for (const listener of listeners) {
        try {
          listener(peer)
        } catch (error) {
          log.error({ error: String(error) }, 'a listener of the book failed')
        }
      }
    },
  }
}
