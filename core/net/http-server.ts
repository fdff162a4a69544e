// Every HTTP server of this house, with and without TLS, behind a door (door.ts) and with Node's own limits set. Node's defaults are
// made for servers behind something: a minute for the headers, five for a request, any number of connections and of requests on each.
// oxlint-disable-next-line no-restricted-imports -- this is the place that puts the limits on
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
// oxlint-disable-next-line no-restricted-imports -- this is the place that puts the limits on
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type Door, FIRST_BYTE_MS, PENDING_MS, putDoor } from './door.ts'
import { createPlaces, type Places } from './places.ts'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'

/** What is different from one server to the other. */
export interface HttpServerInit {
  /** Connections at once. */
  readonly connections: number
  /** Connections at once from one network. @default all of them */
  readonly perNetwork?: number | undefined
  /** Reverse proxies, canonical IP addresses (network.ts): they come from one address for everybody, and have as many places again of their own. */
  readonly trustedProxies?: readonly string[] | undefined
  /** Key and certificate, or how they are found; plain HTTP where left out. */
  readonly tls?: TlsOptions | undefined
  /** How long headers may take, from the connection on, milliseconds. @default PENDING_MS */
  readonly headersMs?: number | undefined
  /** How long a request may take to come in whole, milliseconds. @default 10_000 */
  readonly requestMs?: number | undefined
  /** How often those two are looked at, milliseconds. @default 1_000 */
  readonly checkMs?: number | undefined
  /** How long a connection may rest between requests, milliseconds. @default 5_000 */
  readonly keepAliveMs?: number | undefined
  /** The largest head of a request. @default 8_192 */
  readonly maxHeaderBytes?: number | undefined
  /** Whether a request without Host is refused by Node itself (RFC 9112 section 3.2). @default true */
  readonly requireHostHeader?: boolean | undefined
  /** Takes every request for an upgrade, and ends the connection where it comes to nothing; without it they are requests like others. */
  readonly onUpgrade?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined
  /** Takes every request for a tunnel (CONNECT), and ends the connection where it comes to nothing; without it Node cuts them off. */
  readonly onConnect?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined
}

/** A server that does not listen yet. */
export interface HttpServer {
  readonly server: Server | TlsServer
  readonly places: Places
  /** Closes it at once with whoever is there. */
  readonly stop: () => Promise<void>
  /** The same server, where it has TLS. */
  readonly secure: TlsServer | undefined
}

/** Browsers and clients of ours make a few; whoever makes more is made to come anew, past the door. */
const REQUESTS_PER_CONNECTION = 100

const DEFAULT_REQUEST_MS = 10_000
const DEFAULT_CHECK_MS = 1_000
const DEFAULT_KEEP_ALIVE_MS = 5_000
const DEFAULT_HEADER_BYTES = 8_192

/** Headers that anybody needs are two dozen; Node's own limit is 1,000. */
const MAX_HEADERS = 100

/**
 * Makes a server; it listens when `server.listen` is called.
 *
 * @param listener  answers the requests
 */
export function createHttpServer(init: HttpServerInit, listener: RequestListener): HttpServer {
  const headersMs = init.headersMs ?? PENDING_MS
  const options = {
    maxHeaderSize: init.maxHeaderBytes ?? DEFAULT_HEADER_BYTES,
    headersTimeout: headersMs,
    requestTimeout: Math.max(headersMs, init.requestMs ?? DEFAULT_REQUEST_MS),
    connectionsCheckingInterval: init.checkMs ?? DEFAULT_CHECK_MS,
    keepAliveTimeout: init.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
    requireHostHeader: init.requireHostHeader ?? true,
    // before that nothing else counts the time of a client that never greets; Node's own patience is two minutes
    handshakeTimeout: headersMs,
  }
  const secure = init.tls && createTlsServer({ ...options, ...init.tls })
  const server = secure ?? createServer(options)
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  server.maxHeadersCount = MAX_HEADERS
  const proxies = new Set(init.trustedProxies)
  const isTrusted = (address: string) => proxies.has(address)
  const places = createPlaces({
    places: init.connections,
    perNetwork: init.perNetwork ?? init.connections,
    kept: { places: proxies.size > 0 ? init.connections : 0, isFor: isTrusted },
  })
  const door = putDoor(server, {
    ...{ places, isTrusted, firstByteMs: Math.min(FIRST_BYTE_MS, headersMs), pendingMs: headersMs },
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    settle(door, request, response)
    listener(request, response)
  })
  const { onUpgrade } = init
  // a listener for upgrades that takes none would leave their connections open
  if (onUpgrade)
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      settle(door, request)
      onUpgrade(request, socket, head)
    })
  const { onConnect } = init
  if (onConnect)
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      settle(door, request)
      onConnect(request, socket, head)
    })
  return {
    server,
    secure,
    places,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      door.cutAll() // those too that are in the middle of a TLS handshake
      await closed
    },
  }
}

/** Who has asked is known well enough; who has been answered waits again. */
function settle(door: Door, { socket }: IncomingMessage, response?: ServerResponse): void {
  const visit = door.guest(socket.remoteAddress, socket.remotePort)
  visit?.settle()
  response?.once('close', () => visit?.rest())
}
