// A server that speaks no HTTP of its own: it writes what a test says when a request has come, and does with the connection what
// a test wants.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import * as v from 'valibot'
import type { TestContext } from 'node:test'

/** What happens to a connection: from its beginning, and from when its first bytes have come. */
export interface RawScript {
  readonly connected?: (socket: Socket) => void
  readonly asked?: (socket: Socket) => void
}

/** A switch to another protocol. */
export const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Starts one on a free port; it ends with the test, and so do its connections. */
export async function startRawServer(
  t: TestContext,
  script: RawScript,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly port: number; readonly open: () => number }> {
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    script.connected?.(socket)
    socket.once('data', () => script.asked?.(socket))
  }
  const server: Server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, onSocket) : createServer(onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = v.parse(v.object({ port: v.number() }), server.address())
  return { port, open: () => sockets.size }
}
