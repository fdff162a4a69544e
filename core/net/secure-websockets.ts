// The WebSocket transport as we need it: js-libp2p's own, but dialling with the `ws` client, so that a trust anchor and a
// name resolver can be given (a sandbox has its own) and a refused certificate says why instead of a bare event.
// Faults of libraries that this is a way around (docs/upstream.md): websocket-dial.
import { webSockets } from '@libp2p/websockets'
import { multiaddrToUri } from '@multiformats/multiaddr-to-uri'
import { TLSSocket, type Server as TlsServer } from 'node:tls'
import { WebSocket } from 'ws'
import { FRAME_LIMITS, MAX_FRAME_BYTES, resetting } from './guarded-listeners.ts'
import { drainPromptly } from './prompt-drain.ts'
import { isTlsServer } from './tls-server.ts'
import { TransportChangedError } from './transport-changed.ts'
import type { DialGuard } from './dial-guard.ts'
import type { Listener, Transport, Upgrader } from '@libp2p/interface'
import type { WebSocketsComponents } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { LookupFunction } from 'node:net'
import type { RequestListener } from 'node:http'
import type { ServerOptions } from 'node:https'

/** Which certificates are trusted and how names are resolved when dialling, and how the listener serves TLS. */
export interface SecureWebSocketsInit {
  /** PEM certificates to trust instead of the platform's list. */
  readonly trustAnchorPem?: string | undefined
  /** Resolves names instead of the platform's resolver. */
  readonly lookup?: LookupFunction | undefined
  /** Judges where addresses lead that others named. @default they lead anywhere */
  readonly guard?: DialGuard | undefined
  /** Told of each TLS connection that was dialled and whose certificate was verified, by its `wss://` URI. */
  readonly onVerified?: ((uri: string) => void) | undefined
  /** Options of the TLS listener; an `SNICallback` here decides which certificate a new connection gets. */
  readonly https?: ServerOptions | undefined
  /** Told of each TLS server that was made for a listener: what it shows to clients without SNI is set there. */
  readonly onTlsServer?: ((server: TlsServer) => void) | undefined
  /** Answers plain HTTPS requests on the TLS listener; where left out, they get the library's 400. */
  readonly page?: RequestListener | undefined
}

/** A WebSocket could not be opened; the message names the address and the reason, `code` is Node's. */
export class WebSocketDialError extends Error {
  override readonly name = 'WebSocketDialError'
  readonly code: string | undefined

  constructor(uri: string, cause: unknown) {
    super(`cannot connect to ${uri}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.code = (cause as NodeJS.ErrnoException | undefined)?.code
  }
}

/**
 * How the HTTP server before the WebSockets is limited: a request for an upgrade, and a browser's, have about one KiB and come at once.
 * Times in milliseconds. The library's server never listens itself, so that Node does not look after these times there; the door
 * (door.ts) does, and these hold where it leaves more.
 */
const HTTP_LIMITS: ServerOptions = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 1_000,
  handshakeTimeout: 5_000,
}

/** What is written and not sent yet makes senders wait from here on; the library's own four MiB are for one peer that does not read. */
const MAX_BUFFERED_BYTES = 1_048_576

type Connect = (ma: Multiaddr, options?: { readonly signal?: AbortSignal | undefined }) => Promise<WebSocket>

/**
 * The transport factory.
 *
 * @throws TransportChangedError when it is used with a version of @libp2p/websockets that works differently inside; its
 *   listeners throw the same when they are made
 */
export function secureWebSockets(init: SecureWebSocketsInit = {}): (components: WebSocketsComponents) => Transport {
  const create = webSockets({
    http: HTTP_LIMITS,
    maxBufferedAmount: MAX_BUFFERED_BYTES,
    ...(init.https ? { https: { ...HTTP_LIMITS, ...init.https } } : {}),
  })
  return (components) => {
    const transport = create(components)
    if (typeof Reflect.get(transport, '_connect') !== 'function') {
      throw new TransportChangedError('@libp2p/websockets has no _connect(): this version was not tested, pin 10.1.21')
    }
    Reflect.set(transport, '_connect', connector(init))
    const dial = transport.dial.bind(transport)
    transport.dial = (ma, options) => dial(ma, { ...options, upgrader: dialledBy(options.upgrader) })
    const createListener = transport.createListener.bind(transport)
    transport.createListener = (options) =>
      tellingTls(servingPage(createListener(options), init.page), init.onTlsServer)
    return transport
  }
}

/**
 * The library's TCP transport closes a connection whose handshakes fail; its WebSocket transport leaves it open, for as long as
 * the other side likes.
 */
function dialledBy(upgrader: Upgrader): Upgrader {
  const upgradeOutbound: Upgrader['upgradeOutbound'] = async (connection, options) => {
    try {
      drainPromptly(connection)
      return await upgrader.upgradeOutbound(connection, options)
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
  return Object.assign(Object.create(upgrader) as Upgrader, { upgradeOutbound })
}

/** The library makes the server when it begins to listen, and keeps it for itself. */
function tellingTls(listener: Listener, onTlsServer: SecureWebSocketsInit['onTlsServer']): Listener {
  if (!onTlsServer) return listener
  const listen = listener.listen.bind(listener)
  listener.listen = async (address) => {
    await listen(address)
    const server: unknown = Reflect.get(listener, 'https')
    if (isTlsServer(server)) onTlsServer(server)
  }
  return listener
}

/** The library binds this method of its listener when it begins to listen, and has no option for another answer. */
function servingPage(listener: Listener, page: RequestListener | undefined): Listener {
  if (!page) return listener
  const refuse: unknown = Reflect.get(listener, 'httpRequestHandler')
  if (typeof refuse !== 'function') {
    throw new TransportChangedError('@libp2p/websockets has no httpRequestHandler(): not tested, pin 10.1.21')
  }
  const answer: RequestListener = (request, response) =>
    request.socket instanceof TLSSocket ? page(request, response) : void refuse.call(listener, request, response)
  Reflect.set(listener, 'httpRequestHandler', answer)
  return listener
}

function connector(init: SecureWebSocketsInit): Connect {
  return async (ma, options) => {
    const uri = multiaddrToUri(ma)
    options?.signal?.throwIfAborted()
    // of the URI, not of the multiaddr: a server name stands for the host there, and `2130706433` has become 127.0.0.1
    const host = new URL(uri).hostname.replace(/^\[|\]$/g, '')
    const lookup = init.guard?.lookupFor(ma, host, init.lookup) ?? init.lookup
    const socket = new WebSocket(uri, {
      rejectUnauthorized: true,
      ...FRAME_LIMITS,
      maxPayload: MAX_FRAME_BYTES,
      ...(init.trustAnchorPem ? { ca: init.trustAnchorPem } : {}),
      ...(lookup ? { lookup } : {}),
    })
    socket.binaryType = 'arraybuffer'
    socket.on('upgrade', ({ socket: raw }) => {
      if (raw instanceof TLSSocket && raw.authorized) init.onVerified?.(uri)
    })
    await opened(socket, uri, options?.signal)
    return resetting(socket)
  }
}

function opened(socket: WebSocket, uri: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      signal?.removeEventListener('abort', onAbort)
      socket.off('open', onOpen)
    }
    const onAbort = () => {
      finish()
      socket.terminate()
      reject(new WebSocketDialError(uri, signal?.reason))
    }
    const onOpen = () => {
      finish()
      waitForListener(socket)
      resolve()
    }
    // stays for the life of the socket: an 'error' nobody listens to would end the process
    socket.on('error', (error) => {
      finish()
      reject(new WebSocketDialError(uri, error))
    })
    socket.on('open', onOpen)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Reads nothing until somebody listens. A peer may speak first, even in the packet that holds the 101 (multistream-select lets
 * either side begin, and go-libp2p does), while js-libp2p listens a little after the socket is open.
 */
function waitForListener(socket: WebSocket): void {
  socket.pause()
  const onListener = (event: string | symbol) => {
    if (event !== 'message') return
    socket.off('newListener', onListener)
    // told before the listener is there
    queueMicrotask(() => socket.resume())
  }
  socket.on('newListener', onListener)
}
