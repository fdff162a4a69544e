// The DHT: records are put, kept, found and handed to the book; what is old, forged, foreign or too much is not.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { openPeerRecord, sealPeerRecord } from '../../core/records/peer-record.ts'
import { answerTo, dhtHandler, type DhtAnswerInit, recordOf } from '../../main/peers/dht/answer.ts'
import { type DhtInit } from '../../main/peers/dht/dht.ts'
import { createReach } from '../../main/peers/dht/reach.ts'
import { keyOf, newest, openValue, peerOfKey, validator } from '../../main/peers/dht/values.ts'
import { DHT_PROTOCOL } from '../../proto/protocols.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { holder, paper, papersOf, publicAddress, SOMEBODY } from '../exchange/support.ts'
import { LOOPBACK, newIdentity, startHost, until } from '../main/support.ts'
import { type DhtNode, startDhtNode } from './dht-node.ts'
import type { HeldRecord, RecordSource } from '../../core/exchange/source.ts'
import type { Host } from '../../core/host.ts'
import type { Connection, PeerId } from '@libp2p/interface'

const { DhtMessage } = nodetrust
const { Type } = DhtMessage

const knows = ({ held }: DhtNode, peer: PeerId) => held.recordsOf([peer]).length === 1
const never = new AbortController().signal
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const hexOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('hex')
const valueIn = (record: Uint8Array | null | undefined) =>
  hexOf(nodetrust.DhtRecord.decode(record ?? new Uint8Array()).value)

describe('the DHT', () => {
  test('keeps a record at those who are near, and finds it for somebody who never met its peer', async (t) => {
    const [a, d, e] = [await startDhtNode(t), await startDhtNode(t), await startDhtNode(t)]
    await a.host.dial(d.host.getMultiaddrs())
    await until('D keeps the record of A', () => knows(d, a.host.peerId))
    await e.host.dial(d.host.getMultiaddrs())
    await until('E has D in its table', () => e.dht.sizes().table > 0)
    await e.dht.find(a.host.peerId, never)
    assert.ok(knows(e, a.host.peerId))
    assert.deepEqual(e.taken.find(({ peer }) => peer.equals(a.host.peerId))?.envelope, a.own.envelope)
  })

  test('walks over nodes that it hears of on the way, by their signed records', async (t) => {
    const [a, d] = [await startDhtNode(t), await startDhtNode(t)]
    const [one, other] = [await startDhtNode(t), await startDhtNode(t)]
    // a walk goes on to who is closer to the key than whom it has asked
    const target = sha256(keyOf(a.host.peerId))
    const distance = ({ host }: DhtNode) =>
      Buffer.from(sha256(host.peerId.toMultihash().bytes).map((byte, index) => byte ^ (target[index] ?? 0)))
    const [b, c] = Buffer.compare(distance(one), distance(other)) < 0 ? [one, other] : [other, one]
    await a.host.dial(b.host.getMultiaddrs())
    await until('B keeps the record of A', () => knows(b, a.host.peerId))
    await c.host.dial(b.host.getMultiaddrs())
    await until('C has B in its table', () => c.dht.sizes().table === 1)
    c.held.take(await openPeerRecord(b.own.envelope, Date.now()), SOMEBODY) // as identify would have told it
    await d.host.dial(c.host.getMultiaddrs())
    await until('D has C in its table', () => d.dht.sizes().table > 0)
    await d.dht.find(a.host.peerId, never)
    assert.ok(knows(d, a.host.peerId))
    assert.deepEqual(d.added, [], 'nothing unsigned was needed')
  })

  test('has nobody answer who has no address to be reached at', async (t) => {
    const hidden = await startDhtNode(t)
    const shy = await startDhtNode(t, { source: { recordsOf: () => [], recent: () => [], own: () => undefined } })
    await until('the other one answers', () => hidden.host.getProtocols().includes(DHT_PROTOCOL))
    assert.equal(shy.host.getProtocols().includes(DHT_PROTOCOL), false)
  })

  test('stops within a moment, also while it looks for somebody', async (t) => {
    const [a, b] = [await startDhtNode(t), await startDhtNode(t)]
    await a.host.dial(b.host.getMultiaddrs())
    const finding = a.dht.find((await newIdentity()).peerId, never)
    const began = performance.now()
    await a.dht.stop()
    await finding
    assert.ok(performance.now() - began < 3_000)
  })
})

describe('a node of the DHT', () => {
  const connectionOf = (peer: PeerId) => ({ remotePeer: peer }) as Connection
  async function answering(init: Partial<DhtAnswerInit> = {}) {
    const self = (await newIdentity()).peerId
    const source = holder(self)
    const asker = (await newIdentity()).peerId
    const all: DhtAnswerInit = {
      ...{ self, source, clock: systemClock, log: silentLog, signal: never, closest: () => [] },
      keep: async (key, value) => source.take(await openValue(key, value, Date.now()), SOMEBODY),
      ...init,
    }
    const ask = async (fields: nodetrust.DhtMessage.$Properties) => answerTo(fields, connectionOf(asker), all)
    return { self, source, asker, ask }
  }

  test('answers about a peer with its signed record, and falls back to its addresses', async () => {
    const [signed, plain, nobody] = [await paper(), await paper(), await paper()]
    const record = await signed.record()
    const addresses = [multiaddr(publicAddress(5))]
    const source: RecordSource = {
      ...{ recent: () => [], own: () => undefined },
      recordsOf: ([peer]) =>
        peer?.equals(signed.peerId) ? [record] : peer?.equals(plain.peerId) ? [{ peer, addresses }] : [],
    }
    const closest = () => [plain.peerId, nobody.peerId]
    const { ask } = await answering({ source, closest })
    const { closer } = await ask({ type: Type.FIND_NODE, key: signed.peerId.toMultihash().bytes })
    assert.deepEqual(
      closer?.map(({ id, multiaddrs, signedRecord }) => [hexOf(id), multiaddrs?.length, hexOf(signedRecord)]),
      [
        [hexOf(signed.peerId.toMultihash().bytes), 1, hexOf(record.envelope)],
        [hexOf(plain.peerId.toMultihash().bytes), 1, ''],
      ],
    )
    const value = await ask({ type: Type.GET_VALUE, key: keyOf(signed.peerId) })
    assert.equal(valueIn(value.record), hexOf(record.envelope))
  })

  test('P24 gives one network half a megabyte at once, however many messages and connections it asks by', async (t) => {
    const host = await startHost(t, { listen: LOOPBACK })
    const peers = await Promise.all(Array.from({ length: 20 }, async () => (await newIdentity()).peerId))
    const addresses = Array.from({ length: 16 }, (_, index) =>
      multiaddr(`/dns4/${'a'.repeat(60)}.${'b'.repeat(60)}.example.org/tcp/${4_000 + index}/tls/ws`),
    )
    const source: RecordSource = {
      ...{ recent: () => [], own: () => undefined },
      recordsOf: ([peer]) => (peer ? [{ peer, addresses }] : []),
    }
    const init = { self: host.peerId, source, clock: systemClock, log: silentLog, signal: never, closest: () => peers }
    await host.handle(DHT_PROTOCOL, dhtHandler({ ...init, keep: async () => undefined }))
    let told = 0
    for (let connections = 0; connections < 3; connections++) {
      const asker = await startHost(t, {})
      const connection = await asker.dial(host.getMultiaddrs())
      for (;;) {
        try {
          const stream = await connection.newStream(DHT_PROTOCOL)
          const wire = wireStream(stream, { maxBytes: 1_000_000 })
          for (let message = 0; message < 8; message++) {
            await wire.write(DhtMessage, { type: Type.FIND_NODE, key: sha256(Buffer.of(message)) })
            told += DhtMessage.encode(await wire.read(DhtMessage)).finish().length
          }
        } catch {
          break
        }
      }
    }
    assert.ok(told > 400_000, `only ${told} bytes came`)
    assert.ok(told < 650_000, `${told} bytes came`)
  })

  test('keeps the newest of a peer, says so, and takes an older one for nothing', async () => {
    const somebody = await paper()
    const [older, newer] = [await somebody.record(5n), await somebody.record(6n)]
    const { ask } = await answering()
    const put = async (record: HeldRecord) => {
      const key = keyOf(record.peer)
      const answer = await ask({ type: Type.PUT_VALUE, key, record: recordOf(key, record) })
      return valueIn(answer.record)
    }
    assert.equal(await put(newer), hexOf(newer.envelope))
    assert.equal(await put(older), hexOf(newer.envelope), 'whoever puts an older one is told of the newer')
  })

  test('refuses forged records, records under other keys, other values and providers', async () => {
    const [somebody, other] = [await paper(), await paper()]
    const record = await somebody.record()
    const forged = { ...record, envelope: Uint8Array.from(record.envelope).fill(7, -8) }
    const { ask, source } = await answering()
    const key = keyOf(record.peer)
    const refused: readonly (readonly [nodetrust.DhtMessage.$Properties, string])[] = [
      [{ type: Type.PUT_VALUE, key, record: recordOf(key, forged) }, 'PeerRecordError'],
      [
        { type: Type.PUT_VALUE, key: keyOf(other.peerId), record: recordOf(keyOf(other.peerId), record) },
        'WrongKeyError',
      ],
      [{ type: Type.PUT_VALUE, key, record: recordOf(keyOf(other.peerId), record) }, 'NotServedError'],
      [
        { type: Type.PUT_VALUE, key: Buffer.from('/pk/12'), record: recordOf(Buffer.from('/pk/12'), record) },
        'NotServedError',
      ],
      [{ type: Type.GET_VALUE, key: Buffer.from('/ipns/12') }, 'NotServedError'],
      [{ type: Type.ADD_PROVIDER, key }, 'NotServedError'],
      [{ type: Type.GET_PROVIDERS, key }, 'NotServedError'],
      [{ type: Type.FIND_NODE, key: new Uint8Array(257) }, 'NotServedError'],
    ]
    for (const [fields, name] of refused) await assert.rejects(ask(fields), { name })
    assert.equal(source.size, 0)
    assert.deepEqual(await ask({ type: Type.PING }), { type: Type.PING })
  })

  test('answers in 64 KiB, whatever it knows', async () => {
    const records = (await papersOf(30)).map((record) => ({ ...record, envelope: new Uint8Array(4_096) }))
    const source: RecordSource = {
      ...{ recent: () => [], own: () => undefined },
      recordsOf: ([peer]) => records.filter((record) => peer?.equals(record.peer)),
    }
    const { ask } = await answering({ source, closest: () => records.map(({ peer }) => peer) })
    const answer = await ask({ type: Type.FIND_NODE, key: new Uint8Array(4) })
    assert.ok((answer.closer?.length ?? 0) > 10)
    assert.ok(DhtMessage.encode(answer).finish().length <= 65_536)
  })

  test('gives up half a frame, and is there for the next', async (t) => {
    const [a, b] = [await startDhtNode(t), await startHost(t)]
    await until('it answers', () => a.host.getProtocols().includes(DHT_PROTOCOL))
    const stream = await b.dialProtocol(a.host.getMultiaddrs(), DHT_PROTOCOL)
    stream.send(Uint8Array.from([200, 1, 8]))
    stream.abort(new Error('gone'))
    const next = wireStream(await b.dialProtocol(a.host.peerId, DHT_PROTOCOL), { maxBytes: 65_536 })
    await next.write(DhtMessage, { type: Type.PING })
    assert.equal((await next.read(DhtMessage)).type, Type.PING)
  })
})

describe('what a node of the DHT says of others', () => {
  /** Answers everything with the same. */
  async function liar(t: TestContext, answer: (asked: nodetrust.DhtMessage) => nodetrust.DhtMessage.$Properties) {
    const host = await startHost(t, { listen: LOOPBACK })
    await host.handle(DHT_PROTOCOL, (stream) => {
      const wire = wireStream(stream, { maxBytes: 65_536 })
      const converse = async (): Promise<void> => {
        const asked = await wire.read(DhtMessage)
        await wire.write(DhtMessage, asked.type === Type.PING ? { type: Type.PING } : answer(asked))
        await wire.close()
      }
      converse().catch(() => undefined)
    })
    return host
  }
  async function meets(t: TestContext, other: Host, init: Partial<DhtInit> = {}) {
    const node = await startDhtNode(t, init)
    await node.host.dial(other.getMultiaddrs())
    await until('it is in the table', () => node.dht.sizes().table > 0)
    return node
  }

  test('is not believed where it is forged or another peer’s, and costs it the score', async (t) => {
    const [victim, other] = [await paper(), await paper()]
    const record = await victim.record()
    const forged = { ...record, envelope: Uint8Array.from(record.envelope).fill(7, -8) }
    const wrong = await other.record()
    let answer = forged as HeldRecord
    const host = await liar(t, ({ type, key }) => ({ type, key, record: recordOf(key, answer) }))
    const node = await meets(t, host)
    for (const given of [forged, wrong]) {
      answer = given
      await node.dht.find(victim.peerId, never)
    }
    assert.deepEqual(
      node.taken.filter(({ peer }) => !peer.equals(host.peerId)),
      [],
    )
    assert.ok(node.partners.score(host.peerId.toString(), Date.now()) < 0)
  })

  test('is not believed and nobody’s fault where its clock is ahead of ours', async (t) => {
    const victim = await paper()
    const seq = BigInt(Date.now() + 3 * 24 * 3_600_000)
    const envelope = await sealPeerRecord(victim.key, [multiaddr(publicAddress(5))], seq)
    const early = { peer: victim.peerId, seq, envelope, addresses: [] }
    const host = await liar(t, ({ type, key }) => ({ type, key, record: recordOf(key, early) }))
    const node = await meets(t, host)
    await node.dht.find(victim.peerId, never)
    assert.ok(node.taken.every(({ peer }) => !peer.equals(victim.peerId)))
    assert.equal(node.partners.score(host.peerId.toString(), Date.now()), 0)
  })

  test('does not bring back an old record', async (t) => {
    const victim = await paper()
    const [older, newer] = [await victim.record(5n), await victim.record(6n)]
    const host = await liar(t, ({ type, key }) => ({ type, key, record: recordOf(key, older) }))
    const node = await meets(t, host)
    node.held.take(newer, SOMEBODY)
    await node.dht.find(victim.peerId, never)
    assert.deepEqual(
      node.held.recent(10).filter(({ peer }) => peer.equals(victim.peerId)),
      node.held.recordsOf([victim.peerId]),
    )
    assert.ok(node.taken.every(({ peer }) => !peer.equals(victim.peerId)))
  })

  test('brings 128 made-up peers and few more, however many it names', async (t) => {
    const made = await papersOf(400)
    let next = 0
    const host = await liar(t, ({ type, key }) => ({
      ...{ type, key },
      closer: made.slice(next, (next += 20)).map(({ peer, envelope, addresses }) => ({
        ...{ id: peer.toMultihash().bytes, signedRecord: envelope, multiaddrs: addresses.map(({ bytes }) => bytes) },
      })),
    }))
    const node = await meets(t, host, { dial: () => Promise.reject(new Error('nobody is there')) })
    for (let times = 0; times < 20; times++) await node.dht.find((await newIdentity()).peerId, never)
    assert.ok(next >= 400)
    assert.ok(node.taken.length <= 135, `${node.taken.length} were taken`)
    assert.equal(node.dht.sizes().table, 1, 'none of them is in the table')
  })

  test('that is too large, or no message, ends that walk alone', async (t) => {
    const host = await startHost(t, { listen: LOOPBACK })
    let answered = 0
    await host.handle(DHT_PROTOCOL, (stream) => {
      const wire = wireStream(stream, { maxBytes: 65_536 })
      const converse = async (): Promise<void> => {
        const { type } = await wire.read(DhtMessage)
        answered++
        if (type === Type.PING) await wire.write(DhtMessage, { type })
        else stream.send(Uint8Array.from(answered % 2 === 0 ? [255, 255, 127] : [3, 255, 255, 255]))
      }
      converse().catch(() => undefined)
    })
    const node = await meets(t, host)
    for (let times = 0; times < 3; times++) await node.dht.find((await newIdentity()).peerId, never)
    assert.equal(node.host.getConnections().length, 1)
    assert.ok(answered >= 3)
  })
})

describe('values of the DHT', () => {
  test('are signed peer records under the key of their peer, and the newest is chosen', async () => {
    const somebody = await paper()
    const records = await Promise.all([4n, 9n, 7n].map(async (seq) => somebody.record(seq)))
    const key = keyOf(somebody.peerId)
    assert.ok(peerOfKey(key)?.equals(somebody.peerId))
    assert.equal(peerOfKey(Buffer.from('/spr/')), undefined)
    assert.equal(peerOfKey(Buffer.from('/pk/1')), undefined)
    assert.equal(await newest(key, [...records.map(({ envelope }) => envelope), new Uint8Array(3)]), 1)
    const check = validator(() => Date.now())
    await check(key, records[0]?.envelope ?? new Uint8Array())
    await assert.rejects(async () => check(keyOf((await paper()).peerId), records[0]?.envelope ?? new Uint8Array()), {
      name: 'WrongKeyError',
    })
  })
})

describe('connections of walks', () => {
  test('closes connections that were made for walks, but for thirty-two', async () => {
    const closed: string[] = []
    const open = new Map<string, Connection>()
    const dial = async (peer: PeerId): Promise<Connection> => {
      const connection = {
        ...{ remotePeer: peer, status: 'open', streams: [] },
        async close() {
          closed.push(peer.toString())
          open.delete(peer.toString())
        },
      } as unknown as Connection
      open.set(peer.toString(), connection)
      return connection
    }
    const host = {
      getConnections: (peer: PeerId) => [open.get(peer.toString())].flatMap((one) => one ?? []),
    } as unknown as Host
    const reach = createReach({ host, dial })
    const peers = await Promise.all(
      Array.from({ length: 40 }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))),
    )
    const [first] = peers
    assert.ok(first)
    for (const peer of peers) {
      await reach.connection(peer, never)
      await reach.connection(first, never) // is used all the time
    }
    assert.equal(reach.size(), 32)
    assert.equal(closed.length, 8)
    assert.equal(closed.includes(first.toString()), false)
    await reach.stop()
    assert.equal(closed.length, 40)
  })
})
