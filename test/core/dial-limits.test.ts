// How much others may make us dial.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOME_AUTONAT_LIMITS } from '../../core/net/autonat.ts'
import { createDialLimits, isNodePort, MAX_TARGETS } from '../../core/net/dial-limits.ts'

const MINUTE_MS = 60_000
const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('A8 B15 B17 the limits of dials', () => {
  it('let a network be dialled so often, and again as time passes', () => {
    const mayDial = createDialLimits({ network: { count: 6, windowMs: MINUTE_MS } })
    const dialled = (nowMs: number) => Array.from({ length: 20 }, () => mayDial('one', nowMs)).filter(Boolean).length
    assert.deepEqual([dialled(NOW), dialled(NOW + 20_000), mayDial('another', NOW + 20_000)], [6, 2, true])
  })

  it('count what was dialled, not what was refused', () => {
    const mayDial = createDialLimits({
      network: { count: 1, windowMs: MINUTE_MS },
      all: { count: 2, windowMs: MINUTE_MS },
    })
    assert.equal(mayDial('one', NOW), true)
    for (let at = 0; at < 9; at++) assert.equal(mayDial('one', NOW), false)
    assert.deepEqual([mayDial('two', NOW), mayDial('three', NOW)], [true, false])
  })

  for (const [name, limits] of Object.entries({
    'of a home': HOME_AUTONAT_LIMITS,
    'of a record’s addresses': { network: { count: 6, windowMs: MINUTE_MS }, all: { count: 120, windowMs: MINUTE_MS } },
  }))
    it(`B17 ${name} are not used up by a few networks, however long they go on`, () => {
      const { network, all } = limits
      assert.ok(all)
      const few = Math.ceil(all.count / network.count)
      for (const networks of [few, 2 * few, Math.floor(all.count * 0.7)]) {
        const mayDial = createDialLimits(limits)
        let dialled = 0
        for (let second = 0; second < 300; second++) {
          const nowMs = NOW + second * 1_000
          for (let at = 0; at < networks; at++) if (mayDial(`busy ${at}`, nowMs)) dialled++
          // they have all asked in this very second, and somebody new comes after them
          if (second % 60 === 59) assert.ok(mayDial(`quiet ${second}`, nowMs), `${networks} networks, ${second} s`)
        }
        assert.ok(dialled >= all.count, 'what is there is used')
      }
    })

  it('B17 of a network that is alone are all its own', () => {
    const { network } = HOME_AUTONAT_LIMITS
    const mayDial = createDialLimits(HOME_AUTONAT_LIMITS)
    const dialled = (nowMs: number) => Array.from({ length: 60 }, () => mayDial('one', nowMs)).filter(Boolean).length
    assert.deepEqual([dialled(NOW), dialled(NOW + MINUTE_MS)], [network.count, network.count])
  })

  it('are not held full by a clock that was ahead and set right', () => {
    const mayDial = createDialLimits({ network: { count: 1, windowMs: MINUTE_MS } })
    assert.equal(mayDial('one', NOW + 365 * 86_400_000), true)
    assert.equal(mayDial('one', NOW), false)
    assert.equal(mayDial('one', NOW + MINUTE_MS), true)
  })

  it('remember so many networks and no more', () => {
    const mayDial = createDialLimits({ network: { count: 2, windowMs: MINUTE_MS } })
    for (let network = 0; network < MAX_TARGETS + 2_000; network++) assert.ok(mayDial(`network ${network}`, NOW))
    assert.equal(mayDial.size(), MAX_TARGETS)
  })

  it('leave the ports of other programs alone, but for browsers’', () => {
    assert.deepEqual(
      [22, 25, 80, 443, 1_023, 1_024, 4_430, NaN].map((port) => isNodePort(port)),
      [false, false, false, true, false, true, true, false],
    )
  })
})
