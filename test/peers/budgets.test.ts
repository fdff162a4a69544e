// What one author, one neighbour, one network and all together may cost, and who goes from a map that is full: the rules behind the
// gate of the discovery topic, without a network.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AUTHOR_LIMITS, createAuthors } from '../../core/discovery/authors.ts'
import { LeakyBucket } from '../../core/leaky-bucket.ts'
import { createFairMap } from '../../core/discovery/fair-map.ts'
import { createNeighbours, NEIGHBOUR_LIMITS } from '../../core/discovery/neighbours.ts'

const NOW = 1_000_000
const FROM = { network: 'n', neighbour: 'a' }
const record = (seq: number, digest = `record ${seq}`) => ({ author: 'author', seq: BigInt(seq), digest })

describe('an author', () => {
  test('A8 may change a record six times at once, then once a minute', () => {
    const authors = createAuthors()
    const change = (seq: number, now: number) => {
      const standing = authors.standing(record(seq), now)
      if (standing !== 'too-soon') authors.accept(record(seq), FROM, now)
      return standing
    }
    assert.equal(change(1, NOW), 'new')
    const outcomes = Array.from({ length: 20 }, (_, index) => change(index + 2, NOW))
    assert.equal(outcomes.filter((standing) => standing === 'changed').length, 5)
    assert.equal(change(50, NOW + 59_000), 'too-soon')
    assert.equal(change(50, NOW + 61_000), 'changed')
    assert.equal(change(51, NOW + 61_000), 'too-soon')
  })

  test('A8 is not passed on with an older record, another one of the same number, or an echo', () => {
    const authors = createAuthors()
    authors.accept(record(5), FROM, NOW)
    assert.equal(authors.standing(record(4), NOW), 'stale')
    // before it is opened nothing but its number is known of it
    assert.equal(authors.standing({ ...record(4), digest: undefined }, NOW + AUTHOR_LIMITS.repeatMs), 'stale')
    assert.equal(authors.standing(record(5, 'another'), NOW + 1e6), 'stale')
    assert.equal(authors.standing(record(5), NOW + AUTHOR_LIMITS.repeatMs - 1), 'too-soon')
    assert.equal(authors.standing(record(5), NOW + AUTHOR_LIMITS.repeatMs), 'repeated')
  })

  test('A8 is heard again soon where a neighbour has joined who has heard nobody', () => {
    const authors = createAuthors()
    authors.accept(record(5), FROM, NOW)
    authors.joined(NOW + 10)
    assert.equal(authors.standing(record(5), NOW + AUTHOR_LIMITS.repeatForNewcomersMs), 'repeated')
    authors.accept(record(5), FROM, NOW + 3_000)
    assert.equal(authors.standing(record(5), NOW + 3_000 + AUTHOR_LIMITS.repeatForNewcomersMs), 'too-soon')
  })

  test('A8 is not silenced by a clock that was set back', () => {
    const authors = createAuthors()
    authors.accept(record(5), FROM, NOW)
    assert.equal(authors.standing(record(5), NOW - 3_600_000), 'repeated')
  })

  test('A8 is not forgotten because another neighbour brings a hundred thousand made-up ones', () => {
    const authors = createAuthors()
    authors.accept(record(5), FROM, NOW)
    for (let made = 0; made < 100_000; made++)
      authors.accept({ author: `made up ${made}`, seq: 1n, digest: '' }, { network: 'n', neighbour: 'bad' }, NOW)
    assert.equal(authors.size, AUTHOR_LIMITS.remembered)
    assert.equal(authors.standing(record(4), NOW), 'stale')
  })
})

describe('a map that strangers fill', () => {
  const fill = (map: ReturnType<typeof createFairMap<string>>, count: number, network: string, neighbour: string) => {
    for (let index = 0; index < count; index++) map.put(`${neighbour} ${index}`, '', { network, neighbour })
  }
  const held = (map: ReturnType<typeof createFairMap<string>>, neighbour: string) =>
    [...map.entries()].filter(([key]) => key.startsWith(`${neighbour} `)).length

  test('A8 keeps what was there first, whoever brings how much later', () => {
    const map = createFairMap<string>({ limit: 100 })
    fill(map, 40, 'n1', 'honest')
    fill(map, 5_000, 'n2', 'bad')
    assert.equal(held(map, 'honest'), 40)
    assert.equal(map.size, 100)
  })

  test('A8 has room for the newcomers of a quiet neighbour, and of a quiet network, when it is full', () => {
    const map = createFairMap<string>({ limit: 100 })
    fill(map, 5_000, 'n2', 'bad')
    for (let made = 0; made < 50; made++) fill(map, 20, 'n2', `bad ${made} `)
    fill(map, 40, 'n1', 'honest')
    assert.equal(held(map, 'honest'), 40)
  })

  test('A8 gives up what is over before what still holds', () => {
    const map = createFairMap<string>({ limit: 2, isOver: (value) => value === 'over' })
    map.put('one', 'over', FROM)
    map.put('two', '', FROM)
    assert.deepEqual(map.put('three', '', FROM), { key: 'one', value: 'over', bringer: FROM })
    assert.deepEqual(map.put('four', '', FROM), { key: 'four', value: '', bringer: FROM })
    map.put('two', 'over', FROM)
    map.delete('three')
    assert.deepEqual([...map.entries()], [['two', 'over']])
  })
})

describe('a neighbour', () => {
  const alone = () => createNeighbours({ publicNetworkOf: () => undefined })
  const checks = (neighbours: ReturnType<typeof alone>, neighbour: string, tries: number, now = NOW) =>
    Array.from({ length: tries }, () => neighbours.check(neighbour, 'new', now)).filter(Boolean).length

  test('A8 gets sixty records of unknown authors looked at, then five a second', () => {
    const neighbours = alone()
    assert.equal(checks(neighbours, 'a', 1_000), 60)
    assert.equal(checks(neighbours, 'a', 1_000, NOW + 10_000), 50)
  })

  test('A8 leaves room for quiet ones beside one that is loud all the time', () => {
    const neighbours = alone()
    for (let now = NOW; now < NOW + 60_000; now += 100) checks(neighbours, 'loud', 20, now)
    assert.equal(checks(neighbours, 'quiet', 50, NOW + 60_000), 50)
  })

  test('A8 gets a turn beside fifty that are loud all the time', () => {
    const neighbours = alone()
    const order = ['quiet', ...Array.from({ length: 50 }, (_, index) => `loud ${index}`)]
    let checked = 0
    for (let now = NOW; now < NOW + 120_000; now += 1_000) {
      order.push(...order.splice(0, 7)) // nobody is always the first
      for (const one of order)
        checked += checks(neighbours, one, one === 'quiet' ? 1 : 20, now) * Number(one === 'quiet')
    }
    assert.ok(checked >= 4, `${checked} of 120 were checked`)
  })

  test('A8 shares its budget with its public network, however many keys it makes', () => {
    const neighbours = createNeighbours({ publicNetworkOf: () => '203.0.113.0/24' })
    let checked = 0
    for (let key = 0; key < 100; key++) checked += checks(neighbours, `key ${key}`, 100)
    assert.ok(checked <= 2 * NEIGHBOUR_LIMITS.newChecks.burst, String(checked))
  })

  test('A8 is cut off for going on when nothing comes of it, and not for less', () => {
    const neighbours = alone()
    const send = () => neighbours.traffic('a', { messages: 100, bytes: 1_000 }, NOW)
    const outcomes = Array.from({ length: 24 }, send)
    assert.deepEqual(new Set(outcomes.slice(0, 12)), new Set(['within']))
    assert.deepEqual(new Set(outcomes.slice(12, 23)), new Set(['over']))
    assert.equal(outcomes[23], 'gross')
    assert.ok(neighbours.score('a', NOW) < 0)
  })

  test('A8 is cut off for bytes as for messages', () => {
    const neighbours = alone()
    const outcomes = Array.from({ length: 40 }, () => neighbours.traffic('a', { messages: 1, bytes: 65_536 }, NOW))
    assert.deepEqual([outcomes[15], outcomes[16], outcomes.at(-1)], ['within', 'over', 'gross'])
  })

  test('A8 that passes on all that its own budgets let in is never over them', () => {
    const { messages, bytes, allKnownChecks, allNewChecks } = NEIGHBOUR_LIMITS
    const most = { burst: allKnownChecks.burst + allNewChecks.burst, perSecond: 50 }
    assert.equal(allKnownChecks.perSecond + allNewChecks.perSecond, most.perSecond)
    assert.ok(messages.burst >= most.burst && messages.perSecond >= 2 * most.perSecond)
    assert.ok(bytes.perSecond >= most.perSecond * 2_048)
  })

  test('A8 is forgiven after a while, and what it did is not forgotten by coming back', () => {
    const neighbours = alone()
    for (let forged = 0; forged < 9; forged++) neighbours.fault('a', NOW)
    assert.equal(neighbours.score('a', NOW), -81)
    assert.ok(neighbours.score('a', NOW + 30 * 60_000) > -2)
    assert.equal(neighbours.score('b', NOW), 0)
  })

  test('A8 is remembered among four thousand at most', () => {
    const neighbours = alone()
    for (let key = 0; key < 20_000; key++) neighbours.fault(`key ${key}`, NOW)
    assert.equal(neighbours.size, NEIGHBOUR_LIMITS.remembered)
  })
})

test('a budget falls by itself, and never below nothing', () => {
  const budget = new LeakyBucket({ burst: 10, perSecond: 2 })
  assert.equal(budget.take(10, NOW), true)
  assert.equal(budget.take(1, NOW), false)
  assert.equal(budget.take(2, NOW + 1_000), true)
  assert.equal(budget.level(NOW + 1e9), 0)
})
