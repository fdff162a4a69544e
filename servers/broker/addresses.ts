// Which of the addresses in a registration can be dialled: those of a class that the operator allows, by a transport that we
// speak. Names are never dialled, since whoever owns one can let it point into our own network by the time we do. An address that
// is of no use hides none that is: it is left out, and the answer says of which kind it was.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { type AddressClass, addressClass } from '../../core/net/address-class.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { inDialOrder } from './dial-order.ts'
import { RegistrationRefusedError } from './body.ts'
import type { IpAddress } from '../../proto/ip.ts'

/** An address that may be dialled. */
export interface Candidate {
  /** Without a peer id. */
  readonly address: Multiaddr
  readonly ip: IpAddress
}

/** What the addresses of a registration come to. */
export interface ChosenAddresses {
  /** All IP addresses that were named, also those that are not dialled. */
  readonly ips: readonly IpAddress[]
  /** In the order in which they are dialled. */
  readonly candidates: readonly Candidate[]
  /** What kinds of addresses are not dialled, in words for the client; empty where all are. */
  readonly leftOut: string
}

/** How addresses are chosen. */
export interface AddressRules {
  readonly addressClasses: readonly AddressClass[]
  /** Most addresses that are read, and most of them that are dialled. */
  readonly limits: { readonly addresses: number; readonly dialled: number }
  /** Who registers: its own addresses come first. */
  readonly caller?: IpAddress | undefined
}

/** A relayed QUIC address with its hashes has less. */
const MAX_ADDRESS_CHARACTERS = 512

/** `/ip4|ip6/…/tcp/…`, perhaps with `/ws`: what a dial-back can do anything with. */
const TRANSPORTS: ReadonlySet<string> = new Set(['tcp', 'tcp/ws'])

const UNREADABLE = 'unreadable'
const RELAYED = 'relayed'

/** What an address is whose transport is another one, by a component of it; the first that is there says most. */
const KINDS: readonly (readonly [component: string, kind: string])[] = [
  ['p2p-circuit', RELAYED],
  ['webtransport', 'by WebTransport'],
  ['webrtc-direct', 'by WebRTC'],
  ['webrtc', 'by WebRTC'],
  ['quic-v1', 'by QUIC'],
  ['quic', 'by QUIC'],
  ['tls', 'by TLS with a certificate'],
  ['wss', 'by TLS with a certificate'],
]

const NAMES: ReadonlySet<string> = new Set(['dns', 'dns4', 'dns6', 'dnsaddr'])

/** One address: to be dialled, or why not; and whom it names. */
interface Judged {
  readonly ip?: IpAddress | undefined
  readonly outcome: Candidate | string
}

/**
 * Chooses.
 *
 * @param peer  whose addresses they are; one that ends with another peer id is left out
 * @throws RegistrationRefusedError 400 where there are none, or none that can be read
 */
export function chooseAddresses(texts: readonly string[], peer: string, rules: AddressRules): ChosenAddresses {
  if (texts.length === 0) throw wrong('there are no addresses')
  const different = [...new Set(texts)]
  const judged = different.slice(0, rules.limits.addresses).map((text) => judge(text, peer, rules.addressClasses))
  if (judged.every(({ outcome }) => outcome === UNREADABLE)) throw wrong('no address is a multiaddr')
  const ips = new Map<string, IpAddress>()
  const candidates = new Map<string, Candidate>()
  const kinds = new Map<string, number>()
  const leaveOut = (kind: string, count: number) => void kinds.set(kind, (kinds.get(kind) ?? 0) + count)
  for (const { ip, outcome } of judged) {
    if (ip) ips.set(ip.text, ip)
    if (typeof outcome === 'string') leaveOut(outcome, 1)
    else candidates.set(outcome.address.toString(), outcome)
  }
  const inOrder = inDialOrder([...candidates.values()], rules.caller)
  const cut = different.length - judged.length + Math.max(0, inOrder.length - rules.limits.dialled)
  if (cut > 0) leaveOut('too many', cut)
  return {
    ips: [...ips.values()],
    candidates: inOrder.slice(0, rules.limits.dialled),
    leftOut: [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', '),
  }
}

/**
 * Every dial-back that comes to nothing is answered like this, whatever kept it from it.
 *
 * @param leftOut  what was not dialled, as it follows from the request alone; nothing of what was found
 */
export function notReached({
  candidates,
  leftOut,
}: Pick<ChosenAddresses, 'candidates' | 'leftOut'>): RegistrationRefusedError {
  if (leftOut === '') return wrong('no address answered as this peer')
  const why = `not dialled: ${leftOut}; addresses with an IP address are dialled by TCP and WebSocket`
  if (candidates.length === 0) return wrong(`none of the addresses can be dialled (${why})`)
  return wrong(`no address answered as this peer (${why})`)
}

function judge(text: string, peer: string, addressClasses: readonly AddressClass[]): Judged {
  const address = parse(text)
  if (!address) return { outcome: UNREADABLE }
  const [host, ...rest] = address.getComponents()
  const ip = ipOf(address)
  const last = rest.at(-1)
  const named = last?.name === 'p2p'
  const names = rest.map(({ name }) => name)
  const transport = (named ? names.slice(0, -1) : names).join('/')
  const kind = KINDS.find(([component]) => names.includes(component))?.[1]
  if (kind === RELAYED) return { ip, outcome: kind }
  if (host && NAMES.has(host.name)) return { outcome: 'with a name' }
  if (kind !== undefined) return { ip, outcome: kind }
  if (!ip || !TRANSPORTS.has(transport)) return { ip, outcome: 'of another kind' }
  if (named && last.value !== peer) return { ip, outcome: 'of another peer' }
  if (!addressClasses.includes(addressClass(ip))) return { ip, outcome: addressClass(ip) }
  return { ip, outcome: { address: named ? address.decapsulate(`/p2p/${peer}`) : address, ip } }
}

function parse(text: string): Multiaddr | undefined {
  if (text.length > MAX_ADDRESS_CHARACTERS) return undefined
  try {
    const address = multiaddr(text)
    return address.getComponents().length > 0 ? address : undefined
  } catch {
    return undefined
  }
}

function wrong(what: string): RegistrationRefusedError {
  return new RegistrationRefusedError(400, `error testing addresses: ${what}`)
}
