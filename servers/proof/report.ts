// What the proof server tells its operator: how many addresses it has signed, and how many it would not.
import { card, facts, grouped, numberOf, shortId, time } from '../admin/html.ts'
import { createCounters } from '../admin/figures.ts'
import type { Counters } from '../admin/figures.ts'
import type { RoleReport } from '../admin/report.ts'

/** Proofs since the start. */
export interface ProofCounters extends Counters<'nodetrust_proofs_total'> {
  readonly given: () => number
  readonly refused: () => number
}

/** Makes counters that begin at zero. */
export function createProofCounters(): ProofCounters {
  const counters = createCounters({ nodetrust_proofs_total: 'Proofs that were asked for, by outcome.' })
  const of = (outcome: string) =>
    counters.figures()[0]?.values.find(({ labels }) => labels?.['outcome'] === outcome)?.value ?? 0
  return { ...counters, given: () => of('given'), refused: () => of('refused') }
}

/** The report. */
export function proofReport(state: {
  readonly peer: string
  readonly startedAt: number
  readonly now: number
  readonly counters: ProofCounters
}): RoleReport {
  const { peer, startedAt, now, counters } = state
  return {
    role: 'proof',
    title: 'Proof server',
    state: { attention: false, sentence: counters.given() > 0 ? 'Well: it gives proofs.' : 'Nobody has asked yet.' },
    content: card(
      '',
      facts([
        ['Peer id', shortId(peer)],
        ['Started', time(startedAt, now)],
        ['Proofs given', grouped(counters.given())],
        ['Refused', grouped(counters.refused())],
      ]),
    ),
    pictures: { line: numberOf(counters.given(), 'proof') },
    figures: counters.figures(),
  }
}
