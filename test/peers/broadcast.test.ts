// When a node speaks and with which record; with a hand-moved clock and a pubsub that only writes down.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { silentLog } from '../../core/log.ts'
import { openPeerRecord } from '../../core/records/peer-record.ts'
import { intervalFor, type Broadcast, startBroadcast } from '../../main/peers/broadcast.ts'
import { createOwnRecord, DEBOUNCE_MS, MAX_RECORD_AGE_MS } from '../../main/peers/own-record.ts'
import { collectEvents, manualClock, newIdentity, NOW, settle } from '../main/support.ts'
import type { Host } from '../../core/host.ts'
import type { GossipSub, GossipSubEvents } from '@libp2p/gossipsub'
import type { Libp2pEvents } from '@libp2p/interface'

const INTERVAL_MS = 300_000

async function scene(t: TestContext, random = () => 0.5) {
  const identity = await newIdentity()
  const clock = manualClock()
  const events = collectEvents()
  const published: Uint8Array[] = []
  let addresses: readonly Multiaddr[] = [multiaddr('/ip4/8.8.8.8/tcp/1'), multiaddr('/ip4/192.168.1.5/tcp/1')]
  const host = Object.assign(new TypedEventEmitter<Libp2pEvents>(), {
    peerId: identity.peerId,
    peerStore: { patch: () => Promise.resolve() },
    getMultiaddrs: () => addresses.map((address) => address.encapsulate(`/p2p/${identity.peerId.toString()}`)),
  })
  const pubsub = Object.assign(new TypedEventEmitter<GossipSubEvents>(), {
    publish: (_topic: string, data: Uint8Array) => Promise.resolve(published.push(data)),
  })
  let seq = BigInt(NOW)
  const own = createOwnRecord({
    ...{ host: host as unknown as Host, key: identity.key, clock, log: silentLog, addressClasses: ['public'] },
    seq: { next: () => Promise.resolve(seq++), learn: () => Promise.resolve() },
  })
  const broadcast: Broadcast = startBroadcast({
    ...{ own, pubsub: pubsub as unknown as GossipSub, clock, random },
    ...{ log: silentLog, emit: events.emit, intervalMs: INTERVAL_MS },
  })
  t.after(() => own.stop())
  t.after(() => broadcast.stop())
  await settle()
  return {
    ...{ clock, events, published, broadcast, host, pubsub },
    /** New addresses, as libp2p tells of them. */
    moveTo: async (...texts: string[]) => {
      addresses = texts.map((text) => multiaddr(text))
      host.safeDispatchEvent('self:peer:update')
      await clock.advance(DEBOUNCE_MS)
    },
  }
}

const opened = async (bytes: Uint8Array | undefined) => {
  const { seq, addresses } = await openPeerRecord(bytes ?? new Uint8Array(), NOW + MAX_RECORD_AGE_MS)
  return { seq: Number(seq - BigInt(NOW)), addresses: addresses.map((address) => address.toString()) }
}

describe('the broadcast', () => {
  test('tells allowed addresses at once, without the peer id at their end', async (t) => {
    const { published, events } = await scene(t)
    assert.equal(published.length, 1)
    assert.deepEqual(await opened(published[0]), { seq: 0, addresses: ['/ip4/8.8.8.8/tcp/1'] })
    assert.deepEqual(events.of('broadcast'), [{ event: 'broadcast', seq: `${NOW}`, addresses: ['/ip4/8.8.8.8/tcp/1'] }])
  })

  test('sends the very same envelope again at each interval', async (t) => {
    const { published, clock } = await scene(t)
    await clock.advance(3 * INTERVAL_MS)
    assert.equal(published.length, 4)
    assert.deepEqual(new Set(published), new Set([published[0]]))
  })

  test('varies the interval by a fifth either way', async (t) => {
    const early = await scene(t, () => 0)
    await early.clock.advance(INTERVAL_MS * 0.8)
    assert.equal(early.published.length, 2)
    const late = await scene(t, () => 1)
    await late.clock.advance(INTERVAL_MS * 1.2 - 1)
    assert.equal(late.published.length, 1)
    await late.clock.advance(1)
    assert.equal(late.published.length, 2)
  })

  test('seals a new record when the addresses change', async (t) => {
    const { published, moveTo } = await scene(t)
    await moveTo('/ip4/9.9.9.9/tcp/1')
    assert.deepEqual(await opened(published[1]), { seq: 1, addresses: ['/ip4/9.9.9.9/tcp/1'] })
  })

  test('says nothing where only addresses that are not told have changed', async (t) => {
    const { published, moveTo, broadcast } = await scene(t)
    await moveTo('/ip4/10.0.0.1/tcp/7', '/ip4/8.8.8.8/tcp/1')
    assert.equal(published.length, 1)
    await broadcast.publish()
    assert.equal(published[1], published[0])
  })

  test('withdraws its addresses with an empty record when none is left', async (t) => {
    const { published, moveTo } = await scene(t)
    await moveTo('/ip4/10.0.0.1/tcp/1')
    assert.deepEqual(await opened(published[1]), { seq: 1, addresses: [] })
  })

  test('seals a new record of the same addresses after twelve hours', async (t) => {
    const { published, clock } = await scene(t)
    await clock.advance(MAX_RECORD_AGE_MS - 1)
    assert.equal((await opened(published.at(-1))).seq, 0)
    await clock.advance(INTERVAL_MS)
    assert.deepEqual(await opened(published.at(-1)), { seq: 1, addresses: ['/ip4/8.8.8.8/tcp/1'] })
  })

  test('speaks once when several peers join together', async (t) => {
    const { published, pubsub, clock } = await scene(t)
    for (let peers = 0; peers < 10; peers++) pubsub.safeDispatchEvent('subscription-change')
    await clock.advance(DEBOUNCE_MS - 1)
    assert.equal(published.length, 1)
    await clock.advance(1)
    assert.equal(published.length, 2)
  })

  test('is silent after its end', async (t) => {
    const { published, broadcast, clock, host, pubsub } = await scene(t)
    await broadcast.stop()
    host.safeDispatchEvent('self:peer:update')
    pubsub.safeDispatchEvent('subscription-change')
    await broadcast.publish()
    await clock.advance(10 * INTERVAL_MS)
    assert.equal(published.length, 1)
  })

  test('goes on after a publication that failed', async (t) => {
    const { published, pubsub, broadcast } = await scene(t)
    const { publish } = pubsub
    pubsub.publish = () => Promise.reject(new Error('no peers'))
    await broadcast.publish()
    pubsub.publish = publish
    await broadcast.publish()
    assert.equal(published.length, 2)
  })
})

test('a broadcast is repeated as often as configured among a hundred peers, and less often among more, four times a day at least', () => {
  const minutes = (heard: number) => intervalFor(300_000, heard) / 60_000
  assert.deepEqual(
    [0, 100, 200, 1_000, 100_000].map((heard) => minutes(heard)),
    [5, 5, 10, 50, 360],
  )
  assert.equal(intervalFor(24 * 3_600_000, 100_000), 24 * 3_600_000, 'never more often than configured')
})
