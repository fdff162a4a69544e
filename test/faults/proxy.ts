// Stands in front of a CA that cannot be spoiled from inside: passes requests on, cuts, delays, hangs or changes answers as
// it is told. It keeps the Host header, from which Pebble makes its addresses, so every address leads back through here.
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { serveHttps, type TestTls } from '../support/tls.ts'
import { type Exchange, kindOf, type Spoil, type Verdict } from './spoil.ts'

export interface FaultProxy {
  /** `https://127.0.0.1:…` */
  readonly origin: string
  /** Of the proxy's own certificate. */
  readonly rootPem: string
  /** `POST finalize`, in order, also those that never got to the CA. */
  readonly requests: readonly string[]
  /** How many CSRs the CA has accepted, whether or not the client heard of it. */
  signed(): number
  close(): Promise<void>
}

/** Headers that belong to one connection and not to what it carries (RFC 9110 section 7.6.1). */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date'])

/**
 * Starts a proxy.
 *
 * @param init.upstream  the CA: its directory's address and the root of its web server
 * @param init.tls  what the proxy shows
 */
export async function startFaultProxy(init: {
  readonly upstream: { readonly directoryUrl: string; readonly trustAnchorPem: string }
  readonly tls: TestTls
  readonly spoil?: Spoil
}): Promise<FaultProxy> {
  const { upstream, spoil = {} } = init
  const target = new URL(upstream.directoryUrl).origin
  const agent = new Agent({ keepAlive: true, ca: upstream.trustAnchorPem })
  const requests: string[] = []
  let signed = 0

  async function serve(asked: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const path = asked.url ?? '/'
    const exchange: Exchange = { kind: kindOf(path), method: asked.method ?? 'GET' }
    requests.push(`${exchange.method} ${exchange.kind}`)
    const instead = spoil.before?.(exchange)
    if (instead !== undefined) return deliver(response, instead)
    const answer = await forward(asked, body, `${target}${path}`, agent)
    if (exchange.kind === 'finalize' && answer.status === 200) signed += 1
    deliver(response, spoil.after?.(exchange, answer) ?? answer)
  }

  const server = await serveHttps(init.tls, (asked, response, body) => {
    // A CA that is gone looks from outside like a connection that is cut.
    serve(asked, response, body).catch(() => response.destroy())
  })
  return {
    origin: server.origin,
    rootPem: server.rootPem,
    requests,
    signed: () => signed,
    close() {
      agent.destroy()
      return server.close()
    },
  }
}

function deliver(response: ServerResponse, verdict: Exclude<Verdict, undefined>): void {
  if (verdict === 'hang') return
  if (verdict === 'cut') {
    response.socket?.destroy()
    return
  }
  const { status, headers, body } = verdict
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body)
  response.writeHead(status, { ...headers })
  response.end(text)
}

function forward(asked: IncomingMessage, body: string, url: string, agent: Agent): Promise<CaAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers, connection: 'keep-alive' }
    const sent = request(url, { method: asked.method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: endToEnd(response.headers), body: bodyOf(response, text) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Parsed where it is JSON, as the spoiling expects it. */
function bodyOf(response: IncomingMessage, text: string): unknown {
  return /\bjson\b/.test(response.headers['content-type'] ?? '') && text !== '' ? JSON.parse(text) : text
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_HEADERS.has(name)) kept[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return kept
}
