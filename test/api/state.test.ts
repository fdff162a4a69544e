// The state: what changed is pushed whole, not too often, and the last change always.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { createState, PUSH_EVERY_MS } from '../../main/api/state.ts'
import { type Around, NO_ACTIVITY, stateOf } from '../../main/api/slices/index.ts'
import { FAKE_FACTS } from '../support/fake-program.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import type { Push, State } from '../../proto/api/index.ts'

const AROUND: Around = {
  ...{ version: '1', host: 'headless', platform: 'linux', update: { available: null, checkedAt: null }, attempt: null },
  can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
  activity: NO_ACTIVITY,
  doctor: { startedAt: null, endedAt: null, findings: [] },
}
const initial: State = stateOf(FAKE_FACTS, AROUND, 0)
const known = (count: number): Partial<State> => ({ peers: { known: count, connected: 0, dht: false, list: [] } })

function made() {
  const clock = manualClock()
  const state = createState({ initial, clock, log: silentLog })
  const pushes: Push[] = []
  const end = state.subscribe((push) => pushes.push(push))
  return { clock, state, pushes, end }
}

describe('the state', () => {
  test('pushes a changed slice at once, whole, with the next revision', () => {
    const { state, pushes } = made()
    const before = state.snapshot().rev
    state.replace(known(1))
    assert.deepEqual(pushes, [{ rev: before + 1, slices: known(1) }])
    assert.equal(state.snapshot().rev, before + 1)
  })

  test('pushes nothing where nothing has changed', async () => {
    const { state, pushes, clock } = made()
    state.replace(structuredClone(initial))
    await clock.advance(1_000)
    assert.deepEqual(pushes, [])
  })

  test('pushes at most ten times a second, and never loses the last change', async () => {
    const { state, pushes, clock } = made()
    for (let count = 1; count <= 1_000; count++) {
      state.replace(known(count))
      await clock.advance(1)
    }
    await clock.advance(PUSH_EVERY_MS)
    assert.ok(pushes.length >= 9 && pushes.length <= 12, String(pushes.length))
    assert.deepEqual(pushes.at(-1)?.slices, known(1_000))
    assert.deepEqual(state.snapshot().state.peers, known(1_000).peers)
    assert.deepEqual(
      pushes.map(({ rev }) => rev),
      pushes.map((_, index) => (pushes[0]?.rev ?? 0) + index),
    )
  })

  test('gathers what changed meanwhile', async () => {
    const { state, pushes, clock } = made()
    state.replace(known(1))
    state.replace(known(2))
    state.replace({ update: { available: null, checkedAt: 5 } })
    await clock.advance(PUSH_EVERY_MS)
    assert.deepEqual(pushes[1]?.slices, { ...known(2), update: { available: null, checkedAt: 5 } })
  })

  test('goes on pushing after the clock was set back', async () => {
    const { state, pushes, clock } = made()
    state.replace(known(1))
    clock.set(clock.now() - 3_600_000)
    state.replace(known(2))
    await clock.advance(PUSH_EVERY_MS)
    assert.equal(pushes.length, 2)
  })

  test('goes on for others where a listener throws, and says no more to one that has left', () => {
    const { state, pushes, end } = made()
    state.subscribe(() => {
      throw new Error('broken')
    })
    const others: Push[] = []
    state.subscribe((push) => others.push(push))
    end()
    state.replace(known(1))
    assert.equal(pushes.length, 0)
    assert.equal(others.length, 1)
  })

  test('is silent once it was stopped', async () => {
    const { state, pushes, clock } = made()
    state.replace(known(1))
    state.replace(known(2))
    state.stop()
    await settle()
    await clock.advance(1_000)
    assert.equal(pushes.length, 1)
    assert.equal(clock.sleeping, 0)
  })
})
