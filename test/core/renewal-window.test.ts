// The CA's wish beside the certificate: what an answer changes, what stays, and when to ask again.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { isAskDue, withAnswer, withChosenMoment, withoutAnswer } from '../../core/certificates/renewal-window.ts'
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
