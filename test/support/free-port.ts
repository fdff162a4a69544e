// Ports for servers that must come back on the same one after a restart; everything else in the tests uses port 0.
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'

/** Ports that are free now for TCP and UDP on 127.0.0.1, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold))
  await Promise.all(held.map((one) => one.release()))
  return held.map((one) => one.port)
}

async function hold(): Promise<{ readonly port: number; release(): Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  const socket = createSocket('udp4')
  const free = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => resolve(true))
  })
  const release = async () => {
    await new Promise((resolve) => server.close(resolve))
    if (free) await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
  if (free) return { port, release }
  await release()
  return hold()
}
