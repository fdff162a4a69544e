// Figures for a Prometheus on another machine: /metrics and nothing else, at an address that the operator names, and only for whoever
// sends the token of a file as `Authorization: Bearer`. It is plain HTTP, so the address belongs into a network of the operator's own.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { countedLog } from '../../core/counted-log.ts'
import { FileError } from '../../core/files.ts'
import { joinHostPort, type HostPort } from '../../core/net/host-port.ts'
import { createHttpServer } from '../../core/net/http-server.ts'
import { networkOfText } from '../../core/net/network.ts'
import { readTarget } from '../../core/net/request-target.ts'
import { createRequestRate } from '../broker/request-rate.ts'
import { figuresOf } from './scrape.ts'
import { AdminListenError } from './server.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { RoleReport } from './report.ts'

/** A running server. */
export interface MetricsServer {
  readonly url: string
  /**
   * Reads the token again.
   *
   * @throws FileError, and the one from before still counts
   */
  reread(): Promise<void>
  stop(): Promise<void>
}

/** What it is made of. */
export interface MetricsServerInit {
  readonly listen: HostPort
  /** Its one line is the token. */
  readonly tokenFile: string
  /** Asked for every request that has the token. */
  readonly reports: () => Promise<readonly RoleReport[]>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Two Prometheus servers that ask in parallel, with some room; those of one network cannot take all places. A scrape is one request with a
 * few headers every 15 to 60 seconds over a connection that is kept.
 */
const LIMITS = { connections: 16, perNetwork: 8, maxHeaderBytes: 4_096, requestMs: 5_000, keepAliveMs: 65_000 } as const

/** Who types it wrong needs a few; who guesses needs more than there is time for, and this keeps guesses from costing anything. */
const WRONG_TOKENS_PER_MINUTE = 10

/** As long as nobody guesses it; `nodetrust init` writes 43 characters. */
const TOKEN = /^[\x21-\x7e]{20,512}$/

/** What others on this machine may do with a file. */
const OTHERS_MODE = 0o007

/**
 * Starts it.
 *
 * @throws FileError where the token cannot be read or is too short to be one, AdminListenError
 */
export async function startMetricsServer(init: MetricsServerInit): Promise<MetricsServer> {
  const { listen, tokenFile, reports, clock } = init
  const log = countedLog(init.log, clock)
  const mayGuess = createRequestRate(WRONG_TOKENS_PER_MINUTE, clock)
  let digest = await readToken(tokenFile, init.log)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    const address = request.socket.remoteAddress
    if (!timingSafeEqual(digestOf(bearerOf(request.headers.authorization)), digest)) {
      const waitMs = mayGuess(networkOfText(address))
      log.warn({ address }, 'somebody asked for the figures without the token')
      if (waitMs > 0) response.setHeader('retry-after', Math.ceil(waitMs / 1_000))
      // a scrape keeps its connection; a guess does not
      response.setHeader('connection', 'close')
      response.setHeader('www-authenticate', 'Bearer realm="nodetrust"')
      return finish(response, waitMs > 0 ? 429 : 401, 'the token is wrong or missing\n')
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('connection', 'close')
      return finish(response, 405, 'only GET is understood\n')
    }
    if (readTarget(request)?.path !== '/metrics') return finish(response, 404, 'there is /metrics\n')
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    finish(response, 200, await figuresOf(await reports()))
  }

  const http = createHttpServer(LIMITS, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ error: String(error) }, 'the figures could not be given')
      response.destroy()
    })
  })
  http.server.on('clientError', (_error, socket) => void socket.destroy())
  const port = await listenOn(http.server, listen)
  return {
    url: `http://${joinHostPort({ host: listen.host, port })}/metrics`,
    async reread() {
      digest = await readToken(tokenFile, init.log)
    },
    stop: http.stop,
  }
}

const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

/** @throws AdminListenError */
async function listenOn(
  server: ReturnType<typeof createHttpServer>['server'],
  { host, port }: HostPort,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const what = `cannot listen on ${host} port ${port} for Prometheus: ${error.message}`
      reject(new AdminListenError(what, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** Compared as digests, so that neither the time nor the length tells anything. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** RFC 6750 section 2.1; the scheme is written in any case. */
function bearerOf(header: string | undefined): string {
  return /^bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
}

async function readToken(path: string, log: Log): Promise<Buffer> {
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (!TOKEN.test(token))
      throw new RangeError(
        'expected one line of 20 to 512 characters without spaces, as `openssl rand -hex 32` makes it',
      )
    if (((await stat(path)).mode & OTHERS_MODE) !== 0)
      log.warn({ path }, 'everybody on this machine may read the token for the figures: chmod 600')
    return digestOf(token)
  } catch (error) {
    throw new FileError(path, 'read', error)
  }
}

function finish(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status)
  response.end(body)
}
