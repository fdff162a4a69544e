// The CA's wish beside the certificate: what an answer changes, what stays, and when to ask again.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { decideRenewal, restAfterIssue, TICK_MS } from '../../core/acme/renewal.ts'
import { afterRenewal, isAskDue, withAnswer, withChosenMoment } from '../../core/certificates/renewal-window.ts'
import { withoutAnswer } from '../../core/certificates/renewal-window.ts'
import { parseBundle, type RenewalWindow, serialiseBundle } from '../../core/x509/index.ts'
import { DAY_MS, makeBundle, NOW, testAuthority } from '../main/support.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { RenewalAnswer } from '../../core/certificates/renewal-window.ts'

const HOUR_MS = 3_600_000
const window = { start: NOW + 60 * DAY_MS, end: NOW + 62 * DAY_MS }
const other = { start: NOW + 30 * DAY_MS, end: NOW + 32 * DAY_MS }

let bundle: CertificateBundle

before(async () => {
  bundle = {
    ...(await makeBundle({ authority: await testAuthority(), names: ['a.example.net'] })),
    renewalWindow: window,
  }
})

const answer = (more: Partial<RenewalAnswer> = {}): RenewalAnswer => ({
  ...{ window, askAgainMs: undefined, explanationUrl: undefined },
  ...more,
})
const chosen = () => withChosenMoment(bundle, () => 0.5)

describe('a new certificate', () => {
  test('gets its moment, and the first question six hours later', () => {
    const { renewAt, askRenewalAt } = chosen()
    assert.deepEqual([renewAt, askRenewalAt], [NOW + 61 * DAY_MS, NOW + 6 * HOUR_MS])
  })

  test('keeps a moment that was chosen before a restart', () => {
    assert.deepEqual(
      withChosenMoment(chosen(), () => 0.9),
      chosen(),
    )
  })

  test('has no moment without a window', () => {
    const { renewAt } = withChosenMoment({ ...bundle, renewalWindow: undefined }, () => 0.5)
    assert.equal(renewAt, undefined)
  })
})

describe('an answer', () => {
  test('with the same window keeps its moment, whatever the dice say now', () => {
    const next = withAnswer(chosen(), answer(), NOW, () => 0.9)
    assert.equal(next.renewAt, NOW + 61 * DAY_MS)
  })

  test('with another window gets another moment', () => {
    const next = withAnswer(chosen(), answer({ window: other }), NOW, () => 0.25)
    assert.deepEqual([next.renewalWindow, next.renewAt], [other, NOW + 30.5 * DAY_MS])
  })

  test('without a window, or with one that is none, leaves everything', () => {
    for (const none of [undefined, { start: 5, end: 4 }]) {
      const next = withAnswer(chosen(), answer({ window: none }), NOW, () => 0.9)
      assert.deepEqual([next.renewalWindow, next.renewAt], [window, NOW + 61 * DAY_MS])
    }
  })

  for (const [told, hours] of [
    [undefined, 6],
    [0, 1 / 60],
    [2 * HOUR_MS, 2],
    [30 * DAY_MS, 24],
  ] as const) {
    test(`that says ${told ?? 'nothing'} is asked for again after ${Math.round(hours * 60)} minutes`, () => {
      const next = withAnswer(chosen(), answer({ askAgainMs: told }), NOW, () => 0.5)
      assert.equal(next.askRenewalAt, NOW + hours * HOUR_MS)
    })
  }

  test('that did not come leaves everything but the next question', () => {
    const next = withoutAnswer(chosen(), undefined, NOW + DAY_MS)
    assert.deepEqual(next, { ...chosen(), askRenewalAt: NOW + DAY_MS + 6 * HOUR_MS })
  })
})

describe('the question', () => {
  const cases: readonly (readonly [title: string, askRenewalAt: number | undefined, now: number, due: boolean])[] = [
    ['is due at its date', NOW + HOUR_MS, NOW + HOUR_MS, true],
    ['is not due before it', NOW + HOUR_MS, NOW, false],
    ['is not asked of an expired certificate', NOW, NOW + 91 * DAY_MS, false],
    ['is due where only a wrong clock can have dated it', NOW + 40 * DAY_MS, NOW, true],
    ['is not due where no date was ever set', undefined, NOW, false],
  ]
  for (const [title, askRenewalAt, now, due] of cases) {
    test(title, () => assert.equal(isAskDue({ ...bundle, askRenewalAt }, now), due))
  }
})

describe('a CA whose window is stuck in the past', () => {
  /** A look every ten minutes for so long; every certificate comes with that window. Gives when each was obtained, days. */
  function renewals(lifeMs: number, days: number, windowOf: (now: number, index: number) => RenewalWindow): number[] {
    const obtained: number[] = []
    const make = (now: number): CertificateBundle => {
      const dates = { notBefore: now - HOUR_MS, notAfter: now - HOUR_MS + lifeMs, obtainedAt: now }
      return { ...bundle, ...dates, renewalWindow: windowOf(now, obtained.length), renewAt: undefined }
    }
    let current = withChosenMoment(make(NOW), () => 0.5)
    for (let now = NOW; now < NOW + days * DAY_MS; now += TICK_MS) {
      const decision = decideRenewal({
        ...current,
        window: current.renewalWindow,
        selectedAt: current.renewAt,
        now,
        nextTickMs: TICK_MS,
      })
      const rests = now - current.obtainedAt < restAfterIssue(current)
      if (!decision.due || (rests && decision.reason !== 'expired')) continue
      obtained.push((now - NOW) / DAY_MS)
      const renewed = decision.reason === 'window' ? current : undefined
      current = afterRenewal(
        withChosenMoment(make(now), () => 0.5),
        renewed,
      )
    }
    return obtained
  }
  const past = { start: NOW - 9 * DAY_MS, end: NOW - 8 * DAY_MS }

  test('B6 is rested from for twice as long each time, up to what is usual without a window', () => {
    const all = renewals(90 * DAY_MS, 360, () => past)
    const gaps = all.map((day, index) => day - (all[index - 1] ?? 0))
    for (const [index, gap] of gaps.entries())
      assert.ok(index === 0 || gap >= 1.9 * (gaps[index - 1] ?? 0) || gap > 59, gaps.join())
    // four a day would be 1,440; the limits of a CA are five of the same names in a week
    assert.ok(all.filter((day) => day < 7).length <= 5, all.join(', '))
    assert.ok(all.length <= 13, all.join(', '))
  })

  test('B6 costs certificates of six days no more than twice what is usual', () => {
    assert.ok(renewals(6 * DAY_MS, 60, () => past).length <= 26)
  })

  test('B6 is remembered over a restart', () => {
    assert.equal(parseBundle(serialiseBundle({ ...bundle, early: 3 })).early, 3)
  })

  test('B6 gets its first early renewal after the usual rest, since a revocation looks the same', () => {
    const [first = 99, second = 99] = renewals(90 * DAY_MS, 100, (now, index) =>
      index === 0 ? past : { start: now + 60 * DAY_MS, end: now + 61 * DAY_MS },
    )
    assert.ok(first <= 0.3, String(first))
    assert.ok(second > 55, String(second))
  })
})
