// Asks the router for a port by UPnP (Internet Gateway Device 1 and 2). Any device of the home network can answer a search,
// so only the router's own answer counts, nothing is fetched from anywhere else, and what comes is read up to a limit and
// by looking for the few words that are needed; there is no XML parser to mislead.
import { createSocket } from 'node:dgram'
import { NoRouterAnswerError, RouterRefusedError } from './mapping-error.ts'
import type { Gateway } from './gateway.ts'
import type { GrantedPort, PortWish } from './port-control.ts'

/** The part of a router that opens ports. */
export interface UpnpRouter {
  /** Where commands go. */
  readonly control: URL
  readonly service: string
}

const SEARCH_ADDRESS = '239.255.255.250'
const SEARCH_PORT = 1_900
const SEARCH_TARGETS = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
] as const

/** Datagrams get lost; the second try comes when most routers would have answered. */
const SEARCH_AGAIN_MS = 700
const SEARCH_TIMEOUT_MS = 2_500

/** A router's description of itself has 3 to 30 KiB. */
const MAX_BYTES = 128 * 1_024
const FETCH_TIMEOUT_MS = 3_000

/** As people read it in the router's list. */
const DESCRIPTION = 'Nodetrust'

/** The services that open ports, in the order in which they are preferred. */
const SERVICES = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
] as const

/** Numbers of the UPnP forum for what can be mended by asking otherwise. */
const CONFLICT = 718
const ONLY_PERMANENT = 725
const INVALID_ACTION = 401

/** A port that is somebody else's; as many tries as a home has machines of one kind. */
const OTHER_PORTS = 4

/**
 * Finds the router.
 *
 * @throws NoRouterAnswerError, or the signal's reason
 */
export async function findUpnpRouter(gateway: Gateway, signal: AbortSignal): Promise<UpnpRouter> {
  const location = await search(gateway, signal)
  const description = await read(location, { signal })
  for (const service of SERVICES) {
    const control = controlUrl(description, service, location)
    if (control) return { control, service }
  }
  throw new NoRouterAnswerError(`the router at ${gateway.address} describes no service that opens ports`)
}

/** Its address outside. @throws RouterRefusedError, NoRouterAnswerError, or the signal's reason */
export async function externalIpByUpnp(router: UpnpRouter, signal: AbortSignal): Promise<string | undefined> {
  const ip = textOf(await command(router, 'GetExternalIPAddress', {}, signal), 'NewExternalIPAddress')
  return ip === '' || ip === '0.0.0.0' ? undefined : ip
}

/**
 * Asks for a TCP port.
 *
 * @throws RouterRefusedError, NoRouterAnswerError, or the signal's reason
 */
export async function mapByUpnp(
  router: UpnpRouter,
  gateway: Gateway,
  wish: PortWish,
  signal: AbortSignal,
): Promise<Omit<GrantedPort, 'externalIp'>> {
  let { external, lifetimeS } = wish
  for (let turn = 0; ; turn++) {
    try {
      await command(
        router,
        'AddPortMapping',
        {
          NewRemoteHost: '',
          NewExternalPort: String(external),
          NewProtocol: 'TCP',
          NewInternalPort: String(wish.internal),
          NewInternalClient: gateway.ownAddress,
          NewEnabled: '1',
          NewPortMappingDescription: DESCRIPTION,
          NewLeaseDuration: String(lifetimeS),
        },
        signal,
      )
      return { external, lifetimeS }
    } catch (error) {
      const number = error instanceof UpnpFault ? error.number : undefined
      if (number === ONLY_PERMANENT && lifetimeS !== 0) lifetimeS = 0
      else if (number === CONFLICT && turn < OTHER_PORTS) external = otherPort(wish.external, turn)
      else throw error
    }
  }
}

/** Gives a TCP port back. @throws RouterRefusedError, NoRouterAnswerError, or the signal's reason */
export async function unmapByUpnp(router: UpnpRouter, external: number, signal: AbortSignal): Promise<void> {
  const port = { NewRemoteHost: '', NewExternalPort: String(external), NewProtocol: 'TCP' }
  await command(router, 'DeletePortMapping', port, signal)
}

/** Always the same ones, so that a node that was killed finds the port it had. */
function otherPort(port: number, turn: number): number {
  return 20_000 + ((port + (turn + 1) * 7_919) % 40_000)
}

/** The router says no, with a number. */
class UpnpFault extends RouterRefusedError {
  readonly number: number

  constructor(action: string, number: number) {
    super(`the router refused ${action} by UPnP: error ${number}`)
    this.number = number
  }
}

/** Where the router's description is. */
function search(gateway: Gateway, signal: AbortSignal): Promise<URL> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(SEARCH_TIMEOUT_MS)])
    let again: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      clearTimeout(again)
      bounded.removeEventListener('abort', onAbort)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      settle()
    }
    const none = (why: string) => end(() => reject(new NoRouterAnswerError(`no UPnP at ${gateway.address}: ${why}`)))
    const onAbort = () => (signal.aborted ? end(() => reject(signal.reason)) : none('no answer to the search'))
    const send = () => {
      for (const target of SEARCH_TARGETS) {
        const question = `M-SEARCH * HTTP/1.1\r\nHOST: ${SEARCH_ADDRESS}:${SEARCH_PORT}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ${target}\r\n\r\n`
        // to the router alone, too: some access points swallow multicast
        for (const place of [SEARCH_ADDRESS, gateway.address])
          socket.send(question, SEARCH_PORT, place, () => undefined)
      }
    }
    if (signal.aborted) return reject(signal.reason)
    bounded.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => none(error.message))
    socket.on('message', (answer, { address }) => {
      const location = address === gateway.address ? locationOf(answer.toString('latin1'), gateway) : undefined
      if (location) end(() => resolve(location))
    })
    socket.bind(0, gateway.ownAddress, () => {
      send()
      again = setTimeout(send, SEARCH_AGAIN_MS)
    })
  })
}

/** The place named in an answer to a search, where it is at the router itself. */
export function locationOf(answer: string, gateway: Pick<Gateway, 'address'>): URL | undefined {
  if (!/^HTTP\/1\.[01] 200/.test(answer)) return undefined
  const url = URL.parse(/^location:[ \t]*(\S+)[ \t]*\r?$/im.exec(answer)?.[1] ?? '')
  return url && isAt(url, gateway.address) ? url : undefined
}

/** The place of a service in a description, where it is at the same address as the description. */
export function controlUrl(description: string, service: string, location: URL): URL | undefined {
  for (const [, block = ''] of description.matchAll(/<service>([^]*?)<\/service>/gi)) {
    if (textOf(block, 'serviceType') !== service) continue
    const url = URL.parse(textOf(block, 'controlURL'), location.href)
    if (url && isAt(url, location.hostname)) return url
  }
  return undefined
}

function isAt(url: URL, host: string): boolean {
  return url.protocol === 'http:' && url.hostname === host && url.username === '' && url.password === ''
}

/** The text of the first element of this name, whatever its prefix; empty where there is none. */
export function textOf(xml: string, name: string): string {
  return new RegExp(`<(?:[A-Za-z0-9_-]{1,40}:)?${name}(?:\\s[^>]{0,200})?>([^<]{0,500})<`).exec(xml)?.[1]?.trim() ?? ''
}

/** Sends a command (SOAP 1.1). The values are our own numbers, addresses and words; none needs escaping. */
async function command(
  { control, service }: UpnpRouter,
  action: string,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const inner = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`)
  const body =
    '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${service}">${inner.join('')}</u:${action}></s:Body></s:Envelope>\r\n`
  const headers = { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${service}#${action}"` }
  return await read(control, { signal, method: 'POST', headers, body }, action)
}

/** @throws UpnpFault for an answer that says no to a command */
async function read(url: URL, init: RequestInit & { readonly signal: AbortSignal }, action?: string): Promise<string> {
  const bounded = AbortSignal.any([init.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  let text: string
  let ok: boolean
  try {
    const response = await fetch(url, { ...init, signal: bounded, redirect: 'error' })
    text = await limited(response)
    ok = response.ok
  } catch (error) {
    init.signal.throwIfAborted()
    throw new NoRouterAnswerError(`the router does not answer at ${url.href}`, { cause: error })
  }
  if (ok) return text
  const number = Number(textOf(text, 'errorCode'))
  if (action !== undefined) throw new UpnpFault(action, number || INVALID_ACTION)
  throw new NoRouterAnswerError(`the router does not describe itself at ${url.href}`)
}

async function limited(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
