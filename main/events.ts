// The one place through which a node says what happens to it. Rooms emit, whoever shows or records it listens; a listener
// that throws harms nobody but itself.
import { plainLine } from '../proto/plain-text.ts'
import type { NodeEvent, NodeEventLine } from '../proto/node-events.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'

export type { NodeEvent, NodeEventLine, NodeEventName, NodeStep, StepStatus } from '../proto/node-events.ts'

/** What a room needs to tell something. */
export type Emit = (event: NodeEvent) => void

/** The events of one node. */
export interface NodeEvents {
  readonly emit: Emit
  /**
   * Listens to every event from now on.
   *
   * @returns a function that ends it
   */
  on(listener: (line: NodeEventLine) => void): () => void
}

/** Makes the events of one node; each is logged too. */
export function createNodeEvents(clock: Clock, log: Log): NodeEvents {
  const listeners = new Set<(line: NodeEventLine) => void>()
  return {
    emit(given) {
      const event = plainEvent(given)
      const line: NodeEventLine = { at: new Date(clock.now()).toISOString(), ...event }
      log.debug(event, event.event)
      for (const listener of listeners) {
        try {
          listener(line)
        } catch (error) {
          log.error({ error: String(error), event: event.event }, 'a listener failed')
        }
      }
    },
    on(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** The event with every text in one line that steers no terminal: errors and addresses in it may be what a stranger wrote. */
function plainEvent(event: NodeEvent): NodeEvent {
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => [name, plainValue(value)])
  return Object.fromEntries(fields) as NodeEvent // the same fields, of the same types
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return plainLine(value)
  return Array.isArray(value) ? value.map((one: unknown) => plainValue(one)) : value
}
