// Sequence numbers of our own peer record: milliseconds by custom, strictly increasing whatever the wall clock does, also
// across restarts. A number that was given once is on disk before anybody sees it.
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Clock } from '../../core/clock.ts'

/** Gives sequence numbers. */
export interface SeqClock {
  /**
   * The next number, greater than every one before.
   *
   * @throws FileError where it cannot be persisted; nothing was given out then
   */
  next(): Promise<bigint>
}

/**
 * Peers refuse numbers that lie more than a day ahead, so nobody can have accepted one that we gave while our clock was
 * further ahead than that; going on from there would make us unheard until that day.
 */
const MAX_AHEAD_MS = 24 * 3_600_000

/** Makes the sequence of a data folder; an unreadable file counts as none, because the wall clock is a good start. */
export function createSeqClock(init: { readonly dir: string; readonly clock: Clock }): SeqClock {
  const path = join(init.dir, 'peer-record.seq')
  let last: bigint | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const read = async (): Promise<bigint> => {
    const text = (await readFileIfThere(path))?.toString('utf8').trim() ?? ''
    return /^[0-9]{1,19}$/.test(text) ? BigInt(text) : 0n
  }
  const give = async (): Promise<bigint> => {
    const before = last ?? (await read())
    const next = nextSeq(before, init.clock.now())
    await writeFileAtomic(path, `${next}\n`)
    last = next
    return next
  }
  return {
    next() {
      const given = turn.then(give)
      turn = given.catch(() => undefined)
      return given
    },
  }
}

/** The number after `last` at a time. */
export function nextSeq(last: bigint, nowMs: number): bigint {
  const now = BigInt(nowMs)
  return last > now + BigInt(MAX_AHEAD_MS) || last < now ? now : last + 1n
}
