// The relay role: what it keeps, from whom, how much of it, and that a flood of one network leaves room for another.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { nodeFlags } from '../../core/node-flags.ts'
import { signEvent, type NostrEvent } from '../../core/nostr/event.ts'
import { makeNamingKey, type NamingKey } from '../../core/nostr/keys.ts'
import { createRelayWork } from '../../servers/nostr-relay/work.ts'
import { EventStore } from '../../servers/nostr-relay/store.ts'
import { eventually } from '../support/desktop/eventually.ts'
import { startRelay } from '../support/nostr-relay.ts'
import { manualClock } from '../support/manual-clock.ts'

const key = makeNamingKey()
const nowS = () => Math.floor(Date.now() / 1_000)
const event = (init: Partial<NostrEvent> = {}, by: NamingKey = key): NostrEvent =>
  signEvent({ kind: 11_111, tags: [], content: '', created_at: nowS(), ...init }, by)

/** A client that hands over what comes, frame by frame. */
async function client(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers })
  t.after(() => socket.terminate())
  const frames: (readonly unknown[])[] = []
  const waiting: ((frame: readonly unknown[]) => void)[] = []
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as readonly unknown[]
    const next = waiting.shift()
    if (next) next(frame)
    else frames.push(frame)
  })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  const next = () => {
    const frame = frames.shift()
    return frame ? Promise.resolve(frame) : new Promise<readonly unknown[]>((resolve) => waiting.push(resolve))
  }
  return {
    socket,
    next,
    say: (...frame: readonly unknown[]) => socket.send(JSON.stringify(frame)),
    async put(one: NostrEvent) {
      this.say('EVENT', one)
      for (;;) {
        const [type, , accepted, message] = await next()
        if (type === 'OK') return accepted === true ? 'kept' : String(message)
      }
    },
    async ask(...filters: readonly object[]) {
      this.say('REQ', 'q', ...filters)
      const found: NostrEvent[] = []
      for (;;) {
        const [type, , third] = await next()
        if (type === 'EVENT') found.push(third as NostrEvent)
        else if (type === 'EOSE') return found
        else if (type === 'CLOSED') return String(third)
      }
    },
  }
}

const from = (ip: string) => ({ 'x-forwarded-for': ip })

describe('the Nostr relay', () => {
  test('keeps the newest of each place, gives it to who asks, and to who has asked', async (t) => {
    const relay = await startRelay()
    t.after(() => relay.stop())
    const [writer, reader] = await Promise.all([client(t, relay.url), client(t, relay.url)])
    assert.deepEqual(await reader.ask({ authors: [key.pubkey] }), [])
    const [old, newer] = [event({ created_at: nowS() - 9 }), event({ created_at: nowS() - 1 })]
    assert.equal(await writer.put(old), 'kept')
    assert.deepEqual(await reader.next(), ['EVENT', 'q', old], 'the question is open still')
    assert.equal(await writer.put(newer), 'kept')
    assert.deepEqual(await reader.next(), ['EVENT', 'q', newer])
    assert.equal(await writer.put(old), 'kept', 'as NIP-01 has it: a duplicate is no mistake')
    assert.deepEqual(await writer.ask({ authors: [key.pubkey], kinds: [11_111] }), [newer])
    const [a, b] = [event({ kind: 31_111, tags: [['d', 'a']] }), event({ kind: 31_111, tags: [['d', 'b']] })]
    for (const one of [a, b]) assert.equal(await writer.put(one), 'kept')
    assert.deepEqual(await writer.ask({ kinds: [31_111], '#d': ['b'] }), [b])
    assert.equal((await writer.ask({ authors: [key.pubkey], limit: 2 })).length, 2)
    assert.deepEqual(await writer.ask({ ids: ['ab'.repeat(32)] }), [])
  })

  test('forgets what its author wants forgotten, and takes it from nobody again', async (t) => {
    const relay = await startRelay()
    t.after(() => relay.stop())
    const one = await client(t, relay.url)
    const [mine, theirs] = [event({ created_at: nowS() - 5 }), event({}, makeNamingKey())]
    for (const each of [mine, theirs]) await one.put(each)
    const remove = (tags: string[][]) => event({ kind: 5, tags })
    assert.equal(
      await one.put(
        remove([
          ['e', theirs.id],
          ['a', `11111:${theirs.pubkey}:`],
        ]),
      ),
      'kept',
    )
    assert.equal((await one.ask({ kinds: [11_111] })).length, 2, 'of others nothing is removed')
    assert.equal(await one.put(remove([['a', `11111:${key.pubkey}:`]])), 'kept')
    assert.deepEqual(await one.ask({ kinds: [11_111] }), [theirs])
    await one.put(mine)
    assert.deepEqual(await one.ask({ authors: [key.pubkey], kinds: [11_111] }), [])
    assert.equal(await one.put(event({ created_at: nowS() + 1 })), 'kept', 'a newer one is another matter')
    assert.match(await one.put(remove([])), /deletes nothing/)
  })

  test('refuses what is none of its kinds, forged, of the future, over, and of who may not write, and says why', async (t) => {
    const friend = makeNamingKey()
    const relay = await startRelay({ section: { authors: [friend.npub] } })
    t.after(() => relay.stop())
    const one = await client(t, relay.url)
    const put = (init: Partial<NostrEvent>) => one.put({ ...event(init, friend) })
    assert.equal(await put({}), 'kept')
    assert.match(await put({ kind: 1 }), /^blocked: kind 1 /)
    assert.match(await put({ created_at: nowS() + 3_600 }), /future/)
    assert.match(await put({ tags: [['expiration', '5']] }), /expired/)
    assert.match(await one.put(event()), /^restricted/)
    assert.match(await one.put({ ...event({ content: 'z' }, friend), content: 'x' }), /id is wrong/)
    assert.match(await one.put({ ...event({ content: 'y' }, friend), sig: 'ab'.repeat(64) }), /signature is wrong/)
    one.say('EVENT', { ...event({}, friend), content: 5 })
    assert.equal((await one.next())[0], 'NOTICE')
    one.say('HELLO')
    assert.equal((await one.next())[0], 'NOTICE')
    one.socket.send(Buffer.from([1, 2]))
    const [code] = (await once(one.socket, 'close')) as [number]
    assert.equal(code, 1_003)
  })

  test('cuts off who sends more than an event, or does not read', async (t) => {
    const relay = await startRelay()
    t.after(() => relay.stop())
    const long = await client(t, relay.url)
    long.socket.send('x'.repeat(200_000))
    const [code] = (await once(long.socket, 'close')) as [number]
    assert.equal(code, 1_009)
    const writer = await client(t, relay.url, from('198.51.100.1'))
    for (let at = 0; at < 10; at++) await writer.put(event({ content: 'x'.repeat(60_000) }, makeNamingKey()))
    const deaf = await client(t, relay.url, from('198.51.100.2'))
    // what the system takes for a socket that is not read is a few megabytes
    deaf.socket.pause()
    for (let at = 0; at < 60; at++) deaf.say('REQ', `q${at}`, { kinds: [11_111] })
    const awake = await client(t, relay.url, from('198.51.100.2'))
    assert.equal((await awake.ask({ kinds: [11_111], limit: 1 })).length, 1)
    await eventually('the deaf one is cut off', async () => {
      const { figures } = (await relay.role.report?.()) ?? assert.fail('no report')
      return figures.find(({ name }) => name === 'nodetrust_relay_clients')?.values[0]?.value === 2 || undefined
    })
    deaf.socket.resume()
    await once(deaf.socket, 'close')
  })

  test('counts events and questions by network: who floods waits, another does not', async (t) => {
    const relay = await startRelay({
      section: { limits: { eventsPerPrefixAndMinute: 5, questionsPerPrefixAndMinute: 5 } },
    })
    t.after(() => relay.stop())
    const [flood, beside, quiet] = await Promise.all(
      ['203.0.113.1', '203.0.113.200', '192.0.2.1'].map((ip) => client(t, relay.url, from(ip))),
    )
    assert.ok(flood && beside && quiet)
    const said: string[] = []
    for (let at = 0; at < 7; at++) said.push(await flood.put(event({}, makeNamingKey())))
    assert.deepEqual(
      said.slice(0, 5),
      Array.from({ length: 5 }, () => 'kept'),
    )
    assert.match(said[6] ?? '', /^rate-limited: come again in \d+ s/)
    assert.match(await beside.put(event()), /^rate-limited/, 'the same /24')
    assert.equal(await quiet.put(event()), 'kept')
    for (let at = 0; at < 5; at++) await flood.ask({ limit: 1 })
    assert.match(JSON.stringify(await flood.ask({ limit: 1 })), /^"rate-limited/)
    assert.equal((await quiet.ask({ limit: 1 })).length, 1)
    assert.match(JSON.stringify(await quiet.ask({}, {}, {}, {}, {})), /more than 4 filters/)
    quiet.say('REQ', 'q', { authors: Array.from({ length: 51 }, () => key.pubkey) })
    assert.equal((await quiet.next())[0], 'NOTICE')
  })

  test('has open eight questions of a client, the last ones', async (t) => {
    const relay = await startRelay()
    t.after(() => relay.stop())
    const one = await client(t, relay.url)
    for (let at = 0; at < 10; at++) {
      one.say('REQ', `q${at}`, { kinds: [11_111] })
      assert.equal((await one.next())[0], 'EOSE')
    }
    one.say('EVENT', event())
    const frames = await Promise.all(Array.from({ length: 9 }, () => one.next()))
    assert.deepEqual(
      frames
        .filter(([type]) => type === 'EVENT')
        .map(([, id]) => String(id))
        .sort((a, b) => a.localeCompare(b)),
      ['q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q9'],
    )
  })

  test('says what it is to who asks (NIP-11), and to a browser', async (t) => {
    const relay = await startRelay({ section: { displayName: 'Sonnenhof' } })
    t.after(() => relay.stop())
    const get = async (accept: string, method = 'GET') => {
      const { hostname, port } = new URL(relay.url)
      const asked = request({ host: hostname, port, method, headers: { accept } })
      asked.end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      let body = ''
      for await (const chunk of answer) body += String(chunk)
      return { status: answer.statusCode, type: answer.headers['content-type'], body }
    }
    const document = await get('application/nostr+json')
    assert.equal(document.type, 'application/nostr+json')
    const { name, supported_nips, limitation } = JSON.parse(document.body)
    assert.deepEqual([name, supported_nips, limitation.restricted_writes], ['Sonnenhof', [1, 9, 11, 40], false])
    assert.match((await get('text/html')).body, /Nostr relay/)
    assert.equal((await get('*/*', 'POST')).status, 405)
  })

  test('has everything again after it was killed in the middle of writing', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-relay-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const script = `
      const { startRelay } = await import(process.argv[1])
      const relay = await startRelay({ dir: process.argv[2] })
      process.stdout.write(relay.url + '\\n')`
    const support = new URL('../support/nostr-relay.ts', import.meta.url).href
    const child = spawn(process.execPath, [...nodeFlags(), '--input-type=module', '-e', script, support, dir])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const one = await client(t, line.toString('utf8').trim())
    const kept: string[] = []
    const writing = (async () => {
      for (let at = 0; at < 60; at++) {
        const each = event({}, makeNamingKey())
        one.say('EVENT', each)
        const [, id, ok] = await Promise.race([
          one.next(),
          once(one.socket, 'close').then(() => ['CLOSED'] as readonly unknown[]),
        ])
        if (ok !== true) return
        kept.push(String(id))
        if (at === 20) child.kill('SIGKILL')
      }
    })()
    await writing
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.ok(kept.length >= 20)
    const relay = await startRelay({ dir })
    t.after(() => relay.stop())
    const again = await client(t, relay.url)
    const found = await again.ask({ kinds: [11_111] })
    assert.ok(Array.isArray(found))
    const ids = new Set(found.map(({ id }) => id))
    assert.deepEqual(
      kept.filter((id) => !ids.has(id)),
      [],
      'whatever it said OK to',
    )
  })
})

describe('what clients may make the relay do', () => {
  test('waits for frames of a network that sends too many, and for nobody else’s', async () => {
    const clock = manualClock(0)
    const work = createRelayWork(clock)
    const { signal } = new AbortController()
    for (let at = 0; at < 400; at++) await work.frame('flood', 0, signal)
    await work.frame('quiet', 128 * 1_024, signal)
    let isRead = false
    const waiting = work.frame('flood', 0, signal).then(() => (isRead = true))
    await clock.advance(20)
    assert.equal(isRead, false)
    await clock.advance(40)
    await waiting
    const gone = new AbortController()
    const left = assert.rejects(work.frame('flood', 128 * 1_024, gone.signal), /gone/)
    gone.abort(new Error('gone'))
    await left
  })

  test('checks two hundred signatures at once and fifty a second after that, of all together', async () => {
    const clock = manualClock(0)
    const work = createRelayWork(clock)
    const { signal } = new AbortController()
    for (let at = 0; at < 200; at++) await work.signature(signal)
    let isChecked = false
    const waiting = work.signature(signal).then(() => (isChecked = true))
    await clock.advance(10)
    assert.equal(isChecked, false)
    await clock.advance(20)
    await waiting
  })

  test('counts searches by their time: whoever has used much of it waits, and a few questions are always answered', () => {
    const clock = manualClock(0)
    const work = createRelayWork(clock)
    work.searched('slow', 1_100)
    assert.ok(work.searchWait('slow') > 1_000)
    assert.equal(work.searchWait('quiet'), 0)
    for (let network = 0; network < 10; network++) work.searched(`of many ${network}`, 600)
    assert.ok(work.searchWait('of many 3') > 0, 'all together have used too much')
    assert.equal(work.searchWait('quiet'), 0)
    clock.set(60_000)
    assert.equal(work.searchWait('slow'), 0)
  })

  test('holds eight megabytes that a network leaves unread, and sixty-four of all', () => {
    const work = createRelayWork(manualClock(0))
    const deaf = Array.from({ length: 9 }, () => work.watch('deaf', { bufferedAmount: 1024 * 1024 }))
    const quiet = work.watch('quiet', { bufferedAmount: 100_000 })
    assert.deepEqual([deaf[0]?.isTooMuch(), quiet.isTooMuch()], [true, false])
    deaf[0]?.end()
    assert.equal(deaf[1]?.isTooMuch(), false)
    for (let network = 0; network < 60; network++) work.watch(`deaf ${network}`, { bufferedAmount: 1024 * 1024 })
    assert.equal(quiet.isTooMuch(), true)
  })
})

describe('what the relay keeps', () => {
  const limits = {
    ...{ events: 100, eventsPerAuthor: 10, eventsPerPrefix: 40, keepMs: 40 * 86_400_000 },
    ...{ bytes: 2_000_000, bytesPerPrefix: 400_000 },
  }
  const made = (at: number, pubkey = at.toString(16).padStart(64, '0'), kind = 11_111) => ({
    ...{
      id: (at + 1).toString(16).padStart(64, 'e'),
      pubkey,
      kind,
      created_at: at,
      tags: [],
      content: '',
      sig: 'ab'.repeat(64),
    },
  })

  test('is bounded by author, by network and in all: the oldest of who has brought most goes', async (t) => {
    const clock = manualClock(1_790_000_000_000)
    const store = new EventStore(':memory:', limits, clock)
    t.after(() => store.destroy())
    store.network = 'quiet'
    store.upsert(made(1))
    store.network = 'author'
    for (let at = 100; at < 130; at++) store.upsert(made(at, 'aa'.repeat(32), 1))
    assert.equal(store.find({ authors: ['aa'.repeat(32)] }).length, 10)
    for (let network = 0; network < 5; network++) {
      store.network = `flood ${network}`
      for (let at = 0; at < 60; at++) store.upsert(made(1_000 * (network + 1) + at))
      if (network === 0) assert.equal(store.counts().events, 51, 'forty of a network, also while there is room')
    }
    assert.equal(store.counts().events, 100)
    assert.equal(store.find({ authors: [made(1).pubkey] }).length, 1, 'the quiet one is still there')
    store.network = 'newcomer'
    store.upsert(made(9_999))
    assert.equal(store.find({ authors: [made(9_999).pubkey] }).length, 1)
  })

  test('is bounded in bytes, of a network and in all, and an answer is too', (t) => {
    const store = new EventStore(':memory:', { ...limits, events: 1_000, eventsPerPrefix: 1_000 }, manualClock(0))
    t.after(() => store.destroy())
    store.network = 'quiet'
    store.upsert(made(1))
    const content = 'x'.repeat(50_000)
    for (let network = 0; network < 10; network++) {
      store.network = `flood ${network}`
      for (let at = 0; at < 20; at++) store.upsert({ ...made(1_000 * (network + 1) + at), content })
      if (network === 0) assert.equal(store.counts().events, 1 + 7, 'of one network')
    }
    const { bytes, events } = store.counts()
    assert.ok(bytes < 2_000_000 && events > 20, `${bytes} bytes of ${events} events`)
    assert.equal(store.find({ authors: [made(1).pubkey] }).length, 1, 'the quiet one is still there')
    assert.equal(store.find({}).length, 7, 'four hundred kilobytes')
  })

  test('as deleted is remembered for who is quiet, whoever else deletes', async (t) => {
    const store = new EventStore(':memory:', limits, manualClock(0))
    t.after(() => store.destroy())
    const remove = (at: number, pubkey: string, ids: readonly string[]) =>
      store.deleteByDeletionRequest({ ...made(at, pubkey, 5), tags: ids.map((id) => ['e', id]) })
    store.network = 'quiet'
    await remove(50, made(1).pubkey, [made(1).id])
    for (let network = 0; network < 12; network++) {
      store.network = `flood ${network}`
      for (let at = 0; at < 20; at++) {
        const by = (1_000 * (network + 1) + at).toString(16).padStart(64, 'a')
        await remove(
          100,
          by,
          Array.from({ length: 15 }, (_, n) => n.toString(16).padStart(64, '0')),
        )
      }
    }
    store.network = 'another'
    assert.deepEqual(store.upsert(made(1)), { isDuplicate: true })
  })

  test('is forgotten when nobody writes it again, and when its time is over', async (t) => {
    const clock = manualClock(1_790_000_000_000)
    const store = new EventStore(':memory:', limits, clock)
    t.after(() => store.destroy())
    store.upsert(made(1))
    store.upsert({ ...made(2), tags: [['expiration', String(1_790_000_000 + 60)]] })
    assert.equal(store.find({}).length, 2)
    clock.set(1_790_000_000_000 + 61_000)
    assert.equal(store.find({}).length, 1, 'before it is cleaned up')
    clock.set(1_790_000_000_000 + 41 * 86_400_000)
    store.cleanUp()
    assert.equal(store.counts().events, 0)
  })
})
