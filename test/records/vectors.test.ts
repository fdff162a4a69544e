// Every vector against the column that says what a strict verifier does; the bytes come from other implementations too.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { openPeerRecord, type PeerRecordFault, sealPeerRecord } from '../../core/records/peer-record.ts'
import { NOW } from '../main/support.ts'

interface Vector {
  readonly name: string
  readonly domain?: string
  readonly envelope?: string
  readonly record?: string
  readonly decoded: {
    readonly record?: { readonly peer_id: string; readonly seq: string; readonly addresses: string[] }
  }
  readonly strict?: string
}

const file = join(import.meta.dirname, '..', 'fixtures', 'peer-records', 'vectors.json')
const { vectors, keys } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly vectors: readonly Vector[]
  readonly keys: { readonly A: { readonly private_key_protobuf: string } }
}

/** What the words of the `strict` column mean here: a fault, or the addresses that are left. */
const REFUSED: Readonly<Record<string, PeerRecordFault>> = {
  'go-envelope-hello-world': 'signature',
  'forged-signer': 'signer',
  'wrong-domain': 'signature',
  'legacy-rust-format': 'signature',
  'wrong-payload-type': 'payload-type',
  'payload-bit-flipped': 'signature',
}
const DROPPED = new Set(['address-of-another-peer'])

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

const fail = (): never => assert.fail('the vector is missing')

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
      const seqMs = Number(BigInt(record.seq) > BigInt(NOW) ? BigInt(record.seq) : BigInt(NOW))
      const opened = await openPeerRecord(bytesOf(envelope), seqMs)
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
    const vector = vectors.find(({ name }) => name === 'valid')
    assert.ok(vector?.decoded.record)
    const key = privateKeyFromProtobuf(bytesOf(keys.A.private_key_protobuf))
    const addresses = vector.decoded.record.addresses.map((text) => multiaddr(text))
    const sealed = await sealPeerRecord(key, addresses, BigInt(vector.decoded.record.seq))
    assert.equal(Buffer.from(sealed).toString('hex'), vector.envelope)
  })

  test('the record of a Go peer is read, and refused in an envelope of ours for its signer', async () => {
    const { record = '', decoded } = vectors.find(({ name }) => name === 'go-peer-record-2-addresses') ?? fail()
    const key = privateKeyFromProtobuf(bytesOf(keys.A.private_key_protobuf))
    const { DOMAIN: domain, CODEC: codec } = PeerRecord
    const foreign = { domain, codec, marshal: () => bytesOf(record), equals: () => false }
    const bytes = (await RecordEnvelope.seal(foreign, key)).marshal()
    await assert.rejects(openPeerRecord(bytes, NOW), {
      fault: 'signer',
      message: new RegExp(`^the record of ${decoded.record?.peer_id} is signed by `),
    })
  })

  test('an envelope of another domain is whole in that domain', async () => {
    const vector = vectors.find(({ name }) => name === 'go-envelope-hello-world')
    const envelope = await RecordEnvelope.openAndCertify(bytesOf(vector?.envelope ?? ''), vector?.domain ?? '')
    assert.equal(Buffer.from(envelope.payload.subarray()).toString(), 'hello world!')
  })
})
