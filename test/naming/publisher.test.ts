// When a name is published: at the start, daily, within a minute after a change, and where relays have lost it; and what keeps it from that.
// The clock is the test's, and the relays are one list of events.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { describe, test, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { silentLog } from '../../core/log.ts'
import { newerFirst, type NostrEvent, signEvent, tagOf } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { placeOf } from '../../core/nostr/name-events.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { createPublisher, DEBOUNCE_MS, LOOK_MS } from '../../main/naming/publisher.ts'
import { manualClock } from '../support/manual-clock.ts'
import { nameEvent, record } from './known.ts'
import type { Relays } from '../../core/nostr/relays.ts'
import type { Way } from '../../main/naming/content.ts'
import type { Kept, KeptName } from '../../main/naming/kept.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MINUTE_MS = 60_000
const URLS = ['wss://one.test/', 'wss://two.test/']
const PIN = 'ab'.repeat(32)
const NEXT_PIN = 'cd'.repeat(32)
const key = makeNamingKey()
const peerKey = await generateKeyPair('Ed25519')

/** Relays that keep what they are given. */
function world() {
  const kept = new Map<string, NostrEvent>()
  const told: NostrEvent[] = []
  const all = { isThere: true, asked: 0 }
  const answer = (relay: string, more: object = {}) => ({
    ...{ relay, state: all.isThere ? ('answered' as const) : ('unreachable' as const), why: undefined, events: 0 },
    ...{ tookMs: 1, accepted: all.isThere, readBack: all.isThere, ...more },
  })
  const relays: Relays = {
    async query({ kinds = [] }) {
      all.asked += 1
      const events = all.isThere ? [...kept.values()].filter(({ kind }) => kinds.includes(kind)) : []
      const answers = URLS.map((url) => {
        const { relay, state, why, tookMs } = answer(url)
        return { relay, state, why, events: events.length, tookMs }
      })
      return { events, answers }
    },
    async publish(event) {
      if (all.isThere) {
        told.push(event)
        const before = kept.get(placeOf(event))
        if (!before || newerFirst(event, before) < 0) kept.set(placeOf(event), event)
      }
      return { done: all.isThere, answers: URLS.map((url) => answer(url)) }
    },
  }
  const named = () => told.filter(({ kind }) => kind === 11_111)
  return { relays, kept, told, named, all, put: (event: NostrEvent) => void kept.set(placeOf(event), event) }
}

/** A machine whose name is published to them. */
async function home(t: Pick<TestContext, 'after'>, { around = world(), legacy = false } = {}) {
  const clock = manualClock()
  const machine = { way: { ips: ['8.8.4.4'], port: 443 } as Way, pins: [PIN] as readonly string[] }
  let state: Kept = { version: 1, publish: true, resolver: false, proxy: false }
  const kept: KeptName = {
    get: () => state,
    async set(change) {
      state = { ...state, ...change }
    },
  }
  const newest = await openNewestMemory({ dir: undefined, log: silentLog })
  const make = () => {
    const publisher = createPublisher({
      ...{ key, identity: { key: peerKey, peerId: peerIdFromPrivateKey(peerKey) }, kept, newest, legacy },
      certificate: {
        pins: () => machine.pins,
        tend: async () => false,
        current: () => ({ certPem: 'PEM', keyPem: '', sha256: PIN, notAfterMs: 0 }),
        contextFor: () => undefined,
      } as never,
      ...{ relays: around.relays, urls: URLS, allowPrivate: false, way: () => machine.way, clock, log: silentLog },
      ...{ onChange: () => undefined, random: () => 0 },
    })
    t.after(() => publisher.stop())
    return publisher
  }
  const publisher = make()
  /** Goes on in steps of the publisher's own, and lets it finish what it begins; hours go by in larger ones. */
  const pass = async (ms: number) => {
    const step = ms > HOUR_MS ? HOUR_MS / 2 : MINUTE_MS / 2
    for (let gone = 0; gone < ms; gone += step) {
      const next = Math.min(step, ms - gone)
      if (next > MINUTE_MS / 2) clock.set(clock.now() + next - MINUTE_MS / 2)
      await clock.advance(Math.min(next, MINUTE_MS / 2))
      await rest()
    }
  }
  const rest = async () => {
    for (let turn = 0; turn < 2_000 && (publisher.state().busy || clock.sleeping === 0); turn++) await setImmediate()
  }
  const started = async () => {
    publisher.start()
    await rest()
  }
  return {
    ...around,
    clock,
    machine,
    publisher,
    pass,
    rest,
    started,
    newest,
    nowS: () => Math.floor(clock.now() / 1_000),
  }
}

const addressOf = (event: NostrEvent | undefined) => event?.tags.find(([, type]) => type === 'A')?.[3]

describe('a name is published', () => {
  test('at the start, and again within a day, a little before so that a thousand machines do not write at once', async (t) => {
    const { started, pass, named, publisher } = await home(t)
    await started()
    assert.equal(named().length, 1)
    assert.equal(publisher.state().trouble, undefined)
    assert.ok(publisher.state().relays.every(({ state }) => state === 'kept'))
    await pass(20 * HOUR_MS)
    assert.equal(named().length, 1)
    await pass(4 * HOUR_MS + MINUTE_MS)
    assert.equal(named().length, 2)
    const [first, second] = named()
    assert.ok((second?.created_at ?? 0) > (first?.created_at ?? 0))
    assert.equal(Number(tagOf(second ?? assert.fail(), 'expiration')) - (second?.created_at ?? 0), 7 * 86_400)
  })

  test('within a minute after an address or a pin has changed, once for changes that come together', async (t) => {
    const { started, pass, named, machine } = await home(t)
    await started()
    machine.way = { ips: ['8.8.8.8'], port: 443 }
    await pass(DEBOUNCE_MS / 2)
    machine.pins = [PIN, NEXT_PIN]
    await pass(MINUTE_MS - DEBOUNCE_MS / 2)
    assert.deepEqual([named().length, addressOf(named()[1])], [2, '8.8.8.8'])
    assert.deepEqual(
      named()[1]
        ?.tags.filter(([kind]) => kind === 'tlsa')
        .map((tag) => tag[5]),
      [PIN, NEXT_PIN],
    )
    machine.way = { ips: ['1.1.1.1'], port: 443 }
    await pass(DEBOUNCE_MS / 3)
    machine.way = { ips: ['8.8.8.8'], port: 443 }
    await pass(2 * MINUTE_MS)
    assert.equal(named().length, 2, 'what was back before it was told is no change')
  })

  test('again where a look shows that relays have lost it', async (t) => {
    const { started, pass, named, kept } = await home(t)
    await started()
    kept.clear()
    await pass(LOOK_MS + MINUTE_MS)
    assert.equal(named().length, 2)
  })

  test('again soon, then more rarely, where no relay can be reached, and says so', async (t) => {
    const { started, pass, all, named, publisher } = await home(t)
    all.isThere = false
    await started()
    assert.deepEqual([publisher.state().trouble, publisher.state().published], ['no-relay', undefined])
    const before = all.asked
    await pass(15 * MINUTE_MS)
    assert.equal(all.asked - before, 2, 'after one minute and after ten more')
    all.isThere = true
    await pass(61 * MINUTE_MS)
    assert.deepEqual([named().length, publisher.state().trouble], [1, undefined])
  })

  test('not with private addresses, and says that it has none', async (t) => {
    const { started, machine, pass, named, publisher } = await home(t)
    machine.way = { ips: ['192.168.1.7', '127.0.0.1', '100.64.0.1', 'fe80::1'], port: 443 }
    await started()
    assert.deepEqual([named().length, publisher.state().trouble], [0, 'no-address'])
    machine.way = { ips: ['192.168.1.7', '8.8.8.8'], port: 443 }
    publisher.look()
    await pass(MINUTE_MS)
    assert.deepEqual([named().length, addressOf(named()[0])], [1, '8.8.8.8'])
  })

  test('not where another machine publishes with the same key, which is told, until somebody asks for it', async (t) => {
    const around = world()
    const { started, pass, named, put, publisher, nowS } = await home(t, { around })
    await started()
    const theirs = nameEvent(
      key,
      [record('A', '@', '1.1.1.1'), ['expiration', String(nowS() + 86_400 * 9)]],
      nowS() + 60,
    )
    put(theirs)
    await pass(LOOK_MS + 10 * MINUTE_MS)
    assert.equal(publisher.state().otherMachineAt, theirs.created_at * 1_000)
    await pass(2 * DAY_MS)
    assert.equal(named().length, 1, 'told, not fought')
    await publisher.publishNow()
    assert.equal(publisher.state().otherMachineAt, undefined)
    assert.ok((named()[1]?.created_at ?? 0) > theirs.created_at)
  })

  test('with a later time than what was seen, also by a clock that is behind, but not from the future', async (t) => {
    const { put, publisher, named, nowS } = await home(t)
    put(nameEvent(key, [], nowS() + 600))
    await publisher.publishNow()
    assert.equal(named()[0]?.created_at, nowS() + 601)
    put(nameEvent(key, [], nowS() + 900))
    await publisher.publishNow()
    assert.deepEqual([named().length, publisher.state().trouble], [1, 'clock'])
  })

  test('no more after it was withdrawn: nothing is there, and relays are asked to forget', async (t) => {
    const { started, pass, publisher, told, named } = await home(t)
    await started()
    await publisher.withdraw()
    const nothing = named()[1]
    assert.deepEqual(
      nothing?.tags.filter(([kind]) => kind === 'record' || kind === 'tlsa' || kind === 'peer'),
      [],
    )
    assert.deepEqual(told.at(-1)?.tags, [['e', named()[0]?.id ?? '']])
    assert.equal(publisher.state().published, undefined)
    const before = told.length
    await pass(2 * DAY_MS)
    assert.equal(told.length, before)
  })

  test('no more once relays are back, where none could be told at first', async (t) => {
    const { started, pass, publisher, named, all } = await home(t)
    await started()
    all.isThere = false
    await publisher.withdraw()
    assert.deepEqual([named().length, publisher.state().trouble], [1, 'no-relay'])
    all.isThere = true
    await pass(5 * MINUTE_MS)
    assert.deepEqual([named().length, publisher.state().trouble], [2, undefined])
    await pass(2 * DAY_MS)
    assert.equal(named().length, 2, 'once')
  })

  test('as the older pair too where that is asked for, not over a list of people, and withdrawn with the rest', async (t) => {
    const { publisher, kept, told, put, nowS } = await home(t, { legacy: true })
    await publisher.publishNow()
    const pair = () => [30_000, 30_001].map((kind) => kept.get(`${kind}:${key.pubkey}:`)?.content)
    assert.deepEqual(pair(), ['{"ip":"8.8.4.4"}', 'PEM'])
    await publisher.withdraw()
    assert.deepEqual(pair(), ['', ''])
    const list = {
      kind: 30_000,
      tags: [
        ['d', 'friends'],
        ['p', 'a'.repeat(64)],
      ],
      content: '',
      created_at: nowS(),
    }
    put(signEvent(list, key))
    const before = told.length
    await publisher.publishNow()
    assert.deepEqual(
      told.slice(before).map(({ kind }) => kind),
      [11_111],
    )
    assert.equal(publisher.state().trouble, 'lists')
  })
})
