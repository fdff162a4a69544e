// Attacks by connections that are opened and held: silent, half begun, endless, or promising what never comes.
import { randomBytes } from 'node:crypto'
import tls from 'node:tls'
import { type Attack, connectFrom, fromEach, holding, type Siege } from '../attack.ts'
import { type Port, portOf, type SiegeFacts } from '../facts.ts'

/** Everything that takes TCP from strangers. */
function allPorts({ issue, issueWs, proof, dnsControl, broker, dns, homes }: SiegeFacts): Port[] {
  const { hostname, port } = new URL(broker)
  return [
    ...[issue, issueWs, proof, dnsControl].map((address) => portOf(address)),
    { host: hostname, port: Number(port) },
    portOf(`/ip4/${dns.split(':')[0]}/tcp/${dns.split(':')[1]}`),
    ...homes.flatMap((home) => [portOf(home.plain), home.wss]),
  ]
}

const MIB = 1024 * 1024

const UPGRADE = (key: string) =>
  `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`

/** The head of a masked binary frame of so many bytes. */
function frameHead(bytes: number): Buffer {
  const head = Buffer.alloc(14)
  head[0] = 0x82
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}

/** Upgrades, promises 100 MiB in one frame and sends as much of it as is taken. */
async function promiseMuch(siege: Siege, from: string, target: Port, servername: string | undefined): Promise<void> {
  const raw = connectFrom(siege, from, target)
  const socket = servername === undefined ? raw : tls.connect({ socket: raw, servername, rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => void raw.once('close', () => resolve()))
  socket.once(servername === undefined ? 'connect' : 'secureConnect', () => {
    socket.write(UPGRADE(randomBytes(16).toString('base64')))
  })
  socket.once('data', () => {
    siege.count('frames of 100 MiB promised')
    socket.write(frameHead(100 * MIB))
    const chunk = Buffer.alloc(64 * 1024)
    let left = 1600
    const push = () => {
      while (left-- > 0 && !socket.destroyed) {
        siege.count('KiB sent into frames', 64)
        if (socket.write(chunk)) continue
        socket.once('drain', push)
        return
      }
    }
    push()
  })
  await closed
}

/** The beginning of a ClientHello, so that the server waits for its rest. */
const HALF_HELLO = Buffer.from('16030102000100', 'hex')

export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    name: 'A1 WebSocket frames that promise 100 MiB, to WSS and /ws listeners',
    async run(siege) {
      const { homes, issueWs } = siege.facts
      await fromEach(siege, 1_000, async (from) => {
        const home = homes[Math.floor(Math.random() * homes.length)]
        if (home && Math.random() < 0.5) await promiseMuch(siege, from, home.wss, home.name)
        else await promiseMuch(siege, from, portOf(issueWs), undefined)
      })
    },
  },
  {
    name: 'A2 silent connections to every listener',
    run: async (siege) =>
      void (await Promise.all(allPorts(siege.facts).map((port) => holding(siege, port, 8, () => undefined)))),
  },
  {
    name: 'A2 connections that trickle a byte a second',
    run: async (siege) =>
      void (await Promise.all(
        allPorts(siege.facts).map((port) =>
          holding(siege, port, 2, (socket) => {
            const drip = setInterval(() => socket.write('\u0000'), 1_000)
            socket.once('close', () => clearInterval(drip))
          }),
        ),
      )),
  },
  {
    name: 'A3 half-open TLS handshakes',
    run: async (siege) =>
      void (await Promise.all(
        siege.facts.homes.map(({ wss }) => holding(siege, wss, 20, (socket) => socket.write(HALF_HELLO))),
      )),
  },
  {
    name: 'A3 visitors that keep their HTTP connection and say nothing more',
    run: async (siege) =>
      void (await Promise.all(
        siege.facts.homes.map(({ wss, name }) =>
          holding(siege, wss, 8, (raw) => {
            const socket = tls.connect({ socket: raw, servername: name, rejectUnauthorized: false })
            socket.on('error', () => undefined)
            socket.once('secureConnect', () => {
              siege.count('pages asked for')
              socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: keep-alive\r\n\r\n`)
            })
          }),
        ),
      )),
  },
  {
    name: 'A4 idle DNS over TCP',
    async run(siege) {
      const [host = '', port = ''] = siege.facts.dns.split(':')
      await holding(siege, { host, port: Number(port) }, 40, (socket) => {
        // a length, and never the question that it promises
        if (Math.random() < 0.5) socket.write(Buffer.from([0, 40, 1]))
      })
    },
  },
]
