// Answers a question for a challenge: the values that are set and not over their time, or a placeholder.
import { RCODE, TYPE } from '../../core/dns/constants.ts'
import type { QueryView } from '../../core/dns/query.ts'
import type { Clock } from '../../core/clock.ts'
import { type AnswerWriter, RECORD_HEAD_LENGTH, textData, TOO_LONG, writeData } from './answer-records.ts'
import type { AnswerCounters } from './answer-stats.ts'
import type { ChallengeTable } from './challenges.ts'

/**
 * The answer to a challenge that is not set (yet). A positive answer of a few seconds, because an empty one would be
 * remembered for the zone's negative lifetime, and the CA would not see the value that is set a moment later.
 */
const PLACEHOLDER = textData('not set yet')
const PLACEHOLDER_TTL_SECONDS = 10

/** What it needs. */
export interface ChallengeAnswererInit {
  readonly challenges: Pick<ChallengeTable, 'find'>
  /** Whether every value is known here; always where left out. */
  readonly inStep: { readonly now: boolean } | undefined
  readonly clock: Clock
  /** Of a value, in seconds. */
  readonly ttl: number
  readonly view: QueryView
  readonly counters: AnswerCounters
  /** What the reply says besides its records. */
  readonly reply: { rcode: number; flags: number }
  readonly writer: AnswerWriter
}

/** Makes what answers; it returns where the answer ends, or TOO_LONG. */
export function createChallengeAnswerer(
  init: ChallengeAnswererInit,
): (out: Uint8Array, at: number, limit: number) => number {
  const { challenges, inStep, clock, ttl, view, counters, reply } = init
  const { any, negative } = init.writer
  const placeholderTtl = Math.min(PLACEHOLDER_TTL_SECONDS, ttl)

  /**
   * All values of the name at once; a base name and its wildcard need two (RFC 8555 section 8.4). Where there is none and this
   * server may lack one, it fails, so that whoever asks goes to another server.
   */
  return (out: Uint8Array, at: number, limit: number): number => {
    if (view.type === TYPE.ANY) return any(out, at, limit)
    if (view.type !== TYPE.TXT) return negative(out, at, limit, counters.challengeNodata)
    // oxlint-disable-next-line unicorn/no-array-callback-reference -- a table of ours, and no function
    const stored = challenges.find(view.name, view.nameLength)
    let end = at
    let count = 0
    if (stored) {
      const now = clock.now()
      for (let index = 0; index < stored.values.length; index++) {
        const value = stored.values[index]
        if (!value || value.expiresAt <= now) continue
        if (end + RECORD_HEAD_LENGTH + value.data.length > limit) return TOO_LONG
        end = writeData(out, end, TYPE.TXT, ttl, value.data)
        count++
      }
    }
    if (count > 0) {
      out[7] = count
      counters.challenges++
      return end
    }
    if (inStep && !inStep.now) {
      reply.rcode = RCODE.SERVFAIL
      reply.flags = 0
      return at
    }
    if (at + RECORD_HEAD_LENGTH + PLACEHOLDER.length > limit) return TOO_LONG
    out[7] = 1
    counters.placeholders++
    return writeData(out, at, TYPE.TXT, placeholderTtl, PLACEHOLDER)
  }
}
