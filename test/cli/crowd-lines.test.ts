// Strangers with a new key each time: what a node prints of them is few lines, and the number of the others.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crowdLines } from '../../main/crowd-lines.ts'
import { sentence } from '../../main/tell.ts'
import { manualClock } from '../support/manual-clock.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'

const AT = '2026-11-30T00:00:00.000Z'
const discovered = (peer: string, addresses: readonly string[] = []): NodeEventLine => ({
  ...{ at: AT, event: 'discovered', peer, via: 'identify', certified: true, addresses },
})

describe('A13 strangers in what a node prints', () => {
  it('are twenty at once, and then one line a minute with their number', async () => {
    const clock = manualClock()
    const told: NodeEventLine[] = []
    const tell = crowdLines(clock, (line) => void told.push(line))
    for (let minute = 0; minute < 10; minute++) {
      for (let index = 0; index < 500; index++) tell(discovered(`p${index}`))
      await clock.advance(60_000)
    }
    assert.equal(told.filter(({ event }) => event === 'discovered').length, 20)
    const notes = told.filter((line) => line.event === 'note')
    assert.equal(notes.length, 10)
    assert.match(notes[0]?.message ?? '', /480 times in a minute/)
    assert.match(notes[9]?.message ?? '', /500 times in a minute/)
  })

  it('keep nothing else quiet, and are told again when they have become few', async () => {
    const clock = manualClock()
    const told: NodeEventLine[] = []
    const tell = crowdLines(clock, (line) => void told.push(line))
    for (let index = 0; index < 100; index++) tell(discovered(`p${index}`))
    const failed: NodeEventLine = {
      ...{ at: AT, event: 'failed', code: 'other', message: 'm', nextStep: 'n', retryAt: null },
    }
    tell(failed)
    assert.equal(told.at(-1), failed)
    for (let minute = 0; minute < 4; minute++) await clock.advance(60_000)
    const later = discovered('later')
    tell(later)
    assert.equal(told.at(-1), later)
  })

  it('have three of their addresses in a sentence', () => {
    const text = sentence(discovered('p', ['/a', '/b', '/c', '/d', '/e'])) ?? ''
    assert.equal(text, 'Learned of p (identify): /a, /b, /c and 2 more.')
  })
})
