// The CA's web server: https on loopback, small bodies, one answer per request. It knows nothing of ACME beyond the headers
// that every answer carries.
import { createHttpServer, type HttpServer } from '../../core/net/http-server.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readTarget } from '../../core/net/request-target.ts'
import { TLS_SERVER_OPTIONS } from '../../core/net/tls-server.ts'
import type { Log } from '../../core/log.ts'
import { CaProblem, documentOf } from './problem.ts'

/** A CSR with an RSA-4096 key and 100 names fits three times. */
const MAX_BODY_BYTES = 64 * 1024
/** A client on loopback needs milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000
/** It listens on loopback, for one issue server, one broker and whoever tries the sandbox. */
const MAX_CONNECTIONS = 256

/** A request, body read. */
export interface CaRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly contentType: string
  readonly body: string
}

export interface CaAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, anything else as JSON; no body where left out. */
  readonly body?: unknown
}

/**
 * A place for tests to spoil things. `before` may answer instead of the CA, `after` may change what the CA answers; both may
 * cut the connection with `drop`, or never come back.
 */
export interface Faults {
  before?(request: CaRequest): Awaitable<CaAnswer | 'drop' | undefined>
  after?(request: CaRequest, answer: CaAnswer): Awaitable<CaAnswer | 'drop'>
}

type Awaitable<T> = T | Promise<T>

export interface CaServer {
  /** Binds and gives the origin, `https://127.0.0.1:14000`. */
  start(): Promise<string>
  /** Cuts every connection and stops listening. */
  stop(): Promise<void>
}

export interface CaServerInit {
  readonly host: string
  readonly port: number
  readonly tls: { readonly key: string; readonly cert: string }
  /** Throws CaProblem for every refusal. */
  readonly handle: (request: CaRequest) => Promise<CaAnswer>
  /** Headers of every answer, refusals too (Replay-Nonce). */
  readonly commonHeaders: () => Readonly<Record<string, string>>
  readonly faults: Faults
  readonly log: Log
}

export function createCaServer(init: CaServerInit): CaServer {
  let server: HttpServer | undefined

  async function answer(request: IncomingMessage): Promise<{ readonly answer: CaAnswer; readonly drop: boolean }> {
    try {
      const read = await readRequest(request)
      const instead = await init.faults.before?.(read)
      const given = instead ?? (await init.handle(read).catch((error: unknown) => refusal(error, init.log)))
      const final = given === 'drop' ? 'drop' : ((await init.faults.after?.(read, given)) ?? given)
      return final === 'drop' ? { answer: { status: 0 }, drop: true } : { answer: final, drop: false }
    } catch (error) {
      return { answer: refusal(error, init.log), drop: false }
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const result = await answer(request)
    if (result.drop) {
      request.socket.destroy()
      return
    }
    const { status, headers, body } = result.answer
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...init.commonHeaders(), ...headers })
    response.end(request.method === 'HEAD' ? undefined : text)
  }

  return {
    async start() {
      const { host, port, tls } = init
      server = createHttpServer(
        { tls: { ...TLS_SERVER_OPTIONS, ...tls }, connections: MAX_CONNECTIONS, requestMs: REQUEST_TIMEOUT_MS },
        (request, response) => {
          serve(request, response).catch((error: unknown) => {
            init.log.error({ error }, 'an answer could not be sent')
            response.destroy()
          })
        },
      )
      const listening = server.server
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(port, host, () => {
          listening.off('error', reject)
          resolve()
        })
      })
      const { port: actual } = listening.address() as AddressInfo
      return `https://${host.includes(':') ? `[${host}]` : host}:${actual}`
    },
    async stop() {
      const stopping = server
      server = undefined
      await stopping?.stop()
    },
  }
}

async function readRequest(request: IncomingMessage): Promise<CaRequest> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      throw new CaProblem(413, 'malformed', `a request has at most ${MAX_BODY_BYTES} bytes`, { connection: 'close' })
    }
    chunks.push(chunk)
  }
  return {
    method: request.method ?? 'GET',
    path: readTarget(request)?.path ?? '',
    contentType: request.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

function refusal(error: unknown, log: Log): CaAnswer {
  const known = error instanceof CaProblem
  if (!known) log.error({ error }, 'a request failed inside the CA')
  const problem = known ? error : new CaProblem(500, 'serverInternal', 'something went wrong inside the CA')
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: documentOf(problem),
  }
}
