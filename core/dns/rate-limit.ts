// How many UDP replies one network may draw from us: a token bucket for each /24 of IPv4 and /48 of IPv6, as everywhere in this house
// (net/network.ts, which makes objects), in typed arrays of a fixed size: however many addresses are forged, they take no more. It
// guards others against forged source addresses, so it does not matter that two networks now and then share a bucket; a secret seed
// keeps strangers from choosing which.
import { randomInt } from 'node:crypto'

export interface RateLimitOptions {
  /** Replies a second that one network may draw for ever. */
  readonly repliesPerSecond: number
  /** Replies that one network may draw at once after a quiet time. */
  readonly burst: number
  /** Of this many limited replies one is sent as TC=1, so that a real client behind a forged flood comes through by TCP. */
  readonly slip: number
}

/** A big resolver caches our answers for a week, so a whole network asking this often is no resolver. */
export const DEFAULT_RATE_LIMIT: RateLimitOptions = { repliesPerSecond: 1000, burst: 4000, slip: 2 }

export type Verdict = 'send' | 'slip' | 'drop'

export interface RateLimiter {
  /**
   * Takes a token for a client.
   *
   * @param address  an IP address as `node:dgram` writes it
   * @param now  milliseconds
   */
  take(address: string, now: number): Verdict
}

/** Two to the sixteenth buckets are 1 MiB and more networks than one host sees at a time. */
const BUCKETS = 1 << 16

/** Makes a limiter that knows nobody yet. */
export function createRateLimiter(options: RateLimitOptions): RateLimiter {
  const tokens = new Float64Array(BUCKETS).fill(options.burst)
  const times = new Float64Array(BUCKETS)
  const seed = randomInt(0x7fffffff)
  const groups = new Uint16Array(8)
  const perMs = options.repliesPerSecond / 1000
  let limited = 0

  return {
    take(address, now) {
      if (isLoopback(address)) return 'send'
      const bucket = networkHash(address, seed, groups) & (BUCKETS - 1)
      const elapsed = Math.max(0, now - (times[bucket] ?? 0))
      const left = Math.min(options.burst, (tokens[bucket] ?? 0) + elapsed * perMs)
      times[bucket] = now
      if (left >= 1) {
        tokens[bucket] = left - 1
        return 'send'
      }
      tokens[bucket] = left
      limited++
      return limited % options.slip === 0 ? 'slip' : 'drop'
    },
  }
}

/** Whether an address, as a socket writes it, is of this machine. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
}

/** A hash of the /24 or the /48 that an address is in. */
function networkHash(address: string, seed: number, groups: Uint16Array): number {
  const dot = address.indexOf('.')
  if (dot >= 0) {
    const from = address.lastIndexOf(':') + 1
    const to = address.lastIndexOf('.')
    let hash = seed ^ 4
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ address.charCodeAt(at), 0x01000193)
    return finish(hash)
  }
  readGroups(address, groups)
  let hash = seed ^ 6
  for (let at = 0; at < 3; at++) hash = Math.imul(hash ^ (groups[at] ?? 0), 0x01000193)
  return finish(hash)
}

/** The last mixing step of MurmurHash3, so that the low bits depend on all of the address. */
function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return once ^ (once >>> 13)
}

/** Reads IPv6 text that a socket wrote (a zone id may follow), without making strings. */
function readGroups(address: string, groups: Uint16Array): void {
  groups.fill(0)
  let count = 0
  let gap = -1
  let value = 0
  let digits = 0
  for (let at = 0; at <= address.length && count < 8; at++) {
    const code = at < address.length ? address.charCodeAt(at) : 0x3a
    if (code === 0x3a || code === 0x25) {
      if (digits > 0) groups[count++] = value
      else if (at > 0 && at < address.length) gap = count
      value = 0
      digits = 0
      if (code === 0x25) break
    } else {
      value = (value << 4) | (code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57)
      digits++
    }
  }
  if (gap < 0) return
  groups.copyWithin(8 - count + gap, gap, count)
  groups.fill(0, gap, 8 - count + gap)
}
