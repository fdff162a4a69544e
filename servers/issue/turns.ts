// Whose order the CA gets next. A few run at once, the others wait in a line that takes networks in turn, so that one network
// with many peers does not keep the rest waiting; each hears its place and how long it will take by the recent orders.
import { problem } from '../serve-protocol.ts'
import { inWords } from '../quota/words.ts'
import type { ProblemError } from '../../proto/problem.ts'
import type { Clock } from '../../core/clock.ts'
import type { IssueSection } from '../config.ts'

/** Where somebody stands in the line. */
export interface Place {
  /** 1 is next. */
  readonly position: number
  readonly expectedMs: number
}

/** The line in front of the CA. */
export interface Turns {
  /**
   * Waits for a turn; call `done` when the order has ended, whatever came of it.
   *
   * @param network  who counts as one
   * @throws ProblemError RATE_LIMIT where too many wait, with the time the line takes; the signal's reason
   */
  take(
    network: string,
    options: { readonly signal: AbortSignal; readonly onPlace: (place: Place) => void },
  ): Promise<{ done(): void }>
  /** How many orders run and wait. */
  state(): { readonly running: number; readonly waiting: number }
}

interface Waiter {
  readonly network: string
  readonly go: () => void
  readonly giveUp: (reason: Error) => void
  readonly onPlace: (place: Place) => void
}

/** What an order at a public CA takes, until there are some to learn from. */
const USUAL_ORDER_MS = 15_000

/** How much the newest order says about the next ones. */
const NEWEST_WEIGHT = 0.2

/** Makes the line. */
export function createTurns(init: { readonly section: IssueSection['queue']; readonly clock: Clock }): Turns {
  const { section, clock } = init
  /** Networks in the order of their turns, each with those who wait. */
  const line = new Map<string, Waiter[]>()
  let running = 0
  let averageMs = USUAL_ORDER_MS

  const waiting = () => [...line.values()].reduce((sum, waiters) => sum + waiters.length, 0)
  const expected = (position: number) => Math.ceil((position * averageMs) / section.atOnce)

  const tellPlaces = (): void => {
    for (const [network, waiters] of line) {
      for (const [index, waiter] of waiters.entries()) {
        const position = positionOf(line, network, index)
        waiter.onPlace({ position, expectedMs: expected(position) })
      }
    }
  }

  /** The first of the network whose turn it is; the network goes to the end. */
  const next = (): Waiter | undefined => {
    const [network, waiters] = line.entries().next().value ?? []
    if (network === undefined || !waiters) return undefined
    const first = waiters.shift()
    line.delete(network)
    if (waiters.length > 0) line.set(network, waiters)
    return first
  }

  const begin = (): { done(): void } => {
    running += 1
    const began = clock.now()
    let ended = false
    return {
      done() {
        if (ended) return
        ended = true
        running -= 1
        // a clock that jumped says nothing about orders
        const ms = clock.now() - began
        if (ms >= 0 && ms < 60 * USUAL_ORDER_MS) averageMs += NEWEST_WEIGHT * (ms - averageMs)
        next()?.go()
        tellPlaces()
      },
    }
  }

  /** @param position  whose turn tells how long it takes until there is room */
  const tooMany = (position: number): ProblemError => {
    const wait = Math.max(1_000, expected(position))
    return problem('RATE_LIMIT', `${waiting()} orders wait already: there is room in ${inWords(wait)}`, wait)
  }

  /**
   * A full line sends the last one of the network with most away for somebody whose network has fewer, so that a few networks cannot
   * fill it for the others.
   *
   * @returns whether there is room now
   */
  const makeRoom = (held: number): boolean => {
    const most = [...line.values()].reduce<readonly Waiter[]>((a, b) => (b.length > a.length ? b : a), [])
    const last = most.at(-1)
    if (!last || most.length <= held + 1) return false
    last.giveUp(tooMany(waiting()))
    leave(last)
    return true
  }

  const leave = (waiter: Waiter): void => {
    const left = (line.get(waiter.network) ?? []).filter((one) => one !== waiter)
    if (left.length > 0) line.set(waiter.network, left)
    else line.delete(waiter.network)
    tellPlaces()
  }

  return {
    state: () => ({ running, waiting: waiting() }),
    async take(network, { signal, onPlace }) {
      signal.throwIfAborted()
      if (running < section.atOnce) return begin()
      const own = line.get(network) ?? []
      const isFull = waiting() >= section.maxWaiting
      if (own.length >= section.maxWaitingPerNetwork || (isFull && !makeRoom(own.length)))
        throw tooMany(isFull ? waiting() : positionOf(line, network, own.length))
      const { promise, resolve, reject } = Promise.withResolvers<{ done(): void }>()
      // the place that became free is taken at once, so that nobody slips in between
      const waiter: Waiter = { network, onPlace, go: () => resolve(begin()), giveUp: (reason) => reject(reason) }
      const onAbort = () => {
        leave(waiter)
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      line.set(network, [...(line.get(network) ?? []), waiter])
      tellPlaces()
      try {
        return await promise
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

/**
 * How many turns it takes until somebody's comes.
 *
 * @param line  networks in the order of their turns, with those who wait
 * @param index  how many of the same network wait before
 */
export function positionOf(line: ReadonlyMap<string, readonly unknown[]>, network: string, index: number): number {
  let position = index + 1
  let before = true
  for (const [other, waiters] of line) {
    if (other === network) before = false
    else position += Math.min(waiters.length, index + (before ? 1 : 0))
  }
  return position
}
