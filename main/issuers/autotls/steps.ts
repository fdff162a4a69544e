// Tells the steps of an AutoTLS certificate, each with the forge that it is of. The order is made before the broker knocks, because
// the value to register comes from the CA; people are shown it so, too.
import type { Emit } from '../../events.ts'
import type { NodeStep, StepMark, StepStatus } from '../../../proto/node-events.ts'

/** Tells the steps of one try at one forge. */
export interface Steps {
  begin(step: NodeStep): void
  /** Goes back to a step that has begun. */
  at(step: NodeStep): void
  /** @param mark  what it is about, for who does not read words */
  progress(step: NodeStep, detail: string, mark?: StepMark): void
  done(step: NodeStep, detail: string): void
  /** The step under way did not work. */
  failed(error: unknown): void
  /** The step under way. */
  readonly current: NodeStep
}

/** Makes it. @param forge  domain */
export function createSteps(emit: Emit, forge: string): Steps {
  const began = new Map<NodeStep, number>()
  let current: NodeStep = 'info'
  const tell = (step: NodeStep, status: StepStatus, detail: string, mark?: StepMark) => {
    const ms = Math.round(performance.now() - (began.get(step) ?? performance.now()))
    emit({ event: 'step', step, status, ms, detail, forge, ...(mark === undefined ? {} : { mark }) })
  }
  return {
    get current() {
      return current
    },
    begin(step) {
      current = step
      began.set(step, performance.now())
      tell(step, 'begin', '')
    },
    at(step) {
      current = step
    },
    progress: (step, detail, mark) => tell(step, 'progress', detail, mark),
    done: (step, detail) => tell(step, 'done', detail),
    failed: (error) => tell(current, 'failed', error instanceof Error ? error.message : String(error)),
  }
}
