// The race between the addresses of a peer (RFC 8305): one after the other, a moment apart, and then side by side, until the first has
// led there. Stages join after their delay, addresses that become known meanwhile join at once. It has no loop: each thing that
// happens makes it look at what may be done now.
import { unlessAborted } from '../../../core/abort.ts'
import { STAGGER_MS } from '../../../core/net/side-by-side.ts'
import { GivenUpError } from './attempt-errors.ts'
import type { Clock } from '../../../core/clock.ts'

/** One way to the peer. */
export interface Way {
  /** The same for the same address. */
  readonly id: string
  readonly stage: number
}

/** A race. */
export interface RaceInit<Entered extends Way, Result> {
  readonly clock: Pick<Clock, 'sleep'>
  /** Ends it. */
  readonly signal: AbortSignal
  /** For how long all of it may last, milliseconds. */
  readonly withinMs: number
  /** For each stage, how long after the one before it joins, milliseconds. */
  readonly joinsAfterMs: readonly number[]
  /** What there is now, in order. Asked again after `changed`. */
  readonly ways: () => readonly Entered[]
  /** Most ways that are tried. */
  readonly most: number
  /** Gets a signal that is aborted when another way was faster, or when the time of this one is over. */
  readonly attempt: (way: Entered, signal: AbortSignal) => Promise<Result>
  /** Is given what an attempt led to when another one was faster. */
  readonly discard: (result: Result) => void
  /**
   * Looks for more ways elsewhere: when all that is known has failed, or has led nowhere for a while. The race waits for it before it gives
   * up. Never rejects. @default nothing
   */
  readonly seek?: ((signal: AbortSignal) => Promise<void>) | undefined
}

/** A race under way. */
export interface Race<Result> {
  /** @throws NothingLedThereError where all were tried or the time is over; the signal's reason */
  readonly result: Promise<Result>
  /** There may be other ways now. */
  changed(): void
}

/** Everything was tried. */
export class NothingLedThereError extends Error {
  override readonly name = 'NothingLedThereError'
}

/** It says nothing: it may swallow packets, or take connections and be something else. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/** A better way was found. */
export class FasterError extends Error {
  override readonly name = 'FasterError'
  constructor() {
    super('another address was faster')
  }
}

/** Most attempts at a time: a home router's table of connections is small. */
const AT_ONCE = 6

/** Twice what TCP needs when the first packet was lost twice (RFC 6298), and TLS and noise after it. */
const PATIENCE_MS = 8_000

/** Others are asked for more ways when those that are known have led nowhere for so long. */
const SEEKS_AFTER_MS = 2_000

/** What a way gets at least before it has to make room for those that wait: four round trips around the world. */
const MIN_PATIENCE_MS = 1_500

interface Running {
  readonly stage: number
  readonly own: AbortController
  isOld: boolean
}

/** Starts a race. */
export function startRace<Entered extends Way, Result>(init: RaceInit<Entered, Result>): Race<Result> {
  const { clock, signal, joinsAfterMs, withinMs } = init
  const found = Promise.withResolvers<Result>()
  const over = new AbortController()
  const ends = AbortSignal.any([signal, over.signal])
  const tried = new Set<string>()
  const running = new Map<string, Running>()
  let ways: readonly Entered[] = []
  let hasChanged = true
  /** So many stages have begun. */
  let begun = 0
  let mayBegin = true
  let pausing = new AbortController()
  let sought: 'not-yet' | 'now' | 'done' = init.seek ? 'not-yet' : 'done'

  const after = (ms: number, until: AbortSignal, then: () => void): void =>
    void clock.sleep(ms, until).then(then, () => undefined)

  const finish = (reason: Error, settle: () => void): void => {
    settle()
    over.abort(reason)
  }

  const beginStage = (): void => {
    const at = ++begun
    const ms = joinsAfterMs[at]
    if (ms === undefined) return
    after(ms, ends, () => {
      if (begun !== at) return
      beginStage()
      step()
    })
  }

  const isSpent = (stage: number): boolean =>
    !ways.some((way) => way.stage === stage && !tried.has(way.id)) &&
    ![...running.values()].some((run) => run.stage === stage)

  const step = (): void => {
    if (ends.aborted) return
    if (hasChanged) ways = init.ways()
    hasChanged = false
    for (let at = begun; at < joinsAfterMs.length && (at === 0 || isSpent(at - 1)); at = begun) beginStage()
    const next = tried.size >= init.most ? undefined : ways.find(({ id, stage }) => stage < begun && !tried.has(id))
    if (!next) {
      const isAll = tried.size >= init.most || begun === joinsAfterMs.length
      if (running.size > 0 || !isAll) return
      if (sought === 'done') finish(new NothingLedThereError('all were tried'), giveUp)
      else seek()
      return
    }
    if (!mayBegin) return
    if (running.size < AT_ONCE) begin(next)
    // somebody makes room, and then this comes here again
    else [...running.values()].find(({ isOld }) => isOld)?.own.abort(noAnswer(MIN_PATIENCE_MS))
  }

  function seek(): void {
    if (sought !== 'not-yet' || !init.seek) return
    sought = 'now'
    void init.seek(ends).then(() => {
      sought = 'done'
      step()
    })
  }

  const giveUp = () => found.reject(new NothingLedThereError('no address led to the peer'))

  const begin = (way: Entered): void => {
    const run: Running = { stage: way.stage, own: new AbortController(), isOld: false }
    const isOver = AbortSignal.any([ends, run.own.signal])
    tried.add(way.id)
    running.set(way.id, run)
    mayBegin = false
    pausing = new AbortController()
    after(STAGGER_MS, AbortSignal.any([ends, pausing.signal]), () => {
      mayBegin = true
      step()
    })
    after(MIN_PATIENCE_MS, isOver, () => {
      run.isOld = true
      step()
    })
    after(PATIENCE_MS, isOver, () => run.own.abort(noAnswer(PATIENCE_MS)))
    void follow(way, run, isOver)
  }

  /** Never rejects. */
  const follow = async (way: Entered, run: Running, isOver: AbortSignal): Promise<void> => {
    try {
      const work = init.attempt(way, isOver)
      const result = await unlessAborted(work, isOver).catch((error: unknown) => {
        // it does not hear its signal, and comes to something later
        void work.then(init.discard, () => undefined)
        throw error
      })
      if (ends.aborted) init.discard(result)
      else finish(new FasterError(), () => found.resolve(result))
    } catch {
      running.delete(way.id)
      run.own.abort(new Error('this attempt is over'))
      // whoever fails lets the next one begin at once (RFC 8305 section 5)
      mayBegin = true
      pausing.abort()
      step()
    }
  }

  after(withinMs, ends, () => {
    // whoever had no time to answer is to blame for nothing
    for (const { own, isOld } of running.values())
      own.abort(isOld ? noAnswer(withinMs) : new GivenUpError('the time of the dial was over before it could answer'))
    finish(noAnswer(withinMs), giveUp)
  })
  const onAbort = () => found.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  found.promise.finally(() => signal.removeEventListener('abort', onAbort)).catch(() => undefined)
  after(SEEKS_AFTER_MS, ends, seek)
  step()
  return {
    result: found.promise,
    changed() {
      hasChanged = true
      // several at once are one
      queueMicrotask(step)
    },
  }
}

function noAnswer(ms: number): NoAnswerError {
  return new NoAnswerError(`no answer within ${ms} ms`)
}
