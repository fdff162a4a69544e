// The line in front of a CA: so many at a time, in order, and nobody who gave up keeps a place.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createGate } from '../../core/acme/gate.ts'

/** Work that ends when it is told to, and says when it began. */
function steps(count: number) {
  const began: number[] = []
  const ends = Array.from({ length: count }, () => Promise.withResolvers<void>())
  const work = (index: number) => async () => {
    began.push(index)
    await ends[index]?.promise
    return index
  }
  return { began, work, end: (index: number) => ends[index]?.resolve() }
}

const settle = () =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

describe('a gate of two places', () => {
  test('runs two at a time, the others in the order they came', async () => {
    const gate = createGate(2)
    const { began, work, end } = steps(4)
    const all = [0, 1, 2, 3].map((index) => gate.pass(work(index)))
    await settle()
    assert.deepEqual(began, [0, 1])
    end(1)
    await settle()
    assert.deepEqual(began, [0, 1, 2])
    for (const index of [0, 2, 3]) end(index)
    assert.deepEqual(await Promise.all(all), [0, 1, 2, 3])
  })

  test('frees the place of work that fails', async () => {
    const gate = createGate(1)
    await assert.rejects(gate.pass(() => Promise.reject(new Error('no'))))
    assert.equal(await gate.pass(() => Promise.resolve(1)), 1)
  })

  test('lets who gives up out of the line, without losing a place', async () => {
    const gate = createGate(1)
    const { began, work, end } = steps(3)
    const stop = new AbortController()
    const first = gate.pass(work(0))
    const second = gate.pass(work(1), stop.signal)
    const third = gate.pass(work(2))
    stop.abort(new Error('user quit'))
    await assert.rejects(second, { message: 'user quit' })
    end(0)
    end(2)
    await Promise.all([first, third])
    assert.deepEqual(began, [0, 2])
    assert.equal(await gate.pass(() => Promise.resolve(7), stop.signal).catch(() => 'aborted'), 'aborted')
    assert.equal(await gate.pass(() => Promise.resolve(7)), 7)
  })
})
