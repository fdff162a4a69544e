// Time that passes only when something waits for it, for a thousand nodes in one process: the globals that tell and make time are replaced
// while a simulation runs, and everything that is due at the same millisecond happens before the next one begins.
import { setImmediate } from 'node:timers/promises'

/** Some day. */
const START = Date.parse('2026-11-20T12:00:00Z')

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
  isOver: boolean
}

/** Virtual time. */
export interface VirtualTime {
  now(): number
  /** Calls something later. @returns a function that takes it back */
  later(ms: number, run: () => void): () => void
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>
  /** Gives the globals back. */
  end(): void
}

/** Replaces the globals. */
export function beginVirtualTime(): VirtualTime {
  const events: Event[] = []
  let now = START
  let order = 0
  const later = (ms: number, run: () => void): Event => {
    const event = { at: now + Math.max(0, Math.ceil(ms)), order: order++, run, isOver: false }
    push(events, event)
    return event
  }
  const own = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now.bind(Date) }
  const counted = performance.now.bind(performance)
  const timer = (event: Event) => ({
    ...{ event, ref: () => undefined, unref: () => undefined, hasRef: () => false },
    [Symbol.toPrimitive]: () => event.order,
  })
  const clear = (handle: unknown): void => {
    const event: unknown = handle instanceof Object ? Reflect.get(handle, 'event') : undefined
    if (event instanceof Object) Reflect.set(event, 'isOver', true)
  }
  const every = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) => {
    const handle = timer(later(ms, () => again()))
    const again = (): void => {
      run(...values)
      if (!handle.event.isOver) handle.event = later(ms, () => again())
    }
    return handle
  }
  Object.assign(globalThis, {
    setTimeout: (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      timer(later(ms, () => run(...values))),
    setInterval: every,
    clearTimeout: clear,
    clearInterval: clear,
  })
  Date.now = () => now
  performance.now = () => now - START

  return {
    now: () => now,
    later(ms, run) {
      const event = later(ms, run)
      return () => {
        event.isOver = true
      }
    },
    async pass(ms) {
      const end = now + ms
      for (;;) {
        const first = events[0]
        if (!first || first.at > end) break
        now = Math.max(now, first.at)
        while ((events[0]?.at ?? Infinity) < now + 1) {
          const event = pop(events)
          if (event && !event.isOver) event.run()
        }
        await setImmediate()
      }
      now = end
    },
    end() {
      const { now: dateNow, ...timers } = own
      Object.assign(globalThis, timers)
      Date.now = dateNow
      performance.now = counted
    },
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** A binary heap: millions of deliveries wait in it. */
function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (!parent || !isBefore(event, parent)) break
    heap[at] = parent
    heap[above] = event
    at = above
  }
}

function pop(heap: Event[]): Event | undefined {
  const [first] = heap
  const last = heap.pop()
  if (!first || !last || first === last) return first
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    const [one, other] = [heap[left], heap[left + 1]]
    if (!one) break
    const below = other && isBefore(other, one) ? left + 1 : left
    const child = heap[below]
    if (!child || !isBefore(child, last)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
  return first
}
