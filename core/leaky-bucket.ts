// How much of something there may be in a time: a level that rises with use and falls by itself. It keeps rising beyond its
// limit up to twice that, so that whoever goes on although nothing comes of it is told apart from whoever was a little too quick.

/** So much at once, and so much more each second. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Within the limit; beyond it; so far beyond it that it is no accident. */
export type Spent = 'within' | 'over' | 'gross'

/** One level; the time comes as an argument, milliseconds of any clock. */
export class LeakyBucket {
  readonly #rate: Rate
  #level = 0
  #at = 0

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** What is used now, 0 to twice the burst. */
  level(nowMs: number): number {
    // a clock that was set back must not hold it full until the time has come again
    this.#at = Math.min(this.#at, nowMs)
    const fallen = ((nowMs - this.#at) / 1_000) * this.#rate.perSecond
    return Math.max(0, this.#level - fallen)
  }

  /** The part of the burst that is used now, 0 to 2. */
  share(nowMs: number): number {
    return this.level(nowMs) / this.#rate.burst
  }

  /** Whether there is room for so much more. @param share  the part of the burst that counts, 0 to 1 */
  hasRoom(amount: number, nowMs: number, share = 1): boolean {
    return this.level(nowMs) + amount <= this.#rate.burst * share
  }

  /** Adds to the level, whether there is room or not. */
  add(amount: number, nowMs: number): Spent {
    const most = this.#rate.burst * 2
    this.#level = Math.min(most, this.level(nowMs) + amount)
    this.#at = nowMs
    if (this.#level <= this.#rate.burst) return 'within'
    return this.#level < most ? 'over' : 'gross'
  }

  /** Adds where there is room. @returns whether there was */
  take(amount: number, nowMs: number): boolean {
    if (!this.hasRoom(amount, nowMs)) return false
    this.add(amount, nowMs)
    return true
  }
}
