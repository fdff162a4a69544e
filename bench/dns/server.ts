// The process that the DNS bench measures: `node bench/dns/server.ts ours|echo` prints its port and serves until it is ended.
// `echo` is node:dgram alone, sending every packet back: as fast as any server on Node can be.
import { createSocket } from 'node:dgram'
import { createDnsServer } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { createZoneAnswerer } from '../../servers/dns/answer.ts'
import { benchZone } from './queries.ts'

if (process.argv[2] === 'echo') {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  socket.on('message', (message, { port, address }) => socket.send(message, 0, message.length, port, address))
  socket.bind(0, '127.0.0.1', () => console.log(socket.address().port))
} else {
  const { config, challenges, clock } = benchZone()
  const { handle } = createZoneAnswerer(config, challenges, clock)
  const server = createDnsServer({ host: '127.0.0.1', port: 0, handle, log: silentLog })
  console.log((await server.start()).port)
}
