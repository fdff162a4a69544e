// The names of a zone against the vectors of other implementations, and by properties that hold for all names.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { peerIdFromString, peerIdFromMultihash } from '@libp2p/peer-id'
import * as fc from 'fast-check'
import * as Digest from 'multiformats/hashes/digest'
import { parseIp, parseIpv4, parseIpv6, ipFromBytes, unmapIp, type IpAddress } from '../../proto/ip.ts'
import {
  autotlsIpName,
  base36LabelToPeer,
  challengeName,
  dns2ipLabelToIp,
  dns2ipName,
  id0IpName,
  id0LabelToPeer,
  id0Name,
  InvalidNameError,
  ipToDns2ipLabel,
  ipToLabel,
  labelToIp,
  parseZoneName,
  peerToBase36Label,
  peerToId0Label,
} from '../../proto/names.ts'
import type { PeerId } from '@libp2p/interface'

interface Vectors {
  readonly id0: readonly { label: string; peerId: string }[]
  readonly peerIdToLabel: readonly { peerId: string; base36Cid: string }[]
  readonly invalidPeerIdLabels: readonly { label: string; reason: string }[]
  readonly ipLabelDecode: readonly { name: string; label: string; qtype: string; expect: string | null }[]
  readonly peerIdLabelLengths: readonly { keyType: string; label: number; prefix?: string }[]
  readonly kuboLocalResolver: {
    readonly resolves: readonly (readonly [name: string, ip: string])[]
    readonly fallsBackToNetworkDns: readonly string[]
  }
  readonly ipLabelEncode: readonly { multiaddr?: string; ip?: string; label: string | null }[]
}

const vectors: Vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'names', 'autotls-labels.json'), 'utf8'),
)

const ZONE = 'nt.example.net'
const PEER = peerIdFromString('QmfVDYD9Du7fNR4DKooPXZnRUoArR3FBRR3udbhZAT9m2H')

const ED25519 = peerIdFromString('12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf')
const SECP256K1 = peerIdFromString('16Uiu2HAkzPAkfsQP1yCzpUHJbXp5dVtQtzn5NupJ9fWAEWFUdc8Z')

function peerOfType(type: string): PeerId {
  if (type.startsWith('Ed25519')) return ED25519
  return type.startsWith('secp256k1') ? SECP256K1 : PEER
}

function ip(text: string): IpAddress {
  const address = parseIp(text)
  assert.ok(address, text)
  return address
}

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipOf)
const ipv6 = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => ipOf(Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))))
const anyIp = fc.oneof(ipv4, ipv6)
/** Peer ids of a SHA-256, of an Ed25519 key and of a secp256k1 key, any content. */
const anyPeer = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => peerOf([0x12, 0x20, ...hash])),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => peerOf([0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...key])),
)

function ipOf(bytes: Uint8Array): IpAddress {
  const address = ipFromBytes(bytes)
  assert.ok(address)
  return address
}

function peerOf(bytes: readonly number[]): PeerId {
  return peerIdFromMultihash(Digest.decode(Uint8Array.from(bytes)))
}

describe('IP labels', () => {
  for (const { name, label, qtype, expect } of vectors.ipLabelDecode.filter((vector) => vector.qtype !== 'TXT')) {
    it(`reads ${JSON.stringify(label)} for ${qtype} as ${expect} (${name})`, () => {
      const address = labelToIp(label)
      const fits = address !== undefined && address.family === (qtype === 'A' ? 4 : 6)
      assert.equal(fits ? address.text : null, expect)
    })
  }

  for (const vector of vectors.ipLabelEncode.filter(({ label }) => label !== null)) {
    const text = vector.ip ?? vector.multiaddr?.split('/')[2] ?? ''
    it(`writes ${text} as ${vector.label}`, () => {
      assert.equal(ipToLabel(ip(text)), vector.label)
    })
  }

  for (const [name, expected] of vectors.kuboLocalResolver.resolves) {
    it(`finds ${expected} in ${name} without asking anybody, as Kubo does`, () => {
      const full = name.replace('<peer>', peerToBase36Label(ED25519))
      const forge = /<peer>\.(.*?)\.?$/.exec(name)?.[1] ?? ''
      const parsed = parseZoneName(full, forge)
      assert.equal(parsed?.kind === 'autotls-ip' ? parsed.ip.text : undefined, expected)
    })
  }

  for (const name of vectors.kuboLocalResolver.fallsBackToNetworkDns) {
    it(`finds no address in ${name}, as Kubo does not`, () => {
      const full = name.replace('<peer>', peerToBase36Label(ED25519))
      assert.notEqual(parseZoneName(full, 'libp2p.direct')?.kind, 'autotls-ip')
    })
  }

  for (const { keyType, label, prefix } of vectors.peerIdLabelLengths.filter(
    ({ prefix: given }) => given !== undefined,
  )) {
    it(`writes ${keyType} peers in ${label} characters that begin with ${prefix}`, () => {
      const written = peerToBase36Label(peerOfType(keyType))
      assert.deepEqual([written.length, written.startsWith(prefix ?? '')], [label, true])
    })
  }

  it('writes an IPv4-mapped address as the IPv4 address it means', () => {
    assert.equal(ipToLabel(ip('::ffff:192.0.2.1')), '192-0-2-1')
    assert.equal(ipToDns2ipLabel(ip('::ffff:192.0.2.1')), 'ip4192-0-2-1')
  })

  it('reads what it writes, whatever the address', () => {
    fc.assert(
      fc.property(anyIp, (address) => {
        assert.deepEqual(labelToIp(ipToLabel(address)), unmapIp(address))
        assert.deepEqual(dns2ipLabelToIp(ipToDns2ipLabel(address)), unmapIp(address))
      }),
    )
  })

  it('never writes a label that a CA refuses', () => {
    fc.assert(
      fc.property(anyIp, (address) => {
        for (const label of [ipToLabel(address), ipToDns2ipLabel(address)]) {
          assert.match(label, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
        }
        assert.notEqual(ipToDns2ipLabel(address).slice(2, 4), '--')
      }),
    )
  })

  it('writes an IPv6 address that ends in zeros expanded where it goes into a certificate', () => {
    assert.equal(ipToDns2ipLabel(ip('2001:db8::')), 'ip62001-db8-0-0-0-0-0-0')
    assert.equal(ipToDns2ipLabel(ip('::1')), 'ip6--1')
  })

  it('reads every spelling of an IPv6 address', () => {
    for (const label of ['ip62001-db8-0-0-0-0-0-1', 'ip62001-db8--1', 'IP62001-0DB8--0001', 'ip62001-db8--0-1']) {
      assert.equal(dns2ipLabelToIp(label)?.text, '2001:db8::1', label)
    }
  })

  it('reads no label that is no address', () => {
    for (const label of [
      'ip4999-0-0-1',
      'ip41-2-3',
      'ip401-2-3-4',
      'ip6',
      'ip4',
      'ip5--1',
      'ip6g--1',
      'ip6--1--1',
      '',
    ]) {
      assert.equal(dns2ipLabelToIp(label), undefined, label)
    }
  })
})

describe('IP addresses', () => {
  it('are written as RFC 5952 says', () => {
    const cases = {
      '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '::': '::',
      '1:0:0:0:0:0:0:0': '1::',
      '1:0:2:3:4:5:6:7': '1:0:2:3:4:5:6:7',
    }
    for (const [given, expected] of Object.entries(cases)) assert.equal(parseIpv6(given)?.text, expected)
  })

  it('are read again from what was written', () => {
    fc.assert(fc.property(anyIp, (address) => assert.deepEqual(parseIp(address.text), address)))
  })

  it('are read strictly', () => {
    for (const text of ['1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.-4', ' 1.2.3.4'])
      assert.equal(parseIpv4(text), undefined)
    for (const text of ['fe80::1%eth0', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7', '::1.2.3', '1:2:3:4:5:6:7:8:9']) {
      assert.equal(parseIpv6(text), undefined, text)
    }
  })
})

describe('peer labels', () => {
  for (const { label, peerId } of vectors.id0) {
    it(`turns ${peerId} into ${label} and back`, () => {
      assert.equal(peerToId0Label(peerIdFromString(peerId)), label)
      assert.equal(id0LabelToPeer(label)?.toString(), peerId)
    })
  }

  for (const { peerId, base36Cid } of vectors.peerIdToLabel) {
    it(`turns ${peerId} into ${base36Cid} and back`, () => {
      assert.equal(peerToBase36Label(peerIdFromString(peerId)), base36Cid)
      assert.equal(base36LabelToPeer(base36Cid)?.toString(), peerId)
      assert.equal(base36LabelToPeer(base36Cid.toUpperCase())?.toString(), peerId)
    })
  }

  for (const { label, reason } of vectors.invalidPeerIdLabels) {
    it(`refuses ${label}: ${reason}`, () => assert.equal(base36LabelToPeer(label), undefined))
  }

  it('reads what it writes, whatever the peer', () => {
    fc.assert(
      fc.property(anyPeer, (peer) => {
        assert.equal(id0LabelToPeer(peerToId0Label(peer))?.toString(), peer.toString())
        assert.equal(base36LabelToPeer(peerToBase36Label(peer))?.toString(), peer.toString())
      }),
    )
  })

  it('does not take a label of one scheme for one of the other', () => {
    fc.assert(
      fc.property(anyPeer, (peer) => {
        assert.equal(base36LabelToPeer(peerToId0Label(peer)), undefined)
        assert.equal(id0LabelToPeer(peerToBase36Label(peer)), undefined)
      }),
    )
  })

  it('never throws on random labels, and what it reads it writes the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[pk][a-z0-9]{0,62}$/), (label) => {
        const id0 = id0LabelToPeer(label)
        if (id0) assert.equal(peerToId0Label(id0), label)
        const autotls = base36LabelToPeer(label)
        if (autotls) assert.equal(peerToBase36Label(autotls), label)
      }),
    )
  })
})

describe('names of a zone', () => {
  const name = id0Name(PEER, ZONE)

  it('say what they stand for', () => {
    const cases = [
      [ZONE, 'apex'],
      [`ip.${ZONE}`, 'dns2ip-parent'],
      [dns2ipName(ip('203.0.113.7'), ZONE), 'dns2ip'],
      [name, 'id0'],
      [id0IpName(ip('203.0.113.7'), PEER, ZONE), 'id0-ip'],
      [autotlsIpName(ip('::1'), PEER, ZONE), 'autotls-ip'],
      [challengeName(name), 'challenge'],
      [challengeName(ZONE), 'challenge'],
      [`${name.toUpperCase()}.`, 'id0'],
    ] as const
    for (const [text, kind] of cases) assert.equal(parseZoneName(text, ZONE)?.kind, kind, text)
  })

  it('outside the schemes or the zone stand for nothing', () => {
    const strangers = [
      'example.net',
      `x${ZONE}`,
      `www.${ZONE}`,
      `a.b.${name}`,
      `999-1-1-1.${name}`,
      `_acme-challenge.www.${ZONE}`,
      '',
      '.',
    ]
    for (const text of [...strangers, `_acme-challenge._acme-challenge.${name}`])
      assert.equal(parseZoneName(text, ZONE), undefined, text)
  })

  it('put the challenge of a wildcard where its base name has it', () => {
    assert.equal(challengeName(`*.${name}`), challengeName(name))
  })

  it('are refused where DNS has no room for them', () => {
    assert.throws(() => id0Name(PEER, `${'a'.repeat(60)}.`.repeat(4) + 'net'), InvalidNameError)
  })

  it('give back the address and the peer they were made of', () => {
    fc.assert(
      fc.property(anyIp, anyPeer, (address, peer) => {
        const parsed = parseZoneName(id0IpName(address, peer, ZONE), ZONE)
        assert.equal(parsed?.kind, 'id0-ip')
        assert.equal(parsed.peer.toString(), peer.toString())
        assert.equal(parsed.ip.text, unmapIp(address).text)
      }),
    )
  })
})
