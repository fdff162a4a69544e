// Several ways to the same place, tried one shortly after the other and then side by side, until the first of them has led there
// (RFC 8305). One that swallows packets holds the others up for a quarter of a second and not for as long as a connection may take.
import { unlessAborted } from '../abort.ts'
import { reasonOf } from './reason.ts'
import type { Clock } from '../clock.ts'

/** How ways are tried. */
export interface SideBySideInit<Result> {
  readonly clock: Clock
  /** Ends everything. */
  readonly signal: AbortSignal
  /** For how long all of it may last, milliseconds; who has many ways gives each of them less. */
  readonly withinMs: number
  /** Most attempts at a time. @default 8 */
  readonly atOnce?: number | undefined
  /** Is given what an attempt led to when another one was faster. */
  readonly discard?: ((result: Result) => void) | undefined
}

/** RFC 8305 section 8: what a person does not notice, and enough for the answer of a machine far away. */
export const STAGGER_MS = 250

/** RFC 8305 section 5. */
const MIN_STAGGER_MS = 10

/** Four round trips around the world, or two with a packet that was lost once. */
const MIN_PATIENCE_MS = 1_500

/** A home router's table of connections is small. */
const AT_ONCE = 8

/** Of the time, what is used for beginning; the rest is left for the last one that was begun. */
const BEGINNING_SHARE = 1 / 2

/**
 * Tries the ways in their order: the next one a moment after the last, or at once where one has failed, so that all of them are
 * tried within the time.
 *
 * @param attempt  gets a signal that is aborted when another way was faster, or when the time of this one is over
 * @returns the first result
 * @throws AggregateError with all reasons, in the order of the ways, where none leads there; the signal's reason
 */
export async function sideBySide<Way, Result>(
  ways: readonly Way[],
  attempt: (way: Way, signal: AbortSignal) => Promise<Result>,
  init: SideBySideInit<Result>,
): Promise<Result> {
  const { clock, signal, withinMs, atOnce = AT_ONCE, discard = () => undefined } = init
  signal.throwIfAborted()
  const over = new AbortController()
  const all = AbortSignal.any([signal, over.signal])
  const count = Math.max(1, ways.length)
  const staggerMs = Math.max(MIN_STAGGER_MS, Math.min(STAGGER_MS, (withinMs * BEGINNING_SHARE) / count))
  // all have their turn: who has more ways than places gives each one less time, as long as that is enough for a good one
  const patienceMs = Math.min(withinMs, Math.max(MIN_PATIENCE_MS, (withinMs * atOnce) / count))
  const waiting = [...ways.entries()]
  const errors: unknown[] = []
  const found = Promise.withResolvers<Result>()
  const runs: Promise<void>[] = []
  const running = new Set<number>()
  let pause = new AbortController()
  const isOver = () => over.abort(new Error(`no answer within ${Math.round(withinMs)} ms`))

  /** Never rejects. */
  const run = async (index: number, way: Way): Promise<void> => {
    running.add(index)
    const own = new AbortController()
    const ends = AbortSignal.any([all, own.signal])
    const isLate = () => own.abort(new Error(`no answer within ${Math.round(patienceMs)} ms`))
    void clock.sleep(patienceMs, ends).then(isLate, () => undefined)
    const work = attempt(way, ends)
    try {
      // an attempt that does not hear its signal is not waited for
      const result = await unlessAborted(work, ends)
      if (all.aborted) discard(result)
      found.resolve(result)
      over.abort(new Error('another way was faster'))
    } catch (error) {
      errors[index] = error
      void work.then(discard, () => undefined)
    } finally {
      own.abort(new Error('this attempt is over'))
      running.delete(index)
      pause.abort()
    }
  }

  const mayBegin = () => waiting.length > 0 && running.size < atOnce

  /** Never rejects. */
  const begin = async (): Promise<void> => {
    while (!all.aborted && (waiting.length > 0 || running.size > 0)) {
      pause = new AbortController()
      const [one] = mayBegin() ? waiting.splice(0, 1) : []
      if (one) runs.push(run(...one))
      const woken = AbortSignal.any([all, pause.signal])
      await (mayBegin() ? clock.sleep(staggerMs, woken).catch(() => undefined) : aborted(woken))
    }
    await Promise.all(runs)
    over.abort(new Error('all were tried'))
    found.reject(signal.aborted ? signal.reason : new AggregateError(errors, reasonsOf(errors)))
  }

  void clock.sleep(withinMs, all).then(isOver, () => undefined)
  void begin()
  return found.promise
}

/** Each reason once. */
function reasonsOf(errors: readonly unknown[]): string {
  const words = errors.map((error) => reasonOf(error))
  return words.length === 0 ? 'there is no way' : [...new Set(words)].join('; ')
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}

/** The first of each list, then the second of each, and so on. */
export function inTurn<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}
