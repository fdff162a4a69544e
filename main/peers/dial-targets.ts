// How much a record may make us dial. Whoever makes up a thousand peers that all "live" at a victim's address must not have every node of
// the network dial it, and nobody's record opens connections to ports that no listener of ours would have. What strangers bring about
// takes nothing from what a person asks for, or from addresses that have worked: each cause has limits of its own.
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

/** Why an address is dialled: a person asks for it; it has led to its peer before; a walk through the DHT; it was heard of. */
export type DialCause = 'asked' | 'worked' | 'walk' | 'heard'

/**
 * What keeps an address that others have told us of a peer from being dialled now, in words; counts it where nothing does.
 *
 * @param cause  @default heard
 */
export type WhyNotNow = (address: Multiaddr, owner: PeerId, nowMs: number, cause?: DialCause) => string | undefined

const CAUSE_WORDS: Readonly<Record<DialCause, string>> = {
  asked: 'that were asked for',
  worked: 'that worked before',
  walk: 'of walks through the DHT',
  heard: 'of peers that were heard of',
}

/** Makes it. */
export function createDialTargets(): WhyNotNow {
  const limits = {
    ...{ asked: createDialLimits(LIMITS), worked: createDialLimits(LIMITS) },
    ...{ walk: createDialLimits(LIMITS), heard: createDialLimits(LIMITS) },
  }
  return (address, owner, nowMs, cause = 'heard') => {
    if (!hasNodePort(address)) return 'its port is one of other programs'
    const target = targetOf(address, owner)
    const mayDial = limits[cause]
    if (target === undefined || mayDial(target, nowMs)) return undefined
    const often = `${mayDial.isUsedUp(nowMs) ? '' : `in ${target} `}often enough for now`
    return `addresses ${CAUSE_WORDS[cause]} were dialled ${often}`
  }
}

/** Where an address leads: a public network, or the domain of a name that shows no address; undefined where only this network is. */
export function targetOf(address: Multiaddr, owner: PeerId): string | undefined {
  const ip = ipOfAddress(address, owner)
  if (ip) return addressClass(ip) === 'public' ? networkOf(ip) : undefined
  const name = address.getComponents()[0]?.value?.toLowerCase() ?? ''
  return name === 'localhost' ? undefined : name.split('.').slice(-2).join('.')
}

/** Whether an address leads to a port that a node would listen on. */
export function hasNodePort(address: Multiaddr): boolean {
  return isNodePort(Number(address.getComponents().find(({ name }) => name === 'tcp')?.value))
}
