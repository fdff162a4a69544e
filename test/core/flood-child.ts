// A peer in a process of its own that says nothing but 0xff, the first bytes of a length that never ends, over TCP or in
// WebSocket messages; to whom it connects or to whoever connects. It prints where it listens and when the other side has gone,
// one JSON line each: `node flood-child.ts tcp|ws [PORT]`.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

const PIECE = Buffer.alloc(65_536, 0xff)

/** 3.9 MB: with four MiB or more the library's own buffer would end it. */
const PIECES = 60

const say = (line: object): void => console.log(JSON.stringify(line))

function floodSocket(socket: Socket): void {
  let left = PIECES
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1
      if (!socket.write(PIECE)) return
    }
  }
  socket.on('error', () => undefined)
  socket.on('drain', more)
  socket.on('close', () => say({ closed: true }))
  // without a reader Node does not notice that the other side has gone
  socket.resume()
  more()
}

function floodWebSocket(socket: WebSocket): void {
  socket.on('error', () => undefined)
  socket.on('close', () => say({ closed: true }))
  for (let count = 0; count < PIECES; count += 1) socket.send(PIECE, () => undefined)
}

const [transport, port] = process.argv.slice(2)
if (transport === 'ws' && port !== undefined) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  socket.on('open', () => floodWebSocket(socket))
} else if (transport === 'ws') {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', floodWebSocket)
  server.on('listening', () => say({ port: (server.address() as AddressInfo).port }))
} else if (port !== undefined) {
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('connect', () => floodSocket(socket))
} else {
  const server = createServer(floodSocket)
  server.listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }))
}
