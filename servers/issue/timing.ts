// How long orders at the CA and each of their steps take, for whoever draws it. Labels are these words and no others, so that nothing
// that a stranger or a CA says can make figures grow.
import { createHistograms, type Figure } from '../admin/figures.ts'
import type { Clock } from '../../core/clock.ts'
import type { RunOrder } from './orders.ts'

/** What an order came to; `stopped` where everybody who waited had gone, or the role was stopped. */
const OUTCOMES = ['issued', 'failed', 'stopped'] as const

/** Steps of an order, each with what came before it since the last one. */
const STEPS = [
  ...(['account', 'order', 'challenge-set', 'challenge-told', 'validated'] as const),
  ...(['challenge-removed', 'finalized', 'downloaded', 'released', 'verified'] as const),
] as const

/** Seconds: a step is a round trip to the CA or the DNS; a CA that looks from several places takes some; an order may take five minutes. */
const STEP_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const ORDER_BUCKETS = [0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300]

/** Measures orders. */
export interface OrderTiming {
  /** The same, measured. */
  measured(run: RunOrder): RunOrder
  figures(): readonly Figure[]
}

/** Makes one that has seen no order yet. */
export function createOrderTiming(clock: Pick<Clock, 'now'>): OrderTiming {
  const orders = createHistograms(
    'nodetrust_issue_order_duration_seconds',
    'How long orders took at the CA, by what came of them; the time in the line is not in it.',
    { buckets: ORDER_BUCKETS, label: 'outcome', values: OUTCOMES },
  )
  const steps = createHistograms('nodetrust_issue_step_duration_seconds', 'How long each step of an order took.', {
    buckets: STEP_BUCKETS,
    label: 'step',
    values: STEPS,
  })
  return {
    measured: (run) => async (order) => {
      const began = clock.now()
      let last = began
      const onStep: typeof order.onStep = (step, ...more) => {
        const known = STEPS.find((one) => one === step)
        const now = clock.now()
        if (known) steps.observe(known, (now - last) / 1_000)
        last = now
        order.onStep(step, ...more)
      }
      const end = (outcome: (typeof OUTCOMES)[number]) => orders.observe(outcome, (clock.now() - began) / 1_000)
      try {
        const issued = await run({ ...order, onStep })
        end('issued')
        return issued
      } catch (error) {
        end(order.signal.aborted ? 'stopped' : 'failed')
        throw error
      }
    },
    figures: () => [orders.figure(), steps.figure()],
  }
}
