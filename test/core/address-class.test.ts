// Which addresses count as public, against the tables of other implementations and at the edges of the registries.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { addressClass } from '../../core/net/address-class.ts'
import { ipFromBytes, parseIp } from '../../proto/ip.ts'

interface Vectors {
  readonly publicAddr: readonly { readonly multiaddr: string; readonly public: boolean }[]
  readonly publicAddrRanges: {
    readonly notPublicV4: readonly string[]
    readonly nat64ExcludedByForgeClient: readonly string[]
  }
}

const vectors: Vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'names', 'public-addresses.json'), 'utf8'),
)

function classOf(text: string): string {
  const ip = parseIp(text)
  assert.ok(ip, text)
  return addressClass(ip)
}

describe('the class of an address', () => {
  // whether a multiaddr is relayed is not a matter of its IP address
  for (const { multiaddr, public: isPublic } of vectors.publicAddr.filter(
    (vector) => !vector.multiaddr.includes('p2p-circuit'),
  )) {
    it(`${isPublic ? 'is' : 'is not'} public for ${multiaddr}`, () => {
      assert.equal(classOf(multiaddr.split('/')[2] ?? '') === 'public', isPublic)
    })
  }

  for (const range of [
    ...vectors.publicAddrRanges.notPublicV4,
    ...vectors.publicAddrRanges.nat64ExcludedByForgeClient,
  ]) {
    it(`is not public for the first address of ${range}`, () => {
      assert.notEqual(classOf(range.split('/')[0] ?? ''), 'public')
    })
  }

  for (const [text, expected] of Object.entries({
    '127.0.0.1': 'loopback',
    '127.255.255.255': 'loopback',
    '::1': 'loopback',
    '10.0.0.1': 'private',
    '172.15.255.255': 'public',
    '172.16.0.0': 'private',
    '172.31.255.255': 'private',
    '172.32.0.0': 'public',
    '192.168.255.255': 'private',
    'fd00::1': 'private',
    '100.63.255.255': 'public',
    '100.64.0.0': 'cgnat',
    '100.127.255.255': 'cgnat',
    '100.128.0.0': 'public',
    '169.254.1.1': 'link-local',
    'fe80::1': 'link-local',
    '64:ff9b::1.2.3.4': 'translated',
    '2002:102:304::1': 'translated',
    '203.0.113.7': 'reserved',
    '2001:db8::1': 'reserved',
    '224.0.0.1': 'reserved',
    '255.255.255.255': 'reserved',
    'ff02::1': 'reserved',
    '::': 'reserved',
    '8.8.8.8': 'public',
    '2a00:1450::1': 'public',
    '::ffff:10.0.0.1': 'private',
    '::ffff:8.8.8.8': 'public',
  })) {
    it(`is ${expected} for ${text}`, () => assert.equal(classOf(text), expected))
  }

  it('is the same for an IPv4 address and its mapped form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        const plain = ipFromBytes(bytes)
        const mapped = ipFromBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes))
        assert.ok(plain && mapped)
        assert.equal(addressClass(mapped), addressClass(plain))
      }),
    )
  })
})
