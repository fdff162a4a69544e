// Which network we are in, for addresses that mean something in one network only: 192.168.1.7 is another machine in every house. What
// tells networks apart here is the subnets of our own interfaces. They are known at once, offline, without a privilege and on every
// platform; a router's hardware address, which would be surer, is told by none of Node's functions, its IP address is the same in most
// houses, and our public address changes every night. Where two networks have the same subnet, an address of the one is dialled in the
// other: that fails, since every connection proves the peer's key.
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { addressClass } from '../../../core/net/address-class.ts'
import { type IpAddress, parseIp } from '../../../proto/ip.ts'
import type { Clock } from '../../../core/clock.ts'

/** The network we are in. */
export interface Networks {
  /** Our private subnets, as `192.168.1.0/24`, sorted. */
  subnets(): readonly string[]
  /** What a private address that is told to us now is kept with: the subnet of ours that it lies in, or else all of ours. */
  learntIn(ip: IpAddress): string
  /** Whether what was learnt there can be used here: all its subnets are ours, since those of containers are the same everywhere. */
  isHere(network: string): boolean
}

/** Who changes networks has changed them after so long; a look costs a tenth of a millisecond. */
const LOOK_AGAIN_MS = 5_000

/** A computer with a dozen virtual networks has as many subnets; they are kept with each private address. */
const MAX_SUBNETS = 8

/** Makes it. @param look  the subnets. @default those of the machine's interfaces */
export function createNetworks(clock: Pick<Clock, 'now'>, look: () => readonly string[] = privateSubnets): Networks {
  let seen: { readonly at: number; readonly subnets: readonly string[] } | undefined
  const subnets = (): readonly string[] => {
    const age = clock.now() - (seen?.at ?? -Infinity)
    if (!seen || age < 0 || age >= LOOK_AGAIN_MS) seen = { at: clock.now(), subnets: look().slice(0, MAX_SUBNETS) }
    return seen.subnets
  }
  return {
    subnets,
    learntIn: (ip) => subnets().find((subnet) => contains(subnet, ip)) ?? subnets().join(','),
    isHere: (network) => network.split(',').every((subnet) => subnets().includes(subnet)),
  }
}

/** The subnets of these interfaces that are private ones. */
export function privateSubnets(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly string[] {
  const entries = Object.values(interfaces).flatMap((infos) => infos ?? [])
  const found = entries.flatMap(({ internal, cidr }) => {
    const [text = '', bits] = (cidr ?? '').split('/')
    const ip = parseIp(text)
    if (internal || !ip || addressClass(ip) !== 'private') return []
    return [subnetText(ip.bytes, Number(bits))]
  })
  return [...new Set(found)].toSorted()
}

function subnetText(bytes: Uint8Array, bits: number): string {
  const masked = [...bytes].map((byte, index) => byte & mask(bits - index * 8))
  const text =
    masked.length === 4
      ? masked.join('.')
      : Buffer.from(masked)
          .toString('hex')
          .replaceAll(/(....)(?!$)/g, '$1:')
  return `${text}/${bits}`
}

/** Of a byte whose first so many bits count. */
function mask(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff
}

function contains(subnet: string, { bytes }: IpAddress): boolean {
  return subnetText(bytes, Number(subnet.split('/')[1])) === subnet
}
