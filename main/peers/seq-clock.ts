// Sequence numbers of our own peer record: milliseconds by custom, strictly increasing whatever the wall clock does, also
// across restarts. A number that was given once is on disk before anybody sees it.
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { isBelievableSeq } from '../../core/records/peer-record.ts'
import type { Clock } from '../../core/clock.ts'

/** Gives sequence numbers. */
export interface SeqClock {
  /**
   * The next number, greater than every one before.
   *
   * @throws FileError where it cannot be persisted; nothing was given out then
   */
  next(): Promise<bigint>
  /**
   * A number that others know of us, from before a backup was restored: the next one will be greater.
   *
   * @throws FileError where it cannot be persisted
   */
  learn(seq: bigint): Promise<void>
}

/** What stands in the file. */
interface Given {
  readonly last: bigint
  /** When it was first noticed that the last number lies far ahead of the clock, which it still does. */
  readonly aheadSinceMs: number | undefined
}

/**
 * Peers refuse numbers that lie more than a day ahead, in whatever unit they count. One that does was given while our clock was ahead, and
 * nobody has accepted it; or the clock is behind now, and everybody has. What is wrong now is mended within minutes as a rule, by whoever
 * sets the clock. Whoever has been that far ahead for so long was given by a wrong clock: going on from there we would not be heard until
 * that day.
 */
const GIVE_UP_AFTER_MS = 24 * 3_600_000

/** Makes the sequence of a data folder; an unreadable file counts as none, because the wall clock is a good start. */
export function createSeqClock(init: { readonly dir: string; readonly clock: Clock }): SeqClock {
  const path = join(init.dir, 'peer-record.seq')
  const inTurn = oneAtATime()
  let given: Given | undefined

  const current = async (): Promise<Given> => (given ??= parse((await readFileIfThere(path))?.toString('utf8') ?? ''))
  const keep = async (next: Given): Promise<void> => {
    await writeFileAtomic(path, `${next.last}\n${next.aheadSinceMs === undefined ? '' : `${next.aheadSinceMs}\n`}`)
    given = next
  }
  return {
    next: () =>
      inTurn(async () => {
        const next = nextSeq(await current(), init.clock.now())
        await keep(next)
        return next.last
      }),
    learn: (seq) =>
      inTurn(async () => {
        const before = await current()
        if (seq > before.last) await keep({ ...before, last: seq })
      }),
  }
}

/** What is given after `before` at a time. */
export function nextSeq({ last, aheadSinceMs }: Given, nowMs: number): Given {
  const now = BigInt(nowMs)
  if (last < now) return { last: now, aheadSinceMs: undefined }
  if (isBelievableSeq(last, nowMs)) return { last: last + 1n, aheadSinceMs: undefined }
  // a clock that was set back since then knows nothing of how long it has been
  const sinceMs = aheadSinceMs === undefined || aheadSinceMs > nowMs ? nowMs : aheadSinceMs
  if (nowMs - sinceMs >= GIVE_UP_AFTER_MS) return { last: now, aheadSinceMs: undefined }
  return { last: last + 1n, aheadSinceMs: sinceMs }
}

function parse(text: string): Given {
  const [last = '', since = ''] = text.trim().split('\n')
  if (!/^[0-9]{1,19}$/.test(last)) return { last: 0n, aheadSinceMs: undefined }
  return { last: BigInt(last), aheadSinceMs: /^[0-9]{1,15}$/.test(since) ? Number(since) : undefined }
}
