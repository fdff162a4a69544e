// What strangers cause is counted: one line a minute for each message, however often it happens and whatever they send.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'
import { countedLog } from '../../core/counted-log.ts'
import { keepRecentLines } from '../../main/api/recent-lines.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

function world() {
  const lines: Record<string, unknown>[] = []
  const clock = manualClock()
  const log = createLog('debug', { write: (line) => void lines.push(JSON.parse(line)) })
  return { lines, clock, log: countedLog(log, clock) }
}

describe('A13 a counted log', () => {
  it('writes the first at once and thousands more as one line, with networks and the newest reason', async () => {
    const { lines, clock, log } = world()
    log.info({ address: '192.0.2.1', reason: 'first' }, 'refused a record')
    assert.deepEqual(
      lines.map(({ msg, reason }) => [msg, reason]),
      [['refused a record', 'first']],
    )
    for (let round = 0; round < 1_204; round++)
      log.info(
        { address: `198.51.${round % 3}.${round % 250}`, peer: `p${round}`, reason: `r${round}` },
        'refused a record',
      )
    assert.equal(lines.length, 1)
    await clock.advance(60_000)
    assert.equal(lines.length, 2)
    const { times, networks, peers, reason } = lines[1] ?? {}
    assert.deepEqual([times, networks, peers, reason], [1_204, 3, 1_000, 'r1203'])
  })

  it('writes a line a minute for each message while it goes on, and none when it is over', async () => {
    const { lines, clock, log } = world()
    for (let second = 0; second < 600; second++) {
      log.warn({}, 'one')
      log.warn({}, 'other')
      await clock.advance(1_000)
    }
    assert.ok(lines.length <= 22, String(lines.length))
    await clock.advance(600_000)
    assert.equal(
      lines.reduce((sum, { times = 1 }) => sum + Number(times), 0),
      1_200,
    )
    assert.ok(lines.length <= 24)
  })

  it('keeps no more messages than there is room for, should one be made of what a stranger sent', () => {
    const { lines, log } = world()
    for (let round = 0; round < 10_000; round++) log.info({}, `from a stranger: ${round}`)
    assert.ok(lines.length <= 65)
  })

  it('does not fall silent when the clock is set back', async () => {
    const { lines, clock, log } = world()
    log.info({}, 'x')
    clock.set(clock.now() - 24 * 3_600_000)
    log.info({}, 'x')
    await settle()
    assert.equal(lines.length, 2)
  })
})

describe('A13 a line of a log', () => {
  const lineOf = (fields: object) => {
    let text = ''
    createLog('info', { write: (line) => void (text = line) }).info(fields, 'x')
    return text
  }

  it('has no room for much that a stranger sent, at any depth', () => {
    const long = 'x'.repeat(100_000)
    const many = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${long.slice(0, 2_000)}${index}`, long]),
    )
    for (const fields of [
      { long },
      { list: Array.from({ length: 5_000 }, () => long.slice(0, 400)) },
      { error: new Error(long) },
    ])
      assert.ok(lineOf(fields).length < 20_000, String(lineOf(fields).length))
    assert.ok(lineOf(many).length < 40_000)
    assert.ok(lineOf({ a: { b: { c: { d: { long } } } } }).length < 1_000)
    assert.match(lineOf({ long }), /… \(100000 characters\)/)
  })

  it('has nothing in it that steers a terminal or turns the line around', () => {
    const line = lineOf({ reason: 'a\u001b[2Jb\u009b31mc\u202ed\u200be\nf', inner: { reason: '\u0007' } })
    assert.doesNotMatch(line.trimEnd(), /[\p{Cc}\p{Cf}]|\\u001b|\\n/u)
  })

  it('says what an error said', () => {
    assert.match(lineOf({ error: new RangeError('too far') }), /"error":"RangeError: too far"/)
  })
})

it('A13 what is kept of a log for diagnostics has a bound in bytes', () => {
  const recent = keepRecentLines(500, () => undefined)
  for (let round = 0; round < 5_000; round++) recent.destination.write('x'.repeat(100_000))
  const bytes = recent.lines().reduce((sum, line) => sum + line.length, 0)
  assert.ok(bytes < 3_000_000, String(bytes))
})
