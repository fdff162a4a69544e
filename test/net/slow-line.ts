// A line that takes its time: loopback has no delay, and what is wrong with windows and back-pressure shows only where one is.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/**
 * Passes TCP on to a port of loopback, every byte later by the same time and none lost.
 *
 * @returns where it listens
 */
export async function startSlowLine(t: TestContext, port: number, delayMs: number): Promise<number> {
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on('error', () => undefined)
    from.on('data', (chunk) =>
      setTimeout(() => {
        if (!to.writable || to.write(chunk)) return
        from.pause()
        to.once('drain', () => from.resume())
      }, delayMs),
    )
    from.on('close', () => setTimeout(() => to.destroy(), delayMs))
  }
  const server = createServer((socket) => {
    const onward = connect({ port, host: '127.0.0.1', noDelay: true })
    pass(socket, onward)
    pass(onward, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
