// A name server that knows no name and remembers all that it was asked for, as a process in a namespace.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import packet from 'dns-packet'

const NXDOMAIN = 3
const names = new Set<string>()

function answer(query: Buffer): Buffer {
  const { id = 0, questions = [] } = packet.decode(query)
  for (const { name } of questions) names.add(name.toLowerCase())
  return packet.encode({ type: 'response', id, flags: packet.RECURSION_AVAILABLE | NXDOMAIN, questions })
}

const udp = createSocket('udp4')
udp.on('message', (query, { port, address }) => udp.send(answer(query), port, address))
const tcp = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', (bytes) => {
    const reply = answer(bytes.subarray(2))
    const length = Buffer.alloc(2)
    length.writeUInt16BE(reply.length)
    socket.end(Buffer.concat([length, reply]))
  })
})
await new Promise<void>((resolve) => udp.bind(53, '0.0.0.0', resolve))
await new Promise<void>((resolve) => tcp.listen(53, '0.0.0.0', resolve))

createInterface({ input: process.stdin })
  .on('line', () => console.log(JSON.stringify({ names: [...names].sort() })))
  .on('close', () => process.exit(0))
