// What may be dialled because somebody else said so. A name in a stranger's record may lead into our own network, and to another place
// a second later; so what counts is the IP address at which the connection is made, judged between the name's resolution and its use.
// Addresses that a person, or the servers a person chose, have named may lead anywhere.
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { tryGetNetConfig } from '@libp2p/utils'
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import { ADDRESS_CLASSES, addressClass, type AddressClass, translatedIpv4 } from './address-class.ts'
import type { Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** An address leads where nobody else may send us. `code` is for those who look at Node's codes. */
export class DialRefusedError extends Error {
  override readonly name = 'DialRefusedError'
  readonly code = 'EACCES'
}

/** Judges dials of one host. */
export interface DialGuard {
  /** Takes addresses that a person or their servers named: they may lead anywhere from now on. */
  trust(addresses: readonly Multiaddr[]): void
  /**
   * How the host of an address is to be looked up.
   *
   * @param host  what is really connected to: an IP address or a name
   * @param lookup  the resolver. @default the system's
   * @returns undefined where nothing needs to be judged
   * @throws DialRefusedError where it is an IP address that may not be dialled, or no host at all
   */
  lookupFor(address: Multiaddr, host: string | undefined, lookup?: LookupFunction): LookupFunction | undefined
}

/** A person has a few dozen peers and servers. */
const MAX_TRUSTED = 2_000

/**
 * Makes it.
 *
 * @param classes  where strangers may send us. @default everywhere
 */
export function createDialGuard(classes: readonly AddressClass[] = ADDRESS_CLASSES): DialGuard & {
  readonly size: () => number
} {
  const trusted = new Set<string>()

  return {
    trust(addresses) {
      for (const text of addresses.map((address) => withoutPeer(address))) {
        trusted.delete(text)
        trusted.add(text)
        for (const oldest of trusted) {
          if (trusted.size <= MAX_TRUSTED) break
          trusted.delete(oldest)
        }
      }
    },
    lookupFor(address, host, lookup) {
      if (classes.length === ADDRESS_CLASSES.length || trusted.has(withoutPeer(address))) return lookup
      if (host === undefined) throw new DialRefusedError(`${address.toString()} names no host: it is not dialled`)
      if (isIP(host) === 0) return judging(classes, lookup ?? systemLookup)
      const why = whyNot(host, classes)
      if (why !== undefined) throw new DialRefusedError(`${address.toString()} is not dialled: ${why}`)
      return lookup
    },
    size: () => trusted.size,
  }
}

/** Puts a guard before all dials of a transport whose options reach the socket (TCP). */
export function guardDials(transport: Transport, guard: DialGuard): Transport {
  const dial = transport.dial.bind(transport)
  transport.dial = async (address, options) => {
    const lookup = guard.lookupFor(address, tryGetNetConfig(address)?.host)
    return dial(address, lookup ? Object.assign({}, options, { lookup }) : options)
  }
  return transport
}

/** Looks up all addresses of a name, and gives those that may be dialled; where there are none, an error. */
function judging(classes: readonly AddressClass[], lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      const nothing = options.all ? [] : ''
      if (error) return callback(error, nothing)
      const all = typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found
      const allowed = all.filter(({ address }) => whyNot(address, classes) === undefined)
      const [first] = allowed
      if (first) return options.all ? callback(null, allowed) : callback(null, first.address, first.family)
      const why = all[0] ? whyNot(all[0].address, classes) : 'it has no address'
      callback(new DialRefusedError(`the name ${hostname} is not dialled: ${why}`), nothing)
    })
  }
}

/** In words for whoever reads the log; undefined where the address may be dialled. */
function whyNot(text: string, classes: readonly AddressClass[]): string | undefined {
  const ip = parseIp(text)
  // with a zone (`%eth0`) it is link-local
  const kind = ip ? classBehind(unmapIp(ip)) : 'link-local'
  return classes.includes(kind) ? undefined : `${text} is a ${kind} address; others may name ${classes.join(', ')}`
}

/** Where IPv6 is all there is, a resolver makes addresses of a translator from those of IPv4 (DNS64): those count. */
function classBehind(ip: IpAddress): AddressClass {
  const [behind] = translatedIpv4(ip)
  return addressClass(behind ?? ip)
}

function withoutPeer(address: Multiaddr): string {
  return address.toString().replace(/\/p2p\/[^/]+$/, '')
}
