// What was tried in a dial, in which order, why in that one, and with which result.
import { errorsOf } from '../../../core/net/error-tree.ts'
import { answeredByOther } from '../../../core/net/other-key.ts'
import { GivenUpError, HeldBackError, OurselvesError } from './attempt-errors.ts'
import { plainReason } from './plain-reason.ts'
import { FasterError, NoAnswerError } from './race.ts'
import type { DialResult } from '../../../proto/dial-policy.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What came of one address. */
export interface Outcome {
  readonly kind: DialResult
  /** In words; left out where it led to the peer. */
  readonly reason?: string
  /** Milliseconds to a connection with a proved key; left out elsewhere. */
  readonly latencyMs?: number
}

/** One address that was tried. */
export interface Attempt {
  readonly address: Multiaddr
  /** Of the policy, beginning with 0. */
  readonly stage: number
  /** What put it into its place. */
  readonly why: string
  /** Milliseconds since the dial began. */
  readonly startedMs: number
  readonly endedMs: number
  readonly result: Outcome
}

/** A dial that is over. */
export interface DialReport {
  readonly peer: PeerId
  /** Its name. */
  readonly policy: string
  readonly connection?: Connection | undefined
  /** Whether that was there before, over an address that the policy takes. */
  readonly reused: boolean
  /** In the order in which they were begun. */
  readonly attempts: readonly Attempt[]
  /** Known addresses that were not tried, the first few of them. */
  readonly leftOut: readonly { readonly address: Multiaddr; readonly why: string }[]
}

/** An attempt under way. */
interface Open extends Omit<Attempt, 'endedMs' | 'result'> {
  endedMs: number | undefined
  result: Outcome | undefined
}

/** Notes attempts. */
export interface AttemptNotes {
  /** @returns what is called when it has ended */
  begun(attempt: Omit<Attempt, 'startedMs' | 'endedMs' | 'result'>): (result: Outcome) => void
  /** All of them; what is under way ends with this. */
  ended(open: Outcome): readonly Attempt[]
}

/** Makes notes. @param nowMs  milliseconds since the dial began */
export function createNotes(nowMs: () => number): AttemptNotes {
  const notes: Open[] = []
  return {
    begun(attempt) {
      const note: Open = { ...attempt, startedMs: nowMs(), endedMs: undefined, result: undefined }
      notes.push(note)
      return (result) => {
        note.endedMs ??= nowMs()
        note.result ??= result
      }
    },
    ended: (open) =>
      notes.map(({ endedMs, result, ...rest }) => ({
        ...rest,
        ...{ endedMs: endedMs ?? nowMs(), result: result ?? open },
      })),
  }
}

/** Whether an address led where nobody else may send us (core/net/dial-guard.ts). */
export function isRefused(error: unknown): boolean {
  return errorsOf(error).some(({ name }) => name === 'DialRefusedError')
}

/** What an error of an attempt is called. */
export function failureOf(error: unknown): Outcome {
  return { kind: kindOf(error), reason: plainReason(error) }
}

function kindOf(error: unknown): DialResult {
  if (error instanceof FasterError) return 'slower'
  if (error instanceof NoAnswerError) return 'no-answer'
  if (error instanceof HeldBackError) return 'held-back'
  if (error instanceof OurselvesError) return 'ourselves'
  if (isRefused(error)) return 'refused'
  if (error instanceof GivenUpError) return 'given-up'
  return answeredByOther(error) ? 'other-peer' : 'failed'
}
