// What the attackers' process is told: where everything listens, and from which addresses it comes. It crosses to that process
// as one JSON argument.
import { multiaddr } from '@multiformats/multiaddr'

/** A listener, as a socket needs it. */
export interface Port {
  readonly host: string
  readonly port: number
}

/** The network and the homes that are attacked. */
export interface SiegeFacts {
  readonly zone: string
  /** Multiaddrs with their peer ids. */
  readonly issue: string
  readonly issueWs: string
  readonly proof: string
  readonly dnsControl: string
  /** host:port of the DNS server. */
  readonly dns: string
  /** The broker's URL. */
  readonly broker: string
  readonly homes: readonly HomeFacts[]
}

/** One home: its plain address and its WSS listener. */
export interface HomeFacts {
  readonly peer: string
  /** Multiaddr of the plain TCP listener, with the peer id. */
  readonly plain: string
  /** Where the WSS listener is bound. */
  readonly wss: Port
  /** Its name, for SNI. */
  readonly name: string
}

/** The socket address of a multiaddr. */
export function portOf(address: string): Port {
  const [ip, tcp] = multiaddr(address).getComponents()
  return { host: ip?.value ?? '', port: Number(tcp?.value) }
}

/**
 * Addresses of loopback that stand for strangers: four machines in each /24, and none in the network of those who are honest.
 *
 * @param count  how many, up to 1000
 */
export function strangers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `127.66.${Math.floor(index / 4)}.${1 + (index % 4)}`)
}
