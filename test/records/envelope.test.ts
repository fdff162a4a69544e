// The envelope itself: one form in bytes, one use, and nothing of it believed before its signature.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import * as fc from 'fast-check'
import {
  EnvelopeError,
  type EnvelopeFault,
  MAX_ENVELOPE_BYTES,
  openEnvelope,
  readEnvelope,
  sealEnvelope,
} from '../../core/records/envelope.ts'
import { bytesField, numberField, varint } from '../../core/records/protobuf-reader.ts'
import { readSignerKey } from '../../core/records/signer-key.ts'
import { bytesOf, goRecords, somebody, someone } from './support.ts'

const USE = { domain: 'nodetrust-test', payloadType: Uint8Array.of(1, 2, 3) }
const PAYLOAD = Buffer.from('what is said')
const sealed = await sealEnvelope(someone, USE, PAYLOAD)
const parts = readEnvelope(sealed)
const [key, type, payload, signature] = [
  bytesField(1, parts.publicKey),
  bytesField(2, parts.payloadType),
  bytesField(3, parts.payload),
  bytesField(5, parts.signature),
]
const whole = [key, type, payload, signature]

/** The fault with which bytes are refused; undefined where they are opened. */
async function faultOf(bytes: Uint8Array, use = USE): Promise<EnvelopeFault | undefined> {
  try {
    await openEnvelope(bytes, use)
    return undefined
  } catch (error) {
    assert.ok(error instanceof EnvelopeError, String(error))
    return error.fault
  }
}

/** What the key in an envelope signs, in the words of RFC 0002. */
function signedBy(privateKey: KeyObject, publicKey: Uint8Array, how: 'sha256' | null): Uint8Array {
  const domain = Buffer.from(USE.domain)
  const lengths = [domain, USE.payloadType, PAYLOAD].map((part) => [varint(part.length), part]).flat()
  const made = sign(how, Buffer.concat(lengths), privateKey)
  return Buffer.concat([bytesField(1, publicKey), type, bytesField(3, PAYLOAD), bytesField(5, made)])
}

/** A key of any kind as libp2p writes it. */
function libp2pKey(kind: number, publicKey: KeyObject): Uint8Array {
  return Buffer.concat([numberField(1, BigInt(kind)), bytesField(2, publicKey.export({ format: 'der', type: 'spki' }))])
}

describe('a signed envelope', () => {
  test('is opened for what it was sealed for, and says who sealed it', async () => {
    const opened = await openEnvelope(sealed, USE)
    assert.equal(opened.signer.toString(), somebody.toString())
    assert.deepEqual(Buffer.from(opened.payload), PAYLOAD)
    assert.equal(opened.publicKey.type, 'Ed25519')
  })

  test('says the same when it is one of many, opened in other threads', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => openEnvelope(sealed, USE, { aside: true })))
    assert.deepEqual(all[19], await openEnvelope(sealed, USE))
    const changed = Uint8Array.from(sealed)
    changed[sealed.length - 1] = (changed[sealed.length - 1] ?? 0) ^ 1
    await assert.rejects(openEnvelope(changed, USE, { aside: true }), { fault: 'signature' })
  })

  test('of one use is none of another, neither by its domain nor by its payload type', async () => {
    assert.equal(await faultOf(sealed, { ...USE, domain: 'nodetrust-test2' }), 'signature')
    assert.equal(await faultOf(sealed, { ...USE, payloadType: Uint8Array.of(1, 2) }), 'payload-type')
  })

  test('takes nothing from one part of what is signed into another', async () => {
    const moved = { domain: `${USE.domain}\u0003`, payloadType: Uint8Array.of(2, 3) }
    assert.equal(await faultOf(sealed, moved), 'signature')
  })

  test('is neither sealed nor opened without a domain or a payload type', async () => {
    for (const use of [
      { ...USE, domain: '' },
      { ...USE, payloadType: new Uint8Array() },
    ]) {
      await assert.rejects(sealEnvelope(someone, use, PAYLOAD), { name: 'EnvelopeError', fault: 'use' })
      await assert.rejects(openEnvelope(sealed, use), { name: 'EnvelopeError', fault: 'use' })
    }
  })

  test('may say nothing at all', async () => {
    const opened = await openEnvelope(await sealEnvelope(someone, USE, new Uint8Array()), USE)
    assert.equal(opened.payload.length, 0)
  })

  test('has a limit of size that the caller sets', async () => {
    const large = await sealEnvelope(someone, USE, Buffer.alloc(MAX_ENVELOPE_BYTES))
    assert.equal(await faultOf(large), 'size')
    await openEnvelope(large, USE, { maxBytes: 2 * MAX_ENVELOPE_BYTES })
    await assert.rejects(openEnvelope(sealed, USE, { maxBytes: sealed.length - 1 }), { fault: 'size' })
  })

  const FORMS: Readonly<Record<string, readonly Uint8Array[]>> = {
    'a field that nobody knows at its end': [...whole, bytesField(6, Uint8Array.of(1))],
    'a field that nobody knows in its midst': [key, type, payload, bytesField(4, Uint8Array.of(1)), signature],
    'a payload twice': [key, type, payload, payload, signature],
    'another payload before its own': [key, type, bytesField(3, Buffer.from('other')), payload, signature],
    'its signature twice': [...whole, signature],
    'its fields in another order': [type, key, payload, signature],
    'its signature first': [signature, key, type, payload],
    'bytes after its end': [...whole, Uint8Array.of(0)],
    'an empty payload that is written': [key, type, bytesField(3, new Uint8Array()), signature],
    'no key': [type, payload, signature],
    'no payload type': [key, payload, signature],
    'an empty payload type': [key, bytesField(2, new Uint8Array()), payload, signature],
    'no signature': [key, type, payload],
    'a length with more bytes than it needs': [
      key,
      Uint8Array.of(0x12, 0x83, 0x00, ...parts.payloadType),
      payload,
      signature,
    ],
    'a tag with more bytes than it needs': [
      key,
      Uint8Array.of(0x92, 0x00, 3, ...parts.payloadType),
      payload,
      signature,
    ],
    'a number where bytes belong': [key, numberField(2, 3n), payload, signature],
    'a length beyond its end': [key, type, payload, Uint8Array.of(0x2a, 0xff, 0x01)],
    'a length that does not end': [key, type, payload, Uint8Array.of(0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    nothing: [],
  }
  describe('is none in any other form than its one', () => {
    for (const [what, fields] of Object.entries(FORMS)) {
      test(`with ${what}`, async () => {
        assert.equal(await faultOf(Buffer.concat(fields)), 'envelope')
      })
    }
  })

  test('is refused after any bit of it was changed', async () => {
    for (let at = 0; at < sealed.length * 8; at++) {
      const changed = Uint8Array.from(sealed)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      assert.notEqual(await faultOf(changed), undefined, `bit ${at}`)
    }
  })

  test('is refused wherever it was cut off, and with anything behind it', async () => {
    for (let length = 0; length < sealed.length; length++) {
      assert.notEqual(await faultOf(sealed.subarray(0, length)), undefined, `${length} bytes`)
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 50 }), async (more) => {
        assert.equal(await faultOf(Buffer.concat([sealed, more])), 'envelope')
      }),
      { numRuns: 200 },
    )
  })

  test('may be any bytes: they are refused by a fault, and at once', async () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...whole, Uint8Array.of(0x0a), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff)),
    )
    const began = performance.now()
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), async (list) => {
        const bytes = Buffer.concat(list)
        if (!bytes.equals(sealed)) assert.notEqual(await faultOf(bytes), undefined)
      }),
      { numRuns: 1_000 },
    )
    assert.ok(performance.now() - began < 5_000)
  })
})

describe('the key of an envelope', () => {
  test('is the peer whose id Go gives it, whatever its kind', async () => {
    for (const { key: kind, peer_id: peer, envelope } of goRecords) {
      const read = await readSignerKey(readEnvelope(bytesOf(envelope)).publicKey)
      assert.deepEqual([read.type, read.peer.toString()], [kind, peer])
    }
  })

  test('may be RSA of 2048 to 8192 bits with a usual exponent, and nothing that takes a second to verify', async () => {
    const rsa = (modulusLength: number, publicExponent = 65_537) => {
      const pair = generateKeyPairSync('rsa', { modulusLength, publicExponent })
      return signedBy(pair.privateKey, libp2pKey(0, pair.publicKey), 'sha256')
    }
    assert.equal(await faultOf(rsa(2_048)), undefined)
    assert.equal(await faultOf(rsa(2_048, 3)), undefined)
    assert.equal(await faultOf(rsa(1_024)), 'key')
    const exponent = generateKeyPairSync('rsa', { modulusLength: 2_048, publicExponent: 0x80000001 })
    assert.equal(await faultOf(signedBy(exponent.privateKey, libp2pKey(0, exponent.publicKey), 'sha256')), 'key')
  })

  test('may be ECDSA on the three curves that others verify', async () => {
    for (const [namedCurve, fault] of [
      ['P-256', undefined],
      ['P-521', undefined],
      ['secp256k1', 'key'],
    ] as const) {
      const pair = generateKeyPairSync('ec', { namedCurve })
      assert.equal(await faultOf(signedBy(pair.privateKey, libp2pKey(3, pair.publicKey), 'sha256')), fault, namedCurve)
    }
  })

  test('has one spelling, or one key would be two peers', async () => {
    const raw = Buffer.from(someone.publicKey.raw)
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spellings: Readonly<Record<string, Uint8Array>> = {
      'its data first': Buffer.concat([bytesField(2, raw), numberField(1, 1n)]),
      'something behind it': Buffer.concat([parts.publicKey, numberField(3, 1n)]),
      'a longer number': Buffer.concat([Uint8Array.of(0x08, 0x81, 0x00), bytesField(2, raw)]),
      'a longer length': Buffer.concat([Uint8Array.of(0x08, 0x01, 0x12, 0xa0, 0x00), raw]),
      'a byte too few': Buffer.concat([numberField(1, 1n), bytesField(2, raw.subarray(1))]),
      'a byte too many': Buffer.concat([numberField(1, 1n), bytesField(2, Buffer.concat([raw, raw.subarray(0, 1)]))]),
      'a kind that nobody knows': Buffer.concat([numberField(1, 4n), bytesField(2, raw)]),
      'the kind of another': Buffer.concat([numberField(1, 2n), bytesField(2, raw)]),
      'DER with something behind it': Buffer.concat([
        numberField(1, 3n),
        bytesField(2, Buffer.concat([pair.publicKey.export({ format: 'der', type: 'spki' }), Uint8Array.of(0)])),
      ]),
      'RSA that is none': libp2pKey(0, pair.publicKey),
      nothing: new Uint8Array(),
      'a kilobyte too much': Buffer.concat([numberField(1, 0n), bytesField(2, Buffer.alloc(2_000, 1))]),
    }
    for (const [what, bytes] of Object.entries(spellings)) {
      await assert.rejects(readSignerKey(bytes), { name: 'SignerKeyError' }, what)
      if (bytes.length > 0) {
        assert.equal(await faultOf(Buffer.concat([bytesField(1, bytes), type, payload, signature])), 'key', what)
      }
    }
  })

  test('on secp256k1 signs too, and no other signature of it fits', async () => {
    const secp = await generateKeyPair('secp256k1')
    const bytes = await sealEnvelope(secp, USE, PAYLOAD)
    assert.equal(await faultOf(bytes), undefined)
    for (const at of [1, 2, 3, 4]) {
      const changed = Uint8Array.from(bytes)
      changed[bytes.length - at * 8] = (changed[bytes.length - at * 8] ?? 0) ^ 1
      assert.equal(await faultOf(changed), 'signature')
    }
    assert.equal(
      await faultOf(Buffer.concat([bytesField(1, readEnvelope(bytes).publicKey), type, payload, signature])),
      'signature',
    )
  })

  test('of js-libp2p’s ECDSA makes no envelope: nobody else could read it', async () => {
    await assert.rejects(sealEnvelope(await generateKeyPair('ECDSA'), USE, PAYLOAD), { name: 'SignerKeyError' })
  })

  test('is remembered while no 256 others were used, and no longer', async () => {
    const first = await readSignerKey(parts.publicKey)
    assert.equal(await readSignerKey(parts.publicKey), first)
    for (let index = 0; index < 256; index++) {
      const other = Buffer.concat([Uint8Array.of(8, 1, 18, 32), Buffer.alloc(32)])
      other.writeUInt32BE(index + 1, 10)
      await readSignerKey(other)
    }
    assert.notEqual(await readSignerKey(parts.publicKey), first)
  })
})
