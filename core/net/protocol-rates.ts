// How often a peer may ask for what the library does for everybody: identify, its pushes, and pings. Each costs us a millisecond or two (a
// signature, writes to the peer store) and them nothing; the library counts only how many there are at once, and stream-rate.ts lets more
// streams be opened than this can bear.
import { FairRate } from '../fair-rate.ts'
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'
import { publicIpOf } from './multiaddr-ip.ts'
import { networkOf } from './network.ts'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'

/** How often a connection may open streams of one protocol, and how often all together. */
export interface ProtocolRates {
  readonly connection: Rate
  /**
   * Of all connections together, beyond the first `free` streams of each, which its handshake has paid for and nobody else can use up. One
   * network has an eighth of it, and less the fuller it is: whoever was quiet finds room.
   *
   * @default any number
   */
  readonly all?: (Rate & { readonly free: number }) | undefined
  /** Streams of a connection that were reset for their number: with more of them it is cut off. */
  readonly refusals: Rate
  /** Chunks that a stream may bring. @default any number */
  readonly chunks?: Rate | undefined
}

/** A node that starts learns of its ports, its router and its certificate within a minute; later there is news in hours. */
export const PUSH_RATES: ProtocolRates = {
  connection: { burst: 16, perSecond: 0.2 },
  all: { burst: 200, perSecond: 5, free: 2 },
  refusals: { burst: 64, perSecond: 1 },
}

/** Who connects asks once; an issue server asks again before it dials back. */
export const IDENTIFY_RATES: ProtocolRates = {
  connection: { burst: 16, perSecond: 1 / 10 },
  all: { burst: 200, perSecond: 10, free: 2 },
  refusals: { burst: 64, perSecond: 1 },
}

/**
 * js-libp2p opens one in ten seconds, and gives up a connection where it is not answered: nobody else may use those up. go-libp2p has one
 * for as long as it lasts, and pings once a second.
 */
export const PING_RATES: ProtocolRates = {
  connection: { burst: 32, perSecond: 1 / 4 },
  refusals: { burst: 64, perSecond: 1 },
  chunks: { burst: 500, perSecond: 50 },
}

/** A peer asks for far more than anybody needs. */
export class TooOftenError extends Error {
  override readonly name = 'TooOftenError'
}

/** What one connection has used of one protocol. */
interface Used {
  readonly streams: LeakyBucket
  readonly refusals: LeakyBucket
  count: number
}

/**
 * Makes a handler that is called so often and no more. What is beyond is reset before anything of it is read; whoever goes on all the
 * same is cut off.
 *
 * @param now  milliseconds
 */
export function limitedHandler(
  handler: StreamHandler,
  rates: ProtocolRates,
  now: () => number = () => performance.now(),
): StreamHandler {
  const free = rates.all?.free ?? Infinity
  const all = rates.all && new FairRate(rates.all)
  const connections = new WeakMap<Connection, Used>()

  const mayPass = (connection: Connection): boolean => {
    const used = connections.get(connection) ?? {
      ...{ streams: new LeakyBucket(rates.connection), refusals: new LeakyBucket(rates.refusals), count: 0 },
    }
    connections.set(connection, used)
    const isFree = ++used.count <= free
    if (used.streams.take(1, now()) && (isFree || all?.take(networkUnder(connection), now()) !== false)) return true
    if (!used.refusals.take(1, now())) connection.abort(new TooOftenError('many more streams than anybody needs'))
    return false
  }

  return (stream, connection) => {
    if (!mayPass(connection)) return stream.abort(new TooOftenError('too many streams of this protocol'))
    if (rates.chunks) limitChunks(stream, new LeakyBucket(rates.chunks), now)
    return handler(stream, connection)
  }
}

/** The network that counts; at home nobody is counted apart. */
function networkUnder({ remoteAddr }: Connection): string | undefined {
  const ip = publicIpOf(remoteAddr)
  return ip && networkOf(ip)
}

function limitChunks(stream: Stream, bucket: LeakyBucket, now: () => number): void {
  stream.addEventListener('message', () => {
    if (!bucket.take(1, now())) stream.abort(new TooOftenError('too many messages'))
  })
}
