// The line in front of the CA: how many at once, networks in turn, places and waits that are true, and an end to the line.
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { createTurns, type Place, positionOf, type Turns } from '../../servers/issue/turns.ts'
import { manualClock, type ManualClock, settle } from '../support/manual-clock.ts'
import { converse, countedCa, createClient, isProblem, startNetwork } from '../support/network.ts'

describe('a place in the line', () => {
  for (const [networks, network, index, position] of [
    [{ a: 1 }, 'a', 0, 1],
    [{ a: 3 }, 'a', 2, 3],
    [{ a: 3, b: 1 }, 'b', 0, 2],
    [{ a: 3, b: 1 }, 'a', 1, 3],
    [{ a: 3, b: 1 }, 'a', 2, 4],
    [{ a: 100, b: 2, c: 1 }, 'b', 1, 5],
    [{ a: 100 }, 'new', 0, 2],
  ] as const) {
    it(`of number ${index + 1} of ${network} in ${JSON.stringify(networks)} is ${position}`, () => {
      const line = new Map(Object.entries(networks).map(([name, count]) => [name, Array.from({ length: count })]))
      assert.equal(positionOf(line, network, index), position)
    })
  }
})

describe('turns', () => {
  let clock: ManualClock
  let turns: Turns

  const make = (section: { atOnce?: number; maxWaiting?: number; maxWaitingPerNetwork?: number }) =>
    createTurns({ section: { atOnce: 1, maxWaiting: 200, maxWaitingPerNetwork: 200, ...section }, clock })

  beforeEach(() => {
    clock = manualClock()
    turns = make({})
  })

  interface Client {
    readonly name: string
    readonly places: Place[]
    readonly gone: AbortController
    turn: { done(): void } | undefined
    failed: unknown
  }

  /** Somebody who waits, and what came of it. */
  const come = async (network: string, name = network): Promise<Client> => {
    const client: Client = { name, places: [], gone: new AbortController(), turn: undefined, failed: undefined }
    turns
      .take(network, { signal: client.gone.signal, onPlace: (place) => client.places.push(place) })
      .then((turn) => (client.turn = turn))
      .catch((error: unknown) => (client.failed = error))
    await settle(2)
    return client
  }

  it('run so many at once, and no more', async () => {
    turns = make({ atOnce: 2 })
    const [first, second, third] = [await come('a'), await come('a'), await come('a')]
    assert.ok(first.turn && second.turn && !third.turn)
    first.turn.done()
    first.turn.done()
    await settle(2)
    assert.ok(third.turn)
    assert.equal((await come('b')).turn, undefined, 'a turn that is ended twice frees one place')
  })

  it('take networks one after the other, however many one of them has in the line', async () => {
    const running = await come('x')
    const line = [await come('a', 'a1'), await come('a', 'a2'), await come('a', 'a3'), await come('b', 'b1')]
    line.push(await come('c', 'c1'), await come('b', 'b2'))
    const served: string[] = []
    running.turn?.done()
    for (;;) {
      await settle(2)
      const now = line.find(({ turn, name }) => turn && !served.includes(name))
      if (!now) break
      served.push(now.name)
      now.turn?.done()
    }
    assert.deepEqual(served, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('serve everybody at the place that was told, whoever comes in which order', async () => {
    let random = 7
    const next = (below: number) => (random = (random * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 20; round++) {
      turns = make({})
      const running = await come('x')
      const line: Client[] = []
      for (let index = 0; index < 15; index++) line.push(await come(`n${next(4)}`, `${index}`))
      const told = new Map(line.map((client) => [client.name, client.places.at(-1)?.position]))
      const served = new Set<string>()
      running.turn?.done()
      for (let place = 1; place <= line.length; place++) {
        await settle(2)
        const now = line.find(({ turn, name }) => turn && !served.has(name))
        assert.ok(now)
        assert.equal(told.get(now.name), place)
        served.add(now.name)
        now.turn?.done()
      }
    }
  })

  it('tell how long it takes by the orders before', async () => {
    const running = await come('a')
    const waiting = await come('a')
    assert.deepEqual(waiting.places, [{ position: 1, expectedMs: 15_000 }])
    await clock.advance(5_000)
    const last = await come('b')
    assert.equal(last.places.at(-1)?.position, 2)
    running.turn?.done()
    await settle(2)
    // one order of 5 s moves the average from 15 s to 13 s
    assert.deepEqual(last.places.at(-1), { position: 1, expectedMs: 13_000 })
  })

  it('go on without somebody who leaves the line', async () => {
    const running = await come('a')
    const [leaves, stays] = [await come('a'), await come('a')]
    leaves.gone.abort(new Error('gone'))
    await settle(2)
    assert.match(String(leaves.failed), /gone/)
    assert.equal(stays.places.at(-1)?.position, 1)
    running.turn?.done()
    await settle(2)
    assert.ok(stays.turn && !leaves.turn)
  })

  it('refuse when the line is full, with the time that it takes', async () => {
    turns = make({ maxWaiting: 4 })
    for (let index = 0; index < 5; index++) await come(`n${index}`)
    const { failed } = await come('late')
    assert.ok(isProblem('RATE_LIMIT', /4 orders wait/, ({ retryAfterMs }) => retryAfterMs === 60_000)(failed))
  })

  it('A6 give up whoever came last of the network with most, when the line is full and somebody comes who has fewer there', async () => {
    turns = make({ maxWaiting: 4 })
    await come('running')
    const many = [await come('many'), await come('many'), await come('many'), await come('many')]
    const quiet = await come('quiet')
    assert.equal(quiet.failed, undefined)
    assert.equal(quiet.places.at(-1)?.position, 2)
    assert.deepEqual(
      many.map(({ failed }) => failed !== undefined),
      [false, false, false, true],
    )
    assert.ok(isProblem('RATE_LIMIT', /orders wait/, ({ retryAfterMs = 0 }) => retryAfterMs >= 1_000)(many[3]?.failed))
    assert.ok(isProblem('RATE_LIMIT', /orders wait/)((await come('many')).failed))
  })

  it('leave room for others when one network fills its part', async () => {
    turns = make({ maxWaitingPerNetwork: 2 })
    for (let index = 0; index < 3; index++) await come('many')
    assert.ok(isProblem('RATE_LIMIT', /2 orders wait/)((await come('many')).failed))
    assert.equal((await come('other')).places.at(-1)?.position, 2)
  })
})

describe('clients of a busy issue server', () => {
  it('hear that they wait and where, and all have a certificate in the end', async () => {
    let open = 0
    let most = 0
    const { startCa, ca } = countedCa({
      before({ path }) {
        if (path.endsWith('/new-order')) most = Math.max(most, ++open)
        return undefined
      },
      after({ path }, answer) {
        if (path.includes('/certificate/')) open -= 1
        return answer
      },
    })
    const queue = { atOnce: 2, maxWaiting: 3, maxWaitingPerNetwork: 3 }
    const network = await startNetwork({ startCa, acme: { pollFirstMs: 20 }, issue: { queue } })
    const clients = await Promise.all(Array.from({ length: 6 }, createClient))
    try {
      const seen: number[] = []
      const results = await Promise.allSettled(
        clients.map(({ host }) =>
          converse(host, network, {
            onProgress: (step, { position = 0, expectedSeconds = 0, detail }) => {
              if (step !== 'queued') return
              assert.match(detail ?? '', new RegExp(`number ${position} in the line, about ${expectedSeconds} s`))
              seen.push(position ?? 0)
            },
          }),
        ),
      )
      const refused = results.filter((result) => result.status === 'rejected')
      assert.equal(refused.length, 1)
      assert.ok(
        isProblem('RATE_LIMIT', /orders wait/, ({ retryAfterMs = 0 }) => retryAfterMs >= 1_000)(refused[0]?.reason),
      )
      assert.deepEqual(
        [...new Set(seen)].toSorted((a, b) => a - b),
        [1, 2, 3],
      )
      assert.equal(ca().issued().length, 5)
      assert.ok(most <= 2, `${most} orders at once`)
    } finally {
      await Promise.all(clients.map((client) => client.stop()))
      await network.stop()
    }
  })
})
