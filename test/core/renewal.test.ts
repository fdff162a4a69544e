// When a certificate is renewed and how long a failure is waited for: tables of cases, and properties that hold for every
// lifetime from twelve seconds to ninety days.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import { parseRetryAfter } from '../../core/acme/retry-after.ts'
import {
  clampAskAgain,
  classifyFailure,
  decideRenewal,
  type FailureClass,
  type RenewalQuestion,
  type RenewalReason,
  restAfterIssue,
  sameWindow,
  selectMoment,
  tickFor,
  waitAfter,
} from '../../core/acme/renewal.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A certificate of so many days that began now, looked at on a day of its life. */
function question(days: number, day: number, more: Partial<RenewalQuestion> = {}): RenewalQuestion {
  return {
    ...{ notBefore: NOW, notAfter: NOW + days * DAY_MS, now: NOW + day * DAY_MS, nextTickMs: 10 * MINUTE_MS },
    ...more,
  }
}

const window = (from: number, to: number) => ({ start: NOW + from * DAY_MS, end: NOW + to * DAY_MS })

describe('a certificate', () => {
  const cases: readonly (readonly [string, RenewalQuestion, due: boolean, RenewalReason, atDay: number])[] = [
    ['of 90 days is left alone for 60', question(90, 59.9), false, 'third-left', 60],
    ['of 90 days is renewed after 60', question(90, 60), true, 'third-left', 60],
    ['of 6 days is left alone for 3', question(6, 2.9), false, 'half-left', 3],
    ['of 6 days is renewed after 3', question(6, 3), true, 'half-left', 3],
    ['of 10 days counts as long', question(10, 6.6), false, 'third-left', 20 / 3],
    ['waits for the moment chosen in the window', at(70.5, 70.4), false, 'window', 70.5],
    ['is renewed at the chosen moment', at(70.5, 70.5), true, 'window', 70.5],
    ['is renewed where the chosen moment passes before the next look', at(70.5, 70.495), true, 'window', 70.5],
    ['is not renewed before the window begins', at(70.001, 69.999), false, 'window', 70.001],
    ['is renewed at the begin of a window nothing was chosen in', at(undefined, 70), true, 'window', 70],
    ['forgets a moment of an older window', at(20, 69), false, 'window', 70],
    ['is renewed at once where its window has passed', at(1, 2, window(0.5, 1.5)), true, 'window', 1],
    ['does not wait for a window after its last twentieth', at(88, 85.6, window(87, 89)), true, 'twentieth-left', 85.5],
    ['waits for the last twentieth though', at(88, 85.4, window(87, 89)), false, 'twentieth-left', 85.5],
    ['takes a window that ends as it begins for none', at(70, 59, window(70, 70)), false, 'third-left', 60],
    ['takes a window that ends before it begins for none', at(70, 61, window(71, 70)), true, 'third-left', 60],
    ['takes a window of no dates for none', at(70, 61, window(Number.NaN, 71)), true, 'third-left', 60],
    ['that has expired says so', question(90, 90), true, 'expired', 90],
    ['that has expired says so, whatever its window', at(95, 91, window(94, 96)), true, 'expired', 90],
    ['that begins tomorrow is left alone: the clock is wrong', question(90, -1), false, 'third-left', 60],
  ]
  function at(selectedDay: number | undefined, day: number, its = window(70, 71)): RenewalQuestion {
    const selectedAt = selectedDay === undefined ? undefined : NOW + selectedDay * DAY_MS
    return question(90, day, { window: its, selectedAt })
  }
  for (const [title, asked, due, reason, atDay] of cases) {
    test(title, () => {
      assert.deepEqual(decideRenewal(asked), { due, reason, at: Math.floor(NOW + atDay * DAY_MS) })
    })
  }

  const life = fc.integer({ min: 12 * SECOND_MS, max: 90 * DAY_MS })
  const share = fc.double({ min: -1, max: 3, noNaN: true })

  test('of any life is due at a twentieth left at the latest, and due again at every later look', () => {
    const property = fc.property(life, share, share, fc.boolean(), (ms, from, width, chosen) => {
      const its = { start: NOW + from * ms, end: NOW + (from + width) * ms }
      const more = { window: its, selectedAt: chosen ? selectMoment(its) : undefined }
      const ask = (now: number) =>
        decideRenewal({ notBefore: NOW, notAfter: NOW + ms, now, nextTickMs: tickFor(lifeOf(ms)), ...more })
      assert.equal(ask(NOW + 0.95 * ms).due, true)
      let due = false
      for (let part = 0; part <= 1; part += 0.05) {
        const next = ask(NOW + part * ms).due
        assert.ok(next || !due, `due, and not any more at ${part}`)
        due = next
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('of any life without a window is left alone for its first half', () => {
    fc.assert(
      fc.property(life, fc.double({ min: 0, max: 0.499, noNaN: true }), (ms, part) => {
        const now = NOW + part * ms
        const decision = decideRenewal({ ...lifeOf(ms), now, nextTickMs: tickFor(lifeOf(ms)) })
        assert.equal(decision.due, false)
      }),
    )
  })

  test('of any life is looked at six times at least between the renewal moment and its end', () => {
    fc.assert(
      fc.property(life, (ms) => {
        const { at: moment } = decideRenewal({ ...lifeOf(ms), now: NOW, nextTickMs: 0 })
        assert.ok((NOW + ms - moment) / tickFor(lifeOf(ms)) >= 6)
      }),
    )
  })

  test('that follows one of another life is judged by its own', () => {
    for (const [days, due] of [
      [90, false],
      [30, true],
      [6, true],
    ] as const) {
      assert.equal(decideRenewal(question(days, 25)).due, due)
    }
  })

  test('that has just come is left alone for six hours, or a tenth of its life', () => {
    assert.equal(restAfterIssue(lifeOf(90 * DAY_MS)), 6 * HOUR_MS)
    assert.equal(restAfterIssue(lifeOf(12 * SECOND_MS)), 1_200)
    assert.equal(restAfterIssue(lifeOf(-5)), 0)
  })

  test('is looked at every ten minutes, one of twelve seconds more often', () => {
    assert.equal(tickFor(undefined), 10 * MINUTE_MS)
    assert.equal(tickFor(lifeOf(90 * DAY_MS)), 10 * MINUTE_MS)
    assert.equal(tickFor(lifeOf(12 * SECOND_MS)), 600)
    assert.equal(tickFor(lifeOf(0)), 100)
  })
})

const lifeOf = (ms: number) => ({ notBefore: NOW, notAfter: NOW + ms })

describe('the moment in a window', () => {
  test('lies in it, whatever the dice say', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(1e10), fc.double({ min: -1, max: 2, noNaN: true }), (start, width, random) => {
        const moment = selectMoment({ start, end: start + width }, () => random)
        assert.ok(moment >= start && moment <= start + width)
      }),
    )
  })

  test('is spread evenly: each tenth of a window gets about a tenth of a thousand certificates', () => {
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let index = 0; index < 1_000; index++) {
      const tenth = Math.floor(selectMoment({ start: 0, end: 1_000_000 }) / 100_000)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    for (const count of tenths) assert.ok(count > 40 && count < 180, tenths.join(' '))
  })

  test('is kept while the window is the same, both ends', () => {
    assert.equal(sameWindow(window(1, 2), window(1, 2)), true)
    assert.equal(sameWindow(undefined, undefined), true)
    assert.equal(sameWindow(window(1, 2), window(1, 3)), false)
    assert.equal(sameWindow(window(1, 2), undefined), false)
  })
})

describe('the window is asked again', () => {
  for (const [title, told, expected] of [
    ['after six hours where nobody says', undefined, 6 * HOUR_MS],
    ['after six hours where it makes no sense', Number.NaN, 6 * HOUR_MS],
    ['after a minute at the earliest', 0, MINUTE_MS],
    ['after a minute for a negative time', -5, MINUTE_MS],
    ['as told', 2 * HOUR_MS, 2 * HOUR_MS],
    ['after a day at the latest', 30 * DAY_MS, DAY_MS],
    ['after a day where the time is endless', Infinity, DAY_MS],
  ] as const) {
    test(title, () => assert.equal(clampAskAgain(told), expected))
  }
})

describe('a failure', () => {
  const classes: readonly (readonly [code: string, retryAfterMs: number | undefined, FailureClass])[] = [
    ['rate-limit', 5, 'rate-limited'],
    ['rateLimited', 5, 'rate-limited'],
    ['rateLimited', undefined, 'paused'],
    ['rate-limit', undefined, 'rate-limited'],
    ['not-authorized', undefined, 'refused'],
    ['ca-refused', undefined, 'refused'],
    ['dns', undefined, 'validation-failed'],
    ['unauthorized', 900_000, 'validation-failed'],
    ['unreachable', undefined, 'unavailable'],
    ['serverInternal', 5, 'unavailable'],
    ['invalid-csr', undefined, 'mistake'],
    ['userActionRequired', undefined, 'mistake'],
    ['nothing-to-grant', 3_600_000, 'refused'],
    ['never heard of', undefined, 'unavailable'],
    ['toString', undefined, 'unavailable'],
  ]
  for (const [code, retryAfterMs, kind] of classes) {
    const time = retryAfterMs === undefined ? 'without a time' : 'with a time'
    test(`${code} ${time} is of the class ${kind}`, () => assert.equal(classifyFailure({ code, retryAfterMs }), kind))
  }

  const middle = () => 0.5
  const waits: readonly (readonly [FailureClass, failures: number, told: number | undefined, number | undefined])[] = [
    ['unavailable', 0, undefined, MINUTE_MS],
    ['unavailable', 1, undefined, 10 * MINUTE_MS],
    ['unavailable', 2, undefined, 100 * MINUTE_MS],
    ['unavailable', 3, undefined, DAY_MS],
    ['unavailable', 1e9, undefined, DAY_MS],
    ['unavailable', 0, 2 * HOUR_MS, 2 * HOUR_MS],
    ['unavailable', 2, 1, 100 * MINUTE_MS],
    ['validation-failed', 0, undefined, 10 * MINUTE_MS],
    ['validation-failed', 0, 15 * MINUTE_MS, 15 * MINUTE_MS],
    ['validation-failed', 2, undefined, DAY_MS],
    ['refused', 0, undefined, DAY_MS],
    ['rate-limited', 0, 2 * HOUR_MS, 2 * HOUR_MS],
    ['rate-limited', 5, 2 * HOUR_MS, 2 * HOUR_MS],
    ['rate-limited', 0, 0, MINUTE_MS],
    ['rate-limited', 0, -30 * MINUTE_MS, MINUTE_MS],
    ['rate-limited', 0, 30 * DAY_MS, 8 * DAY_MS],
    ['rate-limited', 0, Infinity, 8 * DAY_MS],
    ['rate-limited', 0, Number.NaN, DAY_MS],
    ['rate-limited', 0, undefined, DAY_MS],
    ['rate-limited', 1, 0, 10 * MINUTE_MS],
    ['rate-limited', 2, 0, 100 * MINUTE_MS],
    ['rate-limited', 9, -HOUR_MS, DAY_MS],
    ['paused', 0, undefined, DAY_MS],
    ['paused', 9, undefined, DAY_MS],
    ['paused', 0, HOUR_MS, DAY_MS],
    ['mistake', 0, undefined, undefined],
  ]
  for (const [kind, failures, told, expected] of waits) {
    test(`of the class ${kind}, number ${failures + 1}, told ${told ?? 'nothing'}, waits ${expected ?? 'for a person'}`, () => {
      assert.equal(waitAfter(kind, { failures, retryAfterMs: told, random: middle }), expected)
    })
  }

  test('waits a fifth more or less, so that those who failed together do not come back together', () => {
    assert.equal(waitAfter('unavailable', { failures: 0, random: () => 0 }), 48_000)
    assert.equal(waitAfter('unavailable', { failures: 0, random: () => 1 }), 72_000)
    assert.equal(waitAfter('rate-limited', { failures: 0, retryAfterMs: HOUR_MS, random: () => 0 }), HOUR_MS)
  })

  test('with any Retry-After header waits between 48 seconds and 29 hours, or as told up to 8 days', () => {
    const header = fc.oneof(fc.constantFrom('0', '7200', '2592000', '-5', 'garbage', ''), fc.string())
    fc.assert(
      fc.property(
        header,
        fc.constantFrom('rateLimited', 'serverInternal', 'dns'),
        fc.nat(20),
        (text, code, failures) => {
          const retryAfterMs = parseRetryAfter(text, NOW)
          const wait = waitAfter(classifyFailure({ code, retryAfterMs }), { failures, retryAfterMs })
          assert.ok(
            wait !== undefined &&
              wait >= 48_000 &&
              wait <= Math.max(1.2 * DAY_MS, Math.min(retryAfterMs ?? 0, 8 * DAY_MS)),
          )
        },
      ),
    )
  })
})
