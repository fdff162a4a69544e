// Looks after clients that connect to a WebSocket listener and say nothing: js-libp2p does not know them before their first
// byte, so they would stay for ever and keep a closing listener waiting. Reaches into the library for the listener's server;
// where a later version has other insides, nothing is done, and a test shows it.
import type { Listener } from '@libp2p/interface'
import type { Server, Socket } from 'node:net'

/** A client that connects and says nothing for so long is let go; browsers open sockets ahead, and use them sooner. */
const FIRST_BYTE_TIMEOUT_MS = 10_000

/**
 * Makes a listener look after the sockets that say nothing: js-libp2p counts a socket only from its first byte, so nobody
 * else ends them. They are destroyed after a while, and when the listener closes.
 *
 * @param options.firstByteMs  how long a socket may be silent
 */
export function endingSilentSockets(
  listener: Listener,
  { firstByteMs = FIRST_BYTE_TIMEOUT_MS }: { readonly firstByteMs?: number | undefined } = {},
): Listener {
  const server: unknown = Reflect.get(listener, 'server')
  if (!isServer(server)) return listener
  const sockets = new Set<Socket>()
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket)
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy()
    }, firstByteMs).unref()
    socket.once('close', () => {
      clearTimeout(timer)
      sockets.delete(socket)
    })
  })
  const close = listener.close.bind(listener)
  listener.close = async () => {
    const closed = close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return listener
}

function isServer(value: unknown): value is Server {
  return typeof value === 'object' && value !== null && 'prependListener' in value
}
