// Under which address others see us: every peer tells it by identify, once for each connection and by itself. Asking a
// second time would break the first answer, so we listen from before a connection is made.
import type { Host } from '../../core/host.ts'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Hears how we are seen. */
export interface SeenAs extends Disposable {
  /**
   * How the peer at the other end of a connection sees us.
   *
   * @returns undefined where it does not say
   * @throws the signal's reason
   */
  over(connection: Connection, signal: AbortSignal): Promise<Multiaddr | undefined>
  /** Of how many connections it is remembered. */
  size(): number
}

/** Listens until it is disposed of; connections made before are not heard. */
export function listenForSeenAs(host: Host): SeenAs {
  const heard = new Map<string, Multiaddr | undefined>()
  const waiting = new Set<() => void>()
  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
    // strangers come and go meanwhile, and some have gone before they are told of
    if (detail.connection.status !== 'open') return
    heard.set(detail.connection.id, detail.observedAddr)
    for (const look of waiting) look()
  }
  const onClose = ({ detail }: CustomEvent<Connection>) => void heard.delete(detail.id)
  host.addEventListener('peer:identify', onIdentify)
  host.addEventListener('connection:close', onClose)
  return {
    over({ id }, signal) {
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(look)
          signal.removeEventListener('abort', onAbort)
        }
        const look = () => {
          if (!heard.has(id)) return
          end()
          resolve(heard.get(id))
        }
        const onAbort = () => {
          end()
          reject(signal.reason)
        }
        if (signal.aborted) return reject(signal.reason)
        waiting.add(look)
        signal.addEventListener('abort', onAbort, { once: true })
        look()
      })
    },
    size: () => heard.size,
    [Symbol.dispose]() {
      host.removeEventListener('peer:identify', onIdentify)
      host.removeEventListener('connection:close', onClose)
    },
  }
}
