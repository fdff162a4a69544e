// Waiting for a CA, with a clock that only counts. No header may make us wait for hours, hammer, or wait for ever.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import {
  AcmeProblem,
  AcmeTimeoutError,
  AcmeTransportError,
  DEFAULT_POLL,
  fallbackRenewalWindow,
  parseRetryAfter,
  type PollOptions,
} from '../../core/acme/index.ts'
import { firstLookMs, isPassing, poll } from '../../core/acme/polling.ts'
import type { Clock } from '../../core/clock.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY_MS = 24 * 3_600_000

describe('Retry-After', () => {
  for (const [header, expected] of [
    ['120', 120_000],
    [' 5 ', 5000],
    ['0', 0],
    ['2592000', 30 * DAY_MS],
    ['99999999999999999999', 365 * DAY_MS],
    ['Fri, 20 Nov 2026 12:01:00 GMT', 60_000],
    ['Friday, 20-Nov-26 12:01:00 GMT', 60_000],
    ['Fri Nov 20 12:01:00 2026', 60_000],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['2026-11-20T12:01:00Z', undefined],
    [undefined, undefined],
  ] as const) {
    test(`of ${JSON.stringify(header)} means ${expected} ms`, () => {
      assert.equal(parseRetryAfter(header, NOW), expected)
    })
  }

  test('is never negative and never above a year, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date().map((date) => date.toString()),
        ),
        (header) => {
          const ms = parseRetryAfter(header, NOW)
          assert.ok(ms === undefined || (ms >= 0 && ms <= 365 * DAY_MS))
        },
      ),
    )
  })
})

/** A clock that remembers the waits and never waits. */
function countingClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  return {
    waits,
    now: () => NOW,
    sleep(ms, signal) {
      signal?.throwIfAborted()
      waits.push(ms)
      return Promise.resolve()
    },
  }
}

interface Seen {
  readonly url: string
  readonly retryAfterMs: number | undefined
  readonly status: string
}

const URL_OF_ORDER = 'https://ca.example/order/1'
const pending = (retryAfterMs?: number): Seen => ({ url: URL_OF_ORDER, retryAfterMs, status: 'pending' })
const valid: Seen = { url: URL_OF_ORDER, retryAfterMs: undefined, status: 'valid' }

/** Polls a list of answers, the last of them for ever. */
function pollOf(
  clock: Clock,
  answers: readonly (Seen | Error)[],
  signal?: AbortSignal,
  limits: Partial<PollOptions> = {},
): Promise<Seen> {
  let asked = 0
  return poll({
    read() {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? valid
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
    done: ({ status }) => status !== 'pending',
    what: 'the order',
    url: URL_OF_ORDER,
    clock,
    signal,
    limits: { ...DEFAULT_POLL, ...limits },
  })
}

const lost = new AcmeTransportError('ECONNRESET', 'socket hang up', URL_OF_ORDER)
const problem = (status: number, retryAfterMs?: number) =>
  new AcmeProblem({ type: 'about:blank', detail: 'x', status, subproblems: [] }, URL_OF_ORDER, retryAfterMs)

describe('polling', () => {
  test('waits longer each time, up to a limit', async () => {
    const clock = countingClock()
    await pollOf(clock, [...Array.from({ length: 14 }, () => pending()), valid])
    assert.deepEqual(clock.waits.slice(0, 5), [250, 375, 562.5, 843.75, 1265.625])
    assert.deepEqual(clock.waits.slice(-2), [15_000, 15_000])
  })

  test('does what Retry-After asks, within limits', async () => {
    const clock = countingClock()
    await pollOf(clock, [pending(3000), pending(0), pending(7_200_000), pending(30 * DAY_MS), valid])
    assert.deepEqual(clock.waits, [250, 3000, 562.5, 15_000, 15_000])
  })

  test('looks at most 25 times in its three minutes', async () => {
    const clock = countingClock()
    await assert.rejects(pollOf(clock, [pending()]), AcmeTimeoutError)
    assert.ok(clock.waits.length <= 25, `${clock.waits.length} looks`)
  })

  test('does not look more than once a second for long, whatever Retry-After says', async () => {
    const clock = countingClock()
    await assert.rejects(pollOf(clock, [pending(0)]), AcmeTimeoutError)
    assert.ok(clock.waits.length <= 190, `${clock.waits.length} looks`)
  })

  test('begins the sooner the nearer a CA is', () => {
    const [before, loopback, near, far, broken] = [undefined, 0.8, 20, 60, 40_000].map(firstLookMs)
    assert.deepEqual([before, loopback, near, far, broken], [250, 10, 60, 180, 250])
  })

  test('doubles short waits', async () => {
    const clock = countingClock()
    await pollOf(clock, [pending(), pending(), pending(), pending(), pending(), valid], undefined, { firstMs: 10 })
    assert.deepEqual(clock.waits, [10, 20, 40, 80, 160, 240])
  })

  test('ends at its deadline', async () => {
    const clock = countingClock()
    await assert.rejects(pollOf(clock, [pending()]), AcmeTimeoutError)
    const waited = clock.waits.reduce((sum, ms) => sum + ms, 0)
    assert.ok(waited <= DEFAULT_POLL.deadlineMs && waited > DEFAULT_POLL.deadlineMs - DEFAULT_POLL.maxMs)
  })

  test('forgives three lost answers in a row, and not a fourth', async () => {
    const clock = countingClock()
    assert.equal(await pollOf(clock, [lost, problem(503), lost, valid]), valid)
    await assert.rejects(pollOf(clock, [lost, lost, lost, lost, valid]), lost)
  })

  test('begins to count again after a good answer', async () => {
    assert.equal(await pollOf(countingClock(), [lost, lost, pending(), lost, lost, valid]), valid)
  })

  test('stops at once at a refusal', async () => {
    const clock = countingClock()
    const refusal = problem(404)
    await assert.rejects(pollOf(clock, [refusal, valid]), refusal)
    assert.equal(clock.waits.length, 1)
  })

  test('stops at once when an overloaded CA asks for more time than we wait', async () => {
    const clock = countingClock()
    const busy = problem(503, 3_600_000)
    await assert.rejects(pollOf(clock, [busy, valid]), busy)
  })

  test("ends with the caller's reason when aborted", async () => {
    const stop = AbortSignal.abort(new Error('user quit'))
    await assert.rejects(pollOf(countingClock(), [valid], stop), { message: 'user quit' })
  })

  test('takes a broken TLS for no passing trouble', () => {
    assert.equal(isPassing(new AcmeTransportError('CERT_HAS_EXPIRED', 'x', URL_OF_ORDER)), false)
    assert.equal(isPassing(lost), true)
  })
})

describe('the renewal window without ARI', () => {
  test('begins when a third of the life is left', () => {
    const { start, end } = fallbackRenewalWindow(NOW, NOW + 90 * DAY_MS)
    assert.equal(start, NOW + 60 * DAY_MS)
    assert.ok(end > start && end < NOW + 62 * DAY_MS)
  })

  test('begins at half of a life below ten days', () => {
    assert.equal(fallbackRenewalWindow(NOW, NOW + 6 * DAY_MS).start, NOW + 3 * DAY_MS)
  })
})
