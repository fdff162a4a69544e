// Ways that are tried side by side: when each begins, which one counts, and what becomes of the others. Time is moved by hand.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sideBySide, type SideBySideInit } from '../../core/net/side-by-side.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

/** Attempts that a test ends one by one. */
function world(ways: readonly string[], init: Partial<SideBySideInit<string>> = {}) {
  const clock = manualClock()
  const stop = new AbortController()
  const begun = new Map<string, PromiseWithResolvers<string> & { readonly at: number; readonly signal: AbortSignal }>()
  const discarded: string[] = []
  const start = clock.now()
  const result = sideBySide(
    ways,
    async (way, signal) => {
      const attempt = Object.assign(Promise.withResolvers<string>(), { at: clock.now() - start, signal })
      begun.set(way, attempt)
      return attempt.promise
    },
    { clock, signal: stop.signal, withinMs: 8_000, discard: (one) => discarded.push(one), ...init },
  )
  result.catch(() => undefined)
  const attempt = (way: string) => {
    const found = begun.get(way)
    assert.ok(found, `${way} was not begun`)
    return found
  }
  return { clock, stop, begun, discarded, result, attempt }
}

const many = (count: number) => Array.from({ length: count }, (_, at) => `way ${at}`)

describe('ways that are tried side by side', () => {
  it('B15 one that swallows everything costs the next one a quarter of a second', async () => {
    const { clock, attempt, result } = world(['dropped', 'good'])
    await clock.advance(249)
    assert.throws(() => attempt('good'))
    await clock.advance(1)
    attempt('good').resolve('here')
    assert.equal(await result, 'here')
    assert.ok(attempt('dropped').signal.aborted)
  })

  it('begin at once where the one before has failed', async () => {
    const { attempt, begun } = world(['refused', 'good'])
    await settle()
    attempt('refused').reject(new Error('refused'))
    await settle()
    assert.equal(begun.get('good')?.at, 0)
  })

  it('B15 all have their turn within the time, however many there are, and never more of them at once than there are places', async () => {
    const { clock, begun, result } = world(many(64), { atOnce: 16 })
    let most = 0
    for (let ms = 0; ms < 8_000; ms += 50) {
      await clock.advance(50)
      most = Math.max(most, [...begun.values()].filter(({ signal }) => !signal.aborted).length)
    }
    assert.equal(begun.size, 64)
    assert.equal(most, 16)
    await assert.rejects(result, AggregateError)
  })

  it('end when the time is over, with every reason in the order of the ways', async () => {
    const { clock, attempt, result } = world(['a', 'b', 'c'], { withinMs: 1_000 })
    await clock.advance(600)
    attempt('b').reject(new Error('b refused'))
    await clock.advance(400)
    await assert.rejects(result, (error) => {
      assert.ok(error instanceof AggregateError)
      assert.deepEqual(
        error.errors.map(String),
        ['no answer within 1000 ms', 'b refused', 'no answer within 1000 ms'].map((words) => `Error: ${words}`),
      )
      return true
    })
    assert.equal(clock.sleeping, 0, 'nothing is left behind')
  })

  it('end with the reason of whoever ends them, and nothing more is begun', async () => {
    const { clock, stop, begun, result } = world(['a', 'b'])
    await settle()
    stop.abort(new Error('the client went away'))
    await assert.rejects(result, /the client went away/)
    await clock.advance(8_000)
    assert.deepEqual([...begun.keys()], ['a'])
    assert.equal(clock.sleeping, 0, 'nothing is left behind')
  })

  it('that lead there after another one are given back', async () => {
    const { clock, attempt, result, discarded } = world(['slow', 'late', 'good'])
    await clock.advance(500)
    attempt('good').resolve('good')
    attempt('late').resolve('late')
    assert.equal(await result, 'good')
    attempt('slow').resolve('slow')
    await settle()
    assert.deepEqual(discarded.sort(), ['late', 'slow'])
  })

  it('are none where there are none', async () => {
    await assert.rejects(world([]).result, AggregateError)
  })
})
