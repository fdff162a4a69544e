// Ports for servers that must come back on the same one after a restart; everything else in the tests uses port 0. They lie below those that
// systems give to outgoing connections, one of which could take a port between its being found free and its use.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'

/** Ports that are free now for TCP and UDP on 127.0.0.1, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold))
  await Promise.all(held.map((one) => one.release()))
  return held.map((one) => one.port)
}

const FIRST = 16_384
/** Linux's own begin here. */
const BEYOND = 32_768

async function hold(): Promise<{ readonly port: number; release(): Promise<void> }> {
  const server = createServer()
  const port = randomInt(FIRST, BEYOND)
  const isOurs = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    // everywhere, since somebody else may have it at another address
    server.listen(port, '0.0.0.0', () => resolve(true))
  })
  if (!isOurs) return hold()
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
