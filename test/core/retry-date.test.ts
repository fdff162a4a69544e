// When a failed attempt is repeated: a table of waits, the stored date, and what a restart or a wrong clock makes of it.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { classifyFailure } from '../../core/acme/renewal.ts'
import { afterChange, afterRestart, type Change, isDue, loadRetryDate } from '../../core/certificates/retry-date.ts'
import { type Failure, readRetryState, type RetryState } from '../../core/certificates/retry-date.ts'
import { DAY_MS, manualClock, NOW, temporaryDir } from '../main/support.ts'

const MINUTE_MS = 60_000

const failure = (code: string, retryAfterMs?: number): Failure => ({
  ...{ code, retryAfterMs, message: 'no', nextStep: 'wait', kind: classifyFailure({ code, retryAfterMs }) },
})

function stateOf(more: Partial<RetryState> = {}): RetryState {
  const said = { code: 'unreachable', message: 'no', situation: 'one' }
  return { failures: 1, retryAt: NOW + MINUTE_MS, lastAt: NOW, kind: 'unavailable', ...said, ...more }
}

describe('an attempt', () => {
  const cases: readonly (readonly [title: string, RetryState | undefined, now: number, due: boolean])[] = [
    ['is due where nothing has failed', undefined, NOW, true],
    ['is not due before its date', stateOf(), NOW + MINUTE_MS - 1, false],
    ['is due at its date', stateOf(), NOW + MINUTE_MS, true],
    ['is due where its date went by in a sleep', stateOf(), NOW + 40 * DAY_MS, true],
    ['is due where only a wrong clock can have written its date', stateOf({ retryAt: NOW + 9 * DAY_MS }), NOW, true],
    ['is due where the last one lies in the future', stateOf(), NOW - DAY_MS, true],
    ['is never due by itself where a person has to act', stateOf({ retryAt: null }), NOW + 40 * DAY_MS, false],
  ]
  for (const [title, state, now, due] of cases) test(title, () => assert.equal(isDue(state, now), due))
})

describe('a restart', () => {
  test('changes nothing about a date', () => {
    assert.deepEqual(afterRestart(stateOf(), 'one', NOW), stateOf())
  })

  test('with other settings forgets what failed with the old ones', () => {
    assert.equal(afterRestart(stateOf({ retryAt: null }), 'two', NOW), undefined)
  })

  test('tries once more what was stopped a day ago', () => {
    const stopped = stateOf({ retryAt: null })
    assert.equal(afterRestart(stopped, 'one', NOW + DAY_MS), undefined)
    assert.deepEqual(afterRestart(stopped, 'one', NOW + DAY_MS - 1), stopped)
  })
})

describe('the last failure', () => {
  test('is known after a restart with the forge that it was at', async (t) => {
    const init = {
      path: join(await temporaryDir(t), 'retry.json'),
      clock: manualClock(),
      log: silentLog,
      situation: 'one',
    }
    const told = { forge: 'forge.example.net', others: 1 }
    await (await loadRetryDate(init)).failed({ ...failure('broker-unavailable'), ...told })
    const { forge, others } = (await loadRetryDate(init)).last()?.failure ?? {}
    assert.deepEqual({ forge, others }, told)
  })
})

describe('a change of the machine', () => {
  const tomorrow = NOW + DAY_MS
  const cases: readonly (readonly [title: string, Partial<RetryState>, Change, retryAt: number | null])[] = [
    ['lets a network that came back be tried after a minute', {}, 'online', NOW + MINUTE_MS],
    ['does not shorten a limit', { kind: 'rate-limited' }, 'resume', tomorrow],
    ['does not shorten a refusal', { kind: 'refused', code: 'not-authorized' }, 'clock-jump', tomorrow],
    [
      'lets a certificate from the future be tried',
      { kind: 'refused', code: 'bad-certificate' },
      'clock-jump',
      NOW + MINUTE_MS,
    ],
    ['but not for a new network', { kind: 'refused', code: 'bad-certificate' }, 'online', tomorrow],
    ['B16 does not shorten what a server that was reached asked for', { told: true }, 'online', tomorrow],
    ['does not start what a person stopped', { retryAt: null, kind: 'mistake' }, 'online', null],
  ]
  for (const [title, more, change, retryAt] of cases) {
    test(title, () => assert.equal(afterChange(stateOf({ retryAt: tomorrow, ...more }), change).retryAt, retryAt))
  }
})

describe('the stored date', () => {
  async function scene(t: TestContext) {
    const path = join(await temporaryDir(t), 'certificate.retry.json')
    const clock = manualClock()
    const open = (situation = 'one') => loadRetryDate({ path, clock, log: silentLog, situation, random: () => 0.5 })
    return { path, clock, open }
  }

  test('survives a restart with the number of failures', async (t) => {
    const { open } = await scene(t)
    const first = await open()
    assert.equal(first.dueAt(), 0)
    assert.equal(await first.failed(failure('unreachable')), NOW + MINUTE_MS)
    const second = await open()
    assert.equal(second.isDue(), false)
    assert.equal(await second.failed(failure('unreachable')), NOW + 10 * MINUTE_MS)
    assert.equal((await open()).dueAt(), NOW + 10 * MINUTE_MS)
  })

  test('is as the server named it', async (t) => {
    const { open } = await scene(t)
    assert.equal(await (await open()).failed(failure('rate-limit', 3 * DAY_MS)), NOW + 3 * DAY_MS)
    assert.equal((await open()).dueAt(), NOW + 3 * DAY_MS)
  })

  test('is none where a person has to act, and stays so over a restart', async (t) => {
    const { open } = await scene(t)
    assert.equal(await (await open()).failed(failure('invalid-csr')), null)
    const again = await open()
    assert.equal(again.isDue(), false)
    assert.equal(again.dueAt(), undefined)
    assert.equal((await open('two')).isDue(), true)
  })

  test('keeps the last failure for whoever asks', async (t) => {
    const { open, path } = await scene(t)
    await (await open()).failed(failure('rate-limit', 5))
    const state = await readRetryState(path)
    assert.deepEqual([state?.code, state?.kind, state?.failures], ['rate-limit', 'rate-limited', 1])
  })

  test('goes away with a success', async (t) => {
    const { open, path } = await scene(t)
    const first = await open()
    await first.failed(failure('unreachable'))
    await first.succeeded()
    assert.equal((await open()).dueAt(), 0)
    assert.equal(await readRetryState(path), undefined)
  })

  test('counts as none where its file is garbage', async (t) => {
    const { open, path } = await scene(t)
    await writeFile(path, '{"failures":')
    assert.equal((await open()).dueAt(), 0)
  })
})
