// The relay's listener: WebSockets for clients, a document about itself for whoever asks for `application/nostr+json` (NIP-11), and one
// sentence for browsers. Behind the door that everything has that listens for strangers.
// oxlint-disable-next-line no-restricted-imports -- it has maxPayload, and listens with a server of core/net/http-server.ts
import { WebSocketServer, type WebSocket } from 'ws'
import { createHttpServer } from '../../core/net/http-server.ts'
import { networkOf } from '../../core/net/network.ts'
import { type PemPair, TLS_SERVER_OPTIONS, useCertificate } from '../../core/net/tls-server.ts'
import { MAX_EVENT_BYTES } from '../../core/nostr/event.ts'
import { VERSION } from '../../core/version.ts'
import { readCaller } from '../callers.ts'
import { MAX_FRAME_BYTES, MAX_SUBSCRIPTIONS, VALIDATOR_LIMITS } from './talk.ts'
import { joinHostPort, splitHostPort, type HostPort } from '../../core/net/host-port.ts'
import type { NostrRelaySection } from '../config/nostr-relay.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What the listener needs. */
export interface RelayHttpInit {
  readonly section: NostrRelaySection
  /** Key and certificate, PEM; plain WebSocket where left out. */
  readonly tls: PemPair | undefined
  /** Takes a client. @param network  core/net/network.ts */
  readonly onClient: (socket: WebSocket, network: string) => void
}

/** A running listener. */
export interface RelayHttp {
  readonly address: HostPort
  /** How many clients there are. */
  clients(): number
  setCertificate(pair: PemPair): void
  stop(): Promise<void>
}

/** The port cannot be listened on. */
export class RelayListenError extends Error {
  override readonly name = 'RelayListenError'
}

/** A client that is still there answers a ping; the connection of one that is not has no end of its own. */
const PING_MS = 45_000

/** @throws RelayListenError */
export async function startRelayHttp({ section, tls, onClient }: RelayHttpInit): Promise<RelayHttp> {
  const sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, clientTracking: true },
  })
  const alive = new WeakSet<WebSocket>()
  const { server, secure, stop } = createHttpServer(
    {
      connections: section.limits.connections,
      perNetwork: section.limits.connectionsPerPrefix,
      trustedProxies: section.trustedProxies,
      tls: tls && { ...TLS_SERVER_OPTIONS, ...tls },
      onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
        const { ip } = readCaller(request, section.trustedProxies)
        sockets.handleUpgrade(request, socket, head, (opened) => {
          alive.add(opened)
          opened.on('pong', () => alive.add(opened))
          onClient(opened, ip ? networkOf(ip) : '')
        })
      },
    },
    (request, response) => answer(section, request, response),
  )
  const pings = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, PING_MS)
  const listen = splitHostPort(section.listen)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(listen.port, listen.host, resolve)
    })
  } catch (cause) {
    clearInterval(pings)
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RelayListenError(
      `cannot listen on ${joinHostPort(listen)} for the Nostr relay: ${why}; choose a free port`,
      { cause },
    )
  }
  const bound = server.address()
  return {
    address: { host: listen.host, port: typeof bound === 'object' && bound !== null ? bound.port : 0 },
    clients: () => sockets.clients.size,
    setCertificate: (pair) => secure && useCertificate(secure, pair),
    async stop() {
      clearInterval(pings)
      for (const socket of sockets.clients) socket.terminate()
      await stop()
    },
  }
}

function answer(section: NostrRelaySection, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Vary', 'Accept')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.statusCode = 405
    return void response.end()
  }
  // clients on the web read it from other sites (NIP-11)
  response.setHeader('Access-Control-Allow-Origin', '*')
  if ((request.headers.accept ?? '').includes('application/nostr+json')) {
    response.setHeader('Content-Type', 'application/nostr+json')
    return void response.end(JSON.stringify(relayDocument(section)))
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end('This is a Nostr relay for names that belong to a key. Programs talk to it by WebSocket.\n')
}

/** What the relay says of itself (NIP-11). */
function relayDocument({ displayName, kinds, authors, keepDays, limits }: NostrRelaySection): object {
  const open = authors === undefined
  return {
    name: displayName === '' ? 'Nodetrust relay' : displayName,
    description: `Keeps names that belong to a key: kinds ${kinds.join(', ')}; ${open ? 'anybody may write' : 'only some may write'}.`,
    software: 'nodetrust',
    version: VERSION,
    supported_nips: [1, 9, 11, 40],
    limitation: {
      ...{ max_message_length: MAX_FRAME_BYTES, max_subscriptions: MAX_SUBSCRIPTIONS, max_limit: 500 },
      ...{
        max_subid_length: VALIDATOR_LIMITS.maxSubscriptionIdLength,
        max_event_tags: VALIDATOR_LIMITS.maxNumberOfTags,
      },
      ...{
        max_content_length: MAX_EVENT_BYTES,
        created_at_upper_limit: 900,
        restricted_writes: !open,
        auth_required: false,
      },
    },
    retention: [{ kinds, time: Math.round(keepDays * 86_400), count: limits.eventsPerAuthor }],
  }
}
