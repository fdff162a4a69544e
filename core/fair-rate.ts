// A rate that all networks share: one may use an eighth of it, and less the more is asked, so that those who ask without end leave room
// for whoever comes new. Where it is full all the same, who has used nothing yet takes of as much again, and beyond that nobody gets any. What a network has used sinks as the whole does, not at a pace of its own: else those who
// ask without end would look like newcomers.
import { putNewest } from './bounded.ts'
import { fairShare } from './fair-share.ts'
import { LeakyBucket, type Rate } from './leaky-bucket.ts'

/** Networks of whom it is known what they have used; the one that asked longest ago goes, and has used least. */
const MAX_NETWORKS = 4_096

/** The part of the whole that one network may use. With k networks that ask without end, seven parts of k + 7 are left. */
const OWN_PART = 1 / 8

/** Below this what is left of old use counts as nothing, and numbers stay far from the smallest. */
const SMALLEST_SCALE = 1e-9

/** What one network after the other takes of a rate. */
export class FairRate {
  readonly #rate: Rate
  readonly #all: LeakyBucket
  readonly #reserve: LeakyBucket
  /** What each has used, by the scale. */
  readonly #used = new Map<string, number>()
  #scale = 1
  #level = 0

  constructor(rate: Rate) {
    this.#rate = rate
    this.#all = new LeakyBucket(rate)
    this.#reserve = new LeakyBucket(rate)
  }

  /**
   * Takes one where the network has room, and all together.
   *
   * @param network  undefined for who is not counted apart
   * @returns whether there was
   */
  take(network: string | undefined, nowMs: number): boolean {
    const level = this.#sink(nowMs)
    if (network === undefined) return this.#takeOfAll(nowMs)
    const used = (this.#used.get(network) ?? 0) * this.#scale
    const own = Math.ceil(this.#rate.burst * OWN_PART)
    if (used + 1 > fairShare({ own, all: this.#rate.burst, used: level })) return false
    if (!this.#takeOfAll(nowMs) && (used > 0 || !this.#reserve.take(1, nowMs))) return false
    putNewest(this.#used, network, (used + 1) / this.#scale, MAX_NETWORKS)
    return true
  }

  /** Networks of whom something is known. */
  get size(): number {
    return this.#used.size
  }

  #takeOfAll(nowMs: number): boolean {
    const isTaken = this.#all.take(1, nowMs)
    this.#level = this.#all.level(nowMs)
    return isTaken
  }

  #sink(nowMs: number): number {
    const level = this.#all.level(nowMs)
    if (this.#level > 0) this.#scale *= Math.min(1, level / this.#level)
    if (level === 0 || this.#scale < SMALLEST_SCALE) {
      this.#used.clear()
      this.#scale = 1
    }
    this.#level = level
    return level
  }
}
