// How much a record may make us dial. Whoever makes up a thousand peers that all "live" at a victim's address must not have every node of
// the network dial it, and nobody's record opens connections to ports that no listener of ours would have.
import { addressClass } from '../../core/net/address-class.ts'
import { ipOfAddress } from '../../core/net/announce-filter.ts'
import { createDialLimits, type DialLimits, isNodePort } from '../../core/net/dial-limits.ts'
import { networkOf } from '../../core/net/network.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const TEN_MINUTES_MS = 600_000

/** A house has a few nodes, and each is dialled again after hours; of all that is heard, one in five seconds. */
const LIMITS: DialLimits = {
  network: { count: 6, windowMs: TEN_MINUTES_MS },
  all: { count: 120, windowMs: TEN_MINUTES_MS },
}

/** Whether an address that others have told us of a peer may be dialled now; counts it where it may. */
export type MayDialAddress = (address: Multiaddr, owner: PeerId, nowMs: number) => boolean

/** Makes it. */
export function createDialTargets(): MayDialAddress {
  const mayDial = createDialLimits(LIMITS)
  return (address, owner, nowMs) => {
    if (!hasNodePort(address)) return false
    const target = targetOf(address, owner)
    return target === undefined || mayDial(target, nowMs)
  }
}

/** Who is hit: a public network, or the domain of a name that shows no address; undefined where only this network is. */
function targetOf(address: Multiaddr, owner: PeerId): string | undefined {
  const ip = ipOfAddress(address, owner)
  if (ip) return addressClass(ip) === 'public' ? networkOf(ip) : undefined
  const name = address.getComponents()[0]?.value?.toLowerCase() ?? ''
  return name === 'localhost' ? undefined : name.split('.').slice(-2).join('.')
}

/** Whether an address leads to a port that a node would listen on. */
export function hasNodePort(address: Multiaddr): boolean {
  return isNodePort(Number(address.getComponents().find(({ name }) => name === 'tcp')?.value))
}
