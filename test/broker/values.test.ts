// Values in the DNS and what they cost, where clients leave, DNS servers fail and brokers end in the middle of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newPeer, registrarWorld } from './registrar-world.ts'
import { VALUE, valueOf } from './support.ts'
import type { RegistrationRefusedError } from '../../servers/broker/body.ts'

const down = () => {
  throw new Error('the server is down')
}
const storeFailure = (error: RegistrationRefusedError) => error.status === 500 && /storing value/.test(error.message)

describe('a value', () => {
  it('that is being set is set to its end and counted, though its client has left', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    const gone = new AbortController()
    const [setting, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    world.set.interfere = (_server, call) => {
      if (call !== 'set') return undefined
      setting.resolve()
      return left.promise
    }
    const registered = world.register(peer, { signal: gone.signal })
    await setting.promise
    gone.abort(new Error('the client went away'))
    left.resolve()
    await registered
    assert.deepEqual(world.values(peer), [[VALUE], [VALUE]])
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    assert.deepEqual(
      (await world.parts().store.newest(9)).map(({ status }) => status),
      [200],
    )
  })

  it('is not begun for a client that left before, and costs nothing then', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    const gone = new AbortController()
    world.set.dialBack = async (_peer, [at]) => {
      gone.abort(new Error('the client went away'))
      return at ? { kind: 'reached', at } : { kind: 'unreachable' }
    }
    await assert.rejects(world.register(peer, { signal: gone.signal }), /the client went away/)
    assert.deepEqual(world.values(peer), [[], []])
    assert.deepEqual(await world.used(), { newPeers: 0, returning: 0, week: 0 })
  })

  it('that not every server shows is taken away again from all, and nothing is counted', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    world.set.interfere = (server, call) => (server === 1 && call === 'show' ? down() : undefined)
    await assert.rejects(world.register(peer), storeFailure)
    assert.deepEqual(world.values(peer), [[], []])
    assert.deepEqual(await world.used(), { newPeers: 0, returning: 0, week: 0 })
    world.set.interfere = () => undefined
    await world.register(peer)
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
  })

  it('that may still be at a server which is down stays counted, once, until the peer succeeds', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    world.set.interfere = (server) => (server === 1 ? down() : undefined)
    for (let number = 0; number < 3; number++)
      await assert.rejects(world.register(peer, { value: valueOf(number) }), storeFailure)
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    world.set.interfere = () => undefined
    await world.register(peer)
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
  })

  it('always has room, however many of failed registrations could not be taken away', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    let shown = false
    world.set.interfere = (server, call) => {
      if (server === 1 && call === 'show' && !shown) down()
      // what makes room is removed before the value is set, and only the removal after it fails
      if (server === 1 && call === 'remove' && world.values(peer)[1]?.[0] === latest) down()
    }
    let latest = ''
    for (let number = 0; number < 12; number++) {
      latest = valueOf(number)
      await assert.rejects(world.register(peer, { value: latest }), storeFailure)
    }
    shown = true
    latest = ''
    await world.register(peer)
    assert.deepEqual(world.values(peer)[1], [VALUE, ...[11, 10, 9].map(valueOf)])
  })

  it('that was answered with 200 is not taken away when it is registered again and fails', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    await world.register(peer)
    world.set.interfere = (_server, call) => (call === 'show' ? down() : undefined)
    await assert.rejects(world.register(peer), storeFailure)
    assert.deepEqual(world.values(peer), [[VALUE], [VALUE]])
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
  })

  it('that is being set when the role stops is given up at once, and stays counted and known', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    const setting = Promise.withResolvers<void>()
    world.set.interfere = (server) => {
      if (server === 0) return undefined
      setting.resolve()
      return new Promise(() => undefined)
    }
    const registered = world.register(peer)
    await setting.promise
    const began = performance.now()
    world.stopping.abort(new Error('the role was stopped'))
    await assert.rejects(registered, storeFailure)
    assert.ok(performance.now() - began < 5_000)
    await world.restart()
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    assert.deepEqual(await world.parts().store.valuesOf(peer.toString(), 0), [VALUE])
  })
})
