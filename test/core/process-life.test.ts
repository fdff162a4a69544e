// What each signal does, without a process: the table at the top of core/process-life.ts, line by line.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { exitCodeOf, watchSignals } from '../../core/process-life.ts'
import { settle } from '../support/manual-clock.ts'

function world(atTerminal: boolean) {
  const emitter = new EventEmitter()
  let now = 1_000
  const exits: number[] = []
  const target = {
    on: (signal: string, listener: () => void) => emitter.on(signal, listener),
    exit: (code: number) => void exits.push(code),
  }
  const life = watchSignals({ process: target, atTerminal, monotonic: () => now })
  let stoppedBy: string | undefined
  void life.stopped.then((signal) => (stoppedBy = signal))
  return {
    ...{ life, exits },
    stoppedBy: () => stoppedBy,
    send: async (signal: string, afterMs = 0) => {
      now += afterMs
      emitter.emit(signal)
      await settle()
    },
  }
}

describe('B9 a process that is sent a signal', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'])
    it(`stops cleanly at ${signal}, also when it comes twice at once, and at once when it is sent again`, async () => {
      const { stoppedBy, send, exits } = world(false)
      await send(signal)
      assert.equal(stoppedBy(), signal)
      await send(signal, 20)
      assert.deepEqual(exits, [])
      await send(signal, 600)
      assert.deepEqual(exits, [exitCodeOf(signal)])
    })

  it('reads again at SIGHUP where nobody started it at a terminal, however often', async () => {
    const { life, stoppedBy, send } = world(false)
    let runs = 0
    life.onReread(async () => void runs++)
    await send('SIGHUP')
    await send('SIGHUP')
    assert.deepEqual([runs, stoppedBy()], [2, undefined])
  })

  it('stops at SIGHUP where its terminal was closed, and still reads again at SIGUSR2', async () => {
    const { life, stoppedBy, send } = world(true)
    let runs = 0
    life.onReread(async () => void runs++)
    await send('SIGUSR2')
    assert.deepEqual([runs, stoppedBy()], [1, undefined])
    await send('SIGHUP')
    assert.deepEqual([runs, stoppedBy()], [1, 'SIGHUP'])
  })

  it('that came too early is not lost, and one that comes while files are read makes one more run', async () => {
    const { life, send } = world(false)
    await send('SIGHUP')
    const release = Promise.withResolvers<void>()
    let runs = 0
    life.onReread(async () => {
      runs++
      await release.promise
    })
    assert.equal(runs, 1)
    await send('SIGHUP')
    await send('SIGHUP')
    assert.equal(runs, 1)
    release.resolve()
    await settle()
    assert.equal(runs, 2)
  })

  it('goes on when reading again fails', async () => {
    const { life, send } = world(false)
    let runs = 0
    life.onReread(() => {
      runs++
      return Promise.reject(new Error('no'))
    })
    await send('SIGHUP')
    await send('SIGHUP')
    assert.equal(runs, 2)
  })
})
