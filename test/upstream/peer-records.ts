// What js-libp2p's peer store, its peer records and identify do with addresses: each function shows one fault, and gives true while it is
// there. Plain js-libp2p, nothing of ours.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { generateKeyPair, publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import { peerIdFromPrivateKey, peerIdFromPublicKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { lpStream, streamPair } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Connection, PeerStore, PrivateKey } from '@libp2p/interface'

const ROOT = join(import.meta.dirname, '..', '..')
const NOW = 1_790_000_000_000
const key = await generateKeyPair('Ed25519')
const peer = peerIdFromPrivateKey(key)
const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const address = (port = 1) => multiaddr(`/ip4/192.0.2.1/tcp/${port}`)

async function newStore(): Promise<PeerStore> {
  return (await createLibp2p({ start: false })).peerStore
}

/** A record as js-libp2p seals it; of another payload type or domain, where that is wanted. */
async function seal(
  seq: number | bigint,
  addresses: readonly Multiaddr[] = [address()],
  other: object = {},
  by: PrivateKey = key,
) {
  const record = new PeerRecord({
    peerId: peerIdFromPrivateKey(by),
    multiaddrs: [...addresses],
    seqNumber: BigInt(seq),
  })
  const { domain, codec } = record
  const sealed = await RecordEnvelope.seal(
    { domain, codec, marshal: () => record.marshal(), equals: () => false, ...other },
    by,
  )
  return sealed.marshal()
}

const consume = (store: PeerStore, record: Uint8Array) => store.consumePeerRecord(record, { expectedPeer: peer })

async function seqOf(store: PeerStore): Promise<bigint> {
  const { peerRecordEnvelope } = await store.get(peer)
  return PeerRecord.createFromProtobuf(
    RecordEnvelope.createFromProtobuf(peerRecordEnvelope ?? new Uint8Array()).payload,
  ).seqNumber
}

const listed = async (store: PeerStore) =>
  (await store.get(peer)).addresses.map(({ multiaddr: ma, isCertified }) => `${ma.toString()}${isCertified ? '!' : ''}`)

/** What identify does with a message of `peer`. */
async function identified(store: PeerStore, message: object): Promise<void> {
  const inner = pathToFileURL(join(ROOT, 'node_modules/@libp2p/identify/dist/src/utils.js')).href
  const { consumeIdentifyMessage } = (await import(inner)) as {
    readonly consumeIdentifyMessage: (...given: readonly unknown[]) => Promise<unknown>
  }
  const log = Object.assign(() => undefined, { trace: () => undefined, error: () => undefined })
  const events = { safeDispatchEvent: () => true }
  await consumeIdentifyMessage(store, events, log, { remotePeer: peer }, { listenAddrs: [], protocols: [], ...message })
}

async function nameOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  )
}

export const PEER_RECORD_FAULTS = {
  async race() {
    const store = await newStore()
    const records = await Promise.all(Array.from({ length: 20 }, (_, index) => seal(20 - index)))
    await Promise.all(records.map((record) => consume(store, record)))
    return (await seqOf(store)) < 20n
  },

  async age() {
    const store = await newStore()
    const { now } = Date
    try {
      for (const [minutes, seq] of [
        [0, 1],
        [50, 2],
        [61, 3],
      ] as const) {
        Date.now = () => NOW + minutes * 60_000
        await consume(store, await seal(seq))
      }
      return (await listed(store)).length === 0
    } finally {
      Date.now = now
    }
  },

  async 'merge-certified'() {
    const store = await newStore()
    await store.merge(peer, { addresses: [{ multiaddr: address(), isCertified: false }] })
    await store.merge(peer, { addresses: [{ multiaddr: address(), isCertified: true }] })
    return !(await listed(store)).includes(`${address().toString()}!`)
  },

  async duplicates() {
    const store = await newStore()
    await consume(store, await seal(1))
    await store.merge(peer, { multiaddrs: [address().encapsulate(`/p2p/${peer.toString()}`)] })
    return (await listed(store)).length === 2
  },

  async 'identify-unsigned'() {
    const store = await newStore()
    await consume(store, await seal(1))
    await identified(store, { listenAddrs: [address().bytes] })
    return (await listed(store)).every((text) => !text.endsWith('!')) && (await seqOf(store)) === 1n
  },

  async 'payload-type'() {
    return await consume(await newStore(), await seal(1, [address()], { codec: Uint8Array.of(0x99, 1) }))
  },

  async 'certified-claim'() {
    const store = await newStore()
    await store.patch(peer, { addresses: [{ multiaddr: address(), isCertified: true }] })
    return (await listed(store)).includes(`${address().toString()}!`)
  },

  async 'own-record'() {
    const node = await createLibp2p({ start: false, privateKey: key })
    const updates: unknown[] = []
    node.addEventListener('self:peer:update', (event) => updates.push(event))
    return (await node.peerStore.consumePeerRecord(await seal(1))) && updates.length > 0
  },

  async 'own-envelope'() {
    const node = await createLibp2p({
      ...{ start: false, privateKey: key, services: { identify: identify() } },
      addresses: { announce: [address(2).toString()] },
    })
    const old = await seal(1, [address(1)])
    await node.peerStore.patch(peer, { peerRecordEnvelope: old })
    const [mine, theirs] = await streamPair()
    const handled: unknown = Reflect.get(node.services.identify, 'handleProtocol')
    if (typeof handled !== 'function') throw new Error('identify has no handleProtocol()')
    const connection = { remoteAddr: address(3), remotePeer: stranger } as unknown as Connection
    const answered = Promise.resolve(Reflect.apply(handled, node.services.identify, [mine, connection]))
    const message = Buffer.from((await lpStream(theirs).read()).subarray())
    await Promise.all([answered.catch(() => undefined), theirs.close().catch(() => undefined)])
    return message.includes(Buffer.from(old))
  },

  async 'push-record'() {
    const node = await createLibp2p({ privateKey: key, services: { push: identifyPush() } })
    const old = await seal(1)
    await node.peerStore.patch(peer, { peerRecordEnvelope: old })
    await node.peerStore.patch(stranger, { protocols: ['/ipfs/id/push/1.0.0'] })
    const [mine, theirs] = await streamPair()
    const connection = { remotePeer: stranger, newStream: async () => mine }
    Object.assign(node.services.push, { connectionManager: { getConnections: () => [connection] } })
    const send: unknown = Reflect.get(node.services.push, 'sendPushMessage')
    if (typeof send !== 'function') throw new Error('identify push has no sendPushMessage()')
    const sent = Promise.resolve(Reflect.apply(send, node.services.push, []))
    const message = Buffer.from((await lpStream(theirs).read()).subarray())
    await Promise.all([sent, theirs.close().catch(() => undefined)])
    await node.stop()
    return !message.includes(Buffer.from(old))
  },

  async 'seq-unit'() {
    const store = await newStore()
    await consume(store, await seal(BigInt(NOW) * 1_000_000n))
    return !(await consume(store, await seal(NOW)))
  },

  async forgotten() {
    const store = await newStore()
    await consume(store, await seal(10))
    await store.delete(peer)
    return await consume(store, await seal(5))
  },

  async 'scrap-envelope'() {
    const store = await newStore()
    await consume(store, await seal(1))
    await store.patch(peer, { peerRecordEnvelope: undefined } as object)
    const kept = (await seqOf(store)) === 1n
    await store.patch(peer, { peerRecordEnvelope: new Uint8Array() })
    return kept && (await nameOf(consume(store, await seal(2)))) !== ''
  },

  async 'foreign-address'() {
    const store = await newStore()
    await consume(store, await seal(1, [address().encapsulate(`/p2p/${stranger.toString()}`)]))
    return (await listed(store)).some((text) => text.includes(stranger.toString()))
  },

  async size() {
    const store = await newStore()
    await consume(
      store,
      await seal(
        1,
        Array.from({ length: 5_000 }, (_, port) => address(port)),
      ),
    )
    return (await listed(store)).length === 5_000
  },

  async errors() {
    const store = await newStore()
    const record = await seal(1)
    const given = [
      Uint8Array.of(0xff),
      new Uint8Array(),
      record.subarray(0, -1),
      Uint8Array.of(...record.subarray(0, -64), 1),
    ]
    const names = await Promise.all(given.map((bytes) => nameOf(consume(store, bytes))))
    return new Set(names).size > 1
  },

  async 'broken-record'() {
    const store = await newStore()
    const legacy = await seal(1, [address()], {
      domain: 'libp2p-routing-state',
      codec: Buffer.from('/libp2p/routing-state-record'),
    })
    const failed = await nameOf(identified(store, { protocols: ['/x/1.0.0'], signedPeerRecord: legacy }))
    return failed === 'InvalidSignatureError' && !(await store.has(peer))
  },

  async 'seq-last'() {
    const store = await newStore()
    return (await consume(store, await seal(2n ** 64n - 1n))) && !(await consume(store, await seal(NOW)))
  },

  async 'identify-addresses'() {
    const store = await newStore()
    await identified(store, { listenAddrs: Array.from({ length: 500 }, (_, port) => address(port).bytes) })
    return (await listed(store)).length === 500
  },

  async 'one-address'() {
    const unknown = { marshal: () => recordWith(Uint8Array.of(0xff, 0xff, 0x03, 1)) }
    return (await nameOf(consume(await newStore(), await seal(1, [], unknown)))) !== ''
  },

  async ecdsa() {
    const made = await generateKeyPair('ECDSA')
    return (await nameOf(Promise.resolve().then(() => peerIdFromPublicKey(made.publicKey as never)))) !== ''
  },

  async 'ecdsa-of-others'() {
    const { goRecords } = await import('../records/support.ts')
    const record = goRecords.find(({ name }) => name === 'ecdsa-p256')
    const envelope = Buffer.from(record?.envelope ?? '', 'hex')
    // the key of an envelope stands behind its tag and its length
    const bytes = envelope.subarray(2, 2 + (envelope[1] ?? 0))
    return (await nameOf(Promise.resolve().then(() => publicKeyFromProtobuf(bytes)))) !== ''
  },
} satisfies Record<string, () => Promise<boolean>>

/** A record of `peer` with an address of any bytes. */
function recordWith(bytes: Uint8Array): Uint8Array {
  const id = peer.toMultihash().bytes
  const info = [0x0a, bytes.length, ...bytes]
  return Uint8Array.of(0x0a, id.length, ...id, 0x10, 1, 0x1a, info.length, ...info)
}
