// The site a browser test visits: the page with js-libp2p in it, and DNS over HTTPS (RFC 8484) in front of a plain DNS server.
// By DoH a browser can be told, without any privilege, to resolve every name at a server of the test's choice.
import { createSocket } from 'node:dgram'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { text as textOf, buffer as bytesOf } from 'node:stream/consumers'
import { decode } from 'dns-packet'
import { build } from 'esbuild'
import { splitHostPort } from '../../../core/net/host-port.ts'
import { createTestTls } from '../tls.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A running site. */
export interface Site {
  /** Where the page is. */
  readonly url: string
  /** Where names are resolved. */
  readonly dohUrl: string
  /** PEM of the root that signed the site's own certificate; it signs nothing else. */
  readonly rootPem: string
  /** The questions so far, as `name TYPE`. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

const DNS_TYPE = 'application/dns-message'
const DNS_TIMEOUT_MS = 3_000

/**
 * Starts the site on loopback.
 *
 * @param dns  host:port of the server that answers
 */
export async function startSite(dns: string): Promise<Site> {
  const tls = await createTestTls()
  const script = await bundle()
  const asked: string[] = []
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error))
    })
  })
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/page.js') return void response.setHeader('content-type', 'text/javascript').end(script)
    if (request.url === '/dns-query') {
      const query = await bytesOf(request)
      for (const { name, type } of decode(query).questions ?? []) asked.push(`${name} ${type}`)
      return void response.setHeader('content-type', DNS_TYPE).end(await ask(dns, query))
    }
    await textOf(request)
    response.setHeader('content-type', 'text/html').end('<!doctype html><script src="/page.js"></script>')
  }
  const port = await listen(server)
  return {
    url: `https://localhost:${port}/`,
    dohUrl: `https://127.0.0.1:${port}/dns-query`,
    rootPem: tls.rootPem,
    asked,
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The page's script, for browsers. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
  })
  return outputFiles[0]?.text ?? ''
}

/** Hands a query on by UDP, as it is. */
async function ask(dns: string, query: Buffer): Promise<Buffer> {
  const { host, port } = splitHostPort(dns)
  const socket = createSocket('udp4')
  const answer = Promise.withResolvers<Buffer>()
  const timer = setTimeout(() => answer.reject(new Error(`${dns} did not answer`)), DNS_TIMEOUT_MS)
  socket.once('message', answer.resolve)
  socket.once('error', answer.reject)
  socket.send(query, port, host)
  try {
    return await answer.promise
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
