// When the system shows a message, as a table of moments.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decideNote,
  lastingKeys,
  NO_MEMORY,
  type NoteFacts,
  NOTE_PAUSE_MS,
} from '../../main/shell/notification-policy.ts'
import { ALL_LIVES, attempt, certificate, DAY, HOUR, lifeState, NOW, stateWith } from './states.ts'

const decide = (facts: Partial<NoteFacts> & Pick<NoteFacts, 'after'>) =>
  decideNote({ before: undefined, memory: NO_MEMORY, now: NOW, visible: false, ...facts })

const ninety = (left: number) => certificate({ notAfter: NOW + left, notBefore: NOW + left - 90 * DAY })
const sixDays = (left: number) => certificate({ notAfter: NOW + left, notBefore: NOW + left - 6 * DAY })
const working = stateWith({ life: { state: 'working' }, attempt: attempt('first') })
const served = stateWith({ life: { state: 'serving' }, current: certificate(), attempt: attempt('first', 7) })

/** What is so, and what a person is told; most states say nothing. */
const TABLE = [
  ['the first certificate is there', { before: working, after: served }, 'first'],
  [
    'the first one of a test network is there',
    {
      before: working,
      after: stateWith({
        ...{ life: { state: 'serving' as const }, current: certificate({ test: true }) },
        attempt: attempt('first', 7),
      }),
    },
    'first-test',
  ],
  ['a stored certificate is found at the start', { before: lifeState('starting'), after: served }, undefined],
  ['the app starts with a certificate', { before: undefined, after: served }, undefined],
  [
    'a certificate was renewed',
    {
      before: stateWith({ life: { state: 'renewing' }, current: certificate() }),
      after: stateWith({ life: { state: 'serving' }, current: certificate(), attempt: attempt('renewal', 7) }),
    },
    undefined,
  ],
  ['a renewal failed with weeks left', { after: lifeState('renewal-failed') }, undefined],
  [
    'a renewal failed with a fifth left',
    { after: stateWith({ life: { state: 'renewal-failed' }, current: ninety(17 * DAY) }) },
    'renewal-failing',
  ],
  [
    'a fifth is left and nothing failed',
    { after: stateWith({ life: { state: 'serving' }, current: ninety(17 * DAY) }) },
    undefined,
  ],
  [
    'a tenth is left',
    { after: stateWith({ life: { state: 'unreachable' }, current: ninety(8 * DAY) }) },
    'expiry-near',
  ],
  [
    'a tenth is left and it is being renewed',
    { after: stateWith({ life: { state: 'renewing' }, current: ninety(8 * DAY) }) },
    undefined,
  ],
  [
    'two of six days are left',
    { after: stateWith({ life: { state: 'serving' }, current: sixDays(2 * DAY) }) },
    undefined,
  ],
  [
    'half of a day of six days is left',
    { after: stateWith({ life: { state: 'offline' }, current: sixDays(12 * HOUR) }) },
    'expiry-near',
  ],
  ['it has expired', { after: lifeState('expired') }, 'expired'],
  ['the password store is locked', { after: lifeState('key-locked') }, 'key-locked'],
] as const satisfies readonly (readonly [string, Partial<NoteFacts> & Pick<NoteFacts, 'after'>, string | undefined])[]

describe('a message of the system', () => {
  for (const [title, facts, kind] of TABLE) {
    it(`${kind === undefined ? 'is not shown' : `says "${kind}"`} when ${title}`, () => {
      const { note } = decide(facts)
      assert.equal(note?.kind, kind)
      assert.equal(note?.severity, kind === undefined ? undefined : kind.startsWith('first') ? 'info' : 'attention')
    })
  }

  it('is shown for few states of life only', () => {
    const told = ALL_LIVES.filter((life) => decide({ after: lifeState(life) }).note !== undefined)
    assert.deepEqual(told, ['expired', 'key-locked'])
  })

  it('is shown once for each certificate, also after a restart', () => {
    const after = lifeState('expired')
    const first = decide({ after })
    const later = NOW + DAY
    assert.equal(decide({ after, memory: first.memory, now: later }).note, undefined)
    assert.equal(
      decide({ after, memory: { ...NO_MEMORY, keys: lastingKeys(first.memory) }, now: later }).note,
      undefined,
    )
    const other = stateWith({
      life: { state: 'expired' },
      current: certificate({ notAfter: NOW - DAY, fingerprint: 'cd'.repeat(32) }),
    })
    assert.equal(decide({ after: other, memory: first.memory, now: later }).note?.kind, 'expired')
  })

  it('is shown at every new lock and after every start, but once for each', () => {
    const locked = lifeState('key-locked')
    const first = decide({ after: locked })
    const still = decide({ after: locked, memory: first.memory, now: NOW + HOUR })
    assert.equal(still.note, undefined)
    const open = decide({ after: lifeState('serving'), memory: still.memory, now: NOW + 2 * HOUR })
    assert.equal(decide({ after: locked, memory: open.memory, now: NOW + 3 * HOUR }).note?.kind, 'key-locked')
    assert.deepEqual(lastingKeys(first.memory), [])
  })

  it('is not shown while somebody sees the window, nor after they saw it', () => {
    const seen = decide({ after: lifeState('expired'), visible: true })
    assert.equal(seen.note, undefined)
    assert.equal(decide({ after: lifeState('expired'), memory: seen.memory, now: NOW + DAY }).note, undefined)
  })

  it('is not shown to who does not want any', () => {
    const state = stateWith({ life: { state: 'key-locked' }, settings: { notifications: false } })
    assert.equal(decide({ after: state }).note, undefined)
  })

  it('waits until the last one is a minute old, and a clock that went back does not silence it', () => {
    const memory = { keys: [], at: NOW }
    const after = lifeState('expired')
    const soon = decide({ after, memory, now: NOW + NOTE_PAUSE_MS - 1 })
    assert.equal(soon.note, undefined)
    assert.equal(decide({ after, memory: soon.memory, now: NOW + NOTE_PAUSE_MS }).note?.kind, 'expired')
    assert.equal(decide({ after, memory, now: NOW - DAY }).note?.kind, 'expired')
  })

  it('remembers a dozen at most', () => {
    let memory = NO_MEMORY
    for (let index = 0; index < 40; index += 1) {
      const current = certificate({ notAfter: NOW - DAY, fingerprint: String(index) })
      memory = decide({
        after: stateWith({ life: { state: 'expired' }, current }),
        memory,
        now: NOW + index * DAY,
      }).memory
    }
    assert.equal(memory.keys.length, 12)
  })
})
