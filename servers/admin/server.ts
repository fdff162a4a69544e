// What an operator looks at, on loopback only: a page and its news, figures for Prometheus, and whether all is well for a program that watches.
// The Host header is checked, so that no web page elsewhere can read it by a name of its own (DNS rebinding).
import { createHash } from 'node:crypto'
import { createHttpServer } from '../../core/net/http-server.ts'
import { joinHostPort, parseHostPort, type HostPort } from '../../core/net/host-port.ts'
import { readTarget } from '../../core/net/request-target.ts'
import { serveLive } from './live.ts'
import { lookAtMachine } from './machine.ts'
import { adminBody, adminPage, type Shown } from './page.ts'
import { figuresOf } from './scrape.ts'
import { SCRIPT } from './script.ts'
import { shared } from './shared.ts'
import { STYLE } from './style.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { RoleReport } from './report.ts'

/** The port cannot be listened on. */
export class AdminListenError extends Error {
  override readonly name = 'AdminListenError'
}

/** A running server. */
export interface AdminServer {
  /** Where the page is. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts the server.
 *
 * @param init.dir      of keys and databases
 * @param init.listen   a loopback address
 * @param init.reports  asked for every request, as long as there are few
 * @throws AdminListenError
 */
export async function startAdminServer(init: {
  readonly zone: string
  readonly dir: string
  readonly listen: HostPort
  readonly reports: () => Promise<readonly RoleReport[]>
  readonly clock: Clock
  readonly log: Log
}): Promise<AdminServer> {
  const { zone, dir, listen, clock, log } = init
  const startedAt = clock.now()
  const reports = shared(init.reports)
  const shown = async (): Promise<Shown> => ({
    ...{ zone, reports: await reports(), machine: await lookAtMachine(dir, startedAt), now: clock.now() },
  })
  const page = shared(async () => adminPage(await shown()))
  const figures = shared(async () => await figuresOf(await reports()))
  const live = serveLive({ body: shared(async () => adminBody(await shown())), clock, log })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    const target = readTarget(request)
    // both of them where they differ: no browser sends such a thing, and no proxy belongs before this page
    if (!isOwnHost(request.headers.host) || !isOwnHost(target?.host))
      return finish(response, 403, 'text/plain', 'ask by a loopback address\n')
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return finish(response, 405, 'text/plain', 'only GET is understood\n')
    const path = target?.path
    // another page of this browser would cost time and take places away, though it could read nothing; it may lead a person here
    if (isFromElsewhere(request) && !(path === '/' && isVisit(request)))
      return finish(response, 403, 'text/plain', 'only for the page itself\n')
    if (path === '/') return finish(response, 200, 'text/html', await page())
    if (path === '/events') {
      if (request.method === 'HEAD') return finish(response, 200, 'text/event-stream', '')
      if (live.add(response)) return
      response.setHeader('retry-after', 60)
      return finish(response, 503, 'text/plain', 'it is open in enough windows\n')
    }
    if (path === '/metrics') return finish(response, 200, 'text/plain; version=0.0.4', await figures())
    if (path === '/health') {
      const all = await reports()
      const words = all.map(({ role, state }) => `${role}: ${state.sentence}\n`).join('')
      return finish(response, all.some(({ state }) => state.attention) ? 503 : 200, 'text/plain', words)
    }
    finish(response, 404, 'text/plain', 'there are /, /events, /metrics and /health\n')
  }
  const { server, stop } = createHttpServer({ connections: MAX_CONNECTIONS }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ error: String(error) }, 'the operator page could not be made')
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      void live.stop()
      const where = `${listen.host} port ${listen.port}`
      reject(new AdminListenError(`cannot listen on ${where} for the operator: ${error.message}`, { cause: error }))
    })
    server.listen(listen.port, listen.host, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    url: `http://${joinHostPort({ host: listen.host, port })}/`,
    async stop() {
      await live.stop()
      await stop()
    },
  }
}

/** A person with some windows (live.ts) and a Prometheus. */
const MAX_CONNECTIONS = 16

const POLICY = [
  ...["default-src 'none'", `style-src '${digestOf(STYLE)}'`, `script-src '${digestOf(SCRIPT)}'`, "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Browsers say where a request comes from (Fetch Metadata); whoever says nothing is a program. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** A person who follows a link: the whole window, and no frame or picture of another page. */
function isVisit({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

function isOwnHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:[0-9]+$/, '')
  return name === 'localhost' || name === '[::1]' || parseHostPort(`${name}:0`)?.host.startsWith('127.') === true
}

function finish(response: ServerResponse, status: number, type: string, body: string): void {
  // who asked has gone
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` })
  response.end(body)
}
