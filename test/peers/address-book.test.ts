// What the book believes, and in which order; and what is left of it after a restart.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import {
  type OpenedPeerRecord,
  openPeerRecord,
  PeerRecordError,
  sealPeerRecord,
} from '../../core/records/peer-record.ts'
import { createPeerBook, type PeerBook } from '../../main/peers/book/index.ts'
import { DAY_MS, type ManualClock, manualClock, newIdentity, NOW, startHost, temporaryDir } from '../main/support.ts'
import { sealWithoutLimits } from '../records/support.ts'
import type { Host } from '../../core/host.ts'
import type { Identity } from '../../main/identity/identity.ts'

const SEQ = BigInt(NOW)
const BROADCAST = { provenance: 'broadcast' } as const
const address = (port: number) => multiaddr(`/ip4/192.0.2.1/tcp/${port}`)

interface Scene {
  readonly host: Host
  readonly book: PeerBook
  readonly dir: string
  readonly clock: ManualClock
  readonly peer: Identity
  readonly heard: string[]
  /** A record of the peer. */
  readonly seal: (seq: bigint, ...ports: number[]) => Promise<Uint8Array>
  /** The addresses in js-libp2p's store, with an exclamation mark where certified. */
  readonly stored: () => Promise<string[]>
  /** Another book on the same folder, with a store of its own: after a restart. */
  readonly restart: () => Promise<{ readonly host: Host; readonly book: PeerBook }>
}

/** Lets a book hear a record of somebody. */
async function hear(book: PeerBook, { key }: Identity, neighbour: string, seq = SEQ) {
  return await book.consumeEnvelope(await sealPeerRecord(key, [address(1)], seq), {
    provenance: 'broadcast',
    bringer: { network: '', neighbour },
  })
}

/** Records of people who are made up, the same in every test, since it takes long to make keys. */
const crowd: Promise<OpenedPeerRecord>[] = []
function madeUp(index: number): Promise<OpenedPeerRecord> {
  return (crowd[index] ??= newIdentity()
    .then(({ key }) => sealPeerRecord(key, [address(1)], SEQ))
    .then((record) => openPeerRecord(record, NOW)))
}

async function hearCrowd(book: PeerBook, from: number, count: number, neighbourOf: (index: number) => string) {
  for (let index = from; index < from + count; index++)
    await book.consume(await madeUp(index), {
      provenance: 'broadcast',
      bringer: { network: '', neighbour: neighbourOf(index) },
    })
}

interface Special {
  readonly connected?: Identity
  readonly added?: Identity
}

async function scene(t: TestContext, { connected, added }: Special = {}): Promise<Scene> {
  const dir = await temporaryDir(t)
  const peer = await newIdentity()
  const clock = manualClock()
  const heard: string[] = []
  const open = async () => {
    const host = await startHost(t)
    const book = createPeerBook({
      ...{ dir, self: host.peerId, peerStore: host.peerStore, clock, log: silentLog },
      isConnected: (one) => connected?.peerId.equals(one) ?? host.getConnections(one).length > 0,
      onHeard: (known, via, changed) => heard.push(`${via} ${known.seq - SEQ} ${changed ? 'changed' : 'same'}`),
    })
    return { host, book }
  }
  const { host, book } = await open()
  await book.load()
  if (added) await book.add(added.peerId, [address(1)], { provenance: 'user' })
  return {
    ...{ host, book, dir, clock, peer, heard, restart: open },
    seal: (seq, ...ports) => sealPeerRecord(peer.key, ports.map(address), seq),
    stored: () => addressesOf(host, peer),
  }
}

async function addressesOf(host: Host, { peerId }: Identity): Promise<string[]> {
  const { addresses } = await host.peerStore.get(peerId)
  return addresses.map((one) => `${one.multiaddr.toString()}${one.isCertified ? '!' : ''}`)
}

describe('the address book', () => {
  test('stores a record as certified addresses', async (t) => {
    const { book, seal, stored, heard } = await scene(t)
    const consumed = await book.consumeEnvelope(await seal(SEQ, 1, 2), BROADCAST)
    assert.equal(consumed.kind, 'stored')
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1!', '/ip4/192.0.2.1/tcp/2!'])
    assert.deepEqual(heard, ['broadcast 0 changed'])
  })

  test('keeps the highest of twenty records that come at once in falling order', async (t) => {
    const { book, seal, stored } = await scene(t)
    const envelopes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => seal(SEQ + 20n - BigInt(index), 20 - index)),
    )
    const kinds = await Promise.all(envelopes.map((bytes) => book.consumeEnvelope(bytes, BROADCAST)))
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/20!'])
    assert.equal(book.known()[0]?.seq, SEQ + 20n)
    assert.equal(kinds.at(-1)?.kind, 'stale')
  })

  test('keeps the highest of twenty opened records that are handed over in the same turn', async (t) => {
    const { book, seal, stored } = await scene(t)
    const records = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        openPeerRecord(await seal(SEQ + 20n - BigInt(index), 20 - index), NOW),
      ),
    )
    const outcomes = await Promise.all(records.map((record) => book.consume(record, BROADCAST)))
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/20!'])
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['stored', ...Array.from({ length: 19 }, () => 'stale')],
    )
  })

  test('refuses an older record', async (t) => {
    const { book, seal, stored } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ + 1n, 1), BROADCAST)
    assert.equal((await book.consumeEnvelope(await seal(SEQ, 2), BROADCAST)).kind, 'stale')
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1!'])
  })

  test('takes the same number again as a sign of life, and changes nothing by it', async (t) => {
    const { book, seal, stored, heard } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)
    assert.equal((await book.consumeEnvelope(await seal(SEQ, 9), BROADCAST)).kind, 'repeated')
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1!'])
    assert.deepEqual(heard, ['broadcast 0 changed', 'broadcast 0 same'])
  })

  test('replaces all addresses, and withdraws them where a newer record has none', async (t) => {
    const { book, seal, stored } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ, 1, 2), BROADCAST)
    await book.consumeEnvelope(await seal(SEQ + 1n, 3), BROADCAST)
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/3!'])
    await book.consumeEnvelope(await seal(SEQ + 2n), BROADCAST)
    assert.deepEqual(await stored(), [])
  })

  test('certifies an address that was known uncertified before', async (t) => {
    const { book, seal, stored, peer } = await scene(t)
    await book.add(peer.peerId, [address(1)], { provenance: 'identify' })
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1'])
    await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1!'])
  })

  test('counts a newer record that identify wrote behind its back', async (t) => {
    const { host, book, seal, stored } = await scene(t)
    await host.peerStore.consumePeerRecord(await seal(SEQ + 5n, 5))
    assert.equal((await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)).kind, 'stale')
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/5!'])
  })

  test('ignores a record of the node itself', async (t) => {
    const { book, host } = await scene(t)
    const self = await newIdentity()
    const own = createPeerBook({
      ...{
        dir: await temporaryDir(t),
        self: self.peerId,
        peerStore: host.peerStore,
        clock: manualClock(),
        log: silentLog,
      },
      isConnected: () => false,
    })
    const record = await sealPeerRecord(self.key, [address(1)], SEQ)
    assert.equal((await own.consumeEnvelope(record, BROADCAST)).kind, 'own')
    assert.equal(await host.peerStore.has(self.peerId), false)
    assert.deepEqual(book.known(), [])
  })

  test('gives the signed records of the peers it holds', async (t) => {
    const { book, seal, peer } = await scene(t)
    const envelope = await seal(SEQ, 1)
    await book.consumeEnvelope(envelope, BROADCAST)
    const stranger = await newIdentity()
    assert.deepEqual(book.signedRecords([stranger.peerId, peer.peerId]), [{ peer: peer.peerId, envelope }])
  })

  test('keeps another peer from being changed by a forged record', async (t) => {
    const { book, seal, stored, peer } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)
    const forger = await newIdentity()
    const record = new PeerRecord({ peerId: peer.peerId, multiaddrs: [address(6)], seqNumber: SEQ + 1n })
    const forged = (await RecordEnvelope.seal(record, forger.key)).marshal()
    await assert.rejects(book.consumeEnvelope(forged, BROADCAST), { fault: 'signer' })
    assert.deepEqual(await stored(), ['/ip4/192.0.2.1/tcp/1!'])
  })
})

describe('the address book forgets', () => {
  test('the youngest that a loud neighbour brought once it holds a thousand, also in the store of js-libp2p, but not its number', async (t) => {
    const { host, book, peer, seal } = await scene(t)
    await hearCrowd(book, 0, 999, () => 'loud')
    await book.consumeEnvelope(await seal(SEQ + 1n, 1), {
      provenance: 'broadcast',
      bringer: { network: '', neighbour: 'loud' },
    })
    await hear(book, await newIdentity(), 'quiet')
    assert.equal(book.known().length, 1_000)
    const left = async () => (await host.peerStore.all()).some(({ id }) => id.equals(peer.peerId))
    let there = await left()
    for (let turn = 0; there && turn < 100; turn++) there = await left()
    assert.equal(there, false)
    assert.equal((await book.consumeEnvelope(await seal(SEQ, 2), BROADCAST)).kind, 'stale')
  })

  test('A8 nobody that it knew for fifteen hundred that are made up, whoever brings them', async (t) => {
    const { book } = await scene(t)
    const honest = await Promise.all(Array.from({ length: 30 }, newIdentity))
    for (const one of honest) await hear(book, one, 'relay')
    await hearCrowd(book, 0, 1_000, () => 'relay')
    await hearCrowd(book, 1_000, 500, (index) => `stranger ${index % 7}`)
    for (const { peerId } of honest) assert.ok(book.holds(peerId))
    assert.equal(book.known().length, 1_000)
  })

  test('A8 nobody whom it has met, who is connected or was added, for whoever was merely heard of', async (t) => {
    const connected = await newIdentity()
    const added = await newIdentity()
    const { book, clock } = await scene(t, { connected, added })
    await hearCrowd(book, 0, 990, () => 'stranger')
    const met = await newIdentity()
    // they come last, by the neighbour that has brought most, and everything else is fresher after a while
    book.observe(met.peerId, address(1), { kind: 'reached', latencyMs: 1 })
    for (const one of [met, connected, added]) assert.equal((await hear(book, one, 'stranger')).kind, 'stored')
    clock.set(NOW + 2 * DAY_MS)
    await hearCrowd(book, 990, 500, () => 'stranger')
    for (const { peerId } of [met, connected, added]) assert.ok(book.holds(peerId))
  })

  test('who was silent for a month', async (t) => {
    const { book, clock, peer, seal } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)
    clock.set(NOW + 31 * DAY_MS)
    const other = await newIdentity()
    await book.consumeEnvelope(await sealPeerRecord(other.key, [address(1)], SEQ), BROADCAST)
    assert.equal(book.holds(peer.peerId), false)
    assert.equal(book.known().length, 1)
  })

  test('who was silent for a month while the node was off', async (t) => {
    const { book, clock, seal, restart } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ, 1), BROADCAST)
    await book.stop()
    clock.set(NOW + 31 * DAY_MS)
    const again = await restart()
    await again.book.load()
    assert.deepEqual(again.book.known(), [])
  })
})

describe('a record that must not be believed', () => {
  const refused = async (t: TestContext, bytes: Uint8Array, fault: string) => {
    const { book } = await scene(t)
    await assert.rejects(book.consumeEnvelope(bytes, BROADCAST), { name: 'PeerRecordError', fault })
    assert.deepEqual(book.known(), [])
  }

  test('cannot be made to say something else by flipping a bit anywhere', async (t) => {
    const { seal } = await scene(t)
    const good = await seal(SEQ, 1)
    const said = async (bytes: Uint8Array) => {
      const { peer, seq, addresses } = await openPeerRecord(bytes, NOW)
      return `${peer.toString()} ${seq} ${addresses.join(' ')}`
    }
    const truth = await said(good)
    let refusals = 0
    for (let bit = 0; bit < good.length * 8; bit++) {
      const altered = Uint8Array.from(good, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      const heard = await said(altered).catch((error: unknown) => {
        assert.ok(error instanceof PeerRecordError, `bit ${bit}: ${String(error)}`)
        refusals++
        return truth
      })
      assert.equal(heard, truth) // the wire type of a field's tag is not signed, and says nothing
    }
    assert.ok(refusals > (good.length - 8) * 8)
  })

  test('is cut off anywhere', async (t) => {
    const { book, seal } = await scene(t)
    const good = await seal(SEQ, 1)
    for (let length = 0; length < good.length; length++) {
      await assert.rejects(book.consumeEnvelope(good.slice(0, length), BROADCAST), { name: 'PeerRecordError' })
    }
  })

  test('is larger than 4 KiB', async (t) => {
    const { key } = await newIdentity()
    const record = await sealWithoutLimits(
      key,
      Array.from({ length: 400 }, (_, port) => address(port)),
      SEQ,
    )
    await refused(t, record, 'size')
  })

  test('has more than 32 addresses', async (t) => {
    const { key } = await newIdentity()
    const record = await sealWithoutLimits(
      key,
      Array.from({ length: 33 }, (_, port) => address(port)),
      SEQ,
    )
    await refused(t, record, 'addresses')
  })

  test('has a number so high that nothing could follow', async (t) => {
    const { key } = await newIdentity()
    await refused(t, await sealPeerRecord(key, [address(1)], 2n ** 64n - 1n), 'seq')
  })

  test('has a number more than a day ahead, in milliseconds or nanoseconds', async (t) => {
    const { key } = await newIdentity()
    await refused(t, await sealPeerRecord(key, [address(1)], SEQ + 86_400_001n), 'seq')
    await refused(t, await sealPeerRecord(key, [address(1)], (SEQ + 86_400_001n) * 1_000_000n), 'seq')
  })
})

describe('the address book believes a record', () => {
  test('whose number counts nanoseconds, as Go peers do', async (t) => {
    const { book, seal } = await scene(t)
    await book.consumeEnvelope(await seal(SEQ * 1_000_000n, 1), BROADCAST)
    assert.equal(book.known()[0]?.seq, SEQ * 1_000_000n)
  })
})
