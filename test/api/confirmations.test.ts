// Codes: for one action, for one kind of caller, once, for two minutes, with five tries.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CODE_LIFE_MS, createConfirmations, MAX_WRONG_TRIES, PAUSE_MS } from '../../main/api/confirmations.ts'
import { manualClock } from '../support/manual-clock.ts'

const made = () => {
  const clock = manualClock()
  return { clock, codes: createConfirmations({ clock, random: () => 4_711 }) }
}
const WRONG = '999999'

describe('a code', () => {
  test('has six digits, and is shown while it waits', () => {
    const { codes, clock } = made()
    const code = codes.issue('reset', 'bridge')
    assert.deepEqual(code, { action: 'reset', code: '004711', until: clock.now() + CODE_LIFE_MS })
    assert.deepEqual(codes.shown(), code)
  })

  test('works once, for its action, for its kind of caller', () => {
    const { codes } = made()
    codes.issue('reset', 'bridge')
    assert.equal(codes.use('export-identity', '004711', 'bridge'), false)
    assert.equal(codes.use('reset', '004711', 'ipc'), false)
    assert.equal(codes.use('reset', '004711', 'cli'), false)
    assert.equal(codes.use('reset', '004711', 'bridge'), true)
    assert.equal(codes.use('reset', '004711', 'bridge'), false)
    assert.equal(codes.shown(), undefined)
  })

  test('is not one that nobody made', () => {
    const { codes } = made()
    for (const code of ['', '000000', '004711', 'undefined']) assert.equal(codes.use('reset', code, 'bridge'), false)
  })

  test('ends after two minutes, and a clock that is set back does not lengthen them', () => {
    for (const jump of [CODE_LIFE_MS, -1]) {
      const { codes, clock } = made()
      codes.issue('reset', 'bridge')
      clock.set(clock.now() + jump)
      assert.equal(codes.shown(), undefined)
      assert.equal(codes.use('reset', '004711', 'bridge'), false)
    }
    const { codes, clock } = made()
    codes.issue('reset', 'bridge')
    clock.set(clock.now() + CODE_LIFE_MS - 1)
    assert.equal(codes.use('reset', '004711', 'bridge'), true)
  })

  test('ends after five wrong tries, and for a page no new one is made for ten minutes', () => {
    const { codes, clock } = made()
    codes.issue('reset', 'bridge')
    for (let wrong = 0; wrong < MAX_WRONG_TRIES; wrong++) assert.equal(codes.use('reset', WRONG, 'bridge'), false)
    assert.equal(codes.use('reset', '004711', 'bridge'), false)
    assert.equal(codes.issue('reset', 'bridge'), undefined)
    assert.equal(codes.issue('reset', 'cli'), undefined)
    assert.ok(codes.issue('reset', 'ipc'), 'a dialog was answered by the person')
    clock.set(clock.now() + PAUSE_MS)
    assert.ok(codes.issue('reset', 'bridge'))
  })

  test('forgives four wrong tries', () => {
    const { codes } = made()
    codes.issue('reset', 'bridge')
    for (let wrong = 1; wrong < MAX_WRONG_TRIES; wrong++) codes.use('reset', WRONG, 'bridge')
    assert.equal(codes.use('reset', '004711', 'bridge'), true)
  })

  test('of the window is shown nowhere', () => {
    const { codes } = made()
    codes.issue('reset', 'ipc')
    assert.equal(codes.shown(), undefined)
  })

  test('is random', () => {
    const codes = createConfirmations({ clock: manualClock() })
    const seen = new Set(Array.from({ length: 20 }, () => codes.issue('reset', 'bridge')?.code))
    assert.ok(seen.size > 15)
    for (const code of seen) assert.match(code ?? '', /^[0-9]{6}$/)
  })
})
