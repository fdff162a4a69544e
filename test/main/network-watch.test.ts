// The watch over the machine's addresses: who waits for the network hears when it is back, and only then.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { namesResolve } from '../../core/net/unresolved.ts'
import { watchNetwork } from '../../main/reachability/network-watch.ts'
import { type ManualClock, manualClock } from './support.ts'

const LOOK_MS = 15_000

describe('the network watch', () => {
  let clock: ManualClock
  let addresses: readonly string[]
  let heard: number
  let stop: AbortController
  let watching: Promise<void>

  beforeEach(() => {
    clock = manualClock()
    addresses = ['192.168.1.7']
    heard = 0
    stop = new AbortController()
    watching = watchNetwork({ clock, onOnline: () => heard++, signal: stop.signal, addresses: () => addresses })
  })

  afterEach(async () => {
    stop.abort()
    await watching
  })

  const later = (now: readonly string[]) => {
    addresses = now
    return clock.advance(LOOK_MS)
  }

  test('says nothing while nothing changes', async () => {
    await later(['192.168.1.7'])
    await later(['192.168.1.7'])
    assert.equal(heard, 0)
  })

  test('says nothing when the network goes away, and once when it is back', async () => {
    await later([])
    assert.equal(heard, 0)
    await later(['192.168.1.7'])
    await later(['192.168.1.7'])
    assert.equal(heard, 1)
  })

  test('says so when the machine has moved to another network', async () => {
    await later(['10.0.0.3'])
    assert.equal(heard, 1)
  })

  describe('where an attempt could not resolve names', () => {
    let answers: boolean
    let asked: string[]
    let waiting: { readonly names: readonly string[]; readonly at: number } | undefined

    beforeEach(async () => {
      stop.abort()
      await watching
      stop = new AbortController()
      answers = false
      asked = []
      waiting = { names: ['broker.example.net'], at: 1 }
      watching = watchNetwork({
        ...{ clock, onOnline: () => heard++, signal: stop.signal, addresses: () => addresses },
        unresolved: () => waiting,
        resolves: async (names) => {
          asked.push(...names)
          return answers
        },
      })
    })

    test('B16 says so when they resolve, and once, though its addresses never changed', async () => {
      await later(addresses)
      await later(addresses)
      assert.equal(heard, 0)
      answers = true
      await later(addresses)
      await later(addresses)
      assert.equal(heard, 1)
      assert.deepEqual(
        asked,
        Array.from({ length: 3 }, () => 'broker.example.net'),
      )
    })

    test('B16 says nothing when only addresses are back', async () => {
      await later([])
      await later(['192.168.1.7'])
      assert.equal(heard, 0)
      answers = true
      await later(['192.168.1.7'])
      assert.equal(heard, 1)
    })

    test('B16 says so of the next attempt that fails so', async () => {
      answers = true
      await later(addresses)
      waiting = { names: ['broker.example.net'], at: 2 }
      await later(addresses)
      assert.equal(heard, 2)
    })

    test('B16 asks nobody once nothing waits for it', async () => {
      waiting = undefined
      await later(addresses)
      assert.deepEqual(asked, [])
    })
  })

  test('B16 names that are addresses resolve, made-up ones do not, and it ends with its signal', async () => {
    assert.equal(await namesResolve(['127.0.0.1', '::1'], new AbortController().signal), true)
    assert.equal(await namesResolve(['a..example'], new AbortController().signal), false)
    assert.equal(await namesResolve(['127.0.0.1'], AbortSignal.abort()), false)
  })

  test('ends with its signal', async () => {
    stop.abort()
    await watching
    await later([])
    await later(['10.0.0.3'])
    assert.equal(heard, 0)
    assert.equal(clock.sleeping, 0)
  })

  test('looks at the machine itself where nothing else is said, and hears no news while it stands still', async () => {
    stop.abort()
    await watching
    const real = new AbortController()
    const done = watchNetwork({ clock, onOnline: () => heard++, signal: real.signal })
    await clock.advance(LOOK_MS)
    real.abort()
    await done
    assert.equal(heard, 0)
  })
})
