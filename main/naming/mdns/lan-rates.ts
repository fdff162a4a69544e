// How often a name is answered in the local network. An answer by multicast reaches everybody, so once a second is enough however many ask
// (RFC 6762 section 6), and who asks without end keeps it from nobody. An answer to one asker alone is counted for that one.
import { putNewest } from '../../../core/bounded.ts'
import { LeakyBucket, type Rate } from '../../../core/leaky-bucket.ts'
import type { Clock } from '../../../core/clock.ts'

const AGAIN_MS = 1_000

/** Of one asker, and of all together. */
const ONE: Rate = { burst: 5, perSecond: 1 }
const ALL: Rate = { burst: 40, perSecond: 10 }
/** Askers that are remembered; a network at home has fewer. */
const MAX_ASKERS = 64

/** The counters of one interface. */
export interface LanRates {
  /** Whether records may be told to everybody now. @param what  which ones, of the few that there are */
  mayTellAll(what: string): boolean
  /** Whether one asker may be answered alone now. @param ip  its address */
  mayTellOne(ip: string): boolean
}

/** Makes them. */
export function createLanRates(clock: Clock): LanRates {
  const toldAt = new Map<string, number>()
  const askers = new Map<string, LeakyBucket>()
  const all = new LeakyBucket(ALL)
  return {
    mayTellAll(what) {
      const now = clock.now()
      const before = toldAt.get(what)
      // a clock that was set back must not silence the name
      if (before !== undefined && before <= now && now - before < AGAIN_MS) return false
      toldAt.set(what, now)
      return true
    },
    mayTellOne(ip) {
      const now = clock.now()
      const bucket = askers.get(ip) ?? new LeakyBucket(ONE)
      putNewest(askers, ip, bucket, MAX_ASKERS)
      return bucket.hasRoom(1, now) && all.take(1, now) && bucket.take(1, now)
    },
  }
}
