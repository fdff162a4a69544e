// Several relays at once, of which most lie, fail or flood: what is believed, how long it takes, and when something counts as published.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { signEvent, type NostrEvent } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { createRelays, writeRelaysOf } from '../../core/nostr/relays.ts'
import { isRelayUrl } from '../../core/nostr/relay-url.ts'
import {
  babbling,
  type BadRelay,
  type Behaviour,
  endless,
  forgetful,
  giving,
  huge,
  refusing,
  silent,
  startBadRelay,
} from '../support/bad-relays.ts'
import { freePorts } from '../support/free-port.ts'
import { type TestRelay, startRelay } from '../support/nostr-relay.ts'

const key = makeNamingKey()
const nowS = () => Math.floor(Date.now() / 1_000)
const name = (content = '', at = nowS(), by = key): NostrEvent =>
  signEvent({ kind: 11_111, tags: [], content, created_at: at }, by)
const relays = createRelays({ clock: systemClock, monotonic: () => performance.now() })
const FILTER = { authors: [key.pubkey], kinds: [11_111] }
const at = (...all: readonly { readonly url: string }[]) => ({ relays: all.map(({ url }) => ({ url })) })

describe('relays', () => {
  let good: TestRelay
  let second: TestRelay
  const bad: BadRelay[] = []
  const start = async (behave: Behaviour): Promise<BadRelay> => {
    const relay = await startBadRelay(behave)
    bad.push(relay)
    return relay
  }

  before(async () => {
    ;[good, second] = await Promise.all([startRelay(), startRelay()])
  })
  after(async () => {
    await Promise.all([good.stop(), second.stop(), ...bad.map((relay) => relay.stop())])
  })

  test('keep what is published, and it counts once two have it and one gave it back', async () => {
    const event = name('first')
    const { done, answers } = await relays.publish(event, at(good, second))
    assert.ok(done)
    assert.deepEqual(
      answers.map(({ state, accepted, readBack }) => [state, accepted, readBack]),
      [
        ['answered', true, true],
        ['answered', true, true],
      ],
    )
    const found = await relays.query(FILTER, at(good, second))
    assert.deepEqual(found.events, [event])
  })

  test('that say OK and keep nothing, refuse the kind or are not there do not make it published', async () => {
    const [liar, no] = await Promise.all([start(forgetful), start(refusing)])
    const gone = { url: `ws://127.0.0.1:${(await freePorts(1))[0]}` }
    const { done, answers } = await relays.publish(name('second'), at(liar, no, gone))
    assert.equal(done, false)
    assert.deepEqual(
      answers.map(({ state, accepted, readBack }) => [state, accepted, readBack]),
      [
        ['answered', true, false],
        ['refused', false, false],
        ['unreachable', false, false],
      ],
    )
    assert.match(answers[1]?.why ?? '', /white-list/)
    const another = await start(forgetful)
    assert.equal(
      (await relays.publish(name('both'), at(liar, another))).done,
      false,
      'two have said OK, and none has it',
    )
    const beside = await relays.publish(name('third', nowS() + 1), at(liar, good))
    assert.ok(beside.done, 'with a good one beside the liar: two have said OK, and one gave it back')
    assert.equal((await relays.publish(name('fourth', nowS() + 2), at(good))).done, true, 'one relay is all of one')
    assert.equal((await relays.publish(name('fifth'), { relays: [] })).done, false)
  })

  test('that lie, babble and flood do not hide the truth, nor hold it up', async () => {
    const truth = name('truth', nowS() + 3)
    await relays.publish(truth, at(good))
    const forged = { ...truth, content: 'forged' }
    const others = await Promise.all(
      [
        ...[
          giving([forged, { ...forged, sig: 'ab'.repeat(64) }, null, 'x']),
          giving([name('of another', nowS(), makeNamingKey())]),
        ],
        ...[huge, babbling, endless(truth), refusing].map((one) => one),
      ].map((one) => start(one)),
    )
    const began = performance.now()
    const found = await relays.query(FILTER, at(...others, good))
    assert.deepEqual(found.events, [truth])
    assert.ok(performance.now() - began < 3_500)
    const states = Object.fromEntries(found.answers.map(({ relay, state }) => [relay, state]))
    assert.equal(states[others[2]?.url ?? ''], 'misbehaved', 'ten megabytes in a frame')
    assert.equal(states[others[3]?.url ?? ''], 'misbehaved', 'bytes instead of text')
    assert.equal(states[others[4]?.url ?? ''], 'misbehaved', 'no end')
    assert.equal(states[others[5]?.url ?? ''], 'refused')
  })

  test('that are silent cost what is left of a second where others answer, and three seconds alone', async () => {
    const dead = await Promise.all([start(silent), start(silent), start(silent)])
    const began = performance.now()
    const found = await relays.query(FILTER, at(...dead, good, second))
    assert.ok(found.events.length > 0)
    assert.ok(found.answers.filter(({ state }) => state === 'late').length >= 3)
    const alone = await relays.query(FILTER, at(dead[0] ?? { url: '' }))
    assert.deepEqual([alone.events, alone.answers[0]?.state], [[], 'silent'])
    assert.ok(performance.now() - began < 9_000)
  })

  test('that give an old version do not win over one that gives the newer', async () => {
    const newer = name('newer', nowS() + 5)
    await relays.publish(newer, at(second))
    const old = await start(giving([name('old', nowS() - 1_000)]))
    const found = await relays.query(FILTER, at(old, second))
    assert.ok(found.events.some(({ id }) => id === newer.id))
  })

  test('end with the signal of whoever asks', async () => {
    const dead = await start(silent)
    await assert.rejects(relays.query(FILTER, { ...at(dead), signal: AbortSignal.timeout(50) }), {
      name: 'TimeoutError',
    })
    await assert.rejects(relays.publish(name(), { ...at(dead), signal: AbortSignal.timeout(50) }), {
      name: 'TimeoutError',
    })
  })

  test('that others name are not asked at private addresses', async () => {
    const named = { url: good.url, named: true }
    const found = await relays.query(FILTER, { relays: [named] })
    assert.deepEqual([found.events, found.answers[0]?.state], [[], 'refused'])
    const { hostname, port } = new URL(good.url)
    assert.equal(hostname, '127.0.0.1')
    const byName = await relays.query(FILTER, { relays: [{ url: `ws://localhost:${port}`, named: true }] })
    assert.deepEqual(
      [byName.events.length, byName.answers[0]?.state],
      [0, 'unreachable'],
      'nor by a name that leads there',
    )
  })

  test('are read from a list (NIP-65): those one writes to, by TLS, a few', () => {
    const list = (tags: string[][], created_at = nowS()) =>
      signEvent({ kind: 10_002, tags, content: '', created_at }, key)
    const urls = (...events: NostrEvent[]) => writeRelaysOf(events, 2).map(({ url }) => url)
    const tags = [
      ['r', 'wss://read.example', 'read'],
      ['r', 'ws://plain.example'],
      ['r', 'wss://a.example'],
      ['r', 'wss://a.example/'],
      ['r', 'wss://u:p@b.example', 'write'],
      ['r', 'no url'],
      ['r', 'wss://c.example', 'write'],
      ['r', 'wss://d.example'],
    ]
    assert.deepEqual(urls(list(tags)), ['wss://a.example/', 'wss://c.example/'])
    assert.deepEqual(urls(list(tags), list([], nowS() + 1)), [], 'the newest list counts')
    assert.deepEqual(
      [isRelayUrl('wss://x.example'), isRelayUrl('https://x.example'), isRelayUrl('wss:///')],
      [true, false, false],
    )
  })
})
