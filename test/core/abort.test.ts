// Waiting no longer than a signal or a time allows.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unlessAborted, within } from '../../core/abort.ts'
import { oneAtATime } from '../../core/lanes.ts'

const never = () => new Promise<never>(() => undefined)

describe('waiting', () => {
  it('gives what the work gives, or its failure', async () => {
    const { signal } = new AbortController()
    assert.equal(await unlessAborted(Promise.resolve(7), signal), 7)
    await assert.rejects(unlessAborted(Promise.reject(new Error('it failed')), signal), /it failed/)
  })

  it('ends with the signal, also with one that had ended before', async () => {
    const ending = new AbortController()
    const waiting = unlessAborted(never(), ending.signal)
    ending.abort(new Error('no longer'))
    await assert.rejects(waiting, /no longer/)
    await assert.rejects(unlessAborted(never(), ending.signal), /no longer/)
  })

  it('leaves a failure that comes later to nobody', async (t) => {
    const unhandled = t.mock.fn()
    process.on('unhandledRejection', unhandled)
    t.after(() => process.off('unhandledRejection', unhandled))
    const late = Promise.withResolvers<never>()
    await assert.rejects(unlessAborted(late.promise, AbortSignal.abort(new Error('gone'))), /gone/)
    late.reject(new Error('nobody hears it'))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(unhandled.mock.callCount(), 0)
  })

  it('is over in time', async () => {
    await within(1, never())
    await assert.rejects(within(60_000, Promise.reject(new Error('it failed'))), /it failed/)
  })
})

describe('one at a time', () => {
  it('begins when the last one has ended, however it ended', async () => {
    const inTurn = oneAtATime()
    const said: string[] = []
    const first = inTurn(async () => {
      await Promise.resolve()
      said.push('first')
      throw new Error('it failed')
    })
    const second = inTurn(async () => said.push('second'))
    await assert.rejects(first, /it failed/)
    await second
    assert.deepEqual(said, ['first', 'second'])
  })
})
