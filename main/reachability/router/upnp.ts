// Asks the router for a port by UPnP (Internet Gateway Device 1 and 2). Any device of the home network can answer a search,
// so only the router's own answer counts, nothing is fetched from anywhere else, and what comes is read up to a limit. Routers mean
// many things by the same number, so a refusal is answered by asking otherwise before it is believed.
import { createSocket } from 'node:dgram'
import { request } from 'node:http'
import { NoRouterAnswerError, RouterRefusedError } from './mapping-error.ts'
import { hasElement, locationOf, servicesOf, textOf, type UpnpService } from './upnp-text.ts'
import type { Gateway } from './gateway.ts'
import type { GrantedPort, PortWish } from './port-control.ts'

export { controlUrl, locationOf, textOf } from './upnp-text.ts'

/** The part of a router that opens ports. */
export type UpnpRouter = UpnpService

const SEARCH_ADDRESS = '239.255.255.250'
const SEARCH_PORT = 1_900
const SEARCH_TARGETS = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
  // some answer for their services alone, or for nothing but this
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'upnp:rootdevice',
] as const

/** A box may have several descriptions of itself: a media server, a printer, and the router. */
const MAX_LOCATIONS = 6

/** Datagrams get lost; the second try comes when most routers would have answered. */
const SEARCH_AGAIN_MS = 700
const SEARCH_TIMEOUT_MS = 2_500

/** A router's description of itself has 3 to 30 KiB. */
const MAX_BYTES = 128 * 1_024
const FETCH_TIMEOUT_MS = 3_000

/** As people read it in the router's list. */
const DESCRIPTION = 'Nodetrust'

/**
 * Numbers of the UPnP forum. A lease that ends is an invalid argument (402), value (600) or range (601), a failed action (501) or named
 * (725); a router that has its port
 * for itself, or for another way of mapping, says 718 or 729; one that cannot translate ports says 724.
 */
const NO_LEASE = [402, 501, 600, 601, 725]
const CONFLICT = [718, 729]
const SAME_PORT = 724

/** What a refusal without a number counts as. */
const ACTION_FAILED = 501

/** A port that is somebody else's; as many tries as a home has machines of one kind. */
const OTHER_PORTS = 3

/**
 * Finds the router.
 *
 * @throws NoRouterAnswerError, or the signal's reason
 */
export async function findUpnpRouter(gateway: Gateway, signal: AbortSignal): Promise<UpnpRouter> {
  let services: readonly UpnpService[] = []
  let failure: unknown = new NoRouterAnswerError(`no UPnP at ${gateway.address}: no answer to the search`)
  for await (const location of search(gateway, signal)) {
    try {
      services = servicesOf(await read(location, 'GET', signal), location)
      if (services.length > 0) break
      failure = new NoRouterAnswerError(`the router at ${gateway.address} describes no service that opens ports`)
    } catch (error) {
      signal.throwIfAborted()
      failure = error
    }
  }
  const [only] = services
  if (!only) throw failure
  return services.length === 1 ? only : ((await connectedOf(services, signal)) ?? only)
}

/**
 * Of several lines to the internet the one that is connected; asked one after the other, since routers are slow and few have several.
 *
 * @returns the first that answers at all where none says so; undefined where none answers
 * @throws the signal's reason
 */
export async function connectedOf(
  services: readonly UpnpService[],
  signal: AbortSignal,
): Promise<UpnpService | undefined> {
  let answering: UpnpService | undefined
  for (const service of services) {
    try {
      const status = textOf(await command(service, 'GetStatusInfo', {}, signal), 'NewConnectionStatus')
      if (/^connected$/i.test(status)) return service
      answering ??= service
    } catch {
      signal.throwIfAborted() // one that cannot be asked is not the one
    }
  }
  return answering
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
  for (let turn = 0; ;) {
    try {
      await command(
        router,
        'AddPortMapping',
        {
          ...portOf(external),
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
      const number = error instanceof UpnpFault ? error.number : 0
      if (NO_LEASE.includes(number) && lifetimeS !== 0) lifetimeS = 0
      else if (number === SAME_PORT && external !== wish.internal) external = wish.internal
      else if (CONFLICT.includes(number)) {
        // one that stays for ever cannot be asked for a second time at some routers: it is ours all the same
        const ours = await leaseOfOurs(router, gateway, { ...wish, external }, signal)
        if (ours !== undefined) return { external, lifetimeS: ours }
        if (turn >= OTHER_PORTS) throw error
        external = otherPort(wish.external, turn++)
      } else throw error
    }
  }
}

/** The rest of the lease of a mapping that leads to us, seconds; undefined where it leads to somebody else. */
async function leaseOfOurs(
  router: UpnpRouter,
  gateway: Gateway,
  { internal, external }: PortWish,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const entry = await command(router, 'GetSpecificPortMappingEntry', portOf(external), signal)
    const isOurs =
      textOf(entry, 'NewInternalClient') === gateway.ownAddress && Number(textOf(entry, 'NewInternalPort')) === internal
    return isOurs ? Number(/^\d{1,9}$/.exec(textOf(entry, 'NewLeaseDuration'))?.[0] ?? 0) : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** Gives a TCP port back. @throws RouterRefusedError, NoRouterAnswerError, or the signal's reason */
export async function unmapByUpnp(router: UpnpRouter, external: number, signal: AbortSignal): Promise<void> {
  await command(router, 'DeletePortMapping', portOf(external), signal)
}

/** How a mapping is named. */
function portOf(external: number): Readonly<Record<string, string>> {
  return { NewRemoteHost: '', NewExternalPort: String(external), NewProtocol: 'TCP' }
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

/** The places at which the router says that it describes itself, as they come in. */
async function* search(gateway: Gateway, signal: AbortSignal): AsyncGenerator<URL> {
  signal.throwIfAborted()
  const socket = createSocket('udp4')
  const found = new Map<string, URL>()
  let wake = Promise.withResolvers<void>()
  let isOver = false
  const end = () => {
    isOver = true
    wake.resolve()
  }
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(SEARCH_TIMEOUT_MS)])
  bounded.addEventListener('abort', end, { once: true })
  socket.on('error', end)
  socket.on('message', (answer, { address }) => {
    const location = address === gateway.address ? locationOf(answer.toString('latin1'), gateway) : undefined
    if (!location || found.has(location.href) || found.size >= MAX_LOCATIONS) return
    found.set(location.href, location)
    wake.resolve()
  })
  const ask = () => {
    for (const target of SEARCH_TARGETS) {
      const question = `M-SEARCH * HTTP/1.1\r\nHOST: ${SEARCH_ADDRESS}:${SEARCH_PORT}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ${target}\r\n\r\n`
      // to the router alone, too: some access points swallow multicast
      for (const place of [SEARCH_ADDRESS, gateway.address]) socket.send(question, SEARCH_PORT, place, () => undefined)
    }
  }
  let again: NodeJS.Timeout | undefined
  socket.bind(0, gateway.ownAddress, () => {
    ask()
    again = setTimeout(ask, SEARCH_AGAIN_MS)
  })
  try {
    for (let told = 0; ;) {
      const next = [...found.values()][told]
      if (next) {
        told++
        yield next
      } else if (isOver) {
        signal.throwIfAborted()
        return
      } else {
        await wake.promise
        wake = Promise.withResolvers<void>()
        if (isOver) wake.resolve()
      }
    }
  } finally {
    clearTimeout(again)
    bounded.removeEventListener('abort', end)
    socket.removeAllListeners().on('error', () => undefined)
    socket.close()
  }
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
  // names as the forum writes them: some routers look for them letter by letter
  const headers = { 'Content-Type': 'text/xml; charset="utf-8"', SOAPAction: `"${service}#${action}"` }
  const { text, isOk } = await exchange(control, signal, { method: 'POST', headers, body })
  const number = Number(/^\d{3}$/.exec(textOf(text, 'errorCode'))?.[0] ?? 0)
  // some send their fault with a 200
  if (!isOk || number !== 0 || hasElement(text, 'Fault')) throw new UpnpFault(action, number || ACTION_FAILED)
  if (hasElement(text, 'html')) throw new NoRouterAnswerError(`the router answers ${action} with a web page`)
  return text
}

async function read(url: URL, method: 'GET', signal: AbortSignal): Promise<string> {
  const { text, isOk } = await exchange(url, signal, { method, headers: {}, body: '' })
  if (!isOk) throw new NoRouterAnswerError(`the router does not describe itself at ${url.href}`)
  return text
}

interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The last element of an answer to a command, and of a description. */
const ENDS = /<\/(?:[A-Za-z0-9_-]{1,40}:)?(?:Envelope|root)\s*>\s*$/
const MAX_END_BYTES = 200

/** One request on a connection of its own; no redirect is followed. @throws NoRouterAnswerError, or the signal's reason */
async function exchange(url: URL, signal: AbortSignal, { method, headers, body }: Exchange) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)])
  const answer = Promise.withResolvers<{ readonly text: string; readonly isOk: boolean }>()
  const length = method === 'POST' ? { 'Content-Length': String(Buffer.byteLength(body)) } : {}
  // routers write HTTP as they like: line ends, header names and lengths that a strict parser refuses
  const options = { method, signal: bounded, agent: false, insecureHTTPParser: true } as const
  const sent = request(url, { ...options, headers: { Host: url.host, Connection: 'close', ...length, ...headers } })
  sent.on('error', answer.reject)
  sent.on('response', (response) => {
    const parts: Uint8Array[] = []
    let size = 0
    const give = () => {
      const { statusCode = 0 } = response
      answer.resolve({ text: Buffer.concat(parts).toString('utf8'), isOk: statusCode >= 200 && statusCode < 300 })
    }
    response.on('error', answer.reject)
    response.on('data', (part: Uint8Array) => {
      parts.push(part)
      size += part.length
      if (size > MAX_BYTES) sent.destroy(new RangeError(`more than ${MAX_BYTES} bytes`))
      // some tell no length or a wrong one and leave the connection open: what has come to its end is not waited for
      else if (ENDS.test(Buffer.from(part.subarray(-MAX_END_BYTES)).toString('latin1'))) give()
    })
    response.on('end', give)
  })
  sent.end(body)
  try {
    const given = await answer.promise
    sent.destroy()
    return given
  } catch (error) {
    signal.throwIfAborted()
    throw new NoRouterAnswerError(`the router does not answer at ${url.href}`, { cause: error })
  }
}
