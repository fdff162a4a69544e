// The first step of getting a certificate: whether anybody could come to visit at all. Told as a step like the others, so that
// a person sees what is waited for.
import { NotReachableError } from './not-reachable-error.ts'
import { blocksOrder, type Verdict } from './verdict.ts'
import type { Emit } from '../events.ts'
import type { Reachability } from './reachability.ts'

/** What the gate needs. */
export interface GateInit {
  readonly reachability: Reachability
  /** Whether a certain "nobody gets through" holds the order up. */
  readonly required: boolean
  readonly emit: Emit
}

/**
 * Makes the gate.
 *
 * @returns looks, tells the step, and rejects with NotReachableError where nobody can come; with the signal's reason where it
 *   is aborted
 */
export function createGate({ reachability, required, emit }: GateInit): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const began = performance.now()
    const tell = (status: 'begin' | 'done' | 'failed', detail: string) =>
      emit({ event: 'step', step: 'reach', status, ms: Math.round(performance.now() - began), detail })
    tell('begin', '')
    let verdict: Verdict
    try {
      // what kept the last attempt from going on may be mended by now
      verdict = await reachability.check(signal, { fresh: blocksOrder(reachability.current()) })
    } catch (error) {
      tell('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
    if (required && blocksOrder(verdict)) {
      const error = new NotReachableError(verdict.reason ?? 'no-public-address')
      tell('failed', error.message)
      throw error
    }
    tell('done', verdict.reason === undefined ? verdict.status : `${verdict.status}: ${verdict.reason}`)
  }
}
