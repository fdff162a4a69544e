// Tells a connection by WebSocket at once that it may send again. js-libp2p's looks every ten milliseconds whether all that was written is
// gone, so that nobody gets more than one buffer in that time, and makes a timer and more for each such wait.
import { Duplex } from 'node:stream'
import { TransportChangedError } from './transport-changed.ts'
import type { MultiaddrConnection } from '@libp2p/interface'

/** What looks again and again; nobody needs to. */
const NO_TASK = { start: () => undefined, stop: () => undefined }

/**
 * Goes by the socket instead. Its 'drain' comes when nothing is left, which is what the library looks for, and comes for certain: whoever
 * has to wait has written more than the socket takes, and nothing waits in `ws` itself, which compresses nothing here.
 *
 * @param connection  of a WebSocket of `ws`
 * @throws TransportChangedError where it does not look as the tested version does
 */
export function drainPromptly(connection: MultiaddrConnection): void {
  const websocket: unknown = Reflect.get(connection, 'websocket')
  const raw: unknown = typeof websocket === 'object' && websocket !== null && Reflect.get(websocket, '_socket')
  const look: unknown = Reflect.get(connection, 'checkBufferedAmount')
  if (!(raw instanceof Duplex) || typeof look !== 'function' || !Reflect.has(connection, 'checkBufferedAmountTask'))
    throw new TransportChangedError('a WebSocket connection looks for its drain in another way: pin @libp2p/websockets')
  Reflect.set(connection, 'checkBufferedAmountTask', NO_TASK)
  raw.on('drain', () => {
    if (connection.writableNeedsDrain) look.call(connection)
  })
}
