// How names are looked up: what is asked again and when, what is given while nobody answers, and what is not believed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { manualClock, settle } from '../support/manual-clock.ts'
import { signEvent } from '../../core/nostr/event.ts'
import { FRESH_MS, NONE_MS, STALE_MS, USABLE_MS } from '../../main/naming/lookup.ts'
import { lookupOf, makeNamingKey, nameEvent, record } from './known.ts'
import { folder } from './support.ts'

const key = makeNamingKey()
const addressed = (ip: string, at: number, by = key) => nameEvent(by, [record('A', '@', ip)], at)

/** A name that is known. */
async function known(dir?: string) {
  const clock = manualClock()
  const { answering, lookup } = await lookupOf(clock, dir)
  const nowS = Math.floor(clock.now() / 1_000)
  answering.events = [addressed('198.51.100.1', nowS)]
  const first = await lookup.look(key.pubkey)
  assert.equal(first.state, 'fresh')
  return { clock, answering, lookup, nowS }
}

const ipOf = ({ facts }: { readonly facts?: { readonly records: readonly object[] } | undefined }) => {
  const [first] = facts?.records ?? []
  return first && 'address' in first ? (first.address as { text: string }).text : undefined
}

describe('a look-up', () => {
  test('is answered from memory for a minute, then once more while relays are asked, then by relays', async () => {
    const { clock, answering, lookup, nowS } = await known()
    assert.equal((await lookup.look(key.pubkey)).state, 'cached')
    assert.equal(answering.asked, 1)
    await clock.advance(FRESH_MS + 1)
    answering.events = [addressed('198.51.100.2', nowS + 60)]
    const behind = await lookup.look(key.pubkey)
    assert.deepEqual([behind.state, ipOf(behind)], ['cached', '198.51.100.1'])
    await settle()
    assert.equal(answering.asked, 2)
    assert.equal(ipOf(await lookup.look(key.pubkey)), '198.51.100.2')
    await clock.advance(USABLE_MS + 1)
    assert.equal((await lookup.look(key.pubkey)).state, 'fresh')
  })

  test('of one name is one question, whoever asks', async () => {
    const { answering, lookup } = await known()
    const gate = Promise.withResolvers<void>()
    answering.wait = gate.promise
    const all = [1, 2, 3].map(() => lookup.look(key.pubkey, { fresh: true }))
    gate.resolve()
    await Promise.all(all)
    assert.equal(answering.asked, 2)
  })

  test('without relays gives the last known answer for a day, marked, also after a new start', async (t) => {
    const dir = await folder(t)
    const { clock, answering, lookup } = await known(dir)
    await lookup.stop()
    answering.state = 'unreachable'
    answering.events = []
    await clock.advance(USABLE_MS + 1)
    const again = await lookup.look(key.pubkey)
    assert.deepEqual([again.state, ipOf(again)], ['stale', '198.51.100.1'])
    const next = await lookupOf(clock, dir)
    next.answering.state = 'unreachable'
    const afterStart = await next.lookup.look(key.pubkey)
    assert.deepEqual([afterStart.state, ipOf(afterStart)], ['stale', '198.51.100.1'])
    await clock.advance(STALE_MS)
    assert.equal((await next.lookup.look(key.pubkey)).state, 'unknown')
  })

  test('that a relay answers with nothing does not forget what its owner has signed', async () => {
    const { answering, lookup } = await known()
    answering.events = []
    const withheld = await lookup.look(key.pubkey, { fresh: true })
    assert.deepEqual([withheld.state, ipOf(withheld)], ['stale', '198.51.100.1'])
  })

  test('is over at once where the owner has signed that nothing is there any more', async () => {
    const { answering, lookup, nowS } = await known()
    answering.events = [nameEvent(key, [], nowS + 1)]
    assert.equal((await lookup.look(key.pubkey, { fresh: true })).state, 'none')
    answering.state = 'unreachable'
    answering.events = []
    assert.equal((await lookup.look(key.pubkey, { fresh: true })).facts, undefined)
  })

  test('tells that a relay gave an older version, and does not follow it', async () => {
    const { answering, lookup, nowS } = await known()
    answering.events = [addressed('198.51.100.9', nowS - 3_600)]
    const back = await lookup.look(key.pubkey, { fresh: true })
    assert.deepEqual([back.state, back.rolledBack, ipOf(back)], ['stale', true, '198.51.100.1'])
  })

  test('is not led around the pins by a relay that keeps the newer layout back', async () => {
    const { answering, lookup, nowS } = await known()
    const pair = signEvent({ kind: 30_000, tags: [], content: '{"ip":"198.51.100.9"}', created_at: nowS + 5 }, key)
    answering.events = [pair]
    const back = await lookup.look(key.pubkey, { fresh: true })
    assert.deepEqual([back.state, back.rolledBack, ipOf(back)], ['stale', true, '198.51.100.1'])
  })

  test('of made-up names costs relays a fixed rate, and takes nothing from a name that is known', async () => {
    const { clock, answering, lookup } = await known()
    await clock.advance(USABLE_MS + 1)
    const states = new Set<string>()
    for (let index = 0; index < 200; index++) {
      states.add((await lookup.look(index.toString(16).padStart(64, '0'))).state)
    }
    assert.deepEqual([...states], ['none', 'busy'])
    assert.ok(answering.asked <= 62, `${answering.asked} questions`)
    const mine = await lookup.look(key.pubkey)
    assert.deepEqual([mine.state, ipOf(mine)], ['stale', '198.51.100.1'])
  })

  test('that found none is asked again after half a minute', async () => {
    const clock = manualClock()
    const { answering, lookup } = await lookupOf(clock)
    assert.equal((await lookup.look(key.pubkey)).state, 'none')
    assert.equal((await lookup.look(key.pubkey)).state, 'none')
    assert.equal(answering.asked, 1)
    await clock.advance(NONE_MS + 1)
    answering.events = [addressed('198.51.100.1', Math.floor(clock.now() / 1_000))]
    assert.equal((await lookup.look(key.pubkey)).state, 'fresh')
  })

  test('A7 remembers a thousand names and a thousand that are none, and the second put out none of the first', async () => {
    const { clock, answering, lookup, nowS } = await known()
    const start = clock.now()
    const many = async (first: number, state: string) => {
      for (let index = first; index < first + 1_000; index++) {
        // a second of the rate each
        clock.set(start + index * 1_000)
        const { state: got } = await lookup.look(index.toString(16).padStart(64, '0'))
        assert.equal(got, state)
      }
      clock.set(start + 1)
    }
    await many(1, 'none')
    assert.equal((await lookup.look(key.pubkey)).state, 'cached')
    const model = addressed('198.51.100.3', nowS)
    answering.events = Array.from({ length: 1_000 }, (_, index) => {
      const pubkey = (index + 2_000).toString(16).padStart(64, '0')
      return { ...model, pubkey, id: pubkey }
    })
    await many(2_000, 'fresh')
    answering.state = 'unreachable'
    assert.equal((await lookup.look(key.pubkey)).state, 'unknown')
  })
})
