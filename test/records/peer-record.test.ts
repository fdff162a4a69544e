// Numbers and addresses of a record, and what it may be made of.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromPublicKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import * as fc from 'fast-check'
import { peekPeerRecord } from '../../core/discovery/peek.ts'
import { sealEnvelope } from '../../core/records/envelope.ts'
import {
  fittingAddresses,
  openPeerRecord,
  PEER_RECORD,
  PeerRecordError,
  type PeerRecordFault,
  sealPeerRecord,
  takeRecordApart,
} from '../../core/records/peer-record.ts'
import { bytesField, numberField } from '../../core/records/protobuf-reader.ts'
import { peerOfMultihash } from '../../core/records/signer-key.ts'
import { DAY_MS, NOW } from '../main/support.ts'
import { sealRecord, somebody, someone } from './support.ts'

const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const relay = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
const [other, self] = [stranger.toString(), somebody.toString()]
const bytes = (text: string) => multiaddr(text).bytes

async function faultOf(record: Uint8Array): Promise<PeerRecordFault | undefined> {
  try {
    await openPeerRecord(record, NOW)
    return undefined
  } catch (error) {
    assert.ok(error instanceof PeerRecordError, String(error))
    return error.fault
  }
}

describe('a record of ours', () => {
  const many = (count: number, text: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => multiaddr(text(at)))
  const short = many(33, (at) => `/ip4/8.8.8.8/tcp/${4_000 + at}`)
  const long = many(
    20,
    (at) => `/dns4/${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}/tcp/${at}/tls/ws`,
  )

  test('that everybody would refuse is not sealed', async () => {
    await assert.rejects(sealPeerRecord(someone, short, 1n), { name: 'PeerRecordError', fault: 'addresses' })
    await assert.rejects(sealPeerRecord(someone, long, 1n), { name: 'PeerRecordError', fault: 'size' })
  })

  test('holds as many addresses as there is room for, the first ones', async () => {
    for (const addresses of [short, long, [...long, ...short]]) {
      const fitting = fittingAddresses(addresses)
      assert.ok(fitting.length > 9 && fitting.length < addresses.length)
      assert.equal(fitting[0], addresses[0])
      assert.equal(await faultOf(await sealPeerRecord(someone, fitting, 1n)), undefined)
    }
    assert.deepEqual(fittingAddresses(short.slice(1)), short.slice(1))
  })
})

describe('the number of a record', () => {
  const now = BigInt(NOW)
  const day = BigInt(DAY_MS)
  const NUMBERS: readonly (readonly [what: string, seq: bigint, believed: boolean])[] = [
    ['0', 0n, true],
    ['1, of a counter', 1n, true],
    ['seconds', now / 1_000n, true],
    ['milliseconds', now, true],
    ['milliseconds, a day ahead', now + day, true],
    ['milliseconds, more than a day ahead', now + day + 1n, false],
    ['milliseconds, ten years ahead', now + 3_650n * day, false],
    ['microseconds', now * 1_000n, true],
    ['microseconds, more than a day ahead', (now + day) * 1_000n + 1n, false],
    ['nanoseconds', now * 1_000_000n, true],
    ['nanoseconds, more than a day ahead', (now + day) * 1_000_000n + 1n, false],
    ['2^63 - 1', 2n ** 63n - 1n, false],
    ['2^63', 2n ** 63n, false],
    ['2^64 - 1', 2n ** 64n - 1n, false],
  ]
  for (const [what, seq, believed] of NUMBERS) {
    test(`may${believed ? '' : ' not'} be ${what}`, async () => {
      const record = await sealPeerRecord(someone, [], seq)
      assert.equal(await faultOf(record), believed ? undefined : 'seq')
      if (believed) assert.equal((await openPeerRecord(record, NOW)).seq, seq)
      assert.equal(peekPeerRecord(record)?.seq, seq)
    })
  }

  test('is read as it was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seq) => {
        const record = Buffer.concat([bytesField(1, Uint8Array.of(1)), numberField(2, seq)])
        assert.equal(takeRecordApart(record).seq, seq)
      }),
    )
  })

  test('beyond 64 bits is none', () => {
    for (const number of [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], Array(11).fill(0x80)]) {
      assert.throws(() => takeRecordApart(Uint8Array.of(0x0a, 1, 1, 0x10, ...number)), { name: 'ProtobufError' })
    }
  })
})

describe('an address in a record', () => {
  const ADDRESSES: readonly (readonly [text: string, left: string | undefined])[] = [
    ['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.1/tcp/1'],
    [`/ip4/192.0.2.1/tcp/1/p2p/${self}`, '/ip4/192.0.2.1/tcp/1'],
    [`/ip4/192.0.2.1/tcp/1/p2p/${other}`, undefined],
    [`/ip4/192.0.2.1/tcp/1/p2p/${other}/p2p/${self}`, undefined],
    [`/ip4/192.0.2.1/tcp/1/p2p/${self}/p2p/${other}`, undefined],
    [`/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit`, `/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit`],
    [`/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit/p2p/${self}`, `/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit`],
    [`/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit/p2p/${other}`, undefined],
    [`/ip4/192.0.2.1/tcp/1/p2p/${relay}/p2p-circuit/p2p/${other}/p2p-circuit`, undefined],
    ['/dns4/\u001b[2J/tcp/1', undefined],
  ]
  for (const [text, left] of ADDRESSES) {
    test(`${JSON.stringify(text.replaceAll(/12D3\w+/g, (id) => id.slice(-4)))} ${left === undefined ? 'is left out' : 'stays'}`, async () => {
      const record = await sealRecord({ addresses: [bytes(text), bytes('/ip4/192.0.2.9/tcp/9')] })
      const { addresses } = await openPeerRecord(record, NOW)
      assert.deepEqual(addresses.map(String), [...(left === undefined ? [] : [left]), '/ip4/192.0.2.9/tcp/9'])
    })
  }

  test('of a protocol that nobody knows is left out, and the others stay', async () => {
    const unknown = [Uint8Array.of(0xff, 0xff, 0x03, 1, 2), new Uint8Array(), Uint8Array.of(4, 1, 2)]
    const record = await sealRecord({ addresses: [...unknown, bytes('/ip4/192.0.2.9/tcp/9')] })
    const { addresses } = await openPeerRecord(record, NOW)
    assert.deepEqual(addresses.map(String), ['/ip4/192.0.2.9/tcp/9'])
  })

  test('may have 31 others beside it, and ten thousand are no record', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, port) => bytes(`/ip4/192.0.2.1/tcp/${port}`))
    assert.equal((await openPeerRecord(await sealRecord({ addresses: many(32) }), NOW)).addresses.length, 32)
    assert.equal(await faultOf(await sealRecord({ addresses: many(33) })), 'addresses')
    assert.equal(await faultOf(await sealRecord({ addresses: many(10_000) })), 'size')
  })
})

describe('the content of a record', () => {
  const id = somebody.toMultihash().bytes
  const CONTENTS: Readonly<Record<string, readonly Uint8Array[]>> = {
    'two peers': [bytesField(1, id), bytesField(1, id)],
    'two numbers': [bytesField(1, id), numberField(2, 1n), numberField(2, 2n)],
    'no peer': [numberField(2, 1n)],
    'a number for a peer': [numberField(1, 1n)],
    'bytes for a number': [bytesField(1, id), bytesField(2, id)],
    'a number for addresses': [bytesField(1, id), numberField(3, 1n)],
    'a peer id that is none': [bytesField(1, Uint8Array.of(0x55, 1, 1))],
    'a group': [bytesField(1, id), Uint8Array.of(0x23, 0x24)],
    'an end in its midst': [bytesField(1, id), Uint8Array.of(0x1a, 9, 0x0a)],
    nothing: [],
  }
  for (const [what, fields] of Object.entries(CONTENTS)) {
    test(`may not be ${what}`, async () => {
      assert.equal(await faultOf(await sealEnvelope(someone, PEER_RECORD, Buffer.concat(fields))), 'record')
    })
  }

  test('may have fields that come one day, of every kind, in it and in its addresses', async () => {
    const address = Buffer.concat([bytesField(1, bytes('/ip4/192.0.2.1/tcp/1')), numberField(2, 7n), bytesField(3, id)])
    const record = Buffer.concat([
      ...[bytesField(1, id), bytesField(3, address), bytesField(4, id), numberField(5, 2n ** 64n - 1n)],
      Uint8Array.of(0x31, 1, 2, 3, 4, 5, 6, 7, 8, 0x3d, 1, 2, 3, 4),
    ])
    const { addresses } = await openPeerRecord(await sealEnvelope(someone, PEER_RECORD, record), NOW)
    assert.deepEqual(addresses.map(String), ['/ip4/192.0.2.1/tcp/1'])
  })

  test('is refused where it is about another peer, before anything else of it counts', async () => {
    const record = await sealRecord({ peer: stranger.toMultihash().bytes, seq: 2n ** 64n - 1n })
    await assert.rejects(openPeerRecord(record, NOW), {
      fault: 'signer',
      message: `the record of ${other} is signed by ${self}`,
    })
  })

  test('may be any bytes that its peer signed: it is a record, or refused as none', async () => {
    const known = [bytesField(1, id), numberField(2, 5n), bytesField(3, bytesField(1, bytes('/ip4/1.2.3.4/tcp/1')))]
    const piece = fc.oneof(fc.constantFrom(...known), fc.uint8Array({ maxLength: 60 }))
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const fault = await faultOf(await sealEnvelope(someone, PEER_RECORD, Buffer.concat(pieces)))
        assert.ok(fault === undefined || ['record', 'signer', 'seq', 'addresses'].includes(fault), fault)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the bytes of a peer id', () => {
  test('have one form, which is read back from its own text', async () => {
    for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
      const { publicKey } = await generateKeyPair(type)
      const peer = peerIdFromPublicKey(publicKey)
      assert.equal(peerOfMultihash(peer.toMultihash().bytes)?.toString(), peer.toString(), type)
    }
    const ed25519 = peerIdFromPublicKey((await generateKeyPair('Ed25519')).publicKey).toMultihash().bytes
    const hash = Buffer.alloc(32, 7)
    const others: Record<string, Uint8Array> = {
      nothing: Buffer.alloc(0),
      'a hash of no bytes': Buffer.of(0x12, 0),
      'a hash of four bytes': Buffer.of(0x12, 4, 1, 2, 3, 4),
      'a hash of fifty bytes': Buffer.concat([Buffer.of(0x12, 50), Buffer.alloc(50, 7)]),
      'a hash and a byte more': Buffer.concat([Buffer.of(0x12, 32), hash, Buffer.of(0)]),
      'another hash': Buffer.concat([Buffer.of(0x13, 32), hash]),
      'a key with its parts in another order': Buffer.concat([Buffer.of(0, 36, 0x12, 32), hash, Buffer.of(0x08, 1)]),
      'a key and a part more': Buffer.concat([Buffer.of(0, 38), ed25519.subarray(2), Buffer.of(0x18, 1)]),
      'no point of the curve': Buffer.concat([Buffer.of(0, 37, 0x08, 2, 0x12, 33, 9), hash]),
    }
    for (const [what, form] of Object.entries(others)) assert.equal(peerOfMultihash(form), undefined, what)
  })
})
