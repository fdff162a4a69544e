// What a keeper knows, event by event and over any course of events: no clock, no disk, no issuer.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import {
  beginning,
  held,
  isInTime,
  isLookDue,
  type KeeperEvent,
  type KeeperState,
  next,
  nextMoment,
  otherZone,
  own,
  SELF_LOOK_MS,
  SERVE_RETRY_MS,
  tooSoonUntil,
  toServeNow,
  whyNew,
} from '../../main/certificates/keeper-state.ts'
import { BUNDLE_VERSION, type CertificateBundle } from '../../core/x509/index.ts'
import type { Failure } from '../../main/certificates/failures.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY_MS = 24 * 3_600_000

const OURS = bundle('ours')
const NEWER = bundle('newer')
const THEIRS = bundle('theirs')

const FAILURE: Failure = {
  code: 'listen',
  message: 'the port is taken',
  nextStep: 'end the other program',
  kind: 'mistake',
  retryAfterMs: undefined,
}

const otherNetwork: KeeperEvent = { event: 'other-network', bundle: THEIRS, zone: 'elsewhere.example' }
const served = (one: CertificateBundle): KeeperEvent => ({ event: 'served', bundle: one })
const notServed = (one: CertificateBundle, at = NOW): KeeperEvent => ({
  event: 'not-served',
  ...{ bundle: one, reused: false, failure: FAILURE, at },
})
const begun: KeeperEvent = { event: 'begun', at: NOW }
const failed: KeeperEvent = { event: 'failed', failed: { failure: FAILURE, at: NOW, retryAt: NOW + 60_000 } }

const after = (...events: readonly KeeperEvent[]): KeeperState =>
  events.reduce((state, event) => next(state, event), beginning(undefined))

const circumstances = (parts: { now?: number; hasIssuer?: boolean; wantsFirst?: boolean } = {}) => ({
  ...{ now: NOW, hasIssuer: true, wantsFirst: true },
  ...parts,
})

describe('what a keeper knows', () => {
  for (const [title, events, expected] of [
    ['nothing at first', [], { held: undefined, own: undefined, zone: undefined }],
    ['the certificate in use', [served(OURS)], { held: OURS, own: OURS, zone: undefined }],
    [
      'one of another network as that',
      [otherNetwork, served(THEIRS)],
      { held: THEIRS, own: undefined, zone: 'elsewhere.example' },
    ],
    [
      'one of another network before it is in use',
      [otherNetwork, notServed(THEIRS)],
      { held: THEIRS, own: undefined, zone: 'elsewhere.example' },
    ],
    [
      'the own one after that',
      [otherNetwork, served(THEIRS), served(OURS)],
      { held: OURS, own: OURS, zone: undefined },
    ],
    ['a new one that waits to be used', [served(OURS), notServed(NEWER)], { held: NEWER, own: NEWER, zone: undefined }],
  ] as const) {
    test(title, () => {
      const state = after(...events)
      assert.deepEqual({ held: held(state), own: own(state), zone: otherZone(state) }, expected)
    })
  }

  test('that an attempt is a renewal only of a certificate of this network', () => {
    assert.equal(after(begun).attempt?.kind, 'first')
    assert.equal(after(otherNetwork, served(THEIRS), begun).attempt?.kind, 'first')
    assert.equal(after(served(OURS), begun).attempt?.kind, 'renewal')
  })

  test('the failure of an attempt until one has succeeded, also while another certificate is put into use', () => {
    assert.equal(after(failed).failed?.failure, FAILURE)
    assert.equal(after(failed, served(OURS)).failed?.failure, FAILURE)
    assert.equal(after(failed, { event: 'obtained' }).failed, undefined)
  })

  test('the failure of putting one into use until that has worked, and when it is tried again', () => {
    const state = after(notServed(OURS))
    assert.equal(state.failed?.retryAt, NOW + SERVE_RETRY_MS)
    assert.equal(toServeNow(state, NOW + SERVE_RETRY_MS - 1), undefined)
    assert.equal(toServeNow(state, NOW + SERVE_RETRY_MS)?.bundle, OURS)
    assert.equal(toServeNow(state, NOW - 1)?.bundle, OURS, 'a date that a clock set back has moved away')
    assert.equal(next(state, served(OURS)).failed, undefined)
  })

  test('new dates of the certificate that it holds, in use or not, and of no other', () => {
    const redated = { ...OURS, askRenewalAt: NOW + 1 }
    const event: KeeperEvent = { event: 'redated', before: OURS, after: redated }
    assert.equal(after(served(OURS), event).current, redated)
    assert.equal(after(notServed(OURS), event).unserved?.bundle, redated)
    assert.equal(held(after(served(OURS), served(NEWER), event)), NEWER)
  })

  test('that what has just been put into use is looked at soon, and what was seen an hour later', () => {
    assert.equal(isLookDue(after(served(OURS)), NOW), true)
    const seen = after(served(OURS), { event: 'looking', at: NOW }, { event: 'looked', fault: undefined })
    assert.equal(isLookDue(seen, NOW + SELF_LOOK_MS - 1), false)
    assert.equal(isLookDue(seen, NOW + SELF_LOOK_MS), true)
  })
})

describe('why a new certificate is wanted', () => {
  const late = NOW + 61 * DAY_MS
  for (const [title, state, given, expected] of [
    ['there is none', after(), {}, 'no-certificate'],
    ['there is none, and nobody wishes one', after(), { wantsFirst: false }, undefined],
    ['there is nobody to ask', after(), { hasIssuer: false }, undefined],
    ['there is one of another network only', after(otherNetwork, served(THEIRS)), {}, 'no-certificate'],
    ['it is new', after(served(OURS)), {}, undefined],
    ['a third of its life is left', after(served(OURS)), { now: late }, 'third-left'],
    [
      'a third is left, and nobody wished the first one',
      after(served(OURS)),
      { now: late, wantsFirst: false },
      'third-left',
    ],
    ['it is over', after(served(OURS)), { now: NOW + 91 * DAY_MS }, 'expired'],
    ['it waits to be used', after(notServed(OURS)), {}, undefined],
  ] as const) {
    test(`${title}: ${expected ?? 'it is not'}`, () => {
      assert.equal(whyNew(state, circumstances(given)), expected)
    })
  }

  test('not by one that has just come, however soon its CA wants the renewal', () => {
    const window = { start: NOW - 2 * DAY_MS, end: NOW - DAY_MS }
    const state = after(served({ ...OURS, renewalWindow: window, renewAt: window.start }))
    assert.equal(whyNew(state, circumstances()), undefined)
    assert.equal(whyNew(state, circumstances({ now: NOW + DAY_MS })), 'window')
  })
})

describe('a person', () => {
  test('may ask once a minute, at once after having ended an attempt, and join one at any time', () => {
    const asked: KeeperEvent = { event: 'person-asked', at: NOW }
    assert.equal(tooSoonUntil(after(), NOW), undefined)
    assert.equal(tooSoonUntil(after(asked), NOW + 59_999), NOW + 60_000)
    assert.equal(tooSoonUntil(after(asked), NOW + 60_000), undefined)
    assert.equal(tooSoonUntil(after(asked, begun), NOW + 1), undefined)
    assert.equal(tooSoonUntil(after(asked, begun, { event: 'ended' }), NOW + 1), NOW + 60_000)
    assert.equal(tooSoonUntil(after(asked, begun, { event: 'cancelled' }, { event: 'ended' }), NOW + 1), undefined)
  })
})

describe('over any course of events', () => {
  const moment = fc.integer({ min: NOW - 100 * DAY_MS, max: NOW + 100 * DAY_MS })
  const certificate = fc.constantFrom(OURS, NEWER, THEIRS)
  const events: fc.Arbitrary<KeeperEvent> = fc.oneof(
    fc.constantFrom<KeeperEvent>(otherNetwork, begun, failed, { event: 'obtained' }, { event: 'anyway' }),
    fc.constantFrom<KeeperEvent>({ event: 'cancelled' }, { event: 'ended' }),
    certificate.map((one) => served(one)),
    fc.tuple(certificate, moment).map(([one, at]) => notServed(one, at)),
    fc
      .tuple(fc.constantFrom<'person-asked' | 'looking'>('person-asked', 'looking'), moment)
      .map(([event, at]) => ({ event, at })),
    fc.option(fc.string(), { nil: undefined }).map((fault): KeeperEvent => ({ event: 'looked', fault })),
    fc
      .tuple(certificate, moment)
      .map(([before, at]): KeeperEvent => ({ event: 'redated', before, after: { ...before, askRenewalAt: at } })),
  )
  const course = fc.array(events, { maxLength: 40 })

  /** Each state of a course, frozen: a transition that wrote into what it was given would throw. */
  const statesOf = (happened: readonly KeeperEvent[]): readonly KeeperState[] => {
    const states = [Object.freeze(beginning(undefined))]
    for (const event of happened) states.push(Object.freeze(next(states.at(-1) ?? beginning(undefined), event)))
    return states
  }

  test('a certificate that was obtained is never lost, and never taken for another network’s', () => {
    fc.assert(
      fc.property(course, (happened) => {
        let had = false
        for (const [index, state] of statesOf(happened).entries()) {
          had ||= ['served', 'not-served'].includes(happened[index - 1]?.event ?? '')
          assert.equal(held(state) !== undefined, had)
          assert.ok(own(state) === undefined || own(state) !== state.other?.bundle)
          assert.equal(otherZone(state) === undefined, own(state) === held(state))
        }
      }),
    )
  })

  test('each attempt has a number of its own', () => {
    fc.assert(
      fc.property(course, (happened) => {
        const begins = statesOf(happened).filter((_state, index) => happened[index - 1]?.event === 'begun')
        const ids = begins.map(({ attempt }) => attempt?.id)
        assert.deepEqual(
          ids,
          [...ids.keys()].map((index) => `attempt-${index + 1}`),
        )
      }),
    )
  })

  test('the next moment lies ahead, and none is set for what nobody could be asked for', () => {
    fc.assert(
      fc.property(course, moment, fc.boolean(), fc.boolean(), (happened, now, hasIssuer, wantsFirst) => {
        const state = statesOf(happened).at(-1) ?? beginning(undefined)
        const given = { now, hasIssuer, wantsFirst }
        const at = nextMoment(state, given, now + 1)
        assert.ok(at === undefined || at > now)
        if (whyNew(state, given) !== undefined) assert.ok(at === now + 1, 'what is wanted is asked for at its date')
        if (!hasIssuer) assert.equal(whyNew(state, given), undefined)
      }),
    )
  })

  test('what waits to be used is tried within a minute, wherever the clock goes', () => {
    fc.assert(
      fc.property(course, moment, (happened, now) => {
        const state = statesOf(happened).at(-1) ?? beginning(undefined)
        const until = state.unserved && !toServeNow(state, now) ? state.unserved.retryAt - now : 0
        assert.ok(until >= 0 && until <= SERVE_RETRY_MS)
      }),
    )
  })

  test('nothing that is over counts as in time', () => {
    fc.assert(
      fc.property(course, (happened) => {
        const state = statesOf(happened).at(-1) ?? beginning(undefined)
        assert.equal(isInTime(state, NOW + 91 * DAY_MS), false)
      }),
    )
  })
})

function bundle(name: string): CertificateBundle {
  return Object.freeze({
    version: BUNDLE_VERSION,
    ...{ names: [`${name}.example`], addresses: [], keyPem: `key of ${name}`, chainPem: `chain of ${name}` },
    ...{ notBefore: NOW, notAfter: NOW + 90 * DAY_MS, issuer: 'Test CA', obtainedAt: NOW },
    ...{ algorithm: 'ecdsa-p256', source: 'nodetrust' },
  })
}
