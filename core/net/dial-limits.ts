// How much others may make us dial: whoever is dialled because somebody else has named it could be a victim, whom many made-up peers
// name. So each network is dialled rarely, all together are too, and no port is that other programs listen on.
import { putNewest } from '../bounded.ts'
import { fairShare } from '../fair-share.ts'
import { LeakyBucket } from '../leaky-bucket.ts'

/** So many in so long. */
export interface DialLimit {
  readonly count: number
  readonly windowMs: number
}

/** How often others are dialled. */
export interface DialLimits {
  /** For each target: a /24 or /48, or the domain of a name. */
  readonly network: DialLimit
  /** For all together; the more of it is used, the more slowly a network that goes on gets any. @default any number */
  readonly all?: DialLimit | undefined
}

/** Whether a target (net/network.ts, or a domain) may be dialled now; counts it where it may. */
export type MayDial = (target: string, nowMs: number) => boolean

/** Targets that are remembered, at a hundred bytes each; who would dial more in a while is held by what is for all together. */
export const MAX_TARGETS = 10_000

/** What was counted. */
export interface DialCounts {
  readonly size: () => number
  /** Whether what there is for all together is used up. */
  readonly isUsedUp: (nowMs: number) => boolean
}

/** Makes it; it forgets everything with a restart, which costs a network one window's worth more. */
export function createDialLimits({ network, all }: DialLimits): MayDial & DialCounts {
  const targets = new Map<string, LeakyBucket>()
  const together = all && bucketOf(all)
  const mayDial: MayDial = (target, nowMs) => {
    const own = targets.get(target) ?? bucketOf(network)
    const cost = together && all ? costOf(network.count, all.count, together.level(nowMs)) : 1
    if (!own.hasRoom(cost, nowMs) || together?.take(1, nowMs) === false) return false
    own.add(cost, nowMs)
    putNewest(targets, target, own, MAX_TARGETS)
    return true
  }
  return Object.assign(mayDial, {
    size: () => targets.size,
    isUsedUp: (nowMs: number) => together?.hasRoom(1, nowMs) === false,
  })
}

/**
 * What a dial takes of a network's own part: one while there is plenty, all of it when hardly anything is left. So as many networks
 * are needed to use up what is for all as there are dials in it, and who has used nothing finds some.
 */
function costOf(own: number, all: number, used: number): number {
  return own / fairShare({ own, all, used })
}

function bucketOf({ count, windowMs }: DialLimit): LeakyBucket {
  return new LeakyBucket({ burst: count, perSecond: (count * 1_000) / windowMs })
}

/** Below are the ports of other programs, which several people behind one address may share. */
const FIRST_FREE_PORT = 1_024

/** Browsers' own is where a node may well be. */
const WEB_PORT = 443

/** Whether a port is one that a node would listen on. */
export function isNodePort(port: number): boolean {
  return port >= FIRST_FREE_PORT || port === WEB_PORT
}
