// Which labels are peer ids. The plain reader in proto/names.ts and the one that works on bytes must agree, so both are
// tried on every label here.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { base36 } from 'multiformats/bases/base36'
import { base36LabelToPeer, id0LabelToPeer, peerToBase36Label, peerToId0Label } from '../../proto/names.ts'
import {
  BASE36_PEER,
  ID0_PEER,
  NOT_A_PEER,
  readIpv4Label,
  readIpv6Label,
  readPeerLabel,
  writePeerId,
} from '../../servers/dns/answer-labels.ts'
import { labelToIp } from '../../proto/names.ts'
import { PEERS, VECTORS } from './fixtures.ts'

function read(label: string): number {
  const bytes = Buffer.from(`x${label}`, 'latin1')
  return readPeerLabel(bytes, 1, bytes.length)
}

function readIp(label: string): string | undefined {
  const bytes = Buffer.from(label, 'latin1')
  const into = new Uint8Array(16)
  if (readIpv4Label(bytes, 0, bytes.length, into)) return into.subarray(0, 4).join('.')
  return readIpv6Label(bytes, 0, bytes.length, into) ? Buffer.from(into).toString('hex') : undefined
}

function plainIp(label: string): string | undefined {
  const ip = labelToIp(label)
  return ip && (ip.family === 4 ? ip.text : Buffer.from(ip.bytes).toString('hex'))
}

/** The peer id that the byte reader writes for an ID0 label. */
function written(label: string): string {
  const bytes = Buffer.from(label, 'latin1')
  const out = Buffer.alloc(80)
  return out.toString('latin1', 5, writePeerId(bytes, 0, bytes.length, out, 5))
}

suite('Labels of peers', () => {
  test('a peer of each kind is read in both alphabets and written back as the same peer id', () => {
    for (const text of PEERS) {
      const peer = peerIdFromString(text)
      assert.equal(read(peerToId0Label(peer)), ID0_PEER)
      assert.equal(read(peerToBase36Label(peer)), BASE36_PEER)
      assert.equal(written(peerToId0Label(peer)), text)
    }
  })

  test('the vector of the first implementation reads as its peer id', () => {
    const label = 'pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8'
    assert.equal(id0LabelToPeer(label)?.toString(), PEERS[0])
    assert.equal(written(label), PEERS[0])
  })

  test('every peer label of the vectors is read', () => {
    for (const { peerId, base36Cid } of VECTORS.peerIdToLabel) {
      assert.equal(base36LabelToPeer(base36Cid)?.toString(), peerId)
      assert.equal(read(base36Cid), BASE36_PEER)
    }
  })

  test('every invalid peer label of the vectors is refused', () => {
    for (const { label, reason } of VECTORS.invalidPeerIdLabels) {
      assert.equal(base36LabelToPeer(label), undefined, reason)
      assert.equal(read(label), NOT_A_PEER, reason)
    }
  })

  test('a hash of a wrong length, a URL, and a key with more behind it are no peers', () => {
    const key = `002408011220${'ab'.repeat(32)}`
    const wrong = {
      'a SHA-256 of five bytes': '01721205aabbccddee',
      'a SHA-256 of 31 bytes': `0172121f${'ab'.repeat(31)}`,
      'an inlined URL': `01720003${Buffer.from('a:b').toString('hex')}`,
      'a key and one byte': `01720025${key.slice(4)}00`,
      'a key of 31 bytes': `017200230801121f${'ab'.repeat(31)}`,
      'another codec': `0170${key}`,
      'CID version 2': `0272${key}`,
    }
    for (const [what, hex] of Object.entries(wrong)) {
      const label = base36.encode(Buffer.from(hex, 'hex'))
      assert.equal(base36LabelToPeer(label), undefined, what)
      assert.equal(read(label), NOT_A_PEER, what)
    }
  })

  test('random digests are read by both readers as the same peer id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (bytes, hashed) => {
        const hex = `${hashed ? '1220' : '002408011220'}${Buffer.from(bytes).toString('hex')}`
        const cid = base36.encode(Buffer.from(`0172${hex}`, 'hex'))
        const peer = base36LabelToPeer(cid)
        assert.ok(peer)
        const label = peerToId0Label(peer)
        assert.equal(id0LabelToPeer(label)?.toString(), peer.toString())
        assert.deepEqual([read(cid), read(label), written(label)], [BASE36_PEER, ID0_PEER, peer.toString()])
      }),
      { numRuns: 500 },
    )
  })

  test('random secp256k1 keys are read by both readers as the same peer id', async () => {
    for (let round = 0; round < 20; round++) {
      const peer = peerIdFromPrivateKey(await generateKeyPair('secp256k1'))
      const label = peerToId0Label(peer)
      assert.equal(id0LabelToPeer(label)?.toString(), peer.toString())
      assert.deepEqual(
        [read(peerToBase36Label(peer)), read(label), written(label)],
        [BASE36_PEER, ID0_PEER, peer.toString()],
      )
    }
  })

  test('a label with one letter changed means the same to both readers', () => {
    const labels = PEERS.slice(0, 2).flatMap((text) => {
      const peer = peerIdFromString(text)
      return [peerToId0Label(peer), peerToBase36Label(peer)]
    })
    const letter = fc.stringMatching(/^[a-z0-9_-]$/)
    fc.assert(
      fc.property(fc.constantFrom(...labels), fc.nat(), letter, fc.nat(2), (label, where, wrong, cut) => {
        const at = where % label.length
        const changed = `${label.slice(0, at)}${wrong}${label.slice(at + 1)}`.slice(0, label.length - cut)
        assert.equal(read(changed) === ID0_PEER, id0LabelToPeer(changed) !== undefined, changed)
        assert.equal(read(changed) === BASE36_PEER, base36LabelToPeer(changed) !== undefined, changed)
      }),
      { numRuns: 3000 },
    )
  })

  test('the neighbours of the lowest and highest peer ids are refused', () => {
    for (const header of ['1220', '002408011220']) {
      const low = BigInt(`0x0172${header}${'00'.repeat(32)}`)
      const high = BigInt(`0x0172${header}${'ff'.repeat(32)}`)
      const seen = [low - 1n, low, high, high + 1n].map((number) => read(`k${number.toString(36)}`))
      assert.deepEqual(seen, [NOT_A_PEER, BASE36_PEER, BASE36_PEER, NOT_A_PEER])
    }
  })
})

suite('Labels of addresses', () => {
  test('every address label of the vectors is read as they say', () => {
    for (const { label, qtype, expect, name } of VECTORS.ipLabelDecode) {
      if (qtype !== 'A' && qtype !== 'AAAA') continue
      const ip = labelToIp(label)
      const given = ip?.family === (qtype === 'A' ? 4 : 6) ? ip.text : undefined
      assert.equal(given, expect ?? undefined, `${name} ${label}`)
      assert.equal(readIp(label), plainIp(label), `${name} ${label}`)
    }
  })

  test('random labels of digits and dashes mean the same to both readers', () => {
    const piece = fc.constantFrom('-', '--', '0', '1', 'ffff', 'a', '255', '256', '01', '12345', 'g', '-1-', '0-0')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const label = pieces.join('').slice(0, 63)
        assert.equal(readIp(label), plainIp(label), label)
      }),
      { numRuns: 20_000 },
    )
  })
})
