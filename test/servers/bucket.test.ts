// A bucket whose moment was written by a clock that was wrong: what is read of it, what is kept, and that it never holds anybody up
// for longer than its window.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { afterGivingBack, afterTaking, believable, readMoment, usedOf, waitFor } from '../../servers/quota/bucket.ts'
import { createRequestRate } from '../../servers/broker/request-rate.ts'
import { manualClock } from '../support/manual-clock.ts'

const DAY_MS = 24 * 3_600_000
const NOW = Date.parse('2026-11-20T12:00:00Z')
const WEEK = { count: 50, windowMs: 7 * DAY_MS }

describe('a kept moment', () => {
  for (const [what, ahead, kept] of [
    ['that is over is kept as it is', -400 * DAY_MS, -400 * DAY_MS],
    ['within the window is kept as it is', 3 * DAY_MS, 3 * DAY_MS],
    ['at the end of the window, of a full bucket, is kept as it is', WEEK.windowMs, WEEK.windowMs],
    ['a second further ahead is cut to a full bucket', WEEK.windowMs + 1_000, WEEK.windowMs],
    ['a year ahead is cut to a full bucket', 365 * DAY_MS, WEEK.windowMs],
  ] as const)
    it(what, () => assert.equal(believable(WEEK, NOW + ahead, NOW), NOW + kept))

  it('that is not there is none', () => assert.equal(believable(WEEK, undefined, NOW), undefined))
})

describe('a bucket', () => {
  it('that a clock filled a year ahead refills from the first look on, and has room after one place’s time', async () => {
    let emptyAt: number | undefined = NOW + 365 * DAY_MS
    const kept = { read: async () => emptyAt, write: async (at: number) => void (emptyAt = at) }
    const place = WEEK.windowMs / WEEK.count
    assert.equal(waitFor(WEEK, await readMoment(kept, WEEK, NOW), NOW), place)
    assert.equal(waitFor(WEEK, await readMoment(kept, WEEK, NOW + place), NOW + place), 0)
    assert.equal(usedOf(WEEK, await readMoment(kept, WEEK, NOW + WEEK.windowMs), NOW + WEEK.windowMs), 0)
  })

  it('has room one window after it was looked at, whatever was stored and however the clock had jumped', async () => {
    const moment = fc.integer({ min: -4e15, max: 4e15 })
    const step = fc.record({ now: moment, act: fc.constantFrom('look', 'take', 'give back') })
    const limits = fc.record({ count: fc.integer({ min: 1, max: 10_000 }), windowMs: fc.integer({ min: 1, max: 4e9 }) })
    await fc.assert(
      fc.asyncProperty(limits, fc.option(moment, { nil: undefined }), fc.array(step), moment, async (...given) => {
        const [limit, stored, steps, end] = given
        let emptyAt = stored
        const kept = { read: async () => emptyAt, write: async (at: number) => void (emptyAt = at) }
        for (const { now, act } of steps) {
          const read = await readMoment(kept, limit, now)
          if (act === 'take' && waitFor(limit, read, now) === 0) emptyAt = afterTaking(limit, read, now)
          if (act === 'give back') emptyAt = afterGivingBack(limit, read, now)
        }
        assert.ok(waitFor(limit, await readMoment(kept, limit, end), end) <= limit.windowMs + 1)
        assert.equal(waitFor(limit, emptyAt, end + limit.windowMs), 0)
      }),
    )
  })

  it('in memory is as forgiving: a network that asked while the clock was ahead waits for a minute, not until then', () => {
    const clock = manualClock(NOW + 365 * DAY_MS)
    const rate = createRequestRate(2, clock)
    assert.equal(rate('a'), 0)
    clock.set(NOW)
    assert.equal(rate('a'), 30_000)
    clock.set(NOW + 30_000)
    assert.equal(rate('a'), 0)
  })
})
