// Who is counted, for what and when: the rules over a clock that is moved by hand.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RegistrationRefusedError } from '../../servers/broker/body.ts'
import { BUSY_MS, newPeer, registrarWorld } from './registrar-world.ts'
import { valueOf } from './support.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const refused = (status: number, words: RegExp, retryAfterMs?: number) => (error: unknown) => {
  assert.ok(error instanceof RegistrationRefusedError)
  assert.equal(error.status, status)
  assert.match(error.message, words)
  if (retryAfterMs !== undefined) assert.equal(error.retryAfterMs, retryAfterMs)
  return true
}

describe('new peers that are being dialled', () => {
  it('hold others of their network up for a dial-back and nobody else, and take nothing of the week', async (t) => {
    const world = await registrarWorld(t, { newPeers: 5, newPerPrefix: 5 }, { newCertificates: 5, newShare: 1 })
    const { quotas } = world.parts()
    const dialled = await Promise.all([1, 2, 3, 4, 5].map((number) => quotas.begin(`nobody${number}`, 'a')))
    await assert.rejects(quotas.begin('honest', 'a'), refused(503, /others of your network/, BUSY_MS))
    assert.equal(await quotas.waitForNew(), 0)
    assert.deepEqual(await world.used(), { newPeers: 0, returning: 0, week: 0 })
    await world.register(await newPeer())
    for (const one of dialled) one[Symbol.dispose]()
    using _honest = await quotas.begin('honest', 'a')
  })

  it('that were too many for the week are refused after it: only those count whose turn came first', async (t) => {
    const world = await registrarWorld(t, { newPeers: 2 })
    const peers = await Promise.all(Array.from({ length: 4 }, newPeer))
    const results = await Promise.allSettled(peers.map((peer) => world.register(peer)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2)
    await assert.rejects(world.register(await newPeer()), refused(429, /all the new peers/, 3.5 * DAY_MS))
    assert.deepEqual(await world.used(), { newPeers: 2, returning: 0, week: 2 })
  })

  it('do not hold up a known peer of their network', async (t) => {
    const world = await registrarWorld(t, { newPerPrefix: 2 })
    const known = await newPeer()
    await world.register(known)
    world.clock.set(world.clock.now() + 3 * DAY_MS)
    using _dialled = await world.parts().quotas.begin('nobody', '203.0.113.0/24')
    await assert.rejects(world.register(await newPeer()), refused(503, /others of your network/))
    await world.register(known, { value: valueOf(1) })
  })
})

describe('a new peer', () => {
  it('that registers several times at once counts once', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    await Promise.all([1, 2, 3, 4, 5].map((number) => world.register(peer, { value: valueOf(number) })))
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
  })

  it('that registers twice at once is counted for the second where the first is given back', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    let shown = 0
    world.set.interfere = (_server, call) => {
      if (call === 'show' && ++shown === 1) throw new Error('the server is down')
    }
    const results = await Promise.allSettled([1, 2].map((number) => world.register(peer, { value: valueOf(number) })))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    )
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    assert.deepEqual(world.values(peer), [[valueOf(2)], [valueOf(2)]])
  })

  it('uses up its own network and that of the address at which it was reached, never one that it merely names', async (t) => {
    const world = await registrarWorld(t, { newPerPrefix: 2 })
    for (let number = 0; number < 2; number++)
      await world.register(await newPeer(), { from: '9.9.9.9', at: ['1.1.1.1', '8.8.8.8'] })
    await world.register(await newPeer(), { from: '8.8.8.77', at: ['8.8.8.78'] })
    await assert.rejects(
      world.register(await newPeer(), { from: '8.8.4.4', at: ['1.1.1.2'] }),
      refused(429, /your network/),
    )
    await assert.rejects(
      world.register(await newPeer(), { from: '9.9.9.1', at: ['5.5.5.5'] }),
      refused(429, /your network/),
    )
  })

  it('whose broker was killed before its value was set was counted, is not counted again, and refills in a week', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    await world.parts().quotas.charge(peer.toString(), ['a'])
    await world.restart()
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    await world.register(peer)
    assert.deepEqual(await world.used(), { newPeers: 1, returning: 0, week: 1 })
    world.clock.set(world.clock.now() + 7 * DAY_MS)
    assert.deepEqual(await world.used(), { newPeers: 0, returning: 0, week: 0 })
  })
})

describe('a known peer', () => {
  it('tries again for two days for nothing, and is counted as one that came back after them', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    for (const hours of [0, 1, 30, 47]) {
      world.clock.set(world.clock.now() + (hours === 0 ? 0 : HOUR_MS))
      await world.register(peer, { value: valueOf(hours) })
    }
    assert.equal((await world.used()).returning, 0)
    world.clock.set(world.clock.now() + 2 * DAY_MS)
    await world.register(peer)
    await world.register(peer, { value: valueOf(9) })
    assert.equal((await world.used()).returning, 1)
  })

  it('that comes back before a renewal can be due uses up its network, so that few cannot keep all others from renewing', async (t) => {
    const world = await registrarWorld(t, { newPerPrefix: 2 })
    const [other, peer] = [await newPeer(), await newPeer()]
    await world.register(other, { from: '9.9.9.9', at: ['8.8.8.8'] })
    world.clock.set(world.clock.now() + 30 * DAY_MS)
    await world.register(peer)
    for (const _round of [1, 2]) {
      world.clock.set(world.clock.now() + 2 * DAY_MS)
      await world.register(peer)
    }
    world.clock.set(world.clock.now() + 2 * DAY_MS)
    await assert.rejects(world.register(peer), refused(429, /your network .* came back too soon/))
    await world.register(other, { from: '203.0.113.9' })
  })

  it('renews for years, as often as its certificates need it, at no cost to the week', async (t) => {
    const world = await registrarWorld(t)
    const peer = await newPeer()
    await world.register(peer)
    world.clock.set(world.clock.now() + 30 * DAY_MS)
    for (let month = 1; month < 30; month++) {
      await world.register(peer, { value: valueOf(month) })
      assert.deepEqual(await world.used(), { newPeers: 0, returning: 1, week: 0 })
      world.clock.set(world.clock.now() + 30 * DAY_MS)
    }
  })

  it('is counted all the same where a clock that was ahead wrote that it was, and the week is open after a week', async (t) => {
    const world = await registrarWorld(t)
    const right = world.clock.now()
    world.clock.set(right + 300 * DAY_MS)
    await world.parts().quotas.charge('ahead', [])
    world.clock.set(right)
    assert.deepEqual(await world.used(), { newPeers: 25, returning: 0, week: 50 })
    world.clock.set(right + 7 * DAY_MS)
    assert.deepEqual(await world.used(), { newPeers: 0, returning: 0, week: 0 })
    const { taken } = await world.parts().quotas.charge('ahead', [])
    assert.deepEqual(
      taken.map(({ kind }) => kind),
      ['zone', 'new'],
    )
  })
})

describe('peers that were saved up', () => {
  const save = async (world: Awaited<ReturnType<typeof registrarWorld>>, weeks: number) => {
    const stash = []
    for (let week = 0; week < weeks; week++) {
      for (let number = 0; number < 5; number++) {
        const peer = await newPeer()
        await world.register(peer, { from: `9.9.${week}.${number}`, at: [`1.1.${week}.${number}`] })
        stash.push(peer)
      }
      world.clock.set(world.clock.now() + 7 * DAY_MS)
    }
    return stash
  }

  it('cannot all come back at one moment: half of those that are known, and the others hear when', async (t) => {
    const world = await registrarWorld(t, { newPeers: 5 })
    const stash = await save(world, 6)
    const results = await Promise.allSettled(stash.map((peer) => world.register(peer)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 15)
    const late = results.find((result) => result.status === 'rejected')
    assert.ok(refused(429, /known peers that the broker lets come back/, (7 * DAY_MS) / 15)(late?.reason))
    assert.equal(await world.parts().quotas.waitForNew(), 0, 'new ones are as welcome as ever')
  })

  it('are fewer where the operator says so', async (t) => {
    const world = await registrarWorld(t, { newPeers: 5, returning: 3 })
    const results = await Promise.allSettled((await save(world, 2)).map((peer) => world.register(peer)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3)
  })
})
