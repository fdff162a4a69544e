// Which of the addresses in a registration are dialled: those of a class that the operator allows, by a transport that we
// speak. Names are never dialled, since whoever owns one can let it point into our own network by the time we do.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { type AddressClass, addressClass } from '../../core/net/address-class.ts'
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import { RegistrationRefusedError } from './body.ts'

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
  readonly candidates: readonly Candidate[]
}

/** How addresses are chosen. */
export interface AddressRules {
  readonly addressClasses: readonly AddressClass[]
  /** Most addresses in one registration, and most of them that are dialled. */
  readonly limits: { readonly addresses: number; readonly dialled: number }
}

/** A relayed QUIC address with its hashes has less. */
const MAX_ADDRESS_CHARACTERS = 512

/** `/ip4|ip6/…/tcp/…`, perhaps with `/ws`: what a dial-back can do anything with. */
const TRANSPORTS: ReadonlySet<string> = new Set(['tcp', 'tcp/ws'])

/**
 * Chooses.
 *
 * @param peer  whose addresses they are; one that ends with another peer id is left out
 * @throws RegistrationRefusedError 400 where one cannot be read, there are too many, or there is none
 */
export function chooseAddresses(texts: readonly string[], peer: string, rules: AddressRules): ChosenAddresses {
  if (texts.length > rules.limits.addresses)
    throw wrong(`${texts.length} addresses, ${rules.limits.addresses} are allowed`)
  if (texts.length === 0) throw wrong('there are no addresses')
  const ips = new Map<string, IpAddress>()
  const candidates = new Map<string, Candidate>()
  for (const address of texts.map((text) => parse(text))) {
    const components = address.getComponents()
    const [host, ...rest] = components
    const ip = host && (host.name === 'ip4' || host.name === 'ip6') ? parseIp(host.value ?? '') : undefined
    if (ip) ips.set(unmapIp(ip).text, unmapIp(ip))
    const last = rest.at(-1)
    const named = last?.name === 'p2p'
    if (!ip || (named && last.value !== peer)) continue
    const transport = (named ? rest.slice(0, -1) : rest).map(({ name }) => name).join('/')
    if (!TRANSPORTS.has(transport) || !rules.addressClasses.includes(addressClass(ip))) continue
    const plain = named ? address.decapsulate(`/p2p/${peer}`) : address
    candidates.set(plain.toString(), { address: plain, ip })
  }
  return { ips: [...ips.values()], candidates: [...candidates.values()].slice(0, rules.limits.dialled) }
}

/** Every dial-back that comes to nothing is answered like this, whatever kept it from it. */
export function notReached(): RegistrationRefusedError {
  return wrong('no address answered as this peer')
}

function parse(text: string): Multiaddr {
  try {
    if (text.length > MAX_ADDRESS_CHARACTERS) throw new RangeError('too long')
    const address = multiaddr(text)
    if (address.getComponents().length === 0) throw new RangeError('empty')
    return address
  } catch (error) {
    throw new RegistrationRefusedError(400, 'error testing addresses: an address is no multiaddr', { cause: error })
  }
}

function wrong(what: string): RegistrationRefusedError {
  return new RegistrationRefusedError(400, `error testing addresses: ${what}`)
}
