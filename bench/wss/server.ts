// The process that the WSS bench measures: argument one says which of the three it is. It is sent key and chain, answers with where it
// listens, and from then on every message with its CPU time (microseconds); it ends with the process that started it. What it
// serves is said by the first bytes of a connection (exchange.ts), the same for all three.
import { createServer } from 'node:https'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import * as v from 'valibot'
import { WebSocketServer } from 'ws'
import { createHost, type Host } from '../../core/host.ts'
import { createDialGuard } from '../../core/net/dial-guard.ts'
import { guardTransport } from '../../core/net/guarded-listeners.ts'
import { createPlaces } from '../../core/net/places.ts'
import { secureWebSockets, type SecureWebSocketsInit } from '../../core/net/secure-websockets.ts'
import { createTlsCertificate } from '../../main/node/tls-certificate.ts'
import { BYTES_PROTOCOL, serveStream, serveWebSocket } from './exchange.ts'
import { isWssServerKind, type WssServerKind } from './kinds.ts'
import type { MultiaddrConnection, Upgrader } from '@libp2p/interface'
import type { AddressInfo } from 'node:net'

const LISTEN = multiaddr('/ip4/127.0.0.1/tcp/0/tls/ws')

/** So many that the limits are not what is measured; all of them hold. */
const MANY = 1_000_000

interface Pair {
  readonly key: string
  readonly cert: string
}

/** The listener's part of what a node at home serves (main/node/node-host.ts). */
function served({ key, cert }: Pair): SecureWebSocketsInit {
  const tls = createTlsCertificate()
  tls.use({ keyPem: key, chainPem: cert })
  return {
    https: tls.https,
    onTlsServer: (server) => tls.attach(server),
    page: (_request, response) => response.end(),
  }
}

/** Each listens on loopback and tells where. */
const SERVERS: Readonly<Record<WssServerKind, (pair: Pair, host: Host) => Promise<string>>> = {
  /** As anybody would write it. */
  async node(pair) {
    const server = createServer(pair)
    new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => serveWebSocket(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}/tls/ws`
  },

  /** As createHost makes it (core/host.ts), with nothing above it. */
  async ours(pair, { logger }) {
    const guard = {
      places: createPlaces({ places: MANY, perNetwork: MANY }),
      perSecond: MANY,
      keeps: async () => false,
    }
    const create = secureWebSockets({ ...served(pair), guard: createDialGuard() })
    const transport = guardTransport(create({ logger, events: new TypedEventEmitter() }), guard)
    const listener = transport.createListener({ upgrader: rawUpgrader((connection) => serveStream(connection)) })
    await listener.listen(LISTEN)
    return String(listener.getAddrs()[0])
  },

  /** All of it, with noise and yamux. */
  async libp2p(_pair, host) {
    await host.handle(BYTES_PROTOCOL, (stream) => serveStream(stream))
    return String((await host.services.listener.listen([LISTEN]))[0])
  },
}

/** What it is given is used as it is, without the handshakes that come next in libp2p. */
function rawUpgrader(use: (connection: MultiaddrConnection) => void): Upgrader {
  const notHere = () => Promise.reject(new Error('this upgrader only takes connections'))
  return {
    upgradeOutbound: notHere,
    createInboundAbortSignal: (signal) => Object.assign(signal, { clear: () => undefined }),
    getConnectionEncrypters: () => new Map(),
    getStreamMuxers: () => new Map(),
    async upgradeInbound(connection) {
      use(connection)
    },
  }
}

const kind = process.argv[2] ?? ''
if (!isWssServerKind(kind)) throw new Error(`there is no server "${kind}"`)
const [message] = (await once(process, 'message')) as unknown[]
const pair = v.parse(v.object({ key: v.string(), cert: v.string() }), message)
// what else a process keeps costs each of its garbage collections, so each of them keeps the same
const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), webSockets: served(pair) })
const address = await SERVERS[kind](pair, host)
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: user + system })
})
process.once('disconnect', () => process.exit(0))
process.send?.({ address })
