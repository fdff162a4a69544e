// Tells the steps of an AutoTLS certificate in the order in which people are shown them. The CA's order is made before the
// broker is told of it, because the value to register comes from there; that is no step of its own to a person.
import type { Emit } from '../../events.ts'
import type { NodeStep, StepStatus } from '../../../proto/node-events.ts'

/** Tells the steps of one try at one forge. */
export interface Steps {
  begin(step: NodeStep): void
  /** Goes on to a step without telling: it is told when it is done, or where it fails. */
  at(step: NodeStep): void
  progress(step: NodeStep, detail: string): void
  done(step: NodeStep, detail: string): void
  /** The step under way did not work; where another forge is tried next, that is progress. */
  failed(error: unknown, next: string | undefined): void
  /** The step under way. */
  readonly current: NodeStep
}

/** Makes it. */
export function createSteps(emit: Emit): Steps {
  const began = new Map<NodeStep, number>()
  let current: NodeStep = 'info'
  const tell = (step: NodeStep, status: StepStatus, detail: string) => {
    const ms = Math.round(performance.now() - (began.get(step) ?? performance.now()))
    emit({ event: 'step', step, status, ms, detail })
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
      began.set(step, performance.now())
    },
    progress: (step, detail) => tell(step, 'progress', detail),
    done: (step, detail) => tell(step, 'done', detail),
    failed(error, next) {
      const message = error instanceof Error ? error.message : String(error)
      // one forge's refusal to vouch for us is no failure of the whole, like one proof server's
      if (next === undefined || current === 'proof') tell(current, 'failed', message)
      if (next !== undefined) tell(current, 'progress', `${message}; now ${next} is asked`)
    },
  }
}
