// The way of a person's own browser to names by key: a proxy on loopback for `.nostr` and `.nostr.alt` alone. It connects to the name, goes on
// only where the key that is served there is the one that the name's owner has signed, and shows the browser a certificate of this
// person's own authority. Where the key is another one, the browser gets a page that says so, and nothing of the far side.
import { connect, TLSSocket, type ConnectionOptions } from 'node:tls'
import { pipeline } from 'node:stream'
import { createHttpServer } from '../../../core/net/http-server.ts'
import { readKeyName, type KeyName } from '../../../proto/npub.ts'
import { openBrowserAuthority } from '../browser-trust/authority.ts'
import { placesOf, type ServedAt, whyNotPinned } from '../verify.ts'
import { refusalPage, type RefusalReason } from './refusal-page.ts'
import type { NameFacts } from '../../../core/nostr/name-facts.ts'
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
/** A browser greets at once; the far side may be around the world. */
const GREET_MS = 10_000
const CONNECT_MS = 5_000
const LOOK_UP_MS = 8_000
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
    response.end(pacText(port))
  }

  const tunnel = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const target = /^(.+):443$/.exec(request.url ?? '')?.[1]
    const name = target === undefined ? undefined : keyNameOf(target)
    if (!name || target === undefined) return refuse(socket, '403 Forbidden')
    const host = target.toLowerCase()
    const way = await findWay(name, host)
    const secureContext = await authority.contextFor(host)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    const browser = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
    tunnels.add(browser)
    browser.once('close', () => tunnels.delete(browser))
    browser.setTimeout(GREET_MS, () => browser.destroy())
    browser.on('error', () => way.far?.destroy())
    browser.once('secure', () => browser.setTimeout(IDLE_MS))
    if (way.far === undefined) return await showRefusal(browser, { host, reason: way.reason })
    const { far } = way
    far.setTimeout(IDLE_MS, () => far.destroy())
    pipeline(browser, far, () => far.destroy())
    pipeline(far, browser, () => browser.destroy())
  }

  /** A connection whose key is the signed one; or why there is none. */
  const findWay = async (
    name: KeyName,
    host: string,
  ): Promise<{ readonly far: TLSSocket } | { readonly far?: undefined; readonly reason: RefusalReason }> => {
    const found = await lookup
      .look(name.pubkey, { signal: AbortSignal.timeout(LOOK_UP_MS) })
      .catch(() => ({ state: 'unknown', facts: undefined }) as const)
    const { facts } = found
    if (!facts) return { reason: found.state === 'none' ? 'no-name' : 'no-relay' }
    const { places, refused } = placesOf(facts, allowPrivate)
    if (places.length === 0) return { reason: refused > 0 ? 'private' : 'no-address' }
    let reason: RefusalReason = 'nobody-there'
    for (const place of places) {
      const far = await reach(place, host)
      if (!far) continue
      const why = whyWrong(far, facts, place.port)
      if (why === undefined) return { far }
      far.destroy()
      reason = why
      log.warn({ host, address: place.address, why }, 'what is served under a name is not what its owner has signed')
    }
    return { reason }
  }

  const whyWrong = (far: TLSSocket, facts: NameFacts, at: number): RefusalReason | undefined => {
    const certificate = far.getPeerX509Certificate()
    const why = certificate ? whyNotPinned(certificate, { facts, port: at, nowMs: clock.now() }) : 'no-pin'
    if (why === undefined) return undefined
    return why === 'other-key' ? 'other-key' : why === 'no-pin' ? 'no-pin' : 'over'
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

/** @returns undefined where nobody is there */
async function reach({ address, port }: ServedAt, servername: string): Promise<TLSSocket | undefined> {
  // who it is says the pin, which is looked at before anything is sent
  const options: ConnectionOptions = {
    host: address,
    port,
    servername,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  }
  const far = connect(options)
  return await new Promise((resolve) => {
    const timer = setTimeout(() => far.destroy(new Error('no handshake in time')), CONNECT_MS)
    far.once('secureConnect', () => {
      clearTimeout(timer)
      resolve(far)
    })
    far.on('error', () => undefined)
    far.once('close', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
  })
}

/** Reads the head of the browser's request, and answers it with our page. */
async function showRefusal(
  browser: TLSSocket,
  { host, reason }: { readonly host: string; readonly reason: RefusalReason },
): Promise<void> {
  let head = ''
  for await (const chunk of browser) {
    head += Buffer.from(chunk as Uint8Array).toString('latin1')
    if (head.includes('\r\n\r\n') || head.length > MAX_HEAD_BYTES) break
  }
  if (browser.destroyed) return
  const language = /^accept-language:(.*)$/im.exec(head)?.[1]
  browser.end(refusalPage({ host, reason, language }))
}
