// The way of a person's own browser to names by key: a proxy on loopback for `.nostr` and `.nostr.alt` alone. It connects to the name, goes on
// only where the key that is served there is the one that the name's owner has signed, and shows the browser a certificate of this
// person's own authority. Where the key is another one, the browser gets a page that says so, and nothing of the far side.
import { TLSSocket } from 'node:tls'
import { pipeline } from 'node:stream'
import { createHttpServer } from '../../../core/net/http-server.ts'
import { readKeyName, type KeyName } from '../../../proto/npub.ts'
import { openBrowserAuthority } from '../browser-trust/authority.ts'
import { openFarSide } from './far-side.ts'
import { refusalPage, type RefusalReason } from './refusal-page.ts'
import type { NameLookup } from '../lookup.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What it needs. */
export interface NameProxyInit {
  /** 0 for any free one. */
  readonly port: number
  /** The data folder, for the authority. */
  readonly dir: string
  readonly lookup: Pick<NameLookup, 'look'>
  readonly allowPrivate: boolean
  readonly clock: Clock
  readonly log: Log
}

/** It runs. */
export interface NameProxy {
  /** What a browser is given as its automatic proxy configuration. */
  readonly pacUrl: string
  readonly port: number
  /** What the browser has to trust. */
  readonly authorityPem: string
  stop(): Promise<void>
}

/** The port cannot be listened on. */
export class ProxyListenError extends Error {
  override readonly name = 'ProxyListenError'
}

const HOST = '127.0.0.1'
const PAC_PATH = '/names.pac'

/** Tabs of one person. */
const MAX_CONNECTIONS = 256
/** A browser on this computer greets at once. */
const GREET_MS = 10_000
/** A tunnel in which nothing happens, as of a tab that was left open. */
const IDLE_MS = 10 * 60_000
/** The head of a browser's request, of which only the language counts. */
const MAX_HEAD_BYTES = 16 * 1024

/** Starts it. @throws ProxyListenError, FileError */
export async function startNameProxy(init: NameProxyInit): Promise<NameProxy> {
  const { lookup, allowPrivate, clock, log } = init
  const authority = await openBrowserAuthority({ dir: init.dir, clock, log })
  const tunnels = new Set<Duplex>()
  let port = 0

  const farSide = { lookup, allowPrivate, nowMs: () => clock.now() }
  const hosts = () => [`${HOST}:${port}`, `localhost:${port}`]

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    // a plain address of a name goes to its secure one
    const target = request.url ?? ''
    const name = URL.canParse(target) ? keyNameOf(new URL(target).hostname) : undefined
    if (name) {
      response.statusCode = 307
      response.setHeader('Location', target.replace(/^http:/i, 'https:'))
      return void response.end()
    }
    if (
      !hosts().includes((request.headers.host ?? '').toLowerCase()) ||
      target !== PAC_PATH ||
      request.method !== 'GET'
    ) {
      response.statusCode = 404
      return void response.end('Only names by key are found here.\n')
    }
    response.setHeader('Content-Type', 'application/x-ns-proxy-autoconfig')
    response.setHeader('Cache-Control', 'no-store')
    // a page of the internet learns nothing of it
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    response.end(pacText(port))
  }

  const tunnel = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const [, target = '', digits = ''] = /^([^:]+):(\d{1,5})$/.exec(request.url ?? '') ?? []
    const name = keyNameOf(target)
    if (!name) return refuse(socket, '403 Forbidden')
    const host = target.toLowerCase().replace(/\.$/, '')
    const secureContext = await authority.contextFor(host)
    const left = new AbortController()
    if (head.length > 0) socket.unshift(head)
    // who is not read is not seen leaving
    const look = () => void socket.read(0)
    socket.on('readable', look)
    socket.once('end', () => left.abort())
    socket.once('close', () => left.abort())
    const far = await openFarSide({ name, host, port: Number(digits) }, farSide, left.signal)
    if (socket.destroyed) {
      if (typeof far !== 'string') far.destroy()
      return
    }
    socket.off('readable', look)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    const browser = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
    tunnels.add(browser)
    browser.once('close', () => tunnels.delete(browser))
    browser.setTimeout(GREET_MS, () => browser.destroy())
    browser.on('error', () => browser.destroy())
    browser.once('secure', () => browser.setTimeout(IDLE_MS))
    if (typeof far === 'string') {
      log.info({ host, why: far }, 'a name was not opened in a browser')
      return await showRefusal(browser, { host, reason: far })
    }
    far.setTimeout(IDLE_MS, () => far.destroy())
    pipeline(browser, far, () => far.destroy())
    pipeline(far, browser, () => browser.destroy())
  }

  const { server, stop } = createHttpServer(
    {
      connections: MAX_CONNECTIONS,
      onConnect(request, socket, head) {
        socket.on('error', () => undefined)
        tunnel(request, socket, head).catch((error: unknown) => {
          log.info({ reason: String(error) }, 'a tunnel to a name came to nothing')
          socket.destroy()
        })
      },
    },
    answer,
  )
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(init.port, HOST, resolve)
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ProxyListenError(
      `the proxy for names by key cannot listen on ${HOST} port ${init.port}: ${why}; set naming.proxy.port to another`,
      { cause },
    )
  }
  const bound = server.address()
  port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    pacUrl: `http://${HOST}:${port}${PAC_PATH}`,
    port,
    authorityPem: authority.certPem,
    async stop() {
      for (const socket of tunnels) socket.destroy()
      await stop()
    },
  }
}

/** What a browser runs for each address: only names by key go through the proxy. */
export function pacText(port: number): string {
  return `function FindProxyForURL(url, host) {
  var name = host.toLowerCase()
  if (/\\.nostr(\\.alt)?\\.?$/.test(name)) return "PROXY ${HOST}:${port}"
  return "DIRECT"
}
`
}

function keyNameOf(host: string): KeyName | undefined {
  const name = readKeyName(host)
  return name && name.suffix !== 'local' ? name : undefined
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

/** Reads the head of the browser's request, and answers it with our page. */
async function showRefusal(
  browser: TLSSocket,
  { host, reason }: { readonly host: string; readonly reason: RefusalReason },
): Promise<void> {
  let head = ''
  // the way back has to stay open for the answer
  for await (const chunk of browser.iterator({ destroyOnReturn: false })) {
    head += Buffer.from(chunk as Uint8Array).toString('latin1')
    if (head.includes('\r\n\r\n') || head.length > MAX_HEAD_BYTES) break
  }
  if (browser.destroyed) return
  browser.resume()
  const language = /^accept-language:(.*)$/im.exec(head)?.[1]
  browser.end(refusalPage({ host, reason, language }))
}
