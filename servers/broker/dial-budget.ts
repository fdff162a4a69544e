// How often the broker dials networks at somebody else's word. A peer's request comes from its own address as a rule, and whoever
// is dialled there has asked for it; every other address could be a victim's, whom many made-up peers name. Those are dialled so
// rarely that it does no harm to anybody, for each network and for all together.
import { createDialLimits, type DialLimits } from '../../core/net/dial-limits.ts'
import { machineOf, networkOf } from '../../core/net/network.ts'
import type { Clock } from '../../core/clock.ts'
import type { IpAddress } from '../../proto/ip.ts'

/** Whether an address may be dialled now; counts it where it may. */
export type DialBudget = (ip: IpAddress, caller: IpAddress | undefined) => boolean

const MINUTE_MS = 60_000

/**
 * A dial is a packet or a few; a connection that comes about, two kilobytes. So a network sees one a second, as much as a search
 * engine sends, and a burst of one registration of many addresses. Honest peers that ask over IPv4 and name IPv6 need a handful each.
 */
const LIMITS: DialLimits = {
  network: { count: 60, windowMs: MINUTE_MS },
  all: { count: 3_000, windowMs: MINUTE_MS },
}

/** Makes the budget. */
export function createDialBudget(clock: Clock, limits: DialLimits = LIMITS): DialBudget {
  const mayDial = createDialLimits(limits)
  return (ip, caller) => (caller && machineOf(caller) === machineOf(ip)) || mayDial(networkOf(ip), clock.now())
}
