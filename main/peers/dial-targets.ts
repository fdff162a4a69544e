// How much a record may make us dial. Whoever makes up a thousand peers that all "live" at a victim's address must not have every node of
// the network dial it, and nobody's record opens connections to ports that no listener of ours would have.
import { Budget, type Rate } from '../../core/discovery/budget.ts'
import { addressClass } from '../../core/net/address-class.ts'
import { ipOfAddress } from '../../core/net/announce-filter.ts'
import { networkOf } from '../../core/net/network.ts'
import { putNewest } from '../bounded.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Addresses of one record that are dialled: both families, at two ports. */
const MAX_ADDRESSES = 4

/** Dials into one public network: a house has a few nodes, and each is dialled again after hours. */
const PER_NETWORK: Rate = { burst: 6, perSecond: 6 / 600 }

/** All that records make us dial, in ten minutes. */
const ALL: Rate = { burst: 120, perSecond: 120 / 600 }

/** Networks that are remembered. */
const MAX_NETWORKS = 2_000

/** Below are other programs' ports; browsers' own is where a node may well be. */
const FIRST_FREE_PORT = 1_024
const WEB_PORT = 443

/** Chooses what may be dialled of a record now, and counts it as dialled. */
export type DialTargets = (addresses: readonly Multiaddr[], owner: PeerId, nowMs: number) => readonly Multiaddr[]

/** Makes it. */
export function createDialTargets(): DialTargets & { readonly size: () => number } {
  const networks = new Map<string, Budget>()
  const all = new Budget(ALL)
  const choose: DialTargets = (addresses, owner, nowMs) =>
    addresses
      .filter((address) => hasOpenPort(address))
      .slice(0, MAX_ADDRESSES)
      .filter((address) => {
        const key = targetOf(address, owner)
        if (key === undefined) return true
        const budget = networks.get(key) ?? new Budget(PER_NETWORK)
        if (!budget.hasRoom(1, nowMs) || !all.take(1, nowMs)) return false
        budget.add(1, nowMs)
        putNewest(networks, key, budget, MAX_NETWORKS)
        return true
      })
  return Object.assign(choose, { size: () => networks.size })
}

/** Who is hit: a public network, or the domain of a name that shows no address; undefined where only this network is. */
function targetOf(address: Multiaddr, owner: PeerId): string | undefined {
  const ip = ipOfAddress(address, owner)
  if (ip) return addressClass(ip) === 'public' ? networkOf(ip) : undefined
  const name = address.getComponents()[0]?.value?.toLowerCase() ?? ''
  return name === 'localhost' ? undefined : name.split('.').slice(-2).join('.')
}

function hasOpenPort(address: Multiaddr): boolean {
  const port = Number(address.getComponents().find(({ name }) => name === 'tcp')?.value)
  return port >= FIRST_FREE_PORT || port === WEB_PORT
}
