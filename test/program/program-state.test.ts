// What the program runs, event by event and over any course of events.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import {
  appOf,
  mayStartAnew,
  next,
  nothingRuns,
  type ProgramEvent,
  type ProgramState,
  sandboxOf,
  shownPhase,
  whyFailed,
} from '../../main/program/program-state.ts'
import type { Problem } from '../../proto/api/index.ts'

type State = ProgramState<string, string>
type Event = ProgramEvent<string, string>

const PROBLEM: Problem = { code: 'disk', params: {}, retryable: false, detail: 'the disk is full' }

const opened: Event = { event: 'opened' }
const closed: Event = { event: 'closed' }
const starting: Event = { event: 'node-starting' }
const running: Event = { event: 'node-running', app: 'the app' }
const failed: Event = { event: 'node-failed', problem: PROBLEM }
const stopping: Event = { event: 'node-stopping' }
const stopped: Event = { event: 'node-stopped' }

const after = (...events: readonly Event[]): State =>
  events.reduce<State>((state, event) => next(state, event), nothingRuns())

describe('to whoever looks, the node', () => {
  for (const [title, events, expected] of [
    ['before the start', [], 'starting'],
    ['on its way', [opened, starting], 'starting'],
    ['that runs', [opened, starting, running], 'running'],
    ['that could not be started', [opened, starting, failed], 'failed'],
    ['that is stopped to be started anew', [opened, starting, running, stopping], 'starting'],
    ['between its stop and the next start', [opened, starting, running, stopping, stopped], 'starting'],
    ['that is stopped for good', [opened, starting, running, closed, stopping], 'stopping'],
    ['after the end', [opened, starting, running, closed, stopping, stopped], 'stopped'],
  ] as const) {
    test(`${title} is ${expected}`, () => {
      assert.equal(shownPhase(after(...events)), expected)
    })
  }

  test('is started anew where it has failed, and not once the program ends', () => {
    assert.equal(mayStartAnew(after(opened, starting, failed)), true)
    assert.equal(mayStartAnew(after(opened, starting, failed, closed)), false)
    assert.equal(mayStartAnew(after(opened, starting, running)), false)
    assert.equal(mayStartAnew(after(opened)), false)
  })

  test('has a reason only while it has failed', () => {
    assert.equal(whyFailed(after(opened, starting, failed)), PROBLEM)
    assert.equal(whyFailed(after(opened, starting, failed, starting)), undefined)
  })
})

describe('the practice network', () => {
  test('can be used while it runs', () => {
    const ready: Event = { event: 'sandbox-running', sandbox: 'the sandbox' }
    assert.equal(sandboxOf(after({ event: 'sandbox-starting' })), undefined)
    assert.equal(sandboxOf(after({ event: 'sandbox-starting' }, ready)), 'the sandbox')
    assert.equal(sandboxOf(after(ready, { event: 'sandbox-off' })), undefined)
    assert.equal(sandboxOf(after(ready, { event: 'sandbox-failed' })), undefined)
  })
})

describe('over any course of events', () => {
  const events = fc.constantFrom<Event>(
    ...[opened, closed, starting, failed, stopping, stopped],
    ...([{ event: 'sandbox-off' }, { event: 'sandbox-starting' }, { event: 'sandbox-failed' }] as const),
    { event: 'sandbox-running', sandbox: 'the sandbox' },
    { event: 'invited', invitation: 'nodetrust://…' },
  )
  /** Apps are told apart, so that one in the place of another is seen. */
  const course = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: events },
      fc.nat().map((n): Event => ({ event: 'node-running', app: `app ${n}` })),
    ),
    {
      maxLength: 40,
    },
  )

  test('an app that runs stays the one that runs until it is stopped', () => {
    fc.assert(
      fc.property(course, (happened) => {
        let state: State = Object.freeze(nothingRuns<string, string>())
        for (const event of happened) {
          const before: State = state
          state = Object.freeze(next(state, event))
          const app = appOf(before)
          if (app !== undefined && event.event !== 'node-stopping') assert.equal(appOf(state), app)
          if (app === undefined && appOf(state) !== undefined) assert.equal(before.node.phase, 'starting')
        }
      }),
    )
  })

  test('a node that stops, and a practice network that runs, are of no concern to each other', () => {
    fc.assert(
      fc.property(course, (happened) => {
        const state = after(...happened)
        const isOfSandbox = ({ event }: Event) => event.startsWith('sandbox-')
        assert.deepEqual(state.node, after(...happened.filter((event) => !isOfSandbox(event))).node)
        assert.deepEqual(state.sandbox, after(...happened.filter((event) => isOfSandbox(event))).sandbox)
      }),
    )
  })
})
