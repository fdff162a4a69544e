// Work that several wait for: it is done once, and ends when the last of them does not wait any more.
import { unlessAborted } from '../../../core/abort.ts'

/** What one of those who wait gets. */
export interface Taken<Result> {
  readonly result: Result
  /** It turned out that it is not needed; when nobody needs it, it is thrown away. */
  letGo(reason: Error): void
}

/** Does work of a key once at a time. */
export interface Shared<Result> {
  /**
   * Waits for the work of a key, which is begun where nobody has yet.
   *
   * @param begin  gets a signal that is aborted, with the reason of the last one, when nobody waits any more
   * @throws what the work throws; the signal's reason
   */
  join(key: string, signal: AbortSignal, begin: (ends: AbortSignal) => Promise<Result>): Promise<Taken<Result>>
  /** How many are under way. */
  readonly size: number
}

interface Work<Result> {
  readonly done: Promise<Result>
  readonly own: AbortController
  waiting: number
}

/**
 * Makes it.
 *
 * @param throwAway  is given a result that nobody needs
 */
export function createShared<Result>(throwAway: (result: Result, reason: Error) => void): Shared<Result> {
  const running = new Map<string, Work<Result>>()

  const begun = (key: string, begin: (ends: AbortSignal) => Promise<Result>): Work<Result> => {
    const own = new AbortController()
    const work: Work<Result> = { own, waiting: 0, done: begin(own.signal) }
    running.set(key, work)
    const end = () => {
      if (running.get(key) === work) running.delete(key)
    }
    work.done.then(end, end)
    return work
  }

  return {
    get size() {
      return running.size
    },
    async join(key, signal, begin) {
      signal.throwIfAborted()
      const work = running.get(key) ?? begun(key, begin)
      work.waiting++
      const leave = (reason: unknown) => {
        work.waiting--
        if (work.waiting > 0) return
        // who comes now begins anew
        if (running.get(key) === work) running.delete(key)
        work.own.abort(reason)
        work.done.then(
          (result) => throwAway(result, new Error('nobody waits for it any more')),
          () => undefined,
        )
      }
      try {
        const result = await unlessAborted(work.done, signal)
        const letGo = (reason: Error) => {
          work.waiting--
          if (work.waiting === 0) throwAway(result, reason)
        }
        return { result, letGo }
      } catch (error) {
        leave(error)
        throw error
      }
    },
  }
}
