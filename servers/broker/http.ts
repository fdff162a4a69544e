// The broker as HTTP: exactly the statuses, headers and bodies that the clients of the public one expect (no body with an
// authentication's answer, no `expires`), within limits on size, time and number. What a registration means is decided
// elsewhere.
import { createHttpServer } from '../../core/net/http-server.ts'
import { type PemPair, TLS_SERVER_OPTIONS, useCertificate } from '../../core/net/tls-server.ts'
import { networkOf } from '../../core/net/network.ts'
import { readTarget } from '../../core/net/request-target.ts'
import { JOIN_HEADERS, JOIN_PATH, joinPage } from '../join/page.ts'
import { readCaller } from '../callers.ts'
import { MAX_BODY_BYTES, nothingToRegister, RegistrationRefusedError } from './body.ts'
import { agentKind, type Metrics } from './metrics.ts'
import { createRequestRate, type RequestRate } from './request-rate.ts'
import type { Registrar } from './register.ts'
import type { AuthOutcome } from '../../proto/peer-id-auth.ts'
import type { HostPort } from '../../core/net/host-port.ts'
import { systemClock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SecureContextOptions } from 'node:tls'

/** What the server is made of. */
export interface BrokerHttpInit {
  readonly listen: HostPort
  /** Where clients find it; port 0 stands for the one that is listened on. */
  readonly url: string
  /** Key and certificate in PEM; plain HTTP where left out. */
  readonly tls?: SecureContextOptions | undefined
  readonly trustedProxies: readonly string[]
  readonly maxConnections: number
  /** Connections at once from one network that is no trusted proxy's. */
  readonly maxPerNetwork: number
  readonly rate: RequestRate
  /** Who a request is from, by its `Authorization` and `Host`. */
  readonly authenticate: (authorization: string | undefined, host: string) => Promise<AuthOutcome>
  readonly register: Registrar
  /** Milliseconds after which to come again; 0 where new peers are welcome now. */
  readonly health: () => Promise<number>
  /** Where visitors of the page of an invitation get the app. */
  readonly download?: string | undefined
  readonly metrics: Metrics
  readonly log: Log
  /** Test hook for slow clients. @default the constants below */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number; readonly checkMs: number } | undefined
}

/** A running server. */
export interface BrokerHttp {
  /** Where clients find it. */
  readonly url: string
  readonly address: HostPort
  inflight(): number
  /** Gives new connections another certificate. */
  setCertificate(pair: PemPair): void
  stop(): Promise<void>
}

/** The port cannot be listened on. */
export class BrokerListenError extends Error {
  override readonly name = 'BrokerListenError'
}

/** A header of two kilobytes and what browsers and proxies add. */
const MAX_HEADER_BYTES = 16_384

/** A client that sends its headers, or its sixteen kilobytes, more slowly than this is none. */
const TIMEOUTS = { headersMs: 5_000, requestMs: 20_000, checkMs: 1_000 } as const

/**
 * Half a year and more, for this host alone (RFC 6797): below the zone are the names of peers, which are none of our business.
 * Only over TLS of our own; a reverse proxy says it for itself.
 */
const TRANSPORT_SECURITY = 'max-age=31536000'

/** Visits of the page of an invitation from one network in a minute: a club behind one address, and no flood. */
const JOINS_PER_MINUTE = 60

const REGISTER_PATH = '/v1/_acme-challenge'
const HEALTH_PATH = '/v1/health'

/**
 * Starts the server.
 *
 * @throws BrokerListenError
 */
export async function startBrokerHttp(init: BrokerHttpInit): Promise<BrokerHttp> {
  const { metrics, timeouts = TIMEOUTS } = init
  const log = countedLog(init.log, systemClock)
  const invitation = joinPage(init.download)
  const joins = createRequestRate(JOINS_PER_MINUTE, systemClock)
  const stopping = new AbortController()
  let hosts: ReadonlySet<string> = new Set()
  const answering = new Set<Promise<void>>()

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now()
    const target = readTarget(request)
    const path = target?.path
    if (init.tls) response.setHeader('Strict-Transport-Security', TRANSPORT_SECURITY)
    try {
      if (!target) end(response, 400)
      else if (path === '*') end(response, 200)
      else if (path === HEALTH_PATH) await answerHealth(init, request, response)
      else if (path === JOIN_PATH) answerJoin(init, { page: invitation, rate: joins }, request, response)
      else if (path !== REGISTER_PATH) refuse(response, notFound())
      else if (!hosts.has(target.host.toLowerCase())) end(response, 400)
      else await answerRegistration({ ...init, log }, target.host, request, response, stopping.signal)
    } catch (error) {
      log.error({ error: String(error) }, 'a request could not be answered')
      end(response, 500)
    } finally {
      const known = path === HEALTH_PATH || path === REGISTER_PATH || path === JOIN_PATH
      metrics.count('nodetrust_broker_requests_total', {
        path: known ? path : 'other',
        status: String(response.statusCode),
      })
      if (path === REGISTER_PATH) metrics.observe((performance.now() - began) / 1_000)
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const answer = respond(request, response)
    answering.add(answer)
    void answer.finally(() => answering.delete(answer))
  }
  const { server, secure, stop } = createHttpServer(
    {
      connections: init.maxConnections,
      perNetwork: init.maxPerNetwork,
      trustedProxies: init.trustedProxies,
      tls: init.tls && { ...TLS_SERVER_OPTIONS, ...init.tls },
      ...timeouts,
      maxHeaderBytes: MAX_HEADER_BYTES,
    },
    listener,
  )
  // Node would ask for the body at once; here it is asked for where it is read
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new BrokerListenError(`cannot listen on ${init.listen.host} port ${init.listen.port}: ${error.message}`, {
          cause: error,
        }),
      ),
    )
    server.listen(init.listen.port, init.listen.host, resolve)
  })
  server.removeAllListeners('error')
  server.on('error', (error) => log.error({ error: String(error) }, 'the HTTP server had an error'))
  const bound = server.address()
  const address = { host: init.listen.host, port: typeof bound === 'object' && bound !== null ? bound.port : 0 }
  const url = new URL(init.url)
  if (url.port === '0') url.port = String(address.port)
  hosts = ownHosts(url)
  return {
    url: url.origin,
    address,
    inflight: () => answering.size,
    setCertificate: (pair) => secure && useCertificate(secure, pair),
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await stop()
      await Promise.all(answering) // what they use is closed after us
    },
  }
}

/** Says as well from where the client comes: a node behind a router that says nothing learns there where it is to be dialled. */
async function answerHealth(init: BrokerHttpInit, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { health, trustedProxies } = init
  const { ip } = readCaller(request, trustedProxies)
  if (ip) response.setHeader('Forge-Client-Address', ip.text)
  const waitMs = await health()
  if (waitMs === 0) return end(response, 204)
  response.setHeader('Retry-After', Math.ceil(waitMs / 1_000))
  end(response, 503)
}

/** The same for everybody: whom it is about stands behind the `#`, which no browser sends. */
function answerJoin(
  { trustedProxies }: BrokerHttpInit,
  { page, rate }: { readonly page: string; readonly rate: RequestRate },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
  const { ip } = readCaller(request, trustedProxies)
  const pause = rate(ip ? networkOf(ip) : '')
  if (pause > 0) return refuse(response, tooMany(pause))
  for (const [name, value] of Object.entries(JOIN_HEADERS)) response.setHeader(name, value)
  end(response, 200, page)
}

async function answerRegistration(
  init: BrokerHttpInit,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
  stopped: AbortSignal,
): Promise<void> {
  const caller = readCaller(request, init.trustedProxies)
  const wait = init.rate(caller.ip ? networkOf(caller.ip) : '')
  if (wait > 0) return refuse(response, tooMany(wait))
  const outcome = await init.authenticate(request.headers.authorization, host)
  if (outcome.kind === 'challenge') {
    response.setHeader('WWW-Authenticate', outcome.wwwAuthenticate)
    return end(response, 401)
  }
  if (outcome.kind === 'refused') {
    init.log.info({ address: caller.ip?.text, reason: outcome.reason }, 'refused an authentication')
    return end(response, 400)
  }
  if (outcome.authenticationInfo !== undefined) response.setHeader('Authentication-Info', outcome.authenticationInfo)
  try {
    if (request.method !== 'POST')
      throw new RegistrationRefusedError(400, '400 Bad Request: Only POST method is allowed.\n')
    const content = await readBody(request, response)
    // a step of the handshake and no registration, so it is not noted as one that was refused
    if (content.length === 0 && outcome.authenticationInfo !== undefined) throw nothingToRegister()
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('the client went away')))
    await init.register(
      {
        peer: outcome.peer,
        body: content,
        caller,
        agent: agentKind(request.headers['user-agent']),
        token: request.headersDistinct['forge-authorization']?.[0],
        accountUri: request.headersDistinct['forge-account-uri']?.[0],
      },
      AbortSignal.any([stopped, gone.signal]),
    )
    end(response, 200)
  } catch (error) {
    if (!(error instanceof RegistrationRefusedError)) throw error
    refuse(response, error)
  }
}

/** The forms of `Host` by which clients may call us: our URL's, and without a port, as a reverse proxy or nim has it. */
function ownHosts({ host, hostname, protocol }: URL): ReadonlySet<string> {
  return new Set(host === hostname ? [host, `${host}:${protocol === 'https:' ? 443 : 80}`] : [host, hostname])
}

async function readBody(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // until here nobody has waited for a body that may be refused by its head (RFC 9110 section 10.1.1)
    if (request.headers.expect !== undefined) response.writeContinue()
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > MAX_BODY_BYTES)
        throw new RegistrationRefusedError(413, `error reading body: more than ${MAX_BODY_BYTES} bytes`)
      chunks.push(bytes)
    }
  } catch (error) {
    if (error instanceof RegistrationRefusedError) throw error
    throw new RegistrationRefusedError(500, 'error reading body: it broke off', { cause: error })
  }
  return Buffer.concat(chunks)
}

/** In the words of Go's HTTP library, as all that the public broker does not know. */
function notFound(): RegistrationRefusedError {
  return new RegistrationRefusedError(404, '404 page not found\n')
}

function tooMany(retryAfterMs: number): RegistrationRefusedError {
  return new RegistrationRefusedError(429, '429 Too Many Requests: your network asks too often', { retryAfterMs })
}

function refuse(response: ServerResponse, { status, message, retryAfterMs }: RegistrationRefusedError): void {
  if (retryAfterMs !== undefined) response.setHeader('Retry-After', Math.ceil(retryAfterMs / 1_000))
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  end(response, status, message)
}

/** A body that nobody has read is not waited for. */
function end(response: ServerResponse, status: number, body = ''): void {
  if (response.headersSent || response.destroyed) return
  if (!response.req.complete && hasBody(response.req)) response.setHeader('Connection', 'close')
  // an old client reads to the end of the connection where it is not told
  if (response.req.httpVersion === '1.0' && status !== 204)
    response.setHeader('Content-Length', Buffer.byteLength(body))
  response.statusCode = status
  response.end(body)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
