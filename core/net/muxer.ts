// yamux with the limits that this house needs: what a peer may have open and unread, and what is kept for a peer that does not read.
// Proving a key costs nothing, so whoever has done it is still a stranger.
import { yamux } from '@libp2p/yamux'
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'
import { createStreamRate, type Opening } from './stream-rate.ts'
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

/**
 * Streams that may arrive before a new connection is ready for them. The library's 10 would reset a connection over which an
 * issue server, just reconnected, sets the values of a dozen orders.
 */
const MAX_EARLY_STREAMS = 128

/** The library's 1,000 streams may each hold a window unread; our busiest protocol, the values of orders, opens some forty at once. */
const MAX_INBOUND_STREAMS = 256

/**
 * The most that a peer may send ahead in one stream. The library's 16 MiB are more than the 4 MiB that it keeps for a reader who
 * pauses, so that it would reset the stream instead of letting it wait. One MiB is 84 Mbit/s at a round trip of 100 ms.
 */
const MAX_STREAM_WINDOW_BYTES = 1_048_576

/** A window, and the frame that closes it. */
const MAX_UNREAD_BYTES = MAX_STREAM_WINDOW_BYTES + 65_536

/** What is kept of one stream for a peer that does not read; the library has no limit. Our own messages are far smaller. */
const MAX_UNSENT_BYTES = 4 * 1_048_576

/** The same for a connection, of all its streams: each adds a window at most before it learns that nothing fits. */
const MAX_UNSENT_OF_CONNECTION_BYTES = 8 * 1_048_576

/**
 * Frames that a connection may have to wait with. Answers to pings, windows and refusals of streams have twelve bytes each, which cost
 * three hundred: a peer that makes us write them and does not read is no peer.
 */
const MAX_UNSENT_FRAMES = 4_096

/** Pings of yamux: implementations send one in ten or thirty seconds, and each is answered. */
const PINGS: Rate = { burst: 64, perSecond: 1 }

/** A peer makes us write to them and does not read. */
export class UnreadError extends Error {
  override readonly name = 'UnreadError'
}

/** A peer opens streams and lets them be, again and again. */
export class StreamRateError extends Error {
  override readonly name = 'StreamRateError'
}

/** @libp2p/yamux has other insides than the version that was tested; pin the one before. */
export class YamuxChangedError extends Error {
  override readonly name = 'YamuxChangedError'
}

/**
 * Makes the muxer of a host.
 *
 * @throws YamuxChangedError when a connection is made
 */
export function limitedYamux(): () => StreamMuxerFactory {
  const create = yamux({
    maxEarlyStreams: MAX_EARLY_STREAMS,
    maxInboundStreams: MAX_INBOUND_STREAMS,
    streamOptions: {
      maxStreamWindowSize: MAX_STREAM_WINDOW_BYTES,
      maxReadBufferLength: MAX_UNREAD_BYTES,
      maxWriteBufferLength: MAX_UNSENT_BYTES,
    },
  })
  const streamRate = createStreamRate()
  return () => {
    const factory = create()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection: MessageStream) => {
      boundUnsent(connection)
      const muxer = createStreamMuxer(connection)
      boundOpenings(muxer, connection, streamRate())
      boundPings(muxer, connection)
      return muxer
    }
    return factory
  }
}

/** There is no option for it either: the library resets a stream where its peer may have no more, and only then. */
function boundOpenings(muxer: StreamMuxer, connection: MessageStream, rate: (nowMs: number) => Opening): void {
  const open: unknown = Reflect.get(muxer, 'incomingStream')
  if (typeof open !== 'function' || typeof Reflect.get(muxer, 'maxInboundStreams') !== 'number')
    throw new YamuxChangedError('yamux has no incomingStream(): this version was not tested, pin 8.0.3')
  const setMost = (count: number) => Reflect.set(muxer, 'maxInboundStreams', count)
  let isCut = false
  Reflect.set(muxer, 'incomingStream', (id: number): void => {
    // what came in the same packet
    if (isCut) return
    const opening = rate(performance.now())
    isCut = opening === 'cut'
    if (isCut) return connection.abort(new StreamRateError('streams are opened faster than anybody needs'))
    setMost(opening === 'open' ? MAX_INBOUND_STREAMS : 0)
    Reflect.apply(open, muxer, [id])
  })
}

/** The library answers every ping, each with a frame that is encrypted by itself. */
function boundPings(muxer: StreamMuxer, connection: MessageStream): void {
  const answer: unknown = Reflect.get(muxer, 'handlePing')
  if (typeof answer !== 'function')
    throw new YamuxChangedError('yamux has no handlePing(): this version was not tested, pin 8.0.3')
  const bucket = new LeakyBucket(PINGS)
  let isCut = false
  Reflect.set(muxer, 'handlePing', (header: unknown): void => {
    // what came in the same packet
    if (isCut) return
    isCut = !bucket.take(1, performance.now())
    if (isCut) return connection.abort(new StreamRateError('pings come faster than anybody needs'))
    Reflect.apply(answer, muxer, [header])
  })
}

/** There is no option for it: what does not fit into the socket is kept in front of it. */
function boundUnsent(connection: MessageStream): void {
  Reflect.set(connection, 'maxWriteBufferLength', MAX_UNSENT_OF_CONNECTION_BYTES)
  const send = connection.send.bind(connection)
  let waiting = 0
  connection.send = (data) => {
    waiting = connection.writableNeedsDrain ? waiting + 1 : 0
    if (waiting <= MAX_UNSENT_FRAMES) return send(data)
    connection.abort(new UnreadError(`${waiting} frames wait for a peer that does not read`))
    return false
  }
}
