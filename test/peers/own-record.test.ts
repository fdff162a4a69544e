// Our own record: the same bytes on every way out, above every number that anybody has of us, with the addresses that may be told.
import assert from 'node:assert/strict'
import { rm, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { identify, identifyPush } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { MAX_ADDRESSES, openPeerRecord, sealPeerRecord } from '../../core/records/peer-record.ts'
import { createOwnRecord, DEBOUNCE_MS, LEARN_EVERY_MS, MAX_RECORD_AGE_MS } from '../../main/peers/own-record.ts'
import { createSeqClock } from '../../main/peers/seq-clock.ts'
import {
  DAY_MS,
  LOOPBACK,
  manualClock,
  newIdentity,
  NOW,
  settle,
  startHost,
  temporaryDir,
  until,
} from '../main/support.ts'
import { bookScene } from './book-scene.ts'
import type { AddressClass } from '../../core/net/address-class.ts'

interface Parts {
  readonly dir?: string
  readonly classes?: readonly AddressClass[]
  readonly now?: number
}

async function scene(t: TestContext, { dir, classes = ['loopback'], now = NOW }: Parts = {}) {
  const identity = await newIdentity()
  const clock = manualClock(now)
  let extra: readonly string[] = []
  const host = await startHost(t, {
    ...{ listen: LOOPBACK, privateKey: identity.key },
    announce: (addresses) => [...addresses, ...extra.map((text) => multiaddr(text))],
  })
  const folder = dir ?? (await temporaryDir(t))
  const own = createOwnRecord({
    ...{ host, key: identity.key, seq: createSeqClock({ dir: folder, clock }), clock, log: silentLog },
    addressClasses: classes,
  })
  t.after(() => own.stop())
  const stored = async () => (await host.peerStore.get(host.peerId)).peerRecordEnvelope
  const tell = async (...texts: string[]) => {
    extra = texts
    await host.peerStore.patch(host.peerId, { multiaddrs: host.getMultiaddrs() })
  }
  return { identity, clock, host, own, dir: folder, stored, tell }
}

/** js-libp2p as anybody has it. */
async function plainNode(t: TestContext) {
  const node = await createLibp2p({
    ...{ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] },
    services: { identify: identify(), identifyPush: identifyPush() },
  })
  t.after(() => node.stop())
  return node
}

describe('our own record', () => {
  test('is what identify sends, and what its push sends when our addresses change, to a plain js-libp2p node', async (t) => {
    const { host, own, clock, stored, tell } = await scene(t)
    const first = await own.current()
    const other = await plainNode(t)
    await other.dial(host.getMultiaddrs())
    const held = async () => (await other.peerStore.get(host.peerId).catch(() => undefined))?.peerRecordEnvelope
    let now: Uint8Array | undefined
    const isHeld = (bytes: Uint8Array | undefined) => {
      void held().then((found) => (now = found))
      return now !== undefined && bytes !== undefined && Buffer.compare(now, bytes) === 0
    }
    await until('the other node has our record by identify', () => isHeld(first?.envelope))
    await tell('/ip4/127.0.0.7/tcp/7')
    await until('the change is noticed', () => clock.sleeping > 0)
    await clock.advance(DEBOUNCE_MS)
    await until('there is another record', () => own.last() !== first)
    assert.deepEqual(await stored(), own.last()?.envelope)
    await until('the other node has it by push', () => isHeld(own.last()?.envelope))
  })

  test('is the same bytes until something changes, or half a day is over', async (t) => {
    const { own, clock } = await scene(t)
    const first = await own.current()
    clock.set(NOW + MAX_RECORD_AGE_MS - 1)
    assert.equal(await own.current(), first)
    clock.set(NOW + MAX_RECORD_AGE_MS)
    const second = await own.current()
    assert.deepEqual(second?.addresses, first?.addresses)
    assert.ok((second?.seq ?? 0n) > (first?.seq ?? 0n))
  })

  test('holds no private address for peers of another network, and none of loopback, even where identify knows them', async (t) => {
    const { own, tell } = await scene(t, { classes: ['public'] })
    assert.equal(await own.current(), undefined)
    await tell('/ip4/192.168.1.9/tcp/1', '/ip4/10.0.0.9/tcp/1', '/ip4/8.8.8.8/tcp/1')
    assert.deepEqual((await own.current())?.addresses, ['/ip4/8.8.8.8/tcp/1'])
  })

  test('holds no more addresses than others read, public ones first', async (t) => {
    const { own, tell } = await scene(t, { classes: ['loopback', 'public'] })
    await tell(...Array.from({ length: 40 }, (_, at) => `/ip4/8.8.8.8/tcp/${4_000 + at}`))
    const sealed = await own.current()
    const { addresses } = await openPeerRecord(sealed?.envelope ?? new Uint8Array(), NOW)
    assert.equal(addresses.length, MAX_ADDRESSES)
    assert.ok(addresses.every((address) => address.toString().startsWith('/ip4/8.8.8.8/')))
  })

  test('goes above a newer one that is heard of while it is being sealed', async () => {
    const identity = await newIdentity()
    let last = 5n
    let given = Promise.resolve()
    const own = createOwnRecord({
      host: {
        ...{ peerId: identity.peerId, getMultiaddrs: () => [multiaddr('/ip4/8.8.8.8/tcp/1')] },
        ...{ peerStore: { patch: () => Promise.resolve() }, addEventListener: () => undefined },
      } as unknown as Parameters<typeof createOwnRecord>[0]['host'],
      ...{ key: identity.key, clock: manualClock(), log: silentLog, addressClasses: ['public'] },
      seq: {
        async next() {
          const number = ++last
          await given
          return number
        },
        learn: (seq) => Promise.resolve(void (last = seq)),
      },
    })
    const gate = Promise.withResolvers<void>()
    given = gate.promise
    const first = own.current()
    await settle()
    const learnt = own.learn({ seq: 100n })
    gate.resolve()
    await Promise.all([first, learnt])
    assert.equal(own.last()?.seq, 101n)
  })

  test('goes above a newer one that a peer holds, after a backup was restored', async (t) => {
    const { identity, host, own, clock, dir } = await scene(t)
    const backup = join(await temporaryDir(t), 'backup')
    await own.current()
    await cp(dir, backup, { recursive: true })
    clock.set(NOW + 5 * DAY_MS)
    const newest = await own.current()
    own.stop()
    await rm(dir, { recursive: true })
    await cp(backup, dir, { recursive: true })

    const late = manualClock(NOW + DAY_MS) // the clock of that machine is behind, too
    const seq = createSeqClock({ dir, clock: late })
    const again = createOwnRecord({
      ...{ host, key: identity.key, seq, clock: late, log: silentLog, addressClasses: ['loopback'] },
    })
    t.after(() => again.stop())
    const { open } = await bookScene(t, { self: host.peerId, onOwn: (record) => void again.learn(record) })
    const book = await open()
    const before = await again.current()
    assert.ok((before?.seq ?? 0n) < (newest?.seq ?? 0n))
    const opened = await openPeerRecord(newest?.envelope ?? new Uint8Array(), NOW + 5 * DAY_MS)
    assert.equal((await book.consume(opened, { provenance: 'exchange' })).kind, 'own')
    await until('there is a newer one', () => (again.last()?.seq ?? 0n) > (newest?.seq ?? 0n))
  })

  test('is not changed by an older one of ours from the network, nor outbid for ever by a second node with the key', async (t) => {
    const { own, clock, identity } = await scene(t)
    const first = await own.current()
    const older = await openPeerRecord(await sealPeerRecord(identity.key, [], BigInt(NOW) - 5n), NOW)
    await own.learn(older)
    assert.equal(own.last(), first)
    await own.learn({ seq: BigInt(NOW) + 100n })
    const second = own.last()
    assert.equal(second?.seq, BigInt(NOW) + 101n)
    await own.learn({ seq: BigInt(NOW) + 200n })
    assert.equal(own.last(), second)
    clock.set(NOW + LEARN_EVERY_MS)
    await own.learn({ seq: BigInt(NOW) + LEARN_EVERY_MS_N + 300n })
    assert.ok((own.last()?.seq ?? 0n) > BigInt(NOW) + LEARN_EVERY_MS_N + 300n)
  })

  const LEARN_EVERY_MS_N = BigInt(LEARN_EVERY_MS)
})
