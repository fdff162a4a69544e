// Every vector against the column that says what a strict verifier does; the bytes come from other implementations too.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { openEnvelope } from '../../core/records/envelope.ts'
import { openPeerRecord, type PeerRecordFault, sealPeerRecord } from '../../core/records/peer-record.ts'
import { decodeVoucher, RELAY_VOUCHER } from '../../core/records/voucher.ts'
import { NOW } from '../main/support.ts'
import { bytesOf, goIdentify, goRecords, keys, sealRecord, somebody, vectorOf, vectors } from './support.ts'
import { bytesField, ProtobufReader } from '../../core/records/protobuf-reader.ts'

/** What the words of the `strict` column mean here: a fault, or the addresses that are left. */
const REFUSED: Readonly<Record<string, PeerRecordFault>> = {
  'go-envelope-hello-world': 'signature',
  'forged-signer': 'signer',
  'wrong-domain': 'signature',
  'legacy-rust-format': 'signature',
  'wrong-payload-type': 'payload-type',
  'payload-bit-flipped': 'signature',
}
/** Fields of identify. */
const LISTEN_ADDRS = 2
const SIGNED_PEER_RECORD = 8

const DROPPED = new Set(['address-of-another-peer'])

describe('the vectors of signed peer records', () => {
  for (const vector of vectors) {
    const { name, envelope, decoded, strict = '' } = vector
    if (envelope === undefined) continue
    const fault = REFUSED[name]
    if (fault) {
      test(`${name} is refused for its ${fault}`, async () => {
        await assert.rejects(openPeerRecord(bytesOf(envelope), NOW), { name: 'PeerRecordError', fault })
      })
      continue
    }
    test(`${name} is opened${strict === '' ? '' : ` (${strict})`}`, async () => {
      const { record } = decoded
      assert.ok(record)
      const opened = await openPeerRecord(bytesOf(envelope), NOW)
      assert.equal(opened.peer.toString(), record.peer_id)
      assert.equal(opened.seq, BigInt(record.seq))
      assert.deepEqual(
        opened.addresses.map((address) => address.toString()),
        DROPPED.has(name) ? [] : record.addresses,
      )
    })
  }

  test('say what this file takes for granted of each', () => {
    for (const { name, envelope, strict = '' } of vectors) {
      if (envelope === undefined) continue
      const refused = /^reject|valid for domain|invalid/.test(strict)
      assert.equal(name in REFUSED, refused, `${name}: ${strict}`)
    }
  })

  test('a record that we seal has the bytes of the vector', async () => {
    const { decoded, envelope } = vectorOf('valid')
    assert.ok(decoded.record)
    const key = privateKeyFromProtobuf(bytesOf(keys.A.private_key_protobuf))
    const addresses = decoded.record.addresses.map((text) => multiaddr(text))
    const sealed = await sealPeerRecord(key, addresses, BigInt(decoded.record.seq))
    assert.equal(Buffer.from(sealed).toString('hex'), envelope)
  })

  test('the record of a Go peer is read, and refused in an envelope of ours for its signer', async () => {
    const { bytes: record, decoded } = vectorOf('go-peer-record-2-addresses')
    const key = privateKeyFromProtobuf(bytesOf(keys.A.private_key_protobuf))
    const { DOMAIN: domain, CODEC: codec } = PeerRecord
    const foreign = { domain, codec, marshal: () => record, equals: () => false }
    const bytes = (await RecordEnvelope.seal(foreign, key)).marshal()
    await assert.rejects(openPeerRecord(bytes, NOW), {
      fault: 'signer',
      message: new RegExp(`^the record of ${decoded.record?.peer_id} is signed by `),
    })
  })

  test('an envelope of another domain is whole in that domain, and in no other', async () => {
    const { bytes, domain = '' } = vectorOf('go-envelope-hello-world')
    const payloadType = Buffer.from('/libp2p/testdata')
    const { payload, signer } = await openEnvelope(bytes, { domain, payloadType })
    assert.equal(Buffer.from(payload).toString(), 'hello world!')
    assert.equal(signer.toString(), '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu')
    await assert.rejects(openEnvelope(bytes, { domain: `${domain}2`, payloadType }), { fault: 'signature' })
  })

  test('a record in rust-libp2p’s old way is opened where that is asked for, and says so', async () => {
    const { bytes } = vectorOf('legacy-rust-format')
    const opened = await openPeerRecord(bytes, NOW, { legacy: true })
    assert.equal(opened.legacy, true)
    assert.equal(opened.addresses.length, 4)
    const other = await openPeerRecord(vectorOf('valid').bytes, NOW)
    assert.equal('legacy' in other, false)
    await assert.rejects(openPeerRecord(vectorOf('valid').bytes, NOW, { legacy: true }), { fault: 'signature' })
  })

  test('nim-libp2p’s services are no fault of a record', async () => {
    const service = Buffer.concat([bytesField(1, Buffer.from('/mix/1.0.0')), bytesField(2, Buffer.alloc(33, 7))])
    const addresses = [multiaddr('/ip4/192.0.2.1/tcp/1').bytes]
    const opened = await openPeerRecord(await sealRecord({ addresses, more: [bytesField(4, service)] }), NOW)
    assert.equal(opened.peer.toString(), somebody.toString())
    assert.deepEqual(opened.addresses.map(String), ['/ip4/192.0.2.1/tcp/1'])
  })
})

describe('what go-libp2p has made', () => {
  for (const { name, seq, addresses = [], envelope, peer_id: peer } of goRecords) {
    if (seq === undefined) continue
    if (BigInt(seq) >= 2n ** 63n) {
      test(`${name} is refused: nothing could follow for centuries`, async () => {
        await assert.rejects(openPeerRecord(bytesOf(envelope), NOW), { fault: 'seq' })
      })
      continue
    }
    test(`${name} is opened, and nobody can tell it from ours`, async () => {
      const opened = await openPeerRecord(bytesOf(envelope), NOW)
      assert.equal(opened.peer.toString(), peer)
      assert.equal(opened.seq, BigInt(seq))
      assert.deepEqual(opened.addresses.map(String), addresses)
      assert.deepEqual(await openPeerRecord(bytesOf(envelope), NOW, { aside: true }), opened)
    })
  }

  for (const { name, seq, addresses = [], envelope, private_key_protobuf: key } of goRecords) {
    if (seq === undefined || key === undefined) continue
    test(`${name} has the bytes that we make of the same content`, async () => {
      const list = addresses.map((text) => multiaddr(text))
      const sealed = await sealPeerRecord(privateKeyFromProtobuf(bytesOf(key)), list, BigInt(seq))
      assert.equal(Buffer.from(sealed).toString('hex'), envelope)
    })
  }

  test('its answer to identify has a record that we open, with the addresses that it says beside it', async () => {
    const reader = new ProtobufReader(bytesOf(goIdentify.message).subarray(2))
    const fields: { readonly field: number; readonly bytes: Uint8Array }[] = []
    while (!reader.done) fields.push({ field: reader.tag().field, bytes: reader.bytes() })
    const [record] = fields.filter(({ field }) => field === SIGNED_PEER_RECORD)
    const opened = await openPeerRecord(record?.bytes ?? new Uint8Array(), Date.parse('2026-12-01T00:00:00Z'))
    assert.equal(opened.peer.toString(), goIdentify.peer_id)
    const listening = fields
      .filter(({ field }) => field === LISTEN_ADDRS)
      .map(({ bytes }) => multiaddr(bytes).toString())
    assert.deepEqual(opened.addresses.map(String), listening)
  })

  test('a relay’s voucher is opened for what it is, and is no record', async () => {
    const voucher = goRecords.find(({ name }) => name === 'relay-voucher')
    const bytes = bytesOf(voucher?.envelope ?? '')
    const { payload, signer } = await openEnvelope(bytes, RELAY_VOUCHER)
    const { relay, peer, expiration } = decodeVoucher(payload)
    assert.deepEqual(
      [signer, relay, peer, expiration].map(String),
      [voucher?.relay, voucher?.relay, voucher?.for, voucher?.expiration].map(String),
    )
    await assert.rejects(openPeerRecord(bytes, NOW), { fault: 'signature' })
  })
})
