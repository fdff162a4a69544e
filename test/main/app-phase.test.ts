// A node between its start and its stop, event by event and over any course of events.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import { type AppEvent, type AppPhase, next, roomsOf } from '../../main/app-phase.ts'

const STOPPED: AppPhase<string> = { phase: 'stopped' }
const STARTING: AppPhase<string> = { phase: 'starting' }
const RUNNING: AppPhase<string> = { phase: 'running', rooms: 'the first' }
const STOPPING: AppPhase<string> = { phase: 'stopping' }

const start: AppEvent<string> = { event: 'start' }
const started: AppEvent<string> = { event: 'started', rooms: 'the first' }
const notStarted: AppEvent<string> = { event: 'not-started' }
const stop: AppEvent<string> = { event: 'stop' }
const ended: AppEvent<string> = { event: 'ended' }

describe('a node', () => {
  for (const [now, happened, expected] of [
    [STOPPED, start, STARTING],
    [STARTING, started, RUNNING],
    [STARTING, notStarted, STOPPED],
    [RUNNING, stop, STOPPING],
    [STOPPING, ended, STOPPED],
    // nothing that comes too late, or twice, changes anything
    [STOPPED, stop, STOPPED],
    [STOPPED, started, STOPPED],
    [STARTING, stop, STARTING],
    [STOPPING, stop, STOPPING],
    [STOPPING, started, STOPPING],
    [RUNNING, notStarted, RUNNING],
    [RUNNING, ended, RUNNING],
  ] as const) {
    test(`that is ${now.phase} is ${expected.phase} after ${happened.event}`, () => {
      assert.deepEqual(next(now, happened), expected)
    })
  }

  for (const now of [STARTING, RUNNING, STOPPING]) {
    test(`that is ${now.phase} is not started again`, () => {
      assert.throws(() => next(now, start), { name: 'TypeError', message: new RegExp(`is ${now.phase}`) })
    })
  }

  test('can be used while it runs and at no other time, whatever happens to it', () => {
    const course = fc.array(fc.constantFrom(start, started, notStarted, stop, ended), { maxLength: 30 })
    fc.assert(
      fc.property(course, (happened) => {
        let now: AppPhase<string> = Object.freeze(STOPPED)
        for (const event of happened) {
          if (event === start && now.phase !== 'stopped') continue
          const before: AppPhase<string> = now
          now = Object.freeze(next(now, event))
          assert.equal(roomsOf(now) !== undefined, now.phase === 'running')
          // rooms that were opened are closed before others are
          if (event === start) assert.equal(before.phase, 'stopped')
          if (before.phase === 'running') assert.ok(now === before || now.phase === 'stopping')
        }
      }),
    )
  })
})
