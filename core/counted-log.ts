// A log for what strangers can cause as often as they like: one line a minute at most for each message, with how often it happened,
// from how many networks, and what the newest one was about. Whoever logs something that a stranger can bring about takes this one, or
// filling a disk costs a stranger nothing.
import { networkOfText, NO_NETWORK } from './net/network.ts'
import type { Clock } from './clock.ts'
import type { Log, LogLevel } from './log.ts'

/** Often enough to see what goes on, rarely enough that a day of it is a page. */
const PAUSE_MS = 60_000

/** Who is told apart in a minute; more are "at least so many". */
const MAX_TOLD_APART = 1_000

/** Messages are constants of the program, so there are few; should one ever be made of what a stranger sent, they share one count. */
const MAX_MESSAGES = 64

/** Fields that say from which address something came, and those that say from which peer. */
const ADDRESS_FIELDS = ['address', 'client', 'network'] as const
const PEER_FIELDS = ['peer', 'from', 'caller'] as const

type Level = Exclude<LogLevel, 'silent'>

interface Counted {
  /** Wall clock of the last line, milliseconds. */
  toldAt: number
  waiting: boolean
  times: number
  newest: object
  level: Level
  readonly networks: Set<string>
  readonly peers: Set<string>
}

/**
 * Makes a log that counts. The first of each message is written at once, the others of the next minute as one line.
 *
 * @param clock  waits without keeping the process alive, where it can
 */
export function countedLog(log: Log, clock: Clock): Log {
  const counted = new Map<string, Counted>()
  const rest = (ms: number) => (clock.rest ? clock.rest(ms) : clock.sleep(ms))

  const tell = (message: string, entry: Counted): void => {
    const { times, networks, peers, newest, level } = entry
    entry.toldAt = clock.now()
    log[level](
      times === 1 ? newest : { ...newest, times, ...some('networks', networks.size), ...some('peers', peers.size) },
      message,
    )
    entry.times = 0
    networks.clear()
    peers.clear()
  }

  const count = (level: Level, fields: object, message: string): void => {
    const key = counted.has(message) || counted.size < MAX_MESSAGES ? message : 'something else'
    const entry: Counted = counted.get(key) ?? {
      ...{ toldAt: -Infinity, waiting: false, times: 0, newest: fields, level },
      ...{ networks: new Set<string>(), peers: new Set<string>() },
    }
    counted.set(key, entry)
    entry.times++
    entry.newest = fields
    entry.level = level
    remember(entry, fields)
    if (entry.waiting) return
    const sinceMs = clock.now() - entry.toldAt
    // a clock that was set back must not keep anything quiet for longer
    if (sinceMs >= PAUSE_MS || sinceMs < 0) return tell(key, entry)
    entry.waiting = true
    void rest(PAUSE_MS - sinceMs)
      .catch(() => undefined)
      .then(() => {
        entry.waiting = false
        if (entry.times > 0) tell(key, entry)
      })
  }

  return {
    debug: (fields, message) => count('debug', fields, message),
    info: (fields, message) => count('info', fields, message),
    warn: (fields, message) => count('warn', fields, message),
    error: (fields, message) => count('error', fields, message),
    child: (fields) => countedLog(log.child(fields), clock),
  }
}

function remember({ networks, peers }: Counted, fields: object): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue
    if (ADDRESS_FIELDS.some((field) => field === name) && networks.size < MAX_TOLD_APART) {
      const network = networkOfText(value)
      if (network !== NO_NETWORK) networks.add(network)
    }
    if (PEER_FIELDS.some((field) => field === name) && peers.size < MAX_TOLD_APART)
      peers.add(value.slice(0, MAX_KEY_CHARS))
  }
}

/** A peer id has 60; nothing longer is kept for a minute. */
const MAX_KEY_CHARS = 100

function some(name: string, size: number): Record<string, number> {
  return size === 0 ? {} : { [name]: size }
}
