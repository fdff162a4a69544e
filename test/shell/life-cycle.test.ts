// Closing, crashing, quitting: decisions with their numbers.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closeOutcome, createQuit, createReloadBudget, DRAIN_MS } from '../../main/shell/life-cycle.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

describe('closing the window', () => {
  it('hides it where people see a tray icon or a dock, and asks where they see neither', () => {
    const table = [
      ['darwin', false, false, 'hide'],
      ['linux', true, false, 'hide'],
      ['win32', true, true, 'hide'],
      ['linux', false, false, 'ask'],
      ['linux', false, true, 'quit'],
    ] as const
    for (const [platform, trayShown, quits, outcome] of table) {
      assert.equal(closeOutcome({ platform, trayShown, quits }), outcome, `${platform} ${trayShown} ${quits}`)
    }
  })
})

describe('S25 a page whose process dies', () => {
  it('is loaded again three times a minute at most', () => {
    const clock = manualClock()
    const crashed = createReloadBudget(clock)
    assert.deepEqual([crashed(), crashed(), crashed(), crashed()], ['reload', 'reload', 'reload', 'explain'])
    clock.set(clock.now() + 60_000)
    assert.equal(crashed(), 'reload')
    clock.set(clock.now() - 3_600_000)
    assert.equal(crashed(), 'reload', 'a clock that went back counts nothing')
  })
})

describe('quitting', () => {
  const quitting = (drain: () => Promise<void>) => {
    const clock = manualClock()
    const codes: number[] = []
    const failures: unknown[] = []
    const quit = createQuit({
      drain,
      clock,
      exit: (code) => codes.push(code),
      onFailure: (error) => failures.push(error),
    })
    return { quit, clock, codes, failures }
  }

  it('exits when everything has stopped, and not before', async () => {
    const stopped = Promise.withResolvers<void>()
    const { quit, codes, clock } = quitting(() => stopped.promise)
    const ended = quit()
    await settle()
    assert.deepEqual(codes, [])
    stopped.resolve()
    await ended
    assert.deepEqual(codes, [0])
    assert.equal(clock.sleeping, 0, 'the deadline is gone')
  })

  it('exits after five seconds when something hangs', async () => {
    const { quit, clock, codes } = quitting(() => new Promise<never>(() => undefined))
    const ended = quit()
    await settle()
    await clock.advance(DRAIN_MS - 1)
    assert.deepEqual(codes, [])
    await clock.advance(1)
    assert.deepEqual(codes, [0])
    await ended
  })

  it('exits when something throws, and tells it', async () => {
    const { quit, codes, failures } = quitting(() => Promise.reject(new Error('the disk is gone')))
    await quit(1)
    assert.deepEqual(codes, [1])
    assert.equal(failures.length, 1)
  })

  it('drains once, however often it is asked', async () => {
    let drained = 0
    const { quit, codes } = quitting(async () => void (drained += 1))
    await Promise.all([quit(), quit(), quit(1)])
    await quit()
    assert.equal(drained, 1)
    assert.deepEqual(codes, [0])
  })
})
