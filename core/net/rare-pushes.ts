// How often a peer may tell us anew what it is (identify push). Each time costs the reading of up to eighty kilobytes, a signature and a
// write of the peer store, and takes one stream, which a peer may open often; an honest one has news when its addresses change.
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'
import type { Connection, Stream } from '@libp2p/interface'

/** A node that starts learns of its ports, its router and its certificate within a minute. */
const PUSHES: Rate = { burst: 16, perSecond: 0.2 }

/** @libp2p/identify has other insides than the version that was tested; pin the one before. */
export class IdentifyChangedError extends Error {
  override readonly name = 'IdentifyChangedError'
}

/** A peer tells us too often what it is. */
export class PushRateError extends Error {
  override readonly name = 'PushRateError'
}

/**
 * The service with that limit; a push beyond it is reset unread.
 *
 * @throws IdentifyChangedError when it is made
 */
export function rarePushes<Components, Service extends object>(
  create: (components: Components) => Service,
): (components: Components) => Service {
  return (components) => {
    const service = create(components)
    const handle: unknown = Reflect.get(service, 'handleProtocol')
    if (typeof handle !== 'function')
      throw new IdentifyChangedError('identify push has no handleProtocol(): this version was not tested, pin 4.1.14')
    const budgets = new WeakMap<Connection, LeakyBucket>()
    const rarely = async (stream: Stream, connection: Connection): Promise<void> => {
      const budget = budgets.get(connection) ?? new LeakyBucket(PUSHES)
      budgets.set(connection, budget)
      if (budget.take(1, performance.now())) await Reflect.apply(handle, service, [stream, connection])
      else stream.abort(new PushRateError(`${connection.remotePeer.toString()} tells too often what it is`))
    }
    Reflect.set(service, 'handleProtocol', rarely)
    return service
  }
}
