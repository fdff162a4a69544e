// A broker for tests that remembers every request, answers the handshake as the real ones do unless a script says otherwise,
// and puts values where a test wants them. Written on node:http alone, so that it shares nothing with our own broker but the
// reading of headers.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createAuthServer } from '../../proto/peer-id-auth.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An answer; `drop` cuts the connection. */
export type FakeAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string | string[]>>; readonly body?: string }
  | 'drop'

export interface BrokerScript {
  /** Answers a request instead of the broker; undefined lets it. */
  before?: (request: SeenRequest, count: number) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>
  /** Changes the broker's answer. */
  after?: (request: SeenRequest, answer: Exclude<FakeAnswer, 'drop'>) => FakeAnswer
  /** Knows only the handshake that the server begins, and leaves a client's challenge unsigned. */
  serverInitiated?: boolean
  /** Called for an authenticated registration before it is answered. */
  onRegistered?: (registration: { peer: string; value: string; addresses: readonly string[] }) => void | Promise<void>
  tls?: { readonly key: string; readonly cert: string }
  key?: PrivateKey
}

export interface FakeBroker {
  readonly url: string
  readonly requests: SeenRequest[]
  readonly registrations: { readonly peer: string; readonly value: string; readonly addresses: readonly string[] }[]
  readonly connections: () => number
  /** Forgets what it has asked, as a restarted process does. */
  restart(): void
  close(): Promise<void>
}

export async function startFakeBroker(script: BrokerScript = {}): Promise<FakeBroker> {
  const key = script.key ?? (await generateKeyPair('Ed25519'))
  const requests: SeenRequest[] = []
  const registrations: FakeBroker['registrations'] = []
  const newAuth = () =>
    createAuthServer({
      key,
      secret: crypto.getRandomValues(new Uint8Array(32)),
      now: Date.now,
      firstUse: async () => true,
    })
  let auth = newAuth()
  let connections = 0

  const register = async (request: SeenRequest): Promise<Exclude<FakeAnswer, 'drop'>> => {
    const { authorization = '', host = '' } = request.headers
    // a server that does not know the client's handshake asks as if nobody had said anything
    const isFirst = authorization.includes('challenge-server') && !authorization.includes('opaque')
    const outcome = await auth(script.serverInitiated && isFirst ? undefined : authorization || undefined, host)
    if (outcome.kind === 'challenge') return { status: 401, headers: { 'WWW-Authenticate': outcome.wwwAuthenticate } }
    if (outcome.kind === 'refused') return { status: 400 }
    const { value, addresses } = JSON.parse(request.body) as { value: string; addresses: string[] }
    const registration = { peer: outcome.peer.toString(), value, addresses }
    registrations.push(registration)
    await script.onRegistered?.(registration)
    return { status: 200, headers: { 'Authentication-Info': outcome.authenticationInfo ?? '' } }
  }

  const decide = async (request: SeenRequest): Promise<FakeAnswer> => {
    const scripted = await script.before?.(request, requests.length)
    if (scripted) return scripted
    const own = request.path.endsWith('/v1/health')
      ? { status: 204 }
      : request.path.endsWith('/v1/_acme-challenge')
        ? await register(request)
        : { status: 404 }
    return script.after?.(request, own) ?? own
  }

  const onRequest: Parameters<typeof createServer>[1] = (incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(request)
      void decide(request).then((answer) => {
        if (answer === 'drop') return incoming.socket.destroy()
        response.writeHead(answer.status, answer.headers)
        return response.end(answer.body)
      })
    })
  }
  const server: Server = script.tls ? createSecureServer(script.tls, onRequest) : createServer(onRequest)
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${script.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    registrations,
    connections: () => connections,
    restart: () => void (auth = newAuth()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
