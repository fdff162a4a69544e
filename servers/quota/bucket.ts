// A rate limit as Let's Encrypt counts: a bucket that refills continuously. All that is kept of one is a single moment, the
// one at which nothing of it is used any more, so a restart forgets nothing. Whoever reads one keeps it only as far as it can be
// right (`believable`), or a clock that was ahead once would hold the bucket full until that day.

/** So many in so long. */
export interface Limit {
  readonly count: number
  readonly windowMs: number
}

/** A limit from here on is none: nobody reaches it, and nothing is said of it. The CA of a practice network counts nothing. */
export const NOT_COUNTED = 1e6

/** What sums of fractions may be wrong by: far below one place. */
const ROUNDING = 1e-6

/** How long one place takes to come back, milliseconds. */
function placeMs({ count, windowMs }: Limit): number {
  return windowMs / count
}

/**
 * The moment as far as it can be right: at most a window ahead, since nobody takes more than all places. One that lies further was
 * written by a clock that was ahead of this one; it stands for a full bucket, which refills from now on if what comes out is kept.
 */
export function believable(limit: Limit, emptyAt: number | undefined, now: number): number | undefined {
  return emptyAt === undefined ? undefined : Math.min(emptyAt, Math.round(now + limit.windowMs))
}

/** Where a moment is kept. */
export interface KeptMoment {
  read(): Promise<number | undefined>
  write(emptyAt: number): Promise<void>
}

/** Reads a moment and keeps it as far as it can be right. */
export async function readMoment(kept: KeptMoment, limit: Limit, now: number): Promise<number | undefined> {
  const emptyAt = await kept.read()
  const right = believable(limit, emptyAt, now)
  if (right !== undefined && right !== emptyAt) await kept.write(right)
  return right
}

/**
 * How many places are used.
 *
 * @param emptyAt  the moment that is kept, milliseconds since 1970; undefined where nothing was ever used
 * @returns 0 to `count`, also where the clock was set back
 */
export function usedOf(limit: Limit, emptyAt: number | undefined, now: number): number {
  return Math.min(limit.count, Math.max(0, ((emptyAt ?? now) - now) / placeMs(limit)))
}

/** How many places are used, in whole ones: a part of one that refills counts as used. */
export function wholeUsedOf(limit: Limit, emptyAt: number | undefined, now: number): number {
  return Math.max(0, Math.ceil(usedOf(limit, emptyAt, now) - ROUNDING))
}

/** The moment to keep after one more place was taken. */
export function afterTaking(limit: Limit, emptyAt: number | undefined, now: number): number {
  return Math.round(now + Math.min(limit.count, usedOf(limit, emptyAt, now) + 1) * placeMs(limit))
}

/** The moment to keep after a place was given back. */
export function afterGivingBack(limit: Limit, emptyAt: number | undefined, now: number): number {
  return Math.round(now + Math.max(0, usedOf(limit, emptyAt, now) - 1) * placeMs(limit))
}

/**
 * How long until there is a place.
 *
 * @param share  the part of the limit that may be used, 0 to 1; one place is always allowed
 * @returns milliseconds, 0 where there is one now
 */
export function waitFor(limit: Limit, emptyAt: number | undefined, now: number, share = 1): number {
  const allowed = Math.max(1, Math.floor(limit.count * share + ROUNDING))
  const excess = usedOf(limit, emptyAt, now) + 1 - allowed
  return excess <= ROUNDING ? 0 : Math.ceil(excess * placeMs(limit))
}
