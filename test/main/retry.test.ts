// When a failed attempt is repeated: a table of waits, the stored date, and what a restart or a wrong clock makes of it.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { afterFailure, isDue, loadRetryDate } from '../../main/certificates/retry.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { NoProofsError } from '../../main/issuers/nodetrust/errors.ts'
import { DAY_MS, manualClock, NOW, temporaryDir } from './support.ts'

const MINUTE_MS = 60_000

describe('after a failure', () => {
  const waits: readonly (readonly [failures: number, minutes: number])[] = [
    [0, 1],
    [1, 10],
    [2, 100],
    [3, 24 * 60],
    [50, 24 * 60],
  ]
  for (const [failures, minutes] of waits) {
    test(`number ${failures + 1} the next attempt is ${minutes} minutes away`, () => {
      assert.equal(afterFailure(failures, NOW, undefined).retryAt, NOW + minutes * MINUTE_MS)
    })
  }

  test('the time that the server named counts', () => {
    assert.equal(afterFailure(3, NOW, 5_000).retryAt, NOW + 5_000)
    assert.equal(afterFailure(0, NOW, 7 * DAY_MS).retryAt, NOW + 7 * DAY_MS)
  })

  test('no server makes us wait for longer than eight days', () => {
    assert.equal(afterFailure(0, NOW, 1e15).retryAt, NOW + 8 * DAY_MS)
  })

  test('a date that only a wrong clock can have written counts as come', () => {
    assert.equal(isDue(NOW + DAY_MS, NOW), false)
    assert.equal(isDue(NOW + 9 * DAY_MS, NOW), true)
    assert.equal(isDue(NOW, NOW), true)
  })
})

describe('the stored date', () => {
  test('survives a restart with the number of failures', async (t) => {
    const dir = await temporaryDir(t)
    const clock = manualClock()
    const open = () => loadRetryDate({ dir, clock, log: silentLog })
    const first = await open()
    assert.equal(first.dueAt(), 0)
    assert.equal(await first.failed(undefined), NOW + MINUTE_MS)
    assert.equal(await (await open()).failed(undefined), NOW + 10 * MINUTE_MS)
  })

  test('is a minute at most after a restart, unless the server named it', async (t) => {
    const dir = await temporaryDir(t)
    const clock = manualClock()
    const open = () => loadRetryDate({ dir, clock, log: silentLog })
    const first = await open()
    await first.failed(undefined)
    await first.failed(undefined)
    assert.equal(first.dueAt(), NOW + 10 * MINUTE_MS)
    assert.equal((await open()).dueAt(), NOW + MINUTE_MS)
    await first.failed(3 * DAY_MS)
    assert.equal((await open()).dueAt(), NOW + 3 * DAY_MS)
  })

  test('goes away with a success', async (t) => {
    const dir = await temporaryDir(t)
    const open = () => loadRetryDate({ dir, clock: manualClock(), log: silentLog })
    const first = await open()
    await first.failed(undefined)
    await first.succeeded()
    assert.equal((await open()).dueAt(), 0)
  })

  test('counts as none where its file is garbage', async (t) => {
    const dir = await temporaryDir(t)
    await writeFile(join(dir, 'certificate.retry.json'), '{"failures":')
    assert.equal((await loadRetryDate({ dir, clock: manualClock(), log: silentLog })).dueAt(), 0)
  })
})

describe('a failure as a person sees it', () => {
  test('keeps the code, words and time of a server', () => {
    const problem = new ProblemError(ErrorCode.RATE_LIMIT, '50 certificates this week', { retryAfterMs: 5 })
    const { code, message, retryAfterMs } = explainFailure(problem)
    assert.deepEqual({ code, message, retryAfterMs }, { code: 'rate-limit', message: problem.message, retryAfterMs: 5 })
  })

  test('has a code and a next step for everything', () => {
    const errors = [new NoProofsError([]), new TypeError('x'), 'text', new ProblemError(ErrorCode.OTHER, '')]
    assert.deepEqual(
      errors.map((error) => explainFailure(error).code),
      ['no-proofs', 'other', 'other', 'other'],
    )
    for (const error of errors) assert.ok(explainFailure(error).nextStep && explainFailure(error).message)
  })
})
